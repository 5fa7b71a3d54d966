/* SPDX-License-Identifier: Apache-2.0 */
/* Exact order statistics of columns over all ranks. */
#ifndef PATRON_DATA_ORDER_STATISTICS_H
#define PATRON_DATA_ORDER_STATISTICS_H

#include "data/row_groups.h"
#include "patron/comm.h"
#include "patron/rows.h"

/* Asks for the value with `index` values below it in the sorted present ones (not NaN) of a column,
 * counted from 0; there must be more than `index`. */
typedef struct patron_order_query {
    uint32_t column;
    uint64_t index;
    float value; /* the answer */
} patron_order_query;

/* Answers queries[count], the same on every rank.  Collective.  RESOURCE, and as patron_rows_pass.
 */
patron_status patron_order_statistics(const patron_comm *comm, const patron_rows *rows,
                                      patron_order_query *queries, uint64_t count);

/* The same within groups: `column` of a query is group * rows->columns + column. */
patron_status patron_order_statistics_of_groups(const patron_comm *comm, const patron_rows *rows,
                                                const patron_row_groups *groups,
                                                patron_order_query *queries, uint64_t count);

/* Columns (of groups) that `memory` bytes hold the tables of while `queries` of each are answered,
 * at least 1 and at most `columns`; the same on every rank.  Collective. */
uint64_t patron_order_statistics_batch(const patron_comm *comm, const patron_rows *rows,
                                       uint64_t memory, uint64_t queries, uint64_t columns);

#endif
