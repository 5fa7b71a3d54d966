/* SPDX-License-Identifier: Apache-2.0 */
/* Which baskets hold a rule's sides: ascending lists, of which those of a group are one run.
 * Nothing here is collective. */
#ifndef PATRON_ITEMSET_HOLDERS_H
#define PATRON_ITEMSET_HOLDERS_H

#include "itemset/groups.h"

/* This rank's baskets of each item, by their place among those of all groups. */
typedef struct itemset_holders {
    const patron_itemset_groups *groups;
    uint64_t *offsets; /* item_count + 1 */
    uint64_t *baskets;
} itemset_holders;

/* The groups outlive it; free it whatever is returned.  RESOURCE. */
patron_status itemset_holders_create(const patron_itemset_groups *groups, itemset_holders *holders);
void itemset_holders_free(itemset_holders *holders);

/* A list that lies in the holders, or in its own array.  All zero at first. */
typedef struct itemset_basket_list {
    const uint64_t *baskets;
    uint64_t count;
    uint64_t *array; /* NULL or what was needed so far; to free() */
    uint64_t room;
} itemset_basket_list;

/* The baskets that hold all of items[length], at least one.  RESOURCE. */
patron_status itemset_holders_find(const itemset_holders *holders, const uint32_t *items,
                                   uint64_t length, itemset_basket_list *list);

/* Adds how many baskets of each group are on the list to counts[0], counts[stride], ... */
void itemset_basket_list_count(const itemset_basket_list *list, const patron_itemset_groups *groups,
                               uint64_t stride, uint64_t *counts);

/* One list that is held against many. */
typedef struct itemset_basket_marks {
    const itemset_basket_list *list; /* that is marked; NULL: none */
    uint64_t *bits;                  /* one a basket of the groups */
    itemset_basket_list common;
} itemset_basket_marks;

/* RESOURCE; free them whatever is returned. */
patron_status itemset_basket_marks_create(const patron_itemset_groups *groups,
                                          itemset_basket_marks *marks);
void itemset_basket_marks_free(itemset_basket_marks *marks);

/* Marks `list` instead of the list before; both stay as they are while they are marked.  NULL: none
 * is. */
void itemset_basket_marks_set(itemset_basket_marks *marks, const itemset_basket_list *list);

/* As itemset_basket_list_count, of the baskets that are marked too.  RESOURCE. */
patron_status itemset_basket_marks_count(itemset_basket_marks *marks,
                                         const itemset_basket_list *list,
                                         const patron_itemset_groups *groups, uint64_t stride,
                                         uint64_t *counts);

#endif
