/* SPDX-License-Identifier: Apache-2.0 */
/* Which baskets and items count, how often, and the labels that the frequent items get. */
#ifndef PATRON_ITEMSET_COUNTING_H
#define PATRON_ITEMSET_COUNTING_H

#include "itemset/database.h"

#define ITEMSET_NO_LABEL UINT32_MAX

typedef enum itemset_role { ITEMSET_PLAIN, ITEMSET_INCLUDED, ITEMSET_EXCLUDED } itemset_role;

typedef struct itemset_selection {
    const patron_itemset_baskets *baskets;
    uint8_t *roles;     /* an itemset_role for each original item */
    bool projected;     /* baskets must hold all included items */
    uint32_t *included; /* each once */
    uint32_t included_count;
} itemset_selection;

/* Checks the baskets (DATA) and options (USAGE); free it whatever is returned. */
patron_status itemset_selection_create(itemset_selection *selection,
                                       const patron_itemset_baskets *baskets,
                                       const patron_itemset_options *options);
void itemset_selection_free(itemset_selection *selection);

/* Whether basket `basket` counts. */
bool itemset_selection_holds(const itemset_selection *selection, uint64_t basket);

/* Sets the database's numbers of baskets and item counts, and gives it the included items.
 * `so_far` is this rank's status before: where one rank's is a failure, all return it.  Collective;
 * RESOURCE. */
patron_status itemset_count_items(const patron_comm *comm, patron_status so_far,
                                  itemset_selection *selection, int threads,
                                  itemset_database *database);

/* Sets the node's items and counts: the frequent ones, by falling count, ties by index.  labels
 * (the caller's to free) gives for each original item its place there or ITEMSET_NO_LABEL. */
patron_status itemset_label_items(const itemset_selection *selection, uint64_t min_count,
                                  itemset_node *node, const uint64_t *item_counts,
                                  uint32_t **labels);

#endif
