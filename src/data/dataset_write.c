/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a dataset that lies in memory, in one file or in parts. */
#include "data/dataset_parts.h"

#include "patron/memory.h"
#include "runtime/meter.h"

#include <stdlib.h>

/* What is written, and the widths of its ids, which are the same in all parts. */
typedef struct dataset_writer {
    const patron_dataset_content *content;
    uint64_t customer_width, basket_width;
} dataset_writer;

static dataset_writer create_writer(const patron_dataset_content *content)
{
    return (dataset_writer){.content = content,
                            .customer_width = patron_texts_longest(&content->customer_id),
                            .basket_width = patron_texts_longest(&content->basket_id)};
}

static patron_status write_customers(const patron_h5_file *file, const dataset_writer *writer,
                                     patron_range rows)
{
    const patron_dataset_content *content = writer->content;
    if (content->columns == 0)
        return PATRON_OK;
    patron_status status = patron_h5_write_group(file, "/customers");
    if (status == PATRON_OK)
        status = patron_h5_write_texts(file, "/customers/id", &content->customer_id, rows.first,
                                       rows.count, writer->customer_width);
    if (status == PATRON_OK)
        status = patron_part_attach_ids(file, content);
    if (status == PATRON_OK)
        status = patron_h5_write_chunked(file, "/customers/features", PATRON_H5_F32, rows.count,
                                         content->columns,
                                         content->features + rows.first * content->columns);
    if (status == PATRON_OK)
        status = patron_part_attach_columns(file, content);
    if (status == PATRON_OK && content->weight != NULL)
        status = patron_h5_write(file, "/customers/weight", PATRON_H5_F32, rows.count, 0,
                                 content->weight + rows.first);
    return status;
}

/* Offsets of the part, from 0, and its items. */
static patron_status write_lists(const patron_h5_file *file, const patron_dataset_content *content,
                                 patron_range baskets)
{
    const uint64_t *from = content->basket_offsets + baskets.first;
    uint64_t *offsets = patron_allocate(baskets.count + 1, sizeof *offsets);
    if (offsets == NULL)
        return PATRON_RESOURCE;
    for (uint64_t b = 0; b <= baskets.count; ++b)
        offsets[b] = from[b] - from[0];
    patron_status status =
        patron_h5_write(file, "/baskets/offsets", PATRON_H5_U64, baskets.count + 1, 0, offsets);
    if (status == PATRON_OK)
        status = patron_h5_write(file, "/baskets/items", PATRON_H5_U32, offsets[baskets.count], 0,
                                 content->basket_items + from[0]);
    free(offsets);
    return status;
}

static patron_status write_baskets(const patron_h5_file *file, const dataset_writer *writer,
                                   patron_range baskets)
{
    const patron_dataset_content *content = writer->content;
    if (content->basket_offsets == NULL)
        return PATRON_OK;
    patron_status status = patron_h5_write_group(file, "/baskets");
    if (status == PATRON_OK)
        status = write_lists(file, content, baskets);
    if (status == PATRON_OK && content->basket_id.count > 0)
        status = patron_h5_write_texts(file, "/baskets/id", &content->basket_id, baskets.first,
                                       baskets.count, writer->basket_width);
    if (status == PATRON_OK && content->basket_customer != NULL)
        status = patron_h5_write(file, "/baskets/customer", PATRON_H5_U64, baskets.count, 0,
                                 content->basket_customer + baskets.first);
    if (status == PATRON_OK && content->basket_time != NULL)
        status = patron_h5_write(file, "/baskets/time", PATRON_H5_I64, baskets.count, 0,
                                 content->basket_time + baskets.first);
    return status == PATRON_OK ? patron_part_write_items(file, writer->content) : status;
}

/* Writes part `part` of `parts` to the file `path`. */
static patron_status write_part(const dataset_writer *writer, uint32_t part, uint32_t parts,
                                const char *path)
{
    const patron_dataset_content *content = writer->content;
    patron_range rows = patron_range_cut(content->rows, part, parts);
    patron_range baskets = patron_range_cut(content->baskets, part, parts);
    patron_h5_file file;
    patron_status status = patron_h5_create(path, &file);
    if (status == PATRON_OK)
        status = patron_part_write_root(&file, content, part, parts, rows, baskets);
    if (status == PATRON_OK)
        status = write_customers(&file, writer, rows);
    if (status == PATRON_OK)
        status = write_baskets(&file, writer, baskets);
    if (status == PATRON_OK)
        status = patron_part_write_quality(&file, content);
    patron_status closed = patron_h5_close(&file);
    return status == PATRON_OK ? closed : status;
}

/* ---- the whole set ---- */

static patron_status write_files(const patron_dataset_content *content, const patron_output *output,
                                 uint32_t parts)
{
    patron_status status = PATRON_OK;
    const dataset_writer writer = create_writer(content);
    char path[PATRON_PART_PATH];
    uint32_t files = parts == 0 ? 1 : parts;
    for (uint32_t part = 0; status == PATRON_OK && part < files; ++part) {
        patron_part_path(output, part, parts, path, sizeof path);
        status = write_part(&writer, part, files, path);
    }
    return status;
}

patron_status patron_dataset_write(const patron_comm *comm, const patron_dataset_content *content,
                                   const char *path, uint32_t parts, bool force,
                                   char digest[PATRON_DIGEST_CAPACITY])
{
    patron_output *output = NULL;
    patron_status status = patron_output_begin(
        comm, path, parts > 0 ? PATRON_OUTPUT_FOLDER : PATRON_OUTPUT_FILE, force, &output);
    if (status != PATRON_OK)
        return status;
    patron_span span = patron_meter_enter(PATRON_STEP_WRITE);
    if (comm->rank == 0)
        status = write_files(content, output, parts);
    patron_meter_leave(span, 0, 0);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = patron_dataset_record_digest(comm, 1, output, parts, digest);
    return patron_output_end(comm, output, status);
}
