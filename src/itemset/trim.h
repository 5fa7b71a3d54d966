/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a branch that is searched in parts, cut to what one part needs: its own candidates and
 * those before them, in rows that hold one of its own and another.  Each part reads all rows of the
 * branch once; what it then merges, spreads and counts is less the more parts there are. */
#ifndef PATRON_ITEMSET_TRIM_H
#define PATRON_ITEMSET_TRIM_H

#include "itemset/bitmap.h"

/* Not where sets are judged, for which candidates behind those of a part matter too.  Neither is
 * collective. */
void itemset_masks_trim(itemset_masks *masks, const itemset_candidates *candidates,
                        itemset_part part);

/* weights[*rows], one a row. */
void itemset_tokens_trim(itemset_tokens *tokens, uint64_t *weights, uint64_t *rows,
                         const itemset_candidates *candidates, itemset_part part);

#endif
