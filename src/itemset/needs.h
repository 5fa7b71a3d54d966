/* SPDX-License-Identifier: Apache-2.0 */
/* Which ranks have tasks of which items, and how much of a row each of them needs. */
#ifndef PATRON_ITEMSET_NEEDS_H
#define PATRON_ITEMSET_NEEDS_H

#include "itemset/tasks.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct itemset_needs {
    int size;          /* ranks */
    bool whole;        /* rows, not what they have up to a rank's last item */
    uint64_t *offsets; /* those with tasks of item i are ranks[offsets[i]] ..., each once */
    int *ranks;

    /* Of the row in hand. */
    int *touched;      /* the ranks that need something of it */
    uint32_t *lengths; /* by rank: how many of its first items; all zero before and after */
} itemset_needs;

/* For tasks[count] of `ranks` ranks, and rows of items below `width`.  Free it whatever is
 * returned; RESOURCE. */
patron_status itemset_needs_create(const itemset_task *tasks, uint64_t count, uint32_t width,
                                   bool whole, int ranks, itemset_needs *needs);
void itemset_needs_free(itemset_needs *needs);

/* Sets touched[] to the ranks with tasks of items[first] ... items[length - 1], which are those of
 * a row from place `first` on, and their lengths; returns how many. */
int itemset_needs_find(itemset_needs *needs, const uint32_t *items, uint64_t first,
                       uint64_t length);

#endif
