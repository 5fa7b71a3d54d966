/* SPDX-License-Identifier: Apache-2.0 */
/* Fields of a row to features, by the plan. */
#include "ingest/columns.h"

#include "ingest/show.h"
#include "ingest/sort.h"

#include <math.h>
#include <string.h>

static patron_status fail_value(const patron_columns *columns, uint32_t c,
                                const patron_csv_record *record, const char *expected)
{
    char told[PATRON_TOLD_CAPACITY];
    return patron_csv_fail(record, ", column '%.*s': found %s, expected %s",
                           (int)patron_texts_length(&columns->names, c),
                           patron_texts_at(&columns->names, c),
                           patron_slice_tell(record->fields[c], told), expected);
}

static patron_status convert_number(const patron_columns *columns, const patron_value_forms *forms,
                                    uint32_t c, const patron_csv_record *record, float *feature)
{
    patron_slice field = record->fields[c];
    double number = 0.0;
    bool is_number = patron_value_number(forms, field, &number);
    *feature = (float)number;
    if (is_number && !isinf(*feature))
        return PATRON_OK;
    bool too_large = is_number || patron_slice_is_infinity(field);
    return fail_value(columns, c, record,
                      too_large ? "a finite number that float32 holds"
                                : "a number; a --plan can make the column a category, or leave it "
                                  "out");
}

static patron_status convert_date(const patron_columns *columns, const patron_value_forms *forms,
                                  uint32_t c, const patron_csv_record *record, float *feature)
{
    static const double DAY = 86400.0;
    int64_t seconds = 0;
    if (!patron_value_time(forms, record->fields[c], &seconds))
        return fail_value(columns, c, record, "a time; --time-format tells of forms");
    *feature = (float)((double)(columns->plans[c].as_of - seconds) / DAY);
    return PATRON_OK;
}

static patron_status convert_ordinal(const patron_columns *columns, uint32_t c,
                                     const patron_csv_record *record, float *feature)
{
    const patron_column_wish *wish = columns->plans[c].wish;
    for (uint32_t i = 0; i < wish->level_count; ++i)
        if (patron_slice_equal(record->fields[c], patron_slice_of(wish->levels[i]))) {
            *feature = (float)i;
            return PATRON_OK;
        }
    return fail_value(columns, c, record, "one of the levels that the --plan orders");
}

static void convert_category(const patron_columns *columns, uint32_t c,
                             const patron_csv_record *record, float *features)
{
    const patron_column_plan *plan = &columns->plans[c];
    const patron_texts *levels = &columns->facts[c].levels.texts;
    uint64_t level = patron_texts_search(levels, record->fields[c]);
    for (uint32_t i = 0; i < plan->feature_count; ++i)
        features[plan->feature + i] = 0.0F;
    if (level < levels->count && plan->feature_of[level] != PATRON_NO_FEATURE)
        features[plan->feature_of[level]] = 1.0F;
}

static patron_status convert_boolean(const patron_columns *columns, uint32_t c,
                                     const patron_csv_record *record, float *feature)
{
    int value = patron_value_boolean(record->fields[c]);
    double number = 0.0;
    bool is_digit = value < 0 && patron_slice_number(record->fields[c], &number) &&
                    (number == 0.0 || number == 1.0);
    if (value < 0 && !is_digit)
        return fail_value(columns, c, record, "true, false, yes, no, y, n, 1 or 0");
    *feature = value >= 0 ? (float)value : (float)number;
    return PATRON_OK;
}

static patron_status convert_field(const patron_columns *columns, const patron_value_forms *forms,
                                   uint32_t c, const patron_csv_record *record, float *features)
{
    float *feature = features + columns->plans[c].feature;
    switch (columns->plans[c].kind) {
    case PATRON_KIND_NUMBER:
        return convert_number(columns, forms, c, record, feature);
    case PATRON_KIND_DATE:
        return convert_date(columns, forms, c, record, feature);
    case PATRON_KIND_BOOLEAN:
        return convert_boolean(columns, c, record, feature);
    case PATRON_KIND_ORDINAL:
        return convert_ordinal(columns, c, record, feature);
    default:
        convert_category(columns, c, record, features);
        return PATRON_OK;
    }
}

patron_status patron_columns_convert(const patron_columns *columns, const patron_value_forms *forms,
                                     const patron_csv_record *record, float *features,
                                     uint64_t *missing)
{
    patron_status status = PATRON_OK;
    for (uint32_t c = 0; status == PATRON_OK && c < columns->count; ++c) {
        const patron_column_plan *plan = &columns->plans[c];
        if (plan->feature_count == 0)
            continue;
        if (!patron_value_is_missing(forms, record->fields[c])) {
            status = convert_field(columns, forms, c, record, features);
            continue;
        }
        for (uint32_t i = 0; i < plan->feature_count; ++i)
            features[plan->feature + i] = NAN;
        ++*missing;
    }
    return status;
}
