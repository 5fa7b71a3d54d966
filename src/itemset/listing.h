/* SPDX-License-Identifier: Apache-2.0 */
/* From all frequent sets to those that are listed, and to the rules. */
#ifndef PATRON_ITEMSET_LISTING_H
#define PATRON_ITEMSET_LISTING_H

#include "itemset/database.h"
#include "itemset/slices.h"

#include <stdbool.h>

static inline bool itemset_makes_rules(const patron_itemset_options *options)
{
    return options->rules && !options->count_only;
}

/* Cuts the frequent sets in result->sets to those of the kind, lengths and items wanted, counts
 * them by length; makes the rules if they are wanted, of sets that were dealt.  `so_far` is this
 * rank's status before: where one rank's is a failure, all return it.  Collective. */
patron_status itemset_list(const patron_comm *comm, patron_status so_far,
                           const itemset_database *database, const patron_itemset_options *options,
                           patron_itemset_result *result);

/* Sets count_by_length and longest of the result from counts[most + 1] of each rank, which become
 * the result's.  Collective. */
void itemset_list_lengths(const patron_comm *comm, uint64_t *counts, uint32_t most,
                          patron_itemset_result *result);

#endif
