/* SPDX-License-Identifier: Apache-2.0 */
/* Mining from a given least count on. */
#ifndef PATRON_ITEMSET_MINE_H
#define PATRON_ITEMSET_MINE_H

#include "patron/itemset.h"

/* As patron_itemset_mine, but of `top` only what is to be cut from maximal sets.  Collective. */
patron_status itemset_mine(const patron_comm *comm, const patron_itemset_baskets *baskets,
                           const patron_itemset_options *options, patron_itemset_result *result);

#endif
