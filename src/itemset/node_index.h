/* SPDX-License-Identifier: Apache-2.0 */
/* How tasks find their rows at the top of the search. */
#ifndef PATRON_ITEMSET_NODE_INDEX_H
#define PATRON_ITEMSET_NODE_INDEX_H

#include "itemset/tasks.h"

/* Sets what of the node is made from its rows, on the heap: the occurrences of items whose pairs
 * are not counted, the bits of dense rows, and which rows the tasks of `rank` among tasks[count]
 * cut.  Free it whatever is returned; RESOURCE where memory is short. */
patron_status itemset_node_index(itemset_node *node, const itemset_pairs *pairs,
                                 const itemset_task *tasks, uint64_t count, int rank, int threads);
void itemset_node_index_free(itemset_node *node);

#endif
