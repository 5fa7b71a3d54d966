/* SPDX-License-Identifier: Apache-2.0 */
/* Features of a customer from the figures of its rows. */
#include "ingest/features.h"

#include "patron/memory.h"

#include <math.h>
#include <string.h>

static const double DAY = 86400.0; /* seconds */

static double recency(const patron_customer_figures *s)
{
    return (double)(s->as_of - s->last) / DAY;
}

static double frequency(const patron_customer_figures *s)
{
    return (double)s->baskets;
}

static double monetary(const patron_customer_figures *s)
{
    return s->monetary;
}

static double mean_basket_value(const patron_customer_figures *s)
{
    return s->monetary / (double)s->baskets;
}

static double distinct_items(const patron_customer_figures *s)
{
    return (double)s->items;
}

static double mean_items_per_basket(const patron_customer_figures *s)
{
    return (double)s->basket_items / (double)s->baskets;
}

static double tenure(const patron_customer_figures *s)
{
    return (double)(s->as_of - s->first) / DAY;
}

static double mean_days_between_baskets(const patron_customer_figures *s)
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
    double (*value)(const patron_customer_figures *);
    float absent; /* of a customer without rows */
} table[] = {
    {"recency_days", "days", NEEDS_TIME, recency, NAN},
    {"frequency", "baskets", NEEDS_NOTHING, frequency, 0},
    {"monetary", "currency", NEEDS_VALUE, monetary, 0},
    {"mean_basket_value", "currency", NEEDS_VALUE, mean_basket_value, NAN},
    {"distinct_items", "items", NEEDS_NOTHING, distinct_items, 0},
    {"mean_items_per_basket", "items", NEEDS_NOTHING, mean_items_per_basket, NAN},
    {"tenure_days", "days", NEEDS_TIME, tenure, NAN},
    {"mean_days_between_baskets", "days", NEEDS_TIME, mean_days_between_baskets, NAN},
};
enum { FEATURES = sizeof table / sizeof table[0] };
_Static_assert((int)FEATURES == (int)PATRON_FEATURES, "room for all features");

static bool is_there(const patron_cleaning *cleaning, int feature)
{
    if (table[feature].needs == NEEDS_VALUE)
        return cleaning->has_value;
    return table[feature].needs == NEEDS_NOTHING || cleaning->has[PATRON_ROLE_TIME];
}

patron_status patron_features_name(const patron_cleaning *cleaning, patron_ingested *lists)
{
    static const char source[] = "transactions";
    patron_dataset_content *frame = &lists->frame;
    lists->absent = patron_allocate(FEATURES, sizeof *lists->absent);
    if (lists->absent == NULL)
        return PATRON_RESOURCE;
    for (int f = 0; f < FEATURES; ++f) {
        if (!is_there(cleaning, f))
            continue;
        const char *name = table[f].name, *unit = table[f].unit;
        patron_status status = patron_texts_append(&frame->column_names, name, strlen(name));
        if (status == PATRON_OK)
            status = patron_texts_append(&frame->column_units, unit, strlen(unit));
        if (status == PATRON_OK)
            status = patron_texts_append(&frame->column_sources, source, strlen(source));
        if (status != PATRON_OK)
            return status;
        lists->absent[frame->columns++] = table[f].absent;
    }
    return PATRON_OK;
}

patron_status patron_features_of(const patron_cleaning *cleaning, const char *name,
                                 const patron_customer_figures *figures,
                                 float features[PATRON_FEATURES], uint32_t *count)
{
    *count = 0;
    for (int f = 0; f < FEATURES; ++f) {
        if (!is_there(cleaning, f))
            continue;
        double value = table[f].value(figures);
        float feature = (float)value;
        if (isinf(feature))
            return patron_fail(PATRON_DATA,
                               "%s: the feature %s of a customer is %.6g, more than float32 holds",
                               name, table[f].name, value);
        features[(*count)++] = feature;
    }
    return PATRON_OK;
}
