/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of several results as one list. */
#ifndef PATRON_ITEMSET_RULE_UNION_H
#define PATRON_ITEMSET_RULE_UNION_H

#include "patron/itemset.h"

/* Each rule of found[count] once, in order, as this rank's slice `rules` (zeroed; the caller's
 * whatever is returned); its counts are zero.  Collective; RESOURCE. */
patron_status itemset_rules_unite(const patron_comm *comm, const patron_itemset_result *found,
                                  uint32_t count, patron_itemset_rules *rules);

#endif
