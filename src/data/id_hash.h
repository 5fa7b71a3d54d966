/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes that stand for customers' ids.  Nothing here is collective. */
#ifndef PATRON_DATA_ID_HASH_H
#define PATRON_DATA_ID_HASH_H

#include "patron/data.h"

/* 128 bits of an id's bytes; those of a number are its eight, so that texts and numbers differ. */
typedef struct patron_id_hash {
    uint64_t hash[2];
    uint64_t row; /* of the dataset */
} patron_id_hash;

/* Hashes the ids of the rows in `range` into ids[range.count].  As reading. */
patron_status patron_dataset_hash_ids(const patron_dataset *dataset, patron_range range,
                                      patron_id_hash *ids);

#endif
