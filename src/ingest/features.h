/* SPDX-License-Identifier: Apache-2.0 */
/* The features of a customer; ingest.h tells what each is.  Nothing here is collective. */
#ifndef PATRON_INGEST_FEATURES_H
#define PATRON_INGEST_FEATURES_H

#include "ingest/clean.h"
#include "ingest/ingested.h"

enum { PATRON_FEATURES = 8 };

typedef struct patron_customer_figures {
    uint64_t baskets;
    uint64_t basket_items; /* different items of each basket, added up */
    uint64_t items;        /* different items of all */
    double monetary;
    int64_t first, last; /* times of rows */
    int64_t last_basket; /* the earliest time of the basket that is latest by it */
    int64_t as_of;
} patron_customer_figures;

/* Names, units and sources of the features that the columns allow, and what they are of a customer
 * without rows: counts and sums 0, others missing.  RESOURCE. */
patron_status patron_features_name(const patron_cleaning *cleaning, patron_ingested *lists);

/* These features.  DATA where one is more than float32 holds; `name` is that of the input. */
patron_status patron_features_of(const patron_cleaning *cleaning, const char *name,
                                 const patron_customer_figures *figures,
                                 float features[PATRON_FEATURES], uint32_t *count);

#endif
