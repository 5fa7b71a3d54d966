/* SPDX-License-Identifier: Apache-2.0 */
/* Baskets of several groups (segments of customers), those of a group side by side. */
#ifndef PATRON_ITEMSET_GROUPS_H
#define PATRON_ITEMSET_GROUPS_H

#include "patron/itemset.h"

/* This rank's baskets that belong to a group, group by group; within one in the order they had. */
typedef struct patron_itemset_groups {
    uint32_t count;
    uint32_t item_count;
    uint64_t *first;   /* count + 1: the baskets of group g are first[g] ... first[g + 1] - 1 */
    uint64_t *offsets; /* first[count] + 1, from 0 */
    uint32_t *items;
    uint64_t *baskets; /* count: of all ranks, by group */
    uint64_t total;    /* their sum */
} patron_itemset_groups;

/* Copies the baskets whose group_of[] is 0 ... count - 1; others (-1) are left out.  `groups` is
 * the caller's afterwards, whatever is returned.  Collective; RESOURCE. */
patron_status patron_itemset_groups_create(const patron_comm *comm,
                                           const patron_itemset_baskets *baskets,
                                           const int32_t *group_of, uint32_t count,
                                           patron_itemset_groups *groups);
void patron_itemset_groups_free(patron_itemset_groups *groups);

/* Mines the baskets of `group` as patron_itemset_mine. */
patron_status patron_itemset_groups_mine(const patron_comm *comm,
                                         const patron_itemset_groups *groups, uint32_t group,
                                         const patron_itemset_options *options,
                                         patron_itemset_result *result);

#endif
