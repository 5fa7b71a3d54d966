/* SPDX-License-Identifier: Apache-2.0 */
/* Each rank keeps its own leaders; those of all ranks are ranked again, on every rank. */
#include "itemset/leaders.h"

#include "patron/memory.h"

#include <stdbool.h>
#include <stdlib.h>

static bool is_better(const itemset_leader *a, const itemset_leader *b)
{
    for (int i = 0; i < ITEMSET_LEADER_KEYS; ++i)
        if (a->keys[i] != b->keys[i])
            return a->keys[i] > b->keys[i];
    return a->number < b->number;
}

void itemset_leaders_enter(itemset_leader *leaders, uint32_t *count, uint32_t most,
                           const itemset_leader *candidate)
{
    if (*count == most && (most == 0 || !is_better(candidate, &leaders[most - 1])))
        return;
    uint32_t at = *count < most ? (*count)++ : most - 1;
    for (; at > 0 && is_better(candidate, &leaders[at - 1]); --at)
        leaders[at] = leaders[at - 1];
    leaders[at] = *candidate;
}

patron_status itemset_leaders_merge(const patron_comm *comm, uint32_t most, itemset_leader *leaders,
                                    uint32_t *count)
{
    uint64_t ranks = (uint64_t)comm->size, bytes = 0;
    uint64_t *bytes_of = patron_allocate(ranks, sizeof *bytes_of);
    itemset_leader *all = NULL;
    patron_status status = patron_comm_agree(comm, bytes_of == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK) {
        patron_comm_gather_u64(comm, *count * sizeof *leaders, bytes_of);
        for (uint64_t r = 0; r < ranks; ++r)
            bytes += bytes_of[r];
        all = patron_allocate(bytes, 1);
        status = patron_comm_agree(comm, all == NULL ? PATRON_RESOURCE : PATRON_OK);
    }
    if (status == PATRON_OK) {
        patron_comm_gather_bytes(comm, leaders, bytes_of, all);
        *count = 0;
        for (uint64_t i = 0; i < bytes / sizeof *all; ++i)
            itemset_leaders_enter(leaders, count, most, &all[i]);
    }
    free(all);
    free(bytes_of);
    return status;
}
