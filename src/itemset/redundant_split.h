/* SPDX-License-Identifier: Apache-2.0 */
/* Which consequents have so many rules that no one rank should compare them all. */
#ifndef PATRON_ITEMSET_REDUNDANT_SPLIT_H
#define PATRON_ITEMSET_REDUNDANT_SPLIT_H

#include "itemset/rule_list.h"
#include "itemset/slice.h"

enum { ITEMSET_SPLIT_BUCKETS = 4096 };

typedef struct itemset_split {
    bool is_split[ITEMSET_SPLIT_BUCKETS]; /* by hash of the consequent */
    uint64_t *uses;                       /* by item: antecedents that hold it; of all ranks */
} itemset_split;

/* The same on every rank.  Release with itemset_split_free in any case.  Collective; RESOURCE. */
patron_status itemset_split_find(const itemset_slice *slice, const itemset_rule_list *list,
                                 itemset_split *split);
void itemset_split_free(itemset_split *split);

/* Whether the rules of a consequent of this hash are split, by the items of their antecedents. */
static inline bool itemset_split_holds(const itemset_split *split, uint64_t hash)
{
    return split->is_split[hash >> 32 & (ITEMSET_SPLIT_BUCKETS - 1)];
}

/* Puts items[count] into the order in which antecedents of split consequents are compared: those
 * that the fewest antecedents hold first, as rules that begin alike meet on one rank. */
void itemset_split_order(const itemset_split *split, uint32_t *items, uint32_t count);

#endif
