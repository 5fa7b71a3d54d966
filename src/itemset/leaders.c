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
    void *gathered = NULL;
    uint64_t bytes = 0;
    patron_status status =
        patron_comm_gather(comm, PATRON_OK, leaders, *count * sizeof *leaders, &gathered, &bytes);
    const itemset_leader *all = gathered;
    if (status == PATRON_OK)
        *count = 0;
    for (uint64_t i = 0; status == PATRON_OK && i < bytes / sizeof *all; ++i)
        itemset_leaders_enter(leaders, count, most, &all[i]);
    free(gathered);
    return status;
}
