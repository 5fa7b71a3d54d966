/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of a dataset's parts when it is opened: format, shapes, types, and that all parts
 * belong to one set. */
#include "data/dataset.h"

#include "patron/memory.h"
#include "store/h5.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t LARGEST_TABLE = UINT64_C(1) << 56; /* values of a part, rows of a set */

/* One part while it is looked at. */
typedef struct part_scan {
    hid_t file;
    const char *name;
    uint64_t rows, baskets;
    uint32_t columns;
    bool has_customers, has_text_ids, has_baskets, has_weight;
    bool has_basket_customer, has_basket_time, has_basket_id;
    patron_texts column_names, column_units, column_sources;
    patron_texts item_names, item_labels;
} part_scan;

/* Checks the array at `path` and its length (UINT64_MAX: any), and gives what it found. */
static patron_status measure(const part_scan *part, const char *path, patron_h5_class class,
                             uint64_t expected, uint64_t *length, patron_h5_class *found)
{
    patron_h5_array array;
    patron_status status = patron_h5_array_open(part->file, part->name, path, 1, class, &array);
    if (status != PATRON_OK)
        return status;
    *length = array.shape[0];
    *found = array.class;
    if (expected != UINT64_MAX && array.shape[0] != expected)
        status = patron_fail(PATRON_DATA, "%s: %" PRIu64 " entries found, %" PRIu64 " expected",
                             array.name, array.shape[0], expected);
    patron_h5_array_close(&array);
    return status;
}

static patron_status read_dictionary(const part_scan *part, const char *path, patron_texts *texts)
{
    patron_h5_array array;
    patron_status status =
        patron_h5_array_open(part->file, part->name, path, 1, PATRON_H5_TEXT, &array);
    if (status == PATRON_OK && array.shape[0] > UINT32_MAX)
        status = patron_fail(PATRON_DATA, "%s: %" PRIu64 " items, 2^32-1 at most expected",
                             array.name, array.shape[0]);
    if (status == PATRON_OK)
        status = patron_h5_read_texts(&array, 0, array.shape[0], texts);
    patron_h5_array_close(&array);
    return status;
}

static patron_status check_name_count(const patron_h5_array *features, const char *attribute,
                                      const patron_texts *texts)
{
    if (texts->count == features->shape[1])
        return PATRON_OK;
    return patron_fail(PATRON_DATA,
                       "%s: attribute '%s' has %" PRIu64 " entries, there are %" PRIu64 " columns",
                       features->name, attribute, texts->count, features->shape[1]);
}

static patron_status read_optional_names(const patron_h5_array *features, const char *attribute,
                                         patron_texts *texts)
{
    if (!patron_h5_has_attribute(features->dataset, attribute))
        return PATRON_OK;
    patron_status status =
        patron_h5_attribute_texts(features->dataset, features->name, attribute, texts);
    return status == PATRON_OK && texts->count > 0 ? check_name_count(features, attribute, texts)
                                                   : status;
}

/* Products of rows, columns and 8 bytes must not overflow, whatever a damaged header says. */
static patron_status check_extent(const patron_h5_array *features)
{
    uint64_t columns = features->shape[1];
    if (columns == 0 || columns > INT32_MAX)
        return patron_fail(PATRON_DATA, "%s: %" PRIu64 " columns, 1 to 2^31-1 expected",
                           features->name, columns);
    if (features->shape[0] > LARGEST_TABLE / columns)
        return patron_fail(
            PATRON_DATA, "%s: %" PRIu64 " rows x %" PRIu64 " columns, at most 2^56 values expected",
            features->name, features->shape[0], columns);
    return PATRON_OK;
}

static patron_status scan_features(part_scan *part)
{
    patron_h5_array features;
    patron_status status = patron_h5_array_open(part->file, part->name, "/customers/features", 2,
                                                PATRON_H5_REAL, &features);
    if (status != PATRON_OK)
        return status;
    part->rows = features.shape[0];
    part->columns = (uint32_t)features.shape[1];
    status = check_extent(&features);
    if (status == PATRON_OK)
        status = patron_h5_attribute_texts(features.dataset, features.name, "names",
                                           &part->column_names);
    if (status == PATRON_OK)
        status = check_name_count(&features, "names", &part->column_names);
    if (status == PATRON_OK)
        status = read_optional_names(&features, "units", &part->column_units);
    if (status == PATRON_OK)
        status = read_optional_names(&features, "source", &part->column_sources);
    patron_h5_array_close(&features);
    return status;
}

static patron_status scan_customers(part_scan *part)
{
    part->has_customers = patron_h5_exists(part->file, "/customers/features") ||
                          patron_h5_exists(part->file, "/customers/id");
    if (!part->has_customers)
        return PATRON_OK;
    uint64_t length = 0;
    patron_h5_class found = PATRON_H5_TEXT;
    patron_status status = scan_features(part);
    if (status == PATRON_OK)
        status = measure(part, "/customers/id", PATRON_H5_ID, part->rows, &length, &found);
    part->has_text_ids = found == PATRON_H5_TEXT;
    part->has_weight = patron_h5_exists(part->file, "/customers/weight");
    if (status == PATRON_OK && part->has_weight)
        status = measure(part, "/customers/weight", PATRON_H5_REAL, part->rows, &length, &found);
    return status;
}

/* The ends of the offsets; what lies between is checked when it is read. */
static patron_status check_offset_ends(const part_scan *part, uint64_t items)
{
    patron_h5_array offsets;
    uint64_t first = 0, last = 0;
    patron_status status = patron_h5_array_open(part->file, part->name, "/baskets/offsets", 1,
                                                PATRON_H5_INTEGER, &offsets);
    if (status == PATRON_OK)
        status = patron_h5_read_u64(&offsets, 0, 1, &first);
    if (status == PATRON_OK)
        status = patron_h5_read_u64(&offsets, part->baskets, 1, &last);
    if (status == PATRON_OK && (first != 0 || last != items))
        status = patron_fail(PATRON_DATA,
                             "%s: runs from %" PRIu64 " to %" PRIu64 ", 0 to %" PRIu64
                             " (the items) expected",
                             offsets.name, first, last, items);
    patron_h5_array_close(&offsets);
    return status;
}

static patron_status scan_optional(const part_scan *part, const char *path, patron_h5_class class,
                                   bool *found)
{
    uint64_t length = 0;
    *found = patron_h5_exists(part->file, path);
    return *found ? measure(part, path, class, part->baskets, &length, &class) : PATRON_OK;
}

static patron_status scan_baskets(part_scan *part)
{
    uint64_t entries = 0, items = 0;
    patron_h5_class found;
    part->has_baskets = patron_h5_exists(part->file, "/baskets/offsets") ||
                        patron_h5_exists(part->file, "/baskets/items");
    if (!part->has_baskets)
        return PATRON_OK;
    patron_status status =
        measure(part, "/baskets/offsets", PATRON_H5_INTEGER, UINT64_MAX, &entries, &found);
    if (status == PATRON_OK && entries == 0)
        status = patron_fail(
            PATRON_DATA, "%s: /baskets/offsets: empty, at least one entry expected", part->name);
    if (status == PATRON_OK) {
        part->baskets = entries - 1;
        status = measure(part, "/baskets/items", PATRON_H5_INTEGER, UINT64_MAX, &items, &found);
    }
    if (status == PATRON_OK)
        status = check_offset_ends(part, items);
    if (status == PATRON_OK)
        status = scan_optional(part, "/baskets/id", PATRON_H5_TEXT, &part->has_basket_id);
    if (status == PATRON_OK)
        status =
            scan_optional(part, "/baskets/customer", PATRON_H5_INTEGER, &part->has_basket_customer);
    if (status == PATRON_OK)
        status = scan_optional(part, "/baskets/time", PATRON_H5_INTEGER, &part->has_basket_time);
    if (status == PATRON_OK)
        status = read_dictionary(part, "/items/name", &part->item_names);
    if (status == PATRON_OK && patron_h5_exists(part->file, "/items/label"))
        status = read_dictionary(part, "/items/label", &part->item_labels);
    if (status == PATRON_OK && part->item_labels.count > 0 &&
        part->item_labels.count != part->item_names.count)
        status = patron_fail(PATRON_DATA, "%s: %" PRIu64 " item labels and %" PRIu64 " item names",
                             part->name, part->item_labels.count, part->item_names.count);
    return status;
}

/* An attribute that a set of parts must have, and a lone file may have. */
static patron_status check_place(const part_scan *part, const char *attribute, bool required,
                                 uint64_t expected)
{
    uint64_t found = expected;
    patron_status status = PATRON_OK;
    if (required || patron_h5_has_attribute(part->file, attribute))
        status = patron_h5_attribute_u64(part->file, part->name, attribute, &found);
    if (status == PATRON_OK && found != expected)
        status = patron_fail(PATRON_DATA,
                             "%s: attribute '%s' is %" PRIu64 ", %" PRIu64
                             " expected: a part is missing or from another set",
                             part->name, attribute, found, expected);
    return status;
}

static patron_status scan_part(const patron_dataset *dataset, uint32_t index, part_scan *part)
{
    bool in_set = dataset->head.parts > 1;
    part->name = dataset->files[index];
    patron_status status = patron_h5_open(part->name, &part->file);
    if (status == PATRON_OK)
        status = patron_h5_check_format(part->file, part->name, PATRON_DATASET_FORMAT,
                                        PATRON_DATASET_VERSION);
    if (status == PATRON_OK)
        status = check_place(part, "parts", in_set, dataset->head.parts);
    if (status == PATRON_OK)
        status = check_place(part, "part", in_set, index);
    if (status == PATRON_OK)
        status = scan_customers(part);
    if (status == PATRON_OK)
        status = scan_baskets(part);
    if (status == PATRON_OK && !part->has_customers && !part->has_baskets)
        status = patron_fail(PATRON_DATA, "%s: neither customers nor baskets", part->name);
    if (status == PATRON_OK && part->has_customers)
        status = check_place(part, "first_row", in_set, dataset->first_row[index]);
    if (status == PATRON_OK && part->has_baskets)
        status = check_place(part, "first_basket", in_set, dataset->first_basket[index]);
    return status;
}

static bool same_texts(const patron_texts *a, const patron_texts *b)
{
    if (a->count != b->count)
        return false;
    return a->count == 0 ||
           (memcmp(a->offsets, b->offsets, (a->count + 1) * sizeof *a->offsets) == 0 &&
            memcmp(a->bytes, b->bytes, a->offsets[a->count]) == 0);
}

static patron_status compare_part(const patron_dataset *dataset, const part_scan *part)
{
    const char *difference = NULL;
    if (part->has_customers != dataset->head.has_customers ||
        part->has_baskets != dataset->head.has_baskets ||
        part->has_weight != dataset->head.has_weight ||
        part->has_basket_customer != dataset->head.has_basket_customer ||
        part->has_basket_time != dataset->head.has_basket_time ||
        part->has_basket_id != dataset->head.has_basket_id)
        difference = "tables";
    else if (part->has_text_ids != dataset->head.has_text_ids)
        difference = "types of customer ids";
    else if (!same_texts(&part->column_names, &dataset->column_names))
        difference = "column names";
    else if (!same_texts(&part->column_units, &dataset->column_units))
        difference = "column units";
    else if (!same_texts(&part->item_names, &dataset->item_names) ||
             !same_texts(&part->item_labels, &dataset->item_labels))
        difference = "items";
    if (difference == NULL)
        return PATRON_OK;
    return patron_fail(PATRON_DATA, "%s: other %s than in %s", part->name, difference,
                       dataset->files[0]);
}

/* The first part's texts become the dataset's. */
static void adopt(patron_dataset *dataset, part_scan *part)
{
    dataset->head.columns = part->columns;
    dataset->head.has_customers = part->has_customers;
    dataset->head.has_text_ids = part->has_text_ids;
    dataset->head.has_baskets = part->has_baskets;
    dataset->head.has_weight = part->has_weight;
    dataset->head.has_basket_customer = part->has_basket_customer;
    dataset->head.has_basket_time = part->has_basket_time;
    dataset->head.has_basket_id = part->has_basket_id;
    dataset->column_names = part->column_names;
    dataset->column_units = part->column_units;
    dataset->column_sources = part->column_sources;
    dataset->item_names = part->item_names;
    dataset->item_labels = part->item_labels;
    part->column_names = part->column_units = part->column_sources = (patron_texts){0};
    part->item_names = part->item_labels = (patron_texts){0};
}

static void release(part_scan *part)
{
    patron_texts_free(&part->column_names);
    patron_texts_free(&part->column_units);
    patron_texts_free(&part->column_sources);
    patron_texts_free(&part->item_names);
    patron_texts_free(&part->item_labels);
    if (part->file >= 0)
        H5Fclose(part->file);
}

/* The digest that was recorded with the set, if any. */
static patron_status read_recorded_digest(patron_dataset *dataset, const part_scan *part)
{
    patron_texts digest = {0};
    patron_status status = PATRON_OK;
    if (patron_h5_has_attribute(part->file, "digest"))
        status = patron_h5_attribute_texts(part->file, part->name, "digest", &digest);
    if (status == PATRON_OK && digest.count == 1 &&
        patron_texts_length(&digest, 0) == PATRON_DIGEST_TEXT - 1)
        memcpy(dataset->head.digest, patron_texts_at(&digest, 0), PATRON_DIGEST_TEXT - 1);
    patron_texts_free(&digest);
    return status;
}

/* Counts a part in; sizes of all parts together must be possible, as those of one are. */
static patron_status count_part(patron_dataset *dataset, uint32_t index, const part_scan *part)
{
    uint64_t columns = part->columns == 0 ? 1 : part->columns;
    uint64_t rows = dataset->first_row[index] + part->rows;
    uint64_t baskets = dataset->first_basket[index] + part->baskets;
    dataset->first_row[index + 1] = rows;
    dataset->first_basket[index + 1] = baskets;
    if (rows > PATRON_H5_MOST_ENTRIES / columns || baskets > PATRON_H5_MOST_ENTRIES)
        return patron_fail(PATRON_DATA, "%s: more than 2^48 entries in the parts up to this one",
                           part->name);
    return PATRON_OK;
}

/* Counts a part in after it was looked at; the first one says what the others have to be. */
static patron_status take_part(patron_dataset *dataset, uint32_t index, part_scan *part)
{
    patron_status status = scan_part(dataset, index, part);
    if (status == PATRON_OK && index == 0)
        status = read_recorded_digest(dataset, part);
    if (status == PATRON_OK && index == 0)
        adopt(dataset, part);
    else if (status == PATRON_OK)
        status = compare_part(dataset, part);
    if (status == PATRON_OK)
        status = count_part(dataset, index, part);
    if (status == PATRON_OK && (dataset->first_row[index + 1] > LARGEST_TABLE ||
                                dataset->first_basket[index + 1] > LARGEST_TABLE))
        status = patron_fail(PATRON_DATA, "%s: more than 2^56 rows or baskets up to this part",
                             part->name);
    return status;
}

/* The totals that the first part states can be checked when all have been counted. */
patron_status patron_dataset_scan(patron_dataset *dataset)
{
    uint64_t parts = dataset->head.parts;
    dataset->first_row = patron_allocate(parts + 1, sizeof *dataset->first_row);
    dataset->first_basket = patron_allocate(parts + 1, sizeof *dataset->first_basket);
    if (dataset->first_row == NULL || dataset->first_basket == NULL)
        return PATRON_RESOURCE;
    part_scan first = {.file = H5I_INVALID_HID};
    patron_status status = take_part(dataset, 0, &first);
    for (uint32_t i = 1; status == PATRON_OK && i < parts; ++i) {
        part_scan part = {.file = H5I_INVALID_HID};
        status = take_part(dataset, i, &part);
        release(&part);
    }
    if (status == PATRON_OK)
        status = check_place(&first, "rows_total", false, patron_dataset_rows(dataset));
    if (status == PATRON_OK)
        status = check_place(&first, "baskets_total", false, patron_dataset_baskets(dataset));
    dataset->first_file = first.file >= 0 ? first.file : 0;
    first.file = H5I_INVALID_HID;
    release(&first);
    return status;
}
