/* SPDX-License-Identifier: Apache-2.0 */
/* Distances to centroids in a segment model: /segments/distance_quantiles, distance_percents,
 * outlier_threshold and outliers.  On one rank. */
#ifndef PATRON_MODEL_SPREAD_TABLE_H
#define PATRON_MODEL_SPREAD_TABLE_H

#include "quality/spread.h"
#include "store/h5_write.h"

patron_status patron_spread_table_write(const patron_h5_file *file, const patron_spread *spread);

/* Reads all but the rows' own distances, of k segments with size[k] rows.  Release with
 * patron_spread_free in any case; `quantile` is NULL where the model, of an earlier version, has
 * none.  DATA: other shapes or levels, quantiles out of order, another threshold, more outliers
 * than rows; IO, RESOURCE. */
patron_status patron_spread_table_read(hid_t file, const char *path, uint32_t k,
                                       const uint64_t *size, patron_spread *spread);

#endif
