/* SPDX-License-Identifier: Apache-2.0 */
/* Columns of baskets, part by part. */
#include "data/basket_columns.h"

#include "data/dataset.h"
#include "data/slab.h"
#include "store/h5.h"

#include <inttypes.h>

bool patron_dataset_has_basket_customer(const patron_dataset *dataset)
{
    return dataset->head.has_basket_customer;
}

bool patron_dataset_has_basket_time(const patron_dataset *dataset)
{
    return dataset->head.has_basket_time;
}

typedef struct customer_target {
    uint64_t rows; /* of the dataset */
    uint64_t *customers;
} customer_target;

static patron_status read_customer_slab(const patron_slab *slab, void *argument)
{
    const customer_target *target = argument;
    uint64_t *customers = target->customers + slab->done;
    patron_h5_array array;
    patron_status status = patron_h5_array_open(slab->file, slab->file_name, "/baskets/customer", 1,
                                                PATRON_H5_INTEGER, &array);
    if (status == PATRON_OK)
        status = patron_h5_read_u64(&array, slab->first, slab->count, customers);
    for (uint64_t b = 0; status == PATRON_OK && b < slab->count; ++b)
        if (customers[b] >= target->rows && customers[b] != PATRON_NO_CUSTOMER)
            status = patron_fail(PATRON_DATA,
                                 "%s: basket %" PRIu64 " belongs to row %" PRIu64 " of %" PRIu64,
                                 array.name, slab->global + b, customers[b], target->rows);
    patron_h5_array_close(&array);
    return status;
}

patron_status patron_dataset_read_basket_customers(const patron_dataset *dataset,
                                                   patron_range range, uint64_t *customers)
{
    customer_target target = {.rows = patron_dataset_rows(dataset), .customers = customers};
    return patron_slab_each(dataset, dataset->first_basket, range, read_customer_slab, &target);
}

static patron_status read_time_slab(const patron_slab *slab, void *argument)
{
    int64_t *times = argument;
    patron_h5_array array;
    patron_status status = patron_h5_array_open(slab->file, slab->file_name, "/baskets/time", 1,
                                                PATRON_H5_INTEGER, &array);
    if (status == PATRON_OK)
        status = patron_h5_read_i64(&array, slab->first, slab->count, times + slab->done);
    patron_h5_array_close(&array);
    return status;
}

patron_status patron_dataset_read_basket_times(const patron_dataset *dataset, patron_range range,
                                               int64_t *times)
{
    return patron_slab_each(dataset, dataset->first_basket, range, read_time_slab, times);
}
