/* SPDX-License-Identifier: Apache-2.0 */
/* Flags and inputs of a command line, by getopt_long; only noted here, resolved later. */
#include "cli/option.h"
#include "patron/memory.h"
#include "runtime/suggest.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONG_BASE = 256 }; /* values of long flags; those below are short ones */

typedef struct flag_parser {
    struct option *longs;
    char *shorts;
    char **argv; /* a copy that getopt_long may reorder */
    int argc;
} flag_parser;

static bool takes_value(const patron_option *option)
{
    return option->type != PATRON_OPTION_FLAG;
}

static patron_status parser_create(flag_parser *parser, const patron_options *options, int argc,
                                   char *const *argv)
{
    parser->argc = argc;
    parser->longs = patron_allocate((uint64_t)options->count + 1, sizeof *parser->longs);
    parser->shorts = patron_allocate(2 * (uint64_t)options->count + 2, 1);
    parser->argv = patron_allocate((uint64_t)argc + 1, sizeof *parser->argv);
    if (parser->longs == NULL || parser->shorts == NULL || parser->argv == NULL)
        return PATRON_RESOURCE;
    memcpy(parser->argv, argv, (size_t)argc * sizeof *argv);
    char *shorts = parser->shorts;
    *shorts++ = ':';
    for (uint32_t i = 0; i < options->count; ++i) {
        const patron_option *option = options->entries[i].option;
        parser->longs[i] =
            (struct option){option->name, takes_value(option), NULL, LONG_BASE + (int)i};
        if (option->key != 0)
            *shorts++ = option->key;
        if (option->key != 0 && takes_value(option))
            *shorts++ = ':';
    }
    return PATRON_OK;
}

static void parser_free(flag_parser *parser)
{
    free(parser->longs);
    free(parser->shorts);
    free(parser->argv);
}

static patron_option_entry *entry_of(patron_options *options, int value)
{
    if (value >= LONG_BASE)
        return &options->entries[value - LONG_BASE];
    for (uint32_t i = 0; i < options->count; ++i)
        if (options->entries[i].option->key == value)
            return &options->entries[i];
    return NULL;
}

/* `word` is a long flag, dashes and all, that matched no name or several. */
static patron_status fail_unmatched(const patron_options *options, const char *word)
{
    char matches[512] = "";
    size_t used = 0, length = strcspn(word + 2, "=");
    const char *meant = NULL;
    char found[64];
    snprintf(found, sizeof found, "%.*s", (int)(length < 63 ? length : 63), word + 2);
    for (uint32_t i = 0; i < options->count; ++i) {
        const char *name = options->entries[i].option->name;
        if (strncmp(name, word + 2, length) == 0 && used < sizeof matches)
            used += (size_t)snprintf(matches + used, sizeof matches - used, "%s--%s",
                                     used > 0 ? ", " : "", name);
        if (meant == NULL && patron_may_mean(found, name))
            meant = name;
    }
    if (used > 0)
        return patron_fail(PATRON_USAGE, "ambiguous option '--%s': it may stand for %s", found,
                           matches);
    if (meant != NULL)
        return patron_fail(PATRON_USAGE, "unknown option '--%s'; did you mean '--%s'?", found,
                           meant);
    return patron_fail(PATRON_USAGE, "unknown option '--%s'", found);
}

/* What getopt_long found wrong: `result` '?' or ':', with `optopt` and the word before `next`. */
static patron_status fail_flag(patron_options *options, int result, int value, const char *word)
{
    const patron_option_entry *entry = value != 0 ? entry_of(options, value) : NULL;
    if (entry == NULL && value != 0)
        return patron_fail(PATRON_USAGE, "unknown option '-%c'", value);
    if (entry == NULL)
        return fail_unmatched(options, word);
    if (result == '?')
        return patron_fail(PATRON_USAGE, "--%s takes no value, found '%.200s'", entry->option->name,
                           strchr(word, '=') + 1);
    char expected[512];
    patron_option_expected(entry->option, expected, sizeof expected);
    return patron_fail(PATRON_USAGE, "--%s: no value found, expected %s", entry->option->name,
                       expected);
}

/* A flag that is given again replaces what stood there; a list grows. */
static patron_status note_flag(patron_option_entry *entry, const char *value)
{
    patron_option_given *given = &entry->given[PATRON_FROM_FLAG];
    const char *before = "";
    char between[2] = "";
    if (given->text != NULL && entry->option->type == PATRON_OPTION_LIST) {
        before = given->text;
        between[0] = patron_option_separator(entry->option);
    }
    uint64_t room = strlen(before) + strlen(value) + 2;
    uint64_t place_room = strlen(entry->option->name) + 3;
    char *text = patron_allocate(room, 1);
    char *place = patron_allocate(place_room, 1);
    if (text == NULL || place == NULL) {
        free(text);
        free(place);
        return PATRON_RESOURCE;
    }
    snprintf(text, room, "%s%s%s", before, between, value);
    snprintf(place, place_room, "--%s", entry->option->name);
    free(given->text);
    free(given->place);
    *given = (patron_option_given){.text = text, .place = place};
    return PATRON_OK;
}

static patron_status note_inputs(patron_options *options, char *const *inputs, int count)
{
    patron_option_list *list = options->inputs != NULL ? options->inputs : &options->unclaimed;
    const char **names = patron_allocate((uint64_t)count, sizeof *names);
    if (names == NULL)
        return PATRON_RESOURCE;
    for (int i = 0; i < count; ++i)
        names[i] = inputs[i];
    free(list->names);
    *list = (patron_option_list){.count = (uint32_t)count, .names = names};
    return PATRON_OK;
}

/* Of all that is wrong the first is told; the flags behind it are noted all the same, as some say
 * where a failure is to be told. */
static patron_status take_flag(patron_options *options, const flag_parser *parser, int result)
{
    if (result == '?' || result == ':')
        return fail_flag(options, result, optopt, parser->argv[optind - 1]);
    patron_option_entry *entry = entry_of(options, result);
    if (entry->option->stops)
        options->stopped_by = entry->option->name;
    return note_flag(entry, takes_value(entry->option) ? optarg : "true");
}

patron_status patron_options_parse(patron_options *options, int argc, char *const *argv)
{
    flag_parser parser = {0};
    patron_status status = parser_create(&parser, options, argc, argv);
    opterr = 0;
    optind = 0;
    bool is_set_up = status == PATRON_OK;
    while (is_set_up && options->stopped_by == NULL) {
        char text[PATRON_FAIL_CAPACITY];
        int result = getopt_long(parser.argc, parser.argv, parser.shorts, parser.longs, NULL);
        if (result == -1)
            break;
        patron_fail_text(status, text, sizeof text);
        patron_status one = take_flag(options, &parser, result);
        if (status != PATRON_OK)
            patron_fail_set_text(text);
        else
            status = one;
    }
    if (status == PATRON_OK && options->stopped_by == NULL)
        status = note_inputs(options, parser.argv + optind, parser.argc - optind);
    parser_free(&parser);
    return status;
}
