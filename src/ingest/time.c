/* SPDX-License-Identifier: Apache-2.0 */
/* Times in ISO form, UTC, in the proleptic Gregorian calendar, to and from seconds since 1970.
 * Days are counted in eras of 400 years that start in March, so that the leap day comes last. */
#include "ingest/calendar.h"
#include "ingest/text.h"

#include <stdio.h>

static const int64_t DAY = 86400;

enum {
    DATE_LENGTH = 10,      /* YYYY-MM-DD */
    TO_MINUTE_LENGTH = 16, /* YYYY-MM-DD HH:MM */
    TO_SECOND_LENGTH = 19,
    MOST_LENGTH = 48, /* with a fraction and an offset */
    ERA_YEARS = 400,
    ERA_DAYS = 146097,
    EPOCH_DAYS = 719468 /* from the first of March of year 0 to 1970 */
};

static bool is_leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % ERA_YEARS == 0;
}

static int days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static int64_t days_since_1970(int year, int month, int day)
{
    int64_t march_year = month > 2 ? year : year - 1;
    int64_t era = march_year / ERA_YEARS;
    int64_t year_of_era = march_year % ERA_YEARS;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * ERA_DAYS + day_of_era - EPOCH_DAYS;
}

/* The number in text[at .. at + count), or -1. */
static int digits_at(const char *text, int at, int count)
{
    int value = 0;
    for (int i = at; i < at + count; ++i) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = 10 * value + (text[i] - '0');
    }
    return value;
}

bool patron_moment_seconds(const patron_moment *moment, int64_t *seconds)
{
    const patron_moment *m = moment;
    if (m->year < 1 || m->year > 9999 || m->month < 1 || m->month > 12 || m->day < 1 ||
        m->day > days_of_month(m->year, m->month))
        return false;
    if (m->hour < 0 || m->hour > 23 || m->minute < 0 || m->minute > 59 || m->second < 0 ||
        m->second > 59)
        return false;
    *seconds = days_since_1970(m->year, m->month, m->day) * DAY + m->hour * INT64_C(3600) +
               m->minute * INT64_C(60) + m->second - m->offset;
    return true;
}

/* Z, +HH, +HHMM or +HH:MM, or the same with a minus. */
bool patron_offset_read(const char *text, uint64_t length, int *offset)
{
    *offset = 0;
    if (length == 1 && text[0] == 'Z')
        return true;
    bool has_colon = length == 6 && text[3] == ':';
    bool has_minutes = length == 5 || has_colon;
    if ((length != 3 && !has_minutes) || (text[0] != '+' && text[0] != '-'))
        return false;
    int hours = digits_at(text, 1, 2);
    int minutes = has_minutes ? digits_at(text, has_colon ? 4 : 3, 2) : 0;
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    *offset = (hours * 3600 + minutes * 60) * (text[0] == '-' ? -1 : 1);
    return true;
}

static bool read_date(const char *text, patron_moment *moment)
{
    moment->year = digits_at(text, 0, 4);
    moment->month = digits_at(text, 5, 2);
    moment->day = digits_at(text, 8, 2);
    return text[4] == '-' && text[7] == '-';
}

/* The clock behind the date; *used is where it ends. */
static bool read_clock(patron_slice text, patron_moment *moment, uint64_t *used)
{
    const char *bytes = text.bytes;
    bool marks = (bytes[10] == ' ' || bytes[10] == 'T') && bytes[13] == ':';
    bool has_second = text.length >= TO_SECOND_LENGTH && bytes[TO_MINUTE_LENGTH] == ':';
    moment->hour = digits_at(bytes, 11, 2);
    moment->minute = digits_at(bytes, 14, 2);
    moment->second = has_second ? digits_at(bytes, 17, 2) : 0;
    *used = has_second ? TO_SECOND_LENGTH : TO_MINUTE_LENGTH;
    if (!marks || !has_second || *used == text.length || bytes[*used] != '.')
        return marks;
    uint64_t fraction = *used + 1;
    for (*used = fraction; *used < text.length && digits_at(bytes, (int)*used, 1) >= 0;)
        ++*used;
    return *used > fraction;
}

bool patron_slice_time(patron_slice text, int64_t *seconds)
{
    patron_moment moment = {0};
    uint64_t used = DATE_LENGTH;
    if (text.length < DATE_LENGTH || !read_date(text.bytes, &moment))
        return false;
    if (text.length == DATE_LENGTH)
        return patron_moment_seconds(&moment, seconds);
    if (text.length < TO_MINUTE_LENGTH || text.length > MOST_LENGTH ||
        !read_clock(text, &moment, &used))
        return false;
    if (used < text.length &&
        !patron_offset_read(text.bytes + used, text.length - used, &moment.offset))
        return false;
    return patron_moment_seconds(&moment, seconds);
}

const char *patron_time_text(int64_t seconds, char text[PATRON_TIME_CAPACITY])
{
    int64_t of_day = ((seconds % DAY) + DAY) % DAY;
    int64_t days = (seconds - of_day) / DAY + EPOCH_DAYS;
    int64_t era = (days >= 0 ? days : days - (ERA_DAYS - 1)) / ERA_DAYS;
    int64_t day_of_era = days - era * ERA_DAYS;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / (ERA_DAYS - 1)) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;
    int month = (int)(march_month < 10 ? march_month + 3 : march_month - 9);
    int64_t year = year_of_era + era * ERA_YEARS + (month <= 2 ? 1 : 0);
    snprintf(text, PATRON_TIME_CAPACITY, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int)(year % 100000),
             month, (int)(day_of_year - (153 * march_month + 2) / 5 + 1), (int)(of_day / 3600),
             (int)(of_day / 60 % 60), (int)(of_day % 60));
    return text;
}
