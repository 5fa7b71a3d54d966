/* SPDX-License-Identifier: Apache-2.0 */
/* From the text of a value to the member of a struct, and what to say when that fails. */
#include "cli/option.h"

#include "patron/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t most_of(const patron_option *option)
{
    if (option->most != 0)
        return option->most;
    switch (option->type) {
    case PATRON_OPTION_INT:
        return INT_MAX;
    case PATRON_OPTION_U32:
        return UINT32_MAX;
    default:
        return UINT64_MAX;
    }
}

/* Decimal digits only, no sign or blank; `rest` is what follows them. */
static bool read_whole(const char *text, uint64_t *number, const char **rest)
{
    if (*text < '0' || *text > '9')
        return false;
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    *number = value;
    *rest = end;
    return errno == 0;
}

/* The power of two that `suffix` stands for; -1 where it is none. */
static int shift_of(const char *suffix)
{
    static const char *const upper = "KMGT", *const lower = "kmgt";
    if (*suffix == '\0')
        return 0;
    if (suffix[1] != '\0')
        return -1;
    const char *at = strchr(upper, *suffix);
    if (at != NULL)
        return 10 * (int)(at - upper + 1);
    at = strchr(lower, *suffix);
    return at != NULL ? 10 * (int)(at - lower + 1) : -1;
}

static bool convert_whole(const patron_option *option, const char *text, uint64_t *number)
{
    const char *rest = NULL;
    if (!read_whole(text, number, &rest))
        return false;
    int shift = option->type == PATRON_OPTION_SIZE ? shift_of(rest) : *rest == '\0' ? 0 : -1;
    if (shift < 0 || *number > UINT64_MAX >> shift)
        return false;
    *number <<= shift;
    return *number >= option->least && *number <= most_of(option);
}

static bool is_bounded(const patron_option_interval *interval)
{
    return interval->low != 0.0 || interval->high != 0.0;
}

static bool convert_real(const patron_option *option, const char *text, double *number)
{
    const patron_option_interval *in = &option->interval;
    if (*text == '\0' || text[strspn(text, "0123456789+-.eE")] != '\0')
        return false;
    char *end = NULL;
    *number = strtod(text, &end);
    if (*end != '\0' || !isfinite(*number))
        return false;
    if (!is_bounded(in))
        return true;
    return (in->low_open ? *number > in->low : *number >= in->low) &&
           (in->high_open ? *number < in->high : *number <= in->high);
}

static bool convert_flag(const char *text, bool *flag)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; ++i)
        if (strcmp(text, words[i]) == 0) {
            *flag = i % 2 == 1;
            return true;
        }
    return false;
}

static bool convert_choice(const patron_option *option, const char *text, int *choice)
{
    for (uint32_t i = 0; i < option->choice_count; ++i)
        if (strcmp(text, option->choices[i]) == 0) {
            *choice = (int)i;
            return true;
        }
    return false;
}

char patron_option_separator(const patron_option *option)
{
    return option->separator == '\0' ? ',' : option->separator;
}

/* Names lie behind the pointers to them, in one piece.  An empty name is no name. */
static patron_status convert_list(char separator, const char *text, patron_option_list *list)
{
    const char between[2] = {separator, '\0'};
    uint32_t count = 1;
    for (const char *c = text; *c != '\0'; ++c)
        count += *c == separator ? 1 : 0;
    size_t bytes = strlen(text) + 1;
    const char **names = patron_allocate(count * sizeof *names + bytes, 1);
    if (names == NULL)
        return PATRON_RESOURCE;
    char *name = memcpy((char *)names + count * sizeof *names, text, bytes);
    bool well = true;
    for (uint32_t i = 0; i < count; ++i) {
        size_t length = strcspn(name, between);
        name[length] = '\0';
        names[i] = name;
        name += length + 1;
        well = well && length > 0;
    }
    free(list->names);
    *list = (patron_option_list){.count = count, .names = names};
    return well ? PATRON_OK : PATRON_USAGE;
}

static bool convert_one(const patron_option *option, const char *text, void *target)
{
    uint64_t whole = 0;
    switch (option->type) {
    case PATRON_OPTION_FLAG:
        return convert_flag(text, target);
    case PATRON_OPTION_INT:
        if (!convert_whole(option, text, &whole))
            return false;
        *(int *)target = (int)whole;
        return true;
    case PATRON_OPTION_U32:
        if (!convert_whole(option, text, &whole))
            return false;
        *(uint32_t *)target = (uint32_t)whole;
        return true;
    case PATRON_OPTION_U64:
    case PATRON_OPTION_SIZE:
        return convert_whole(option, text, target);
    case PATRON_OPTION_REAL:
        return convert_real(option, text, target);
    case PATRON_OPTION_TEXT:
        *(const char **)target = text;
        return *text != '\0';
    case PATRON_OPTION_CHOICE:
        return convert_choice(option, text, target);
    case PATRON_OPTION_LIST:
        break;
    }
    return false;
}

patron_status patron_option_convert(const patron_option *option, const char *text, void *target)
{
    if (option->type == PATRON_OPTION_LIST)
        return convert_list(patron_option_separator(option), text, target);
    return convert_one(option, text, target) ? PATRON_OK : PATRON_USAGE;
}

static void expect_whole(const patron_option *option, char *text, size_t capacity)
{
    uint64_t most = most_of(option);
    if (most == UINT64_MAX)
        snprintf(text, capacity, "a whole number of at least %" PRIu64, option->least);
    else
        snprintf(text, capacity, "a whole number from %" PRIu64 " to %" PRIu64, option->least,
                 most);
}

static void expect_real(const patron_option_interval *in, char *text, size_t capacity)
{
    if (!is_bounded(in))
        snprintf(text, capacity, "a number");
    else if (isinf(in->high))
        snprintf(text, capacity, "a number %s %g", in->low_open ? "above" : "of at least", in->low);
    else if (isinf(in->low))
        snprintf(text, capacity, "a number %s %g", in->high_open ? "below" : "of at most",
                 in->high);
    else
        snprintf(text, capacity, "a number in %c%g, %g%c", in->low_open ? '(' : '[', in->low,
                 in->high, in->high_open ? ')' : ']');
}

static void expect_choice(const patron_option *option, char *text, size_t capacity)
{
    size_t used = (size_t)snprintf(text, capacity, "one of");
    for (uint32_t i = 0; i < option->choice_count && used < capacity; ++i)
        used += (size_t)snprintf(text + used, capacity - used, "%s %s", i > 0 ? "," : "",
                                 option->choices[i]);
}

void patron_option_expected(const patron_option *option, char *text, size_t capacity)
{
    switch (option->type) {
    case PATRON_OPTION_FLAG:
        snprintf(text, capacity, "true or false");
        break;
    case PATRON_OPTION_INT:
    case PATRON_OPTION_U32:
    case PATRON_OPTION_U64:
        expect_whole(option, text, capacity);
        break;
    case PATRON_OPTION_SIZE:
        snprintf(text, capacity, "a size of at least %" PRIu64 " bytes, such as 512M or 4G",
                 option->least);
        break;
    case PATRON_OPTION_REAL:
        expect_real(&option->interval, text, capacity);
        break;
    case PATRON_OPTION_TEXT:
        snprintf(text, capacity, "%s, not empty", option->argument);
        break;
    case PATRON_OPTION_CHOICE:
        expect_choice(option, text, capacity);
        break;
    case PATRON_OPTION_LIST:
        snprintf(text, capacity, "%s, none empty",
                 option->separator == '\n' ? "names of files, a line each"
                                           : "names separated by commas");
        break;
    }
}
