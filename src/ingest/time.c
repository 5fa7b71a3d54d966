/* SPDX-License-Identifier: Apache-2.0 */
/* Times in ISO form, UTC, in the proleptic Gregorian calendar, to and from seconds since 1970.
 * Days are counted in eras of 400 years that start in March, so that the leap day comes last. */
#include "ingest/text.h"

#include <stdio.h>

static const int64_t DAY = 86400;

enum {
    DATE_LENGTH = 10,      /* YYYY-MM-DD */
    TO_MINUTE_LENGTH = 16, /* YYYY-MM-DD HH:MM */
    TO_SECOND_LENGTH = 19,
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

static bool read_date(const char *text, int64_t *days)
{
    int year = digits_at(text, 0, 4), month = digits_at(text, 5, 2), day = digits_at(text, 8, 2);
    if (text[4] != '-' || text[7] != '-' || year < 1 || month < 1 || month > 12)
        return false;
    if (day < 1 || day > days_of_month(year, month))
        return false;
    *days = days_since_1970(year, month, day);
    return true;
}

static bool read_clock(const char *text, bool has_second, int *seconds)
{
    int hour = digits_at(text, 11, 2), minute = digits_at(text, 14, 2);
    int second = has_second ? digits_at(text, 17, 2) : 0;
    bool marks =
        (text[10] == ' ' || text[10] == 'T') && text[13] == ':' && (!has_second || text[16] == ':');
    if (!marks || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59)
        return false;
    *seconds = hour * 3600 + minute * 60 + second;
    return true;
}

bool patron_slice_time(patron_slice text, int64_t *seconds)
{
    uint64_t length = text.length;
    if (length > DATE_LENGTH && text.bytes[length - 1] == 'Z')
        --length;
    int64_t days = 0;
    int of_day = 0;
    bool dated = length == DATE_LENGTH && text.length == DATE_LENGTH;
    bool timed = length == TO_MINUTE_LENGTH || length == TO_SECOND_LENGTH;
    if (!(dated || timed) || !read_date(text.bytes, &days))
        return false;
    if (timed && !read_clock(text.bytes, length == TO_SECOND_LENGTH, &of_day))
        return false;
    *seconds = days * DAY + of_day;
    return true;
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
