/* SPDX-License-Identifier: Apache-2.0 */
/* A rank's share of the customers, as it is clustered: the columns chosen, the weights, the rows
 * that are not dropped; in memory, or streamed where memory is too small for it. */
#ifndef PATRON_DATA_SHARD_H
#define PATRON_DATA_SHARD_H

#include "data/transform.h"
#include "patron/data.h"
#include "patron/progress.h"
#include "patron/rows.h"

typedef struct patron_shard_choice {
    const char *const *columns; /* names, in the order wanted; count 0: all */
    uint32_t column_count;
    const char *const *exclude;
    uint32_t exclude_count;
    const char *weight; /* a column that weighs and is not clustered; NULL: /customers/weight
                           where it is there */
    bool drop_missing;  /* leave out rows with a missing value */
    int threads;        /* of all passes over the rows, at least 1 */
    uint64_t memory;    /* bytes that this rank may hold in all; 0: no limit */
    uint64_t reserved;  /* bytes of these that the caller will need for other things than rows */
    patron_progress *progress; /* of loading; NULL: silent */
    uint32_t row_bytes;        /* that the caller will hold of each row besides */
} patron_shard_choice;

typedef struct patron_shard {
    patron_range range; /* rows of the dataset that this rank holds */
    uint32_t columns;
    patron_texts names, units, sources; /* count 0 where the dataset has none */
    bool is_streamed;                   /* the same on every rank */
    patron_rows rows;
    struct patron_shard_reading *reading;
} patron_shard;

/* Opens this rank's share, and loads it unless that takes more than the memory allowed. Collective;
 * release with patron_shard_free in any case; `dataset` outlives it.  DATA: a column that the
 * dataset lacks or that is named twice, no column left, and of rows that are loaded a value that is
 * infinite, a weight that is negative or not finite; RESOURCE: not even the caller's own bytes of
 * each row fit the memory allowed; what reading finds. */
patron_status patron_shard_open(const patron_comm *comm, const patron_dataset *dataset,
                                const patron_shard_choice *choice, patron_shard *shard);

/* Transforms all rows, from now on where they are streamed; `transform` outlives the shard then.
 * Collective.  As patron_transform_rows. */
patron_status patron_shard_transform(const patron_comm *comm, const patron_transform *transform,
                                     patron_shard *shard);

void patron_shard_free(patron_shard *shard);

#endif
