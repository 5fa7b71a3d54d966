/* SPDX-License-Identifier: Apache-2.0 */
/* The customers of two datasets, brought together by their ids. */
#ifndef PATRON_DATA_CUSTOMER_PAIRS_H
#define PATRON_DATA_CUSTOMER_PAIRS_H

#include "patron/data.h"

enum {
    PATRON_LABEL_NONE = -1,  /* in the dataset, but in no segment */
    PATRON_LABEL_ABSENT = -2 /* not in the dataset */
};

/* One entry a customer of either dataset, in no order that means anything. */
typedef struct patron_customer_pairs {
    uint64_t count, room;    /* of this rank */
    int32_t *first, *second; /* count: labels in the two, or PATRON_LABEL_... */
} patron_customer_pairs;

/* A dataset, and labels[] of the rows that are this rank's by patron_range_cut. */
typedef struct patron_labelled_dataset {
    const patron_dataset *dataset;
    const int32_t *labels;
} patron_labelled_dataset;

/* Brings both together; every customer is on one rank.  Ids are read once for each time that
 * `memory` bytes (the same on every rank) would not hold what is dealt of them, besides the pairs.
 * Collective.  Release with patron_customer_pairs_free in any case.  DATA: an id that a dataset
 * holds twice, or ids that are texts in one and numbers in the other; RESOURCE, and as reading. */
patron_status patron_customer_pairs_find(const patron_comm *comm,
                                         const patron_labelled_dataset *first,
                                         const patron_labelled_dataset *second, uint64_t memory,
                                         patron_customer_pairs *pairs);
void patron_customer_pairs_free(patron_customer_pairs *pairs);

#endif
