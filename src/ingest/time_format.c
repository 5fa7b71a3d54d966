/* SPDX-License-Identifier: Apache-2.0 */
/* Times by formats of strptime's kind, in no locale but the English one. */
#include "ingest/calendar.h"
#include "ingest/value.h"

#include <string.h>
#include <strings.h>

static const char *const months[12] = {"january",   "february", "march",    "april",
                                       "may",       "june",     "july",     "august",
                                       "september", "october",  "november", "december"};

typedef struct scan {
    patron_slice text;
    uint64_t at;
    patron_moment moment;
    bool is_half, is_afternoon; /* hours go to 12 */
} scan;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_digit(const scan *s)
{
    return s->at < s->text.length && s->text.bytes[s->at] >= '0' && s->text.bytes[s->at] <= '9';
}

/* A number of `least` to `most` digits. */
static bool take_number(scan *s, int least, int most, int *value)
{
    int digits = 0;
    *value = 0;
    for (; digits < most && is_digit(s); ++digits)
        *value = 10 * *value + (s->text.bytes[s->at++] - '0');
    return digits >= least;
}

static bool take_word(scan *s, const char *word, uint64_t length)
{
    if (s->text.length - s->at < length || strncasecmp(s->text.bytes + s->at, word, length) != 0)
        return false;
    s->at += length;
    return true;
}

static bool take_month(scan *s)
{
    enum { SHORT = 3 };
    for (int i = 0; i < 12; ++i)
        if (take_word(s, months[i], strlen(months[i])) || take_word(s, months[i], SHORT)) {
            s->moment.month = i + 1;
            return true;
        }
    return false;
}

static bool take_fraction(scan *s)
{
    uint64_t first = s->at;
    while (is_digit(s))
        ++s->at;
    return s->at > first;
}

static bool take_half(scan *s)
{
    s->is_half = true;
    s->is_afternoon = take_word(s, "pm", 2);
    return s->is_afternoon || take_word(s, "am", 2);
}

/* The longest that is an offset. */
static bool take_offset(scan *s)
{
    uint64_t rest = s->text.length - s->at;
    for (uint64_t length = rest < 6 ? rest : 6; length > 0; --length)
        if (patron_offset_read(s->text.bytes + s->at, length, &s->moment.offset)) {
            s->at += length;
            return true;
        }
    return false;
}

static bool take_short_year(scan *s)
{
    enum { LAST_OF_2000 = 68 };
    if (!take_number(s, 2, 2, &s->moment.year))
        return false;
    s->moment.year += s->moment.year > LAST_OF_2000 ? 1900 : 2000;
    return true;
}

/* What the letter behind a '%' stands for. */
static bool take_item(scan *s, char letter)
{
    patron_moment *m = &s->moment;
    switch (letter) {
    case 'Y':
        return take_number(s, 4, 4, &m->year);
    case 'y':
        return take_short_year(s);
    case 'm':
        return take_number(s, 1, 2, &m->month);
    case 'b':
    case 'B':
        return take_month(s);
    case 'd':
    case 'e':
        return take_number(s, 1, 2, &m->day);
    case 'H':
        return take_number(s, 1, 2, &m->hour);
    case 'I':
        return take_number(s, 1, 2, &m->hour) && m->hour >= 1 && m->hour <= 12;
    case 'M':
        return take_number(s, 1, 2, &m->minute);
    case 'S':
        return take_number(s, 1, 2, &m->second);
    case 'f':
        return take_fraction(s);
    case 'p':
        return take_half(s);
    case 'z':
        return take_offset(s);
    default:
        return take_word(s, "%", 1);
    }
}

bool patron_time_scan(const char *format, patron_slice text, int64_t *seconds)
{
    scan s = {.text = text, .moment = {.month = 1, .day = 1}};
    for (; *format != '\0'; ++format) {
        if (is_blank(*format)) {
            while (s.at < text.length && is_blank(text.bytes[s.at]))
                ++s.at;
        } else if (*format == '%') {
            if (!take_item(&s, *++format))
                return false;
        } else if (s.at == text.length || text.bytes[s.at++] != *format) {
            return false;
        }
    }
    if (s.is_half)
        s.moment.hour = s.moment.hour % 12 + (s.is_afternoon ? 12 : 0);
    return s.at == text.length && patron_moment_seconds(&s.moment, seconds);
}

patron_status patron_time_check_format(const char *format)
{
    bool has_year = false;
    for (const char *at = format; *at != '\0'; ++at) {
        if (*at != '%')
            continue;
        ++at;
        if (*at == '\0' || strchr("YymdebBHIMSfpz%", *at) == NULL)
            return patron_fail(PATRON_USAGE,
                               "--time-format: found '%s', expected letters of Y y m d e b B H I M "
                               "S f p z behind each %%",
                               format);
        has_year = has_year || *at == 'Y' || *at == 'y';
    }
    if (!has_year)
        return patron_fail(PATRON_USAGE, "--time-format: found '%s', expected a year, %%Y or %%y",
                           format);
    return PATRON_OK;
}
