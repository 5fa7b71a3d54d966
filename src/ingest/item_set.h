/* SPDX-License-Identifier: Apache-2.0 */
/* Which items a group of rows has, each once: group by group, without clearing between them.
 * Nothing here is collective. */
#ifndef PATRON_INGEST_ITEM_SET_H
#define PATRON_INGEST_ITEM_SET_H

#include "patron/status.h"

#include <stdbool.h>
#include <stdint.h>

/* Start from a zeroed struct. */
typedef struct patron_item_set {
    uint64_t *seen; /* of each item, the group it was last seen in */
    uint64_t group;
    uint32_t *items; /* of the group, in the order they came */
    uint64_t count, room;
} patron_item_set;

/* RESOURCE. */
patron_status patron_item_set_create(uint64_t items, patron_item_set *set);

void patron_item_set_clear(patron_item_set *set);

/* Adds `item`; RESOURCE. */
patron_status patron_item_set_add(patron_item_set *set, uint32_t item);

void patron_item_set_free(patron_item_set *set);

#endif
