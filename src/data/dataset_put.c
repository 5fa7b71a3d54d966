/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a dataset that lies spread over ranks: ranks lay out the parts in turns, with room for
 * all entries; then each writes its own to their places. */
#include "data/dataset_parts.h"
#include "patron/memory.h"
#include "store/h5.h"
#include "store/h5_place.h"

#include <stdlib.h>

struct patron_dataset_writer {
    const patron_comm *comm;
    const patron_dataset_plan *plan;
    patron_output *output;
    uint32_t parts, files;                    /* parts is 0 of a lone file */
    patron_h5_place (*places)[PATRON_ARRAYS]; /* by part, those that this rank has looked for */
};

static const struct {
    const char *path;
    patron_h5_type type; /* of numbers */
    bool is_of_customers;
} arrays[PATRON_ARRAYS] = {
    [PATRON_ARRAY_CUSTOMER_ID] = {"/customers/id", PATRON_H5_U8, true},
    [PATRON_ARRAY_FEATURES] = {"/customers/features", PATRON_H5_F32, true},
    [PATRON_ARRAY_BASKET_END] = {"/baskets/offsets", PATRON_H5_U64, false},
    [PATRON_ARRAY_BASKET_ITEM] = {"/baskets/items", PATRON_H5_U32, false},
    [PATRON_ARRAY_BASKET_ID] = {"/baskets/id", PATRON_H5_U8, false},
    [PATRON_ARRAY_BASKET_CUSTOMER] = {"/baskets/customer", PATRON_H5_U64, false},
    [PATRON_ARRAY_BASKET_TIME] = {"/baskets/time", PATRON_H5_I64, false}};

/* Entries of an array in a part, by number through the parts. */
static patron_range range_of(const patron_dataset_writer *writer, patron_dataset_array array,
                             uint32_t part)
{
    const patron_dataset_plan *plan = writer->plan;
    const uint64_t *items = plan->items_before;
    if (array == PATRON_ARRAY_BASKET_ITEM)
        return (patron_range){.first = items[part], .count = items[part + 1] - items[part]};
    uint64_t total = arrays[array].is_of_customers ? plan->frame->rows : plan->frame->baskets;
    return patron_range_cut(total, part, writer->files);
}

/* ---- laying out ---- */

static patron_status reserve(const patron_dataset_writer *writer, const patron_h5_file *file,
                             patron_dataset_array array, uint32_t part)
{
    const patron_dataset_plan *plan = writer->plan;
    const char *path = arrays[array].path;
    uint64_t count = range_of(writer, array, part).count, offset = 0;
    if (!plan->has[array])
        return PATRON_OK;
    switch (array) {
    case PATRON_ARRAY_CUSTOMER_ID:
        return patron_h5_reserve_texts(file, path, count, plan->customer_width);
    case PATRON_ARRAY_BASKET_ID:
        return patron_h5_reserve_texts(file, path, count, plan->basket_width);
    case PATRON_ARRAY_FEATURES:
        return patron_h5_reserve_chunked(file, path, arrays[array].type, count,
                                         plan->frame->columns);
    case PATRON_ARRAY_BASKET_END:
        return patron_h5_reserve(file, path, arrays[array].type, count + 1, 0, &offset);
    default:
        return patron_h5_reserve(file, path, arrays[array].type, count, 0, &offset);
    }
}

static patron_status fill_part(const patron_dataset_writer *writer, const patron_h5_file *file,
                               uint32_t part)
{
    const patron_dataset_plan *plan = writer->plan;
    const patron_dataset_content *frame = plan->frame;
    patron_status status = patron_part_write_root(file, frame, part, writer->files,
                                                  range_of(writer, PATRON_ARRAY_CUSTOMER_ID, part),
                                                  range_of(writer, PATRON_ARRAY_BASKET_ID, part));
    if (status == PATRON_OK && plan->has[PATRON_ARRAY_CUSTOMER_ID])
        status = patron_h5_write_group(file, "/customers");
    if (status == PATRON_OK && plan->has[PATRON_ARRAY_BASKET_END])
        status = patron_h5_write_group(file, "/baskets");
    for (int array = 0; status == PATRON_OK && array < PATRON_ARRAYS; ++array)
        status = reserve(writer, file, (patron_dataset_array)array, part);
    if (status == PATRON_OK && plan->has[PATRON_ARRAY_FEATURES])
        status = patron_part_attach_columns(file, frame);
    if (status == PATRON_OK && plan->has[PATRON_ARRAY_CUSTOMER_ID])
        status = patron_part_attach_ids(file, frame);
    if (status == PATRON_OK && plan->has[PATRON_ARRAY_BASKET_END])
        status = patron_part_write_items(file, frame);
    return status == PATRON_OK ? patron_part_write_quality(file, frame) : status;
}

static patron_status lay_out(const patron_dataset_writer *writer)
{
    patron_status status = PATRON_OK;
    char path[PATRON_PART_PATH];
    for (uint32_t part = (uint32_t)writer->comm->rank; status == PATRON_OK && part < writer->files;
         part += (uint32_t)writer->comm->size) {
        patron_h5_file file;
        patron_part_path(writer->output, part, writer->parts, path, sizeof path);
        status = patron_h5_create(path, &file);
        if (status == PATRON_OK)
            status = fill_part(writer, &file, part);
        patron_status closed = patron_h5_close(&file);
        status = status == PATRON_OK ? closed : status;
    }
    return patron_comm_agree(writer->comm, status);
}

patron_status patron_dataset_writer_begin(const patron_comm *comm, const patron_dataset_plan *plan,
                                          const char *path, uint32_t parts, bool force,
                                          patron_dataset_writer **writer)
{
    patron_dataset_writer *w = *writer = patron_allocate(1, sizeof **writer);
    patron_status status = w == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK) {
        *w = (patron_dataset_writer){
            .comm = comm, .plan = plan, .parts = parts, .files = parts == 0 ? 1 : parts};
        w->places = patron_allocate(w->files, sizeof *w->places);
        status = w->places == NULL ? PATRON_RESOURCE : PATRON_OK;
    }
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = patron_output_begin(
            comm, path, parts > 0 ? PATRON_OUTPUT_FOLDER : PATRON_OUTPUT_FILE, force, &w->output);
    if (status == PATRON_OK) {
        status = lay_out(w);
        if (status == PATRON_OK)
            return PATRON_OK;
        char digest[PATRON_DIGEST_CAPACITY];
        *writer = NULL;
        return patron_dataset_writer_end(w, 1, status, digest);
    }
    if (w != NULL)
        free(w->places);
    free(w);
    *writer = NULL;
    return status;
}

/* ---- putting ---- */

static patron_status find_places(patron_dataset_writer *writer, uint32_t part)
{
    char path[PATRON_PART_PATH];
    hid_t file = H5I_INVALID_HID;
    patron_part_path(writer->output, part, writer->parts, path, sizeof path);
    patron_status status = patron_output_read_again(patron_h5_open(path, &file));
    for (int array = 0; status == PATRON_OK && array < PATRON_ARRAYS; ++array)
        if (writer->plan->has[array])
            status =
                patron_h5_place_find(file, path, arrays[array].path, &writer->places[part][array]);
    if (file >= 0)
        H5Fclose(file);
    return status;
}

static patron_status write_entries(const patron_dataset_writer *writer, patron_dataset_array array,
                                   uint32_t part, uint64_t first, uint64_t count, const char *bytes)
{
    return patron_part_write_entries(writer->output, part, writer->parts,
                                     &writer->places[part][array], first, count, bytes);
}

/* Ends count from the part's start; the entry before them is 0, which is what a new file holds. */
static patron_status write_ends(patron_dataset_writer *writer, uint32_t part, uint64_t first,
                                uint64_t count, const uint64_t *ends)
{
    uint64_t *own = patron_allocate(count, sizeof *own);
    if (own == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < count; ++i)
        own[i] = ends[i] - writer->plan->items_before[part];
    patron_status status =
        write_entries(writer, PATRON_ARRAY_BASKET_END, part, first + 1, count, (const char *)own);
    free(own);
    return status;
}

patron_status patron_dataset_writer_put(patron_dataset_writer *writer, patron_dataset_array array,
                                        uint64_t first, uint64_t count, const void *values)
{
    const char *bytes = values;
    patron_status status = PATRON_OK;
    for (uint32_t part = 0; status == PATRON_OK && count > 0 && part < writer->files; ++part) {
        patron_range own = range_of(writer, array, part);
        if (first < own.first || first >= own.first + own.count)
            continue;
        uint64_t left = own.first + own.count - first, now = count < left ? count : left;
        if (writer->places[part][array].offsets == NULL)
            status = find_places(writer, part);
        if (status == PATRON_OK && array == PATRON_ARRAY_BASKET_END)
            status = write_ends(writer, part, first - own.first, now,
                                (const uint64_t *)(const void *)bytes);
        else if (status == PATRON_OK)
            status = write_entries(writer, array, part, first - own.first, now, bytes);
        bytes += now * writer->places[part][array].row_bytes;
        first += now;
        count -= now;
    }
    return status;
}

patron_status patron_dataset_writer_end(patron_dataset_writer *writer, int threads,
                                        patron_status so_far, char digest[PATRON_DIGEST_CAPACITY])
{
    const patron_comm *comm = writer->comm;
    patron_status status = patron_comm_agree(comm, so_far);
    if (status == PATRON_OK)
        status = patron_dataset_record_digest(comm, threads, writer->output, writer->parts, digest);
    for (uint32_t part = 0; part < writer->files; ++part)
        for (int array = 0; array < PATRON_ARRAYS; ++array)
            patron_h5_place_free(&writer->places[part][array]);
    status = patron_output_end(comm, writer->output, status);
    free(writer->places);
    free(writer);
    return status;
}
