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

/* Of `length` bytes. */
patron_id_hash patron_id_hash_of(const void *bytes, uint64_t length, uint64_t row);

/* Finds rows by their ids, which are texts, also where the dataset has numbers. */
typedef struct patron_id_finder {
    patron_id_hash *ids; /* by their hashes */
    uint64_t count;
} patron_id_finder;

/* Of the rows in `range`.  Release with patron_id_finder_free in any case.  As reading. */
patron_status patron_id_finder_create(const patron_dataset *dataset, patron_range range,
                                      patron_id_finder *finder);
void patron_id_finder_free(patron_id_finder *finder);

/* Whether the id is among them; *row is its row of the dataset then. */
bool patron_id_finder_find(const patron_id_finder *finder, const char *id, uint64_t length,
                           uint64_t *row);

#endif
