/* SPDX-License-Identifier: Apache-2.0 */
/* The chunks of found sets, for the two files that fill and sort them. */
#ifndef PATRON_ITEMSET_FOUND_INTERNAL_H
#define PATRON_ITEMSET_FOUND_INTERNAL_H

#include "itemset/found.h"

enum { COUNT_WORDS = sizeof(uint64_t) / sizeof(uint32_t) };

struct itemset_found_chunk {
    itemset_found_chunk *next;
    uint64_t used;
    uint64_t capacity;
    uint32_t words[];
};

void itemset_found_free_chunks(itemset_found_bucket *bucket);

#endif
