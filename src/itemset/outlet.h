/* SPDX-License-Identifier: Apache-2.0 */
/* Text of tasks that threads run side by side, passed on in the order of the tasks. */
#ifndef PATRON_ITEMSET_OUTLET_H
#define PATRON_ITEMSET_OUTLET_H

#include "patron/itemset.h"

#include <stdint.h>

typedef struct itemset_outlet itemset_outlet;

/* For turns 0 ... count - 1, of which turn t is task tasks[t], ascending; both arguments outlive
 * the outlet.  NULL where memory is short (recorded). */
itemset_outlet *itemset_outlet_create(const patron_itemset_text *text, const uint64_t *tasks,
                                      uint64_t count);

/* More text of a turn.  Held until it is this one's turn; where much is held already, the call
 * waits for that.  Turns have to be begun in order, or it waits for ever. */
patron_status itemset_outlet_put(itemset_outlet *outlet, uint64_t turn, const char *bytes,
                                 uint64_t length);

/* No more will come of this turn. */
patron_status itemset_outlet_end(itemset_outlet *outlet, uint64_t turn);

/* Nobody waits any more; what is put from now on fails with `status`. */
void itemset_outlet_abandon(itemset_outlet *outlet, patron_status status);

void itemset_outlet_free(itemset_outlet *outlet);

#endif
