/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that turns a field into a value: missing or not, a number, a time.  How people
 * write these is told by forms.  Nothing here is collective. */
#ifndef PATRON_INGEST_VALUE_H
#define PATRON_INGEST_VALUE_H

#include "ingest/text.h"
#include "patron/status.h"

/* Zeroed it is 1234.5, ISO times, and the usual words. */
typedef struct patron_value_forms {
    char decimal;                    /* ',' or '.'; 0: '.' */
    char thousands;                  /* between groups of three digits; 0: none */
    const char *const *missing;      /* words that stand for no value, beside an empty field */
    uint32_t missing_count;          /* 0: NA, NaN and NULL in any case */
    const char *const *time_formats; /* tried in this order */
    uint32_t time_format_count;      /* 0: ISO forms */
} patron_value_forms;

/* An empty field (which is one of blanks too: fields are trimmed), or one of the words. */
bool patron_value_is_missing(const patron_value_forms *forms, patron_slice field);

/* Whether the field is one of the words that were given, or empty: for fields that are texts, of
 * which "NA" may be one. */
bool patron_value_is_no_text(const patron_value_forms *forms, patron_slice field);

/* patron_slice_number of a field in this form.  Groups of thousands are of three digits, the first
 * of one to three, before the decimal mark only. */
bool patron_value_number(const patron_value_forms *forms, patron_slice field, double *value);

/* Seconds since 1970 UTC, by the first format that fits. */
bool patron_value_time(const patron_value_forms *forms, patron_slice field, int64_t *seconds);

/* What a message says is expected of a time; a static string. */
const char *patron_value_time_expected(const patron_value_forms *forms);

/* Reads a time by a format of strptime's kind: %Y %y %m %d %e %b %B %H %I %M %S %f %p %z %%; a
 * blank stands for any number of blanks, all else for itself.  A field is what the whole format
 * fits. Numbers may lack leading zeros, but %Y has four digits; %y is 1969 to 2068; %b and %B take
 * English names, short or long; %f, a fraction of a second, is cut off; %z is Z, +HH, +HHMM or
 * +HH:MM.  What the format does not name is the first, or zero. */
bool patron_time_scan(const char *format, patron_slice text, int64_t *seconds);

/* USAGE where a format is none: a letter that is not in that list, or no year. */
patron_status patron_time_check_format(const char *format);

#endif
