/* SPDX-License-Identifier: Apache-2.0 */
/* What a thread finds: sets in chunks by length, or only how many of each length. */
#ifndef PATRON_ITEMSET_FOUND_H
#define PATRON_ITEMSET_FOUND_H

#include "patron/checkpoint.h"
#include "patron/itemset.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct itemset_found_chunk itemset_found_chunk;

/* Sets of one length; a record is its items, ascending by original index, then its count in two
 * words. */
typedef struct itemset_found_bucket {
    itemset_found_chunk *chunks; /* the newest first */
    uint64_t count;
    uint64_t packed; /* of the sets, the oldest ones */
} itemset_found_bucket;

/* What all threads of a rank may find.  Sets that are only counted, or passed on, take no bytes. */
typedef struct itemset_budget {
    uint64_t most_sets;  /* 0: no limit */
    uint64_t most_bytes; /* 0: no limit */
    uint64_t sets;       /* found, as far as threads have told */
    uint64_t bytes;
    bool is_spent;
} itemset_budget;

typedef struct itemset_found {
    uint32_t longest;              /* no longer set will come */
    itemset_found_bucket *buckets; /* longest + 1, by length; counts alone when only counting */
    uint64_t limit; /* most sets that may come, so that sums over ranks fit 64 bits */
    uint64_t total;
    uint64_t bytes;
    uint64_t told_sets, told_bytes; /* of the total and the bytes */
    uint64_t telling_at;            /* the total at which the budget is told of it again */
    itemset_budget *budget;
} itemset_found;

/* The budget is told every now and then; RESOURCE where it is spent, which `is_spent` says. */
patron_status itemset_found_create(itemset_found *found, uint32_t longest, uint64_t limit,
                                   itemset_budget *budget);
void itemset_found_free(itemset_found *found);

/* Adds a set of items[length], ascending, held by `count` baskets. */
patron_status itemset_found_add(itemset_found *found, const uint32_t *items, uint32_t length,
                                uint64_t count);

/* Adds sets[i] sets of length + i items to the counts, for each of so many lengths. */
patron_status itemset_found_tally(itemset_found *found, uint32_t length, const uint64_t *sets,
                                  uint32_t lengths);

/* Tells the budget of what it does not know yet.  RESOURCE where it is spent. */
patron_status itemset_found_tell(itemset_found *found);

/* The memory that a set of `length` items takes at most, while sets are sorted. */
uint64_t itemset_found_bytes(uint64_t length);

/* Packs the sets that have come since this was called last. */
void itemset_found_pack(itemset_found *found, patron_packing *packing);

/* Adds what was packed, which need not be packed again.  RESOURCE, also where the budget is spent;
 * DATA where these are no such sets, of items below `item_count`. */
patron_status itemset_found_unpack(itemset_found *found, uint32_t item_count,
                                   patron_unpacking *unpacking);

/* All sets of found[parts] in the global order; the parts lose their chunks.  `sets` (zeroed) is
 * the caller's, whatever is returned. */
patron_status itemset_found_sort(itemset_found *found, int parts, uint32_t item_count, int threads,
                                 patron_itemset_sets *sets);

#endif
