/* SPDX-License-Identifier: Apache-2.0 */
/* The baskets as they are mined: filtered, relabelled by falling frequency, merged, and on each
 * rank those that its tasks need. */
#ifndef PATRON_ITEMSET_DATABASE_H
#define PATRON_ITEMSET_DATABASE_H

#include "itemset/keep.h"
#include "patron/itemset.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct itemset_database {
    uint64_t baskets;      /* of all ranks */
    uint32_t item_count;   /* of the dictionary */
    uint64_t *item_counts; /* baskets that hold each original item; selected ones if projected */
    uint32_t *included;    /* items that all listed sets must hold, each once */
    uint32_t included_count;
    bool projected;      /* only baskets with all included items count, without these items */
    uint64_t selected;   /* baskets that count */
    itemset_node node;   /* all frequent items that are not left out, the most frequent first */
    itemset_pairs pairs; /* of the node */
    itemset_task *tasks; /* of all ranks, the same on each */
    uint64_t task_count;
    uint32_t longest;         /* items of the longest row; sets of the node are not longer */
    itemset_sheaves *sheaves; /* those of the node */
    uint64_t bytes_sent;      /* of rows, from this rank */
} itemset_database;

/* What the rows are for. */
typedef struct itemset_database_use {
    bool divided;      /* branches of one item may be cut into tasks; the least count stays */
    bool judged;       /* a branch needs whole rows, to know what it has passed */
    itemset_keep keep; /* may have the tasks, with what of them is left */
} itemset_database_use;

/* Builds the database.  Where all listed sets must hold included items and no rules are wanted, the
 * baskets are projected on these.  Collective, but for the status; free it whatever is
 * returned. */
patron_status itemset_database_create(const patron_comm *comm,
                                      const patron_itemset_baskets *baskets,
                                      const patron_itemset_options *options,
                                      itemset_database_use use, itemset_database *database);
void itemset_database_free(itemset_database *database);

/* Items of the longest set that there can be, included ones among them. */
static inline uint32_t itemset_database_longest(const itemset_database *database)
{
    return database->longest + (database->projected ? database->included_count : 0);
}

#endif
