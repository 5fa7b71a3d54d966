/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of a part whose rows come later. */
#include "data/made_layout.h"
#include "store/h5.h"

static const struct {
    const char *path;
    patron_h5_type type;
} arrays[PATRON_MADE_ARRAYS] = {[PATRON_MADE_ID] = {"/customers/id", PATRON_H5_U64},
                                [PATRON_MADE_FEATURES] = {"/customers/features", PATRON_H5_F32},
                                [PATRON_MADE_WEIGHT] = {"/customers/weight", PATRON_H5_F32},
                                [PATRON_MADE_TRUTH] = {"/customers/truth", PATRON_H5_I32},
                                [PATRON_MADE_OFFSETS] = {"/baskets/offsets", PATRON_H5_U64},
                                [PATRON_MADE_ITEMS] = {"/baskets/items", PATRON_H5_U32},
                                [PATRON_MADE_CUSTOMER] = {"/baskets/customer", PATRON_H5_U64},
                                [PATRON_MADE_TIME] = {"/baskets/time", PATRON_H5_I64}};

static patron_status reserve(const patron_h5_file *file, patron_made_array array, uint64_t rows)
{
    uint64_t offset; /* found again by each rank that writes */
    return patron_h5_reserve(file, arrays[array].path, arrays[array].type, rows, 0, &offset);
}

static patron_status write_truth(const patron_h5_file *file, const patron_dataset_truth *truth,
                                 uint32_t columns)
{
    patron_status status = patron_h5_write_group(file, "/truth");
    if (status == PATRON_OK)
        status = patron_h5_write(file, "/truth/centroids", PATRON_H5_F64, truth->clusters, columns,
                                 truth->centroids);
    if (status == PATRON_OK)
        status = patron_h5_write(file, "/truth/deviations", PATRON_H5_F64, truth->clusters, columns,
                                 truth->deviations);
    if (status == PATRON_OK)
        status = patron_h5_write(file, "/truth/shares", PATRON_H5_F64, truth->clusters, 0,
                                 truth->shares);
    return status;
}

static patron_status lay_customers(const patron_h5_file *file, const patron_dataset_maker *maker,
                                   uint64_t rows)
{
    const patron_dataset_content *frame = maker->frame;
    if (frame->columns == 0)
        return PATRON_OK;
    patron_status status = patron_h5_write_group(file, "/customers");
    if (status == PATRON_OK)
        status = reserve(file, PATRON_MADE_ID, rows);
    if (status == PATRON_OK)
        status = patron_h5_reserve_chunked(file, arrays[PATRON_MADE_FEATURES].path, PATRON_H5_F32,
                                           rows, frame->columns);
    if (status == PATRON_OK)
        status = patron_part_attach_columns(file, frame);
    if (status == PATRON_OK && maker->has_weight)
        status = reserve(file, PATRON_MADE_WEIGHT, rows);
    if (status == PATRON_OK)
        status = reserve(file, PATRON_MADE_TRUTH, rows);
    return status == PATRON_OK ? write_truth(file, maker->truth, frame->columns) : status;
}

static patron_status lay_baskets(const patron_h5_file *file, const patron_dataset_maker *maker,
                                 uint64_t baskets, uint64_t items)
{
    if (maker->frame->item_names.count == 0)
        return PATRON_OK;
    patron_status status = patron_h5_write_group(file, "/baskets");
    if (status == PATRON_OK)
        status = reserve(file, PATRON_MADE_OFFSETS, baskets + 1);
    if (status == PATRON_OK)
        status = reserve(file, PATRON_MADE_ITEMS, items);
    if (status == PATRON_OK && maker->has_basket_customer)
        status = reserve(file, PATRON_MADE_CUSTOMER, baskets);
    if (status == PATRON_OK)
        status = reserve(file, PATRON_MADE_TIME, baskets);
    return status == PATRON_OK ? patron_part_write_items(file, maker->frame) : status;
}

static patron_status write_run(const patron_h5_file *file, const patron_dataset_maker *maker)
{
    patron_status status = patron_h5_write_group(file, "/run");
    if (status == PATRON_OK)
        status = patron_h5_attach_text(file, "/run", "command_line", maker->command_line);
    if (status == PATRON_OK)
        status = patron_h5_attach_text(file, "/run", "options", maker->options);
    return status;
}

patron_status patron_made_lay_out(const patron_dataset_maker *maker, const char *path,
                                  uint32_t part, uint32_t files, uint64_t items)
{
    const patron_dataset_content *frame = maker->frame;
    patron_range rows = patron_range_cut(frame->rows, part, files);
    patron_range baskets = patron_range_cut(frame->baskets, part, files);
    patron_h5_file file;
    patron_status status = patron_h5_create(path, &file);
    if (status == PATRON_OK)
        status = patron_part_write_root(&file, frame, part, files, rows, baskets);
    if (status == PATRON_OK)
        status = lay_customers(&file, maker, rows.count);
    if (status == PATRON_OK)
        status = lay_baskets(&file, maker, baskets.count, items);
    if (status == PATRON_OK)
        status = write_run(&file, maker);
    patron_status closed = patron_h5_close(&file);
    return status == PATRON_OK ? closed : status;
}

patron_status patron_made_find(const char *path, patron_made_array first, patron_made_array last,
                               patron_h5_place places[PATRON_MADE_ARRAYS])
{
    hid_t file = H5I_INVALID_HID;
    patron_status status = patron_output_read_again(patron_h5_open(path, &file));
    for (int array = (int)first; status == PATRON_OK && array <= (int)last; ++array)
        if (patron_h5_exists(file, arrays[array].path))
            status = patron_h5_place_find(file, path, arrays[array].path, &places[array]);
    if (file >= 0)
        H5Fclose(file);
    return status;
}

void patron_made_free(patron_h5_place places[PATRON_MADE_ARRAYS])
{
    for (int array = 0; array < PATRON_MADE_ARRAYS; ++array)
        patron_h5_place_free(&places[array]);
}
