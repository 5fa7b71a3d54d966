/* SPDX-License-Identifier: Apache-2.0 */
/* A rank's share of the customers, as it is clustered: the columns chosen, the weights, the rows
 * that are not dropped. */
#ifndef PATRON_DATA_SHARD_H
#define PATRON_DATA_SHARD_H

#include "patron/data.h"

typedef struct patron_shard_choice {
    const char *const *columns; /* names, in the order wanted; count 0: all */
    uint32_t column_count;
    const char *const *exclude;
    uint32_t exclude_count;
    const char *weight; /* a column that weighs and is not clustered; NULL: /customers/weight
                           where it is there */
    bool drop_missing;  /* leave out rows with a missing value */
} patron_shard_choice;

typedef struct patron_shard {
    patron_range range; /* rows of the dataset that this rank read */
    uint64_t count;     /* those that are kept */
    uint32_t columns;
    float *values; /* count x columns */
    float *weight; /* count, NULL where rows do not weigh */
    uint64_t *row; /* count global row numbers, ascending */
    patron_texts names, units;
} patron_shard;

/* Loads this rank's share.  Collective; release with patron_shard_free in any case.  DATA: a column
 * that the dataset lacks or that is named twice, no column left, a weight that is negative or not
 * finite, and what reading finds. */
patron_status patron_shard_load(const patron_comm *comm, const patron_dataset *dataset,
                                const patron_shard_choice *choice, patron_shard *shard);
void patron_shard_free(patron_shard *shard);

#endif
