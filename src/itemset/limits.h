/* SPDX-License-Identifier: Apache-2.0 */
/* What happens where more sets are found than may be. */
#ifndef PATRON_ITEMSET_LIMITS_H
#define PATRON_ITEMSET_LIMITS_H

#include "itemset/found.h"

#include <stdbool.h>

typedef struct itemset_excess {
    bool is_found;
    bool is_of_sets;    /* too many sets on all ranks; else too many bytes on some rank */
    uint64_t set_bytes; /* what a set took on average, at least 1 */
} itemset_excess;

/* Whether a budget is spent, on a rank or by all together.  Collective. */
void itemset_excess_find(const patron_comm *comm, const itemset_budget *budget,
                         itemset_excess *excess);

/* Refuses to mine, with a text that says which least count would do.  Collective; RESOURCE, or what
 * fails while that count is looked for. */
patron_status itemset_excess_refuse(const patron_comm *comm, const patron_itemset_baskets *baskets,
                                    const patron_itemset_options *options,
                                    const itemset_excess *excess);

#endif
