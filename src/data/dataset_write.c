/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a dataset, in one file or in parts, and recording its digest. */
#include "data/dataset.h"

#include "patron/memory.h"
#include "store/h5.h"
#include "store/h5_write.h"
#include "store/output.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is written, and the widths of its texts, which are the same in all parts. */
typedef struct dataset_writer {
    const patron_dataset_content *content;
    uint64_t customer_width, basket_width, name_width, label_width;
} dataset_writer;

static dataset_writer create_writer(const patron_dataset_content *content)
{
    return (dataset_writer){.content = content,
                            .customer_width = patron_texts_longest(&content->customer_id),
                            .basket_width = patron_texts_longest(&content->basket_id),
                            .name_width = patron_texts_longest(&content->item_names),
                            .label_width = patron_texts_longest(&content->item_labels)};
}

static patron_status write_root(const patron_h5_file *file, const patron_dataset_content *content,
                                uint32_t part, uint32_t parts, patron_range rows,
                                patron_range baskets)
{
    patron_status status =
        patron_h5_attach_format(file, PATRON_DATASET_FORMAT, PATRON_DATASET_VERSION);
    const struct {
        const char *name;
        uint64_t value;
    } places[] = {{"part", part},
                  {"parts", parts},
                  {"rows_total", content->rows},
                  {"first_row", rows.first},
                  {"baskets_total", content->baskets},
                  {"first_basket", baskets.first}};
    for (size_t i = 0; status == PATRON_OK && i < sizeof places / sizeof places[0]; ++i)
        status = patron_h5_attach_u64(file, "/", places[i].name, places[i].value);
    return status;
}

static patron_status attach_columns(const patron_h5_file *file,
                                    const patron_dataset_content *content)
{
    const struct {
        const char *name;
        const patron_texts *texts;
    } lists[] = {{"names", &content->column_names},
                 {"units", &content->column_units},
                 {"source", &content->column_sources}};
    patron_status status = PATRON_OK;
    for (size_t i = 0; status == PATRON_OK && i < sizeof lists / sizeof lists[0]; ++i)
        if (lists[i].texts->count > 0)
            status =
                patron_h5_attach_texts(file, "/customers/features", lists[i].name, lists[i].texts);
    return status;
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
        status = patron_h5_write_chunked(file, "/customers/features", PATRON_H5_F32, rows.count,
                                         content->columns,
                                         content->features + rows.first * content->columns);
    if (status == PATRON_OK)
        status = attach_columns(file, content);
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

static patron_status write_items(const patron_h5_file *file, const dataset_writer *writer)
{
    const patron_dataset_content *content = writer->content;
    patron_status status = patron_h5_write_group(file, "/items");
    if (status == PATRON_OK)
        status = patron_h5_write_texts(file, "/items/name", &content->item_names, 0,
                                       content->item_names.count, writer->name_width);
    if (status == PATRON_OK && content->item_labels.count > 0)
        status = patron_h5_write_texts(file, "/items/label", &content->item_labels, 0,
                                       content->item_labels.count, writer->label_width);
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
    return status == PATRON_OK ? write_items(file, writer) : status;
}

/* Figures of the whole dataset, a scalar each, in every part alike. */
static patron_status write_quality(const patron_h5_file *file,
                                   const patron_dataset_content *content)
{
    if (content->quality_count == 0)
        return PATRON_OK;
    patron_status status = patron_h5_write_group(file, "/quality");
    for (uint32_t i = 0; status == PATRON_OK && i < content->quality_count; ++i) {
        const patron_quality *figure = &content->quality[i];
        char path[256];
        snprintf(path, sizeof path, "/quality/%s", figure->name);
        status = figure->is_real
                     ? patron_h5_write_scalar(file, path, PATRON_H5_F64, &figure->real)
                     : patron_h5_write_scalar(file, path, PATRON_H5_U64, &figure->count);
    }
    return status;
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
        status = write_root(&file, content, part, parts, rows, baskets);
    if (status == PATRON_OK)
        status = write_customers(&file, writer, rows);
    if (status == PATRON_OK)
        status = write_baskets(&file, writer, baskets);
    if (status == PATRON_OK)
        status = write_quality(&file, content);
    patron_status closed = patron_h5_close(&file);
    return status == PATRON_OK ? closed : status;
}

/* ---- the whole set ---- */

enum { PART_PATH = PATH_MAX + 64 }; /* room for a name below a partial output */

/* Name of part `part` under the output's partial name, or that name itself for a lone file. */
static void part_path(const patron_output *output, uint32_t part, uint32_t parts, char *path,
                      size_t capacity)
{
    if (parts == 0)
        snprintf(path, capacity, "%s", patron_output_path(output));
    else
        snprintf(path, capacity, "%s/part-%05u.h5", patron_output_path(output), part);
}

static patron_status write_files(const patron_dataset_content *content, const patron_output *output,
                                 uint32_t parts)
{
    patron_status status = PATRON_OK;
    const dataset_writer writer = create_writer(content);
    char path[PART_PATH];
    uint32_t files = parts == 0 ? 1 : parts;
    for (uint32_t part = 0; status == PATRON_OK && part < files; ++part) {
        part_path(output, part, parts, path, sizeof path);
        status = write_part(&writer, part, files, path);
    }
    return status;
}

/* Records `digest` in a file written before. */
static patron_status record_in_file(const char *path, const char *digest)
{
    patron_h5_file file;
    patron_status status = patron_h5_reopen(path, &file);
    if (status == PATRON_OK)
        status = patron_h5_attach_text(&file, "/", "digest", digest);
    patron_status closed = patron_h5_close(&file);
    return status == PATRON_OK ? closed : status;
}

/* Takes the digest of what was written (all ranks share the work) and records it in every file. */
static patron_status record_digest(const patron_comm *comm, const patron_output *output,
                                   uint32_t parts, char digest[PATRON_DIGEST_CAPACITY])
{
    char path[PART_PATH];
    patron_dataset *written = NULL;
    patron_status status = patron_dataset_open(comm, patron_output_path(output), &written);
    if (status == PATRON_OK)
        status = patron_dataset_digest(comm, 1, written, digest);
    patron_dataset_close(written);
    status = patron_comm_agree(comm, status); /* no rank holds a lock on the files any more */
    for (uint32_t part = 0; comm->rank == 0 && status == PATRON_OK && part < (parts ? parts : 1);
         ++part) {
        part_path(output, part, parts, path, sizeof path);
        status = record_in_file(path, digest);
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
    if (comm->rank == 0)
        status = write_files(content, output, parts);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = record_digest(comm, output, parts, digest);
    return patron_output_end(comm, output, status);
}
