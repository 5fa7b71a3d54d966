/* SPDX-License-Identifier: Apache-2.0 */
/* From shards of rows to the rows that each rank's tasks need. */
#ifndef PATRON_ITEMSET_EXCHANGE_H
#define PATRON_ITEMSET_EXCHANGE_H

#include "itemset/tasks.h"
#include "itemset/wire.h"
#include "patron/comm.h"

#include <stdbool.h>

/* Gives each rank, of every rank's rows that hold an item of its tasks, what stands up to the last
 * such item, or the `whole` row; a row goes to a rank at most once.  What comes from other ranks
 * stands behind this rank's own rows, which stay: *lengths, one a row and the caller's to free
 * whatever is returned, says how many items of each this rank's tasks need.  tasks[count] are those
 * of all ranks.  In bounded pieces; *bytes grows by what this rank sends.  Collective; RESOURCE. */
patron_status itemset_exchange_rows(const patron_comm *comm, const itemset_task *tasks,
                                    uint64_t count, uint32_t width, bool whole,
                                    itemset_growing_rows *rows, uint32_t **lengths,
                                    uint64_t *bytes);

#endif
