/* SPDX-License-Identifier: Apache-2.0 */
/* Customers' ids as texts, part by part. */
#include "data/dataset.h"
#include "data/slab.h"

#include "patron/memory.h"
#include "store/h5.h"

#include <inttypes.h>
#include <stdlib.h>

static patron_status append_numbers(const patron_h5_array *array, const patron_slab *slab,
                                    patron_texts *ids)
{
    char text[24];
    uint64_t *numbers = patron_allocate(slab->count, sizeof *numbers);
    if (numbers == NULL)
        return PATRON_RESOURCE;
    patron_status status = patron_h5_read_u64(array, slab->first, slab->count, numbers);
    for (uint64_t i = 0; status == PATRON_OK && i < slab->count; ++i) {
        int length = snprintf(text, sizeof text, "%" PRIu64, numbers[i]);
        status = patron_texts_append(ids, text, (uint64_t)length);
    }
    free(numbers);
    return status;
}

static patron_status append_slab(const patron_slab *slab, void *target)
{
    patron_h5_array array;
    patron_status status =
        patron_h5_array_open(slab->file, slab->file_name, "/customers/id", 1, PATRON_H5_ID, &array);
    if (status == PATRON_OK)
        status = array.class == PATRON_H5_TEXT
                     ? patron_h5_read_texts(&array, slab->first, slab->count, target)
                     : append_numbers(&array, slab, target);
    patron_h5_array_close(&array);
    return status;
}

patron_status patron_dataset_read_ids(const patron_dataset *dataset, patron_range range,
                                      patron_texts *ids)
{
    return patron_slab_each(dataset, dataset->first_row, range, append_slab, ids);
}
