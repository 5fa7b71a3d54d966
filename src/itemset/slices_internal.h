/* SPDX-License-Identifier: Apache-2.0 */
/* Splitters, for the two files that sort sets over ranks. */
#ifndef PATRON_ITEMSET_SLICES_INTERNAL_H
#define PATRON_ITEMSET_SLICES_INTERNAL_H

#include "itemset/slices.h"

/* The same splitters on every rank, from each rank's sorted sets.  Collective. */
patron_status itemset_splitters_choose(const patron_comm *comm, const patron_itemset_sets *sets,
                                       itemset_splitters *splitters);

#endif
