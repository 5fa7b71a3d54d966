/* SPDX-License-Identifier: Apache-2.0 */
/* What stands beside a basket's items: its customer and its time.  Nothing here is collective. */
#ifndef PATRON_DATA_BASKET_COLUMNS_H
#define PATRON_DATA_BASKET_COLUMNS_H

#include "patron/data.h"

/* Whether the dataset has them. */
bool patron_dataset_has_basket_customer(const patron_dataset *dataset);
bool patron_dataset_has_basket_time(const patron_dataset *dataset);

/* Reads the customers of the baskets in `range` into customers[range.count]: global rows, or
 * PATRON_NO_CUSTOMER.  DATA: a row that the dataset lacks; IO. */
patron_status patron_dataset_read_basket_customers(const patron_dataset *dataset,
                                                   patron_range range, uint64_t *customers);

/* The same for times, in seconds since 1970 UTC.  DATA: a number above 2^63 - 1; IO. */
patron_status patron_dataset_read_basket_times(const patron_dataset *dataset, patron_range range,
                                               int64_t *times);

#endif
