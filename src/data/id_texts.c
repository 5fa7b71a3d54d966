/* SPDX-License-Identifier: Apache-2.0 */
/* Ids of customers and of baskets as texts, part by part. */
#include "data/dataset.h"
#include "data/slab.h"

#include "patron/memory.h"
#include "store/h5.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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

bool patron_dataset_has_basket_ids(const patron_dataset *dataset)
{
    return dataset->head.has_basket_id;
}

static patron_status append_basket_ids(const patron_slab *slab, void *target)
{
    patron_h5_array array;
    patron_status status =
        patron_h5_array_open(slab->file, slab->file_name, "/baskets/id", 1, PATRON_H5_TEXT, &array);
    if (status == PATRON_OK)
        status = patron_h5_read_texts(&array, slab->first, slab->count, target);
    patron_h5_array_close(&array);
    return status;
}

patron_status patron_dataset_read_basket_ids(const patron_dataset *dataset, patron_range range,
                                             patron_texts *ids)
{
    return patron_slab_each(dataset, dataset->first_basket, range, append_basket_ids, ids);
}

/* All parts are of one run of ingest, so that the first tells. */
patron_status patron_dataset_read_key_name(const patron_dataset *dataset,
                                           char name[PATRON_KEY_NAME_CAPACITY])
{
    static const char attribute[] = "key_name";
    patron_h5_array array = {.dataset = H5I_INVALID_HID};
    patron_texts found = {0};
    hid_t file = H5I_INVALID_HID;
    patron_status status = patron_h5_open(dataset->files[0], &file);
    name[0] = '\0';
    if (status == PATRON_OK)
        status =
            patron_h5_array_open(file, dataset->files[0], "/customers/id", 1, PATRON_H5_ID, &array);
    if (status == PATRON_OK && patron_h5_has_attribute(array.dataset, attribute))
        status = patron_h5_attribute_texts(array.dataset, array.name, attribute, &found);
    if (status == PATRON_OK && found.count > 0) {
        uint64_t length = patron_texts_length(&found, 0);
        if (length >= PATRON_KEY_NAME_CAPACITY)
            status =
                patron_fail(PATRON_DATA, "%s: attribute '%s' names no key", array.name, attribute);
        else
            memcpy(name, patron_texts_at(&found, 0), length);
        name[status == PATRON_OK ? length : 0] = '\0';
    }
    patron_texts_free(&found);
    patron_h5_array_close(&array);
    if (file >= 0)
        H5Fclose(file);
    return status;
}
