/* SPDX-License-Identifier: Apache-2.0 */
/* Which columns of a dataset a shard takes.  Nothing here is collective. */
#ifndef PATRON_DATA_SHARD_COLUMNS_H
#define PATRON_DATA_SHARD_COLUMNS_H

#include "data/shard.h"

/* The columns to cluster, into columns[] (room for all and one more), and the weight's behind them
 * where one is chosen; *count does not count it.  DATA, RESOURCE. */
patron_status patron_shard_choose_columns(const patron_dataset *dataset,
                                          const patron_shard_choice *choice, uint32_t *columns,
                                          uint32_t *count);

/* Names and units of columns[shard->columns].  RESOURCE. */
patron_status patron_shard_name_columns(const patron_dataset *dataset, const uint32_t *columns,
                                        patron_shard *shard);

#endif
