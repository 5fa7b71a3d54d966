/* SPDX-License-Identifier: Apache-2.0 */
/* Sorted runs: ranks send each other pieces of their arrays, and merge the runs that came. */
#ifndef PATRON_ITEMSET_RUNS_H
#define PATRON_ITEMSET_RUNS_H

#include "patron/comm.h"
#include "patron/itemset.h"

#include <stdint.h>

/* Elements that go to each rank and come from it. */
typedef struct itemset_traffic {
    const patron_comm *comm;
    uint64_t *to; /* by rank, as `from` */
    uint64_t *from;
    uint64_t *bytes_to; /* of the array that travels */
    uint64_t *bytes_from;
} itemset_traffic;

/* All zero; itemset_traffic_free whatever is returned.  RESOURCE. */
patron_status itemset_traffic_create(itemset_traffic *traffic, const patron_comm *comm);
void itemset_traffic_free(itemset_traffic *traffic);

/* Sets to[], of the items of records[] that go to each rank, the first ones first. */
void itemset_traffic_follow(itemset_traffic *items, const itemset_traffic *records,
                            const uint64_t *offsets);

/* Sets from[], and returns its sum.  Collective. */
uint64_t itemset_traffic_announce(itemset_traffic *traffic);

/* Sends each rank its piece of an array of elements of `size` bytes.  Collective. */
void itemset_traffic_send(const itemset_traffic *traffic, const void *array, void *come,
                          uint64_t size);

/* The same of offsets[count + 1] of records, as come[come_count + 1].  What is sent is lengths,
 * which take the place of the offsets.  Collective. */
void itemset_traffic_send_offsets(const itemset_traffic *records, uint64_t *offsets, uint64_t count,
                                  uint64_t *come, uint64_t come_count);

typedef struct itemset_run {
    uint64_t next;
    uint64_t end;
} itemset_run;

/* Sorted runs that are being merged. */
typedef struct itemset_merge {
    const uint64_t *offsets;
    const uint32_t *items;
    itemset_run *heap;
    int runs;
} itemset_merge;

/* Of runs of run_sets[size] sets, one after the other; free it whatever is returned.  RESOURCE. */
patron_status itemset_merge_begin(itemset_merge *merge, const uint64_t *offsets,
                                  const uint32_t *items, const uint64_t *run_sets, int size);

/* The place of the next set; of equal ones in one run they come one after the other.  No more often
 * than there are sets. */
uint64_t itemset_merge_next(itemset_merge *merge);

void itemset_merge_free(itemset_merge *merge);

#endif
