/* SPDX-License-Identifier: Apache-2.0 */
/* Fields in the forms that people write them in. */
#include "ingest/value.h"

#include <string.h>
#include <strings.h>

enum { NUMBER_CAPACITY = 128 /* more digits are no number that anyone means */ };

static bool is_word(patron_slice field, const char *word)
{
    return field.length == strlen(word) && strncasecmp(field.bytes, word, field.length) == 0;
}

static bool is_listed(const patron_value_forms *forms, patron_slice field)
{
    for (uint32_t i = 0; i < forms->missing_count; ++i)
        if (patron_slice_equal(field, patron_slice_of(forms->missing[i])))
            return true;
    return false;
}

bool patron_value_is_no_text(const patron_value_forms *forms, patron_slice field)
{
    return field.length == 0 || is_listed(forms, field);
}

bool patron_value_is_missing(const patron_value_forms *forms, patron_slice field)
{
    if (field.length == 0)
        return true;
    if (forms->missing_count > 0)
        return is_listed(forms, field);
    return field.length <= 4 &&
           (is_word(field, "NA") || is_word(field, "NaN") || is_word(field, "NULL"));
}

/* Copies the whole part of a number without the marks between its groups; *at goes behind it. False
 * where groups are not of three digits. */
static bool copy_groups(const patron_value_forms *forms, patron_slice field, uint64_t *at,
                        char *number, uint64_t *used)
{
    uint64_t digits = 0, groups = 0;
    for (; *at < field.length; ++*at) {
        char c = field.bytes[*at];
        if (c >= '0' && c <= '9') {
            number[(*used)++] = c;
            ++digits;
        } else if (c == forms->thousands) {
            if (digits == 0 || digits > 3 || (groups > 0 && digits != 3))
                return false;
            ++groups;
            digits = 0;
        } else {
            break;
        }
    }
    return groups == 0 || digits == 3;
}

bool patron_value_number(const patron_value_forms *forms, patron_slice field, double *value)
{
    char decimal = forms->decimal == 0 ? '.' : forms->decimal;
    if (decimal == '.' && forms->thousands == 0)
        return patron_slice_number(field, value);
    char number[NUMBER_CAPACITY];
    uint64_t at = 0, used = 0;
    if (field.length == 0 || field.length >= NUMBER_CAPACITY)
        return false;
    if (field.bytes[0] == '-' || field.bytes[0] == '+')
        number[used++] = field.bytes[at++];
    if (!copy_groups(forms, field, &at, number, &used))
        return false;
    for (bool seen = false; at < field.length; ++at) {
        char c = field.bytes[at];
        if (c == decimal && !seen)
            c = '.';
        else if (c == '.')
            return false;
        seen = seen || c == '.';
        number[used++] = c;
    }
    number[used] = '\0';
    return patron_slice_number((patron_slice){number, used}, value);
}

bool patron_value_time(const patron_value_forms *forms, patron_slice field, int64_t *seconds)
{
    if (forms->time_format_count == 0)
        return patron_slice_time(field, seconds);
    for (uint32_t i = 0; i < forms->time_format_count; ++i)
        if (patron_time_scan(forms->time_formats[i], field, seconds))
            return true;
    return false;
}

const char *patron_value_time_expected(const patron_value_forms *forms)
{
    return forms->time_format_count > 0
               ? "a time by --time-format"
               : "a time such as 2011-12-09 or 2011-12-09 12:50:00; --time-format tells of others";
}
