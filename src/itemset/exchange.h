/* SPDX-License-Identifier: Apache-2.0 */
/* From shards of rows to the rows that each rank's tasks need. */
#ifndef PATRON_ITEMSET_EXCHANGE_H
#define PATRON_ITEMSET_EXCHANGE_H

#include "itemset/tasks.h"
#include "patron/comm.h"

#include <stdbool.h>

/* Gives each rank, of every rank's rows that hold an item of its tasks, what stands up to the last
 * such item, or the `whole` row, instead of this rank's rows; a row goes to a rank at most once.
 * tasks[count] are those of all ranks.  The rows' arrays are on the heap before and after.  In
 * bounded pieces; *bytes grows by what this rank sends to others.  Collective; RESOURCE. */
patron_status itemset_exchange_rows(const patron_comm *comm, const itemset_task *tasks,
                                    uint64_t count, uint32_t width, bool whole, itemset_rows *rows,
                                    uint64_t *bytes);

#endif
