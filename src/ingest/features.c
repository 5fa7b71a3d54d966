/* SPDX-License-Identifier: Apache-2.0 */
/* Features of a customer from the rows that are kept: each customer's rows are sorted by basket,
 * item and time, and summed up in one pass. */
#include "ingest/transactions.h"

#include "ingest/quality.h"
#include "ingest/sort.h"
#include "patron/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double DAY = 86400.0; /* seconds */

typedef struct summary {
    uint64_t baskets;
    uint64_t basket_items; /* different items of each basket, added up */
    uint64_t items;        /* different items of all */
    double monetary;
    int64_t first, last; /* times of rows */
    int64_t last_basket; /* the earliest time of the basket that is latest by it */
    int64_t as_of;
} summary;

static double recency(const summary *s)
{
    return (double)(s->as_of - s->last) / DAY;
}

static double frequency(const summary *s)
{
    return (double)s->baskets;
}

static double monetary(const summary *s)
{
    return s->monetary;
}

static double mean_basket_value(const summary *s)
{
    return s->monetary / (double)s->baskets;
}

static double distinct_items(const summary *s)
{
    return (double)s->items;
}

static double mean_items_per_basket(const summary *s)
{
    return (double)s->basket_items / (double)s->baskets;
}

static double tenure(const summary *s)
{
    return (double)(s->as_of - s->first) / DAY;
}

static double mean_days_between_baskets(const summary *s)
{
    if (s->baskets < 2)
        return (double)NAN;
    return (double)(s->last_basket - s->first) / (double)(s->baskets - 1) / DAY;
}

/* What a feature needs besides customer, basket and item. */
typedef enum need { NEEDS_NOTHING, NEEDS_VALUE, NEEDS_TIME } need;

static const struct {
    const char *name;
    const char *unit;
    need needs;
    double (*value)(const summary *);
} table[] = {
    {"recency_days", "days", NEEDS_TIME, recency},
    {"frequency", "baskets", NEEDS_NOTHING, frequency},
    {"monetary", "currency", NEEDS_VALUE, monetary},
    {"mean_basket_value", "currency", NEEDS_VALUE, mean_basket_value},
    {"distinct_items", "items", NEEDS_NOTHING, distinct_items},
    {"mean_items_per_basket", "items", NEEDS_NOTHING, mean_items_per_basket},
    {"tenure_days", "days", NEEDS_TIME, tenure},
    {"mean_days_between_baskets", "days", NEEDS_TIME, mean_days_between_baskets},
};
enum { FEATURES = sizeof table / sizeof table[0] };

static bool is_there(const patron_transactions *t, int feature)
{
    if (table[feature].needs == NEEDS_VALUE)
        return patron_transactions_has_value(t);
    return table[feature].needs == NEEDS_NOTHING || t->has[PATRON_ROLE_TIME];
}

static patron_status name_columns(const patron_transactions *t, patron_dataset_content *content)
{
    static const char source[] = "transactions";
    for (int f = 0; f < FEATURES; ++f) {
        if (!is_there(t, f))
            continue;
        const char *name = table[f].name, *unit = table[f].unit;
        patron_status status = patron_texts_append(&content->column_names, name, strlen(name));
        if (status == PATRON_OK)
            status = patron_texts_append(&content->column_units, unit, strlen(unit));
        if (status == PATRON_OK)
            status = patron_texts_append(&content->column_sources, source, strlen(source));
        if (status != PATRON_OK)
            return status;
        ++content->columns;
    }
    return PATRON_OK;
}

static int compare_rows(const void *left, const void *right)
{
    const patron_transaction *a = left, *b = right;
    for (int key = PATRON_ROLE_BASKET; key <= PATRON_ROLE_ITEM; ++key)
        if (a->key[key] != b->key[key])
            return a->key[key] < b->key[key] ? -1 : 1;
    return a->time < b->time ? -1 : a->time > b->time ? 1 : 0;
}

/* Earliest time of the basket that starts at rows[first]; *next is the row after it. */
static int64_t walk_basket(const patron_transaction *rows, uint64_t count, uint64_t first,
                           uint64_t *next, summary *s)
{
    int64_t earliest = rows[first].time;
    uint64_t i = first;
    for (; i < count && rows[i].key[PATRON_ROLE_BASKET] == rows[first].key[PATRON_ROLE_BASKET];
         ++i) {
        bool repeats =
            i > first && rows[i].key[PATRON_ROLE_ITEM] == rows[i - 1].key[PATRON_ROLE_ITEM];
        s->basket_items += repeats ? 0 : 1;
        if (rows[i].time < earliest)
            earliest = rows[i].time;
    }
    ++s->baskets;
    *next = i;
    return earliest;
}

/* Sums up the rows of one customer, which are sorted; `items` holds as many numbers. */
static summary sum_up(const patron_transaction *rows, uint64_t count, uint32_t *items)
{
    summary s = {.first = rows[0].time, .last = rows[0].time, .last_basket = INT64_MIN};
    patron_exactsum sum = {0};
    for (uint64_t i = 0; i < count; ++i) {
        patron_exactsum_add(&sum, rows[i].value);
        items[i] = rows[i].key[PATRON_ROLE_ITEM];
        if (rows[i].time < s.first)
            s.first = rows[i].time;
        if (rows[i].time > s.last)
            s.last = rows[i].time;
    }
    s.monetary = patron_exactsum_round(&sum);
    s.items = patron_sort_unique(items, count);
    for (uint64_t i = 0; i < count;) {
        int64_t earliest = walk_basket(rows, count, i, &i, &s);
        if (earliest > s.last_basket)
            s.last_basket = earliest;
    }
    return s;
}

static patron_status write_row(const patron_transactions *t, const summary *s, float *out)
{
    uint32_t column = 0;
    for (int f = 0; f < FEATURES; ++f) {
        if (!is_there(t, f))
            continue;
        double value = table[f].value(s);
        out[column] = (float)value;
        if (isinf(out[column]))
            return patron_fail(PATRON_DATA,
                               "%s: the feature %s of a customer is %.6g, more than float32 holds",
                               t->input->name, table[f].name, value);
        ++column;
    }
    return PATRON_OK;
}

static patron_status find_as_of(const patron_transactions *t, int64_t *as_of)
{
    *as_of = t->options->has_as_of ? t->options->as_of : t->last_time;
    if (!t->has[PATRON_ROLE_TIME] || *as_of >= t->last_time)
        return PATRON_OK;
    char mine[PATRON_TIME_CAPACITY], last[PATRON_TIME_CAPACITY];
    return patron_fail(PATRON_DATA,
                       "%s: the time to count back from, %s, lies before the last time of the rows "
                       "kept, %s",
                       t->input->name, patron_time_text(*as_of, mine),
                       patron_time_text(t->last_time, last));
}

static patron_status fill(const patron_transactions *t, const patron_groups *groups, int64_t as_of,
                          patron_dataset_content *content)
{
    patron_status status = PATRON_OK;
    patron_transaction *rows = patron_allocate(groups->largest, sizeof *rows);
    uint32_t *items = patron_allocate(groups->largest, sizeof *items);
    uint64_t single = 0;
    if (rows == NULL || items == NULL)
        status = PATRON_RESOURCE;
    for (uint64_t c = 0; status == PATRON_OK && c < groups->count; ++c) {
        uint64_t first = groups->offsets[c], count = groups->offsets[c + 1] - first;
        for (uint64_t i = 0; i < count; ++i)
            rows[i] = t->rows[groups->order[first + i]];
        qsort(rows, count, sizeof *rows, compare_rows);
        summary s = sum_up(rows, count, items);
        s.as_of = as_of;
        single += s.baskets < 2 ? 1 : 0;
        status = write_row(t, &s, content->features + c * content->columns);
    }
    free(rows);
    free(items);
    if (status == PATRON_OK && t->has[PATRON_ROLE_TIME])
        status = patron_quality_add_count(content, "missing_mean_days_between_baskets", single);
    return status;
}

patron_status patron_transactions_features(const patron_transactions *transactions,
                                           patron_dataset_content *content)
{
    patron_groups groups = {0};
    int64_t as_of = 0;
    patron_status status = find_as_of(transactions, &as_of);
    if (status == PATRON_OK)
        status = name_columns(transactions, content);
    if (status == PATRON_OK)
        status = patron_transactions_group(transactions, PATRON_ROLE_CUSTOMER, &groups);
    if (status != PATRON_OK)
        goto cleanup;
    content->rows = groups.count;
    content->features = patron_allocate(content->rows * content->columns, sizeof(float));
    status =
        content->features == NULL ? PATRON_RESOURCE : fill(transactions, &groups, as_of, content);
cleanup:
    patron_groups_free(&groups);
    return status;
}
