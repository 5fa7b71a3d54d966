/* SPDX-License-Identifier: Apache-2.0 */
/* A counting sort of baskets by their group. */
#include "itemset/groups.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

/* Where the baskets and the items of each group start; there are none yet. */
static patron_status allocate(const patron_itemset_baskets *baskets, const int32_t *group_of,
                              patron_itemset_groups *groups, uint64_t **next_item)
{
    uint64_t count = groups->count;
    groups->first = patron_allocate(count + 1, sizeof *groups->first);
    groups->baskets = patron_allocate(count, sizeof *groups->baskets);
    *next_item = patron_allocate(count + 1, sizeof **next_item);
    if (groups->first == NULL || groups->baskets == NULL || *next_item == NULL)
        return PATRON_RESOURCE;
    for (uint64_t b = 0; b < baskets->count; ++b)
        if (group_of[b] >= 0) {
            ++groups->first[group_of[b] + 1];
            (*next_item)[group_of[b] + 1] += baskets->offsets[b + 1] - baskets->offsets[b];
        }
    for (uint64_t g = 0; g < count; ++g) {
        groups->baskets[g] = groups->first[g + 1];
        groups->first[g + 1] += groups->first[g];
        (*next_item)[g + 1] += (*next_item)[g];
    }
    groups->offsets = patron_allocate(groups->first[count] + 1, sizeof *groups->offsets);
    groups->items = patron_allocate((*next_item)[count], sizeof *groups->items);
    bool short_of_memory = groups->offsets == NULL || groups->items == NULL;
    return short_of_memory ? PATRON_RESOURCE : PATRON_OK;
}

/* Leaves first[g] at the end of group g's baskets. */
static void copy_baskets(const patron_itemset_baskets *baskets, const int32_t *group_of,
                         patron_itemset_groups *groups, uint64_t *next_item)
{
    for (uint64_t b = 0; b < baskets->count; ++b) {
        if (group_of[b] < 0)
            continue;
        uint64_t length = baskets->offsets[b + 1] - baskets->offsets[b];
        uint64_t *item = &next_item[group_of[b]];
        memcpy(groups->items + *item, baskets->items + baskets->offsets[b],
               length * sizeof *groups->items);
        *item += length;
        groups->offsets[++groups->first[group_of[b]]] = *item;
    }
}

patron_status patron_itemset_groups_create(const patron_comm *comm,
                                           const patron_itemset_baskets *baskets,
                                           const int32_t *group_of, uint32_t count,
                                           patron_itemset_groups *groups)
{
    uint64_t *next_item = NULL;
    *groups = (patron_itemset_groups){.count = count, .item_count = baskets->item_count};
    patron_status status = allocate(baskets, group_of, groups, &next_item);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK) {
        copy_baskets(baskets, group_of, groups, next_item);
        memmove(groups->first + 1, groups->first, count * sizeof *groups->first);
        groups->first[0] = 0;
        patron_comm_reduce_u64(comm, groups->baskets, count, PATRON_SUM);
        for (uint32_t g = 0; g < count; ++g)
            groups->total += groups->baskets[g];
    }
    free(next_item);
    return status;
}

void patron_itemset_groups_free(patron_itemset_groups *groups)
{
    free(groups->first);
    free(groups->offsets);
    free(groups->items);
    free(groups->baskets);
    *groups = (patron_itemset_groups){0};
}

patron_status patron_itemset_groups_mine(const patron_comm *comm,
                                         const patron_itemset_groups *groups, uint32_t group,
                                         const patron_itemset_options *options,
                                         patron_itemset_result *result)
{
    const uint64_t *offsets = groups->offsets + groups->first[group];
    patron_itemset_baskets baskets = {.count = groups->first[group + 1] - groups->first[group],
                                      .items = groups->items + offsets[0],
                                      .item_count = groups->item_count};
    uint64_t *from_zero = patron_allocate(baskets.count + 1, sizeof *from_zero);
    *result = (patron_itemset_result){0};
    patron_status status = patron_comm_agree(comm, from_zero == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK) {
        for (uint64_t b = 0; b <= baskets.count; ++b)
            from_zero[b] = offsets[b] - offsets[0];
        baskets.offsets = from_zero;
        status = patron_itemset_mine(comm, &baskets, options, result);
    }
    free(from_zero);
    return status;
}
