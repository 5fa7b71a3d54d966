/* SPDX-License-Identifier: Apache-2.0 */
/* What every part of a dataset holds beside its own rows, and the digest, which is recorded last.
 */
#include "data/dataset_parts.h"

#include "data/dataset.h"
#include "store/h5.h"

#include <stdio.h>

patron_status patron_part_write_root(const patron_h5_file *file,
                                     const patron_dataset_content *content, uint32_t part,
                                     uint32_t parts, patron_range rows, patron_range baskets)
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

patron_status patron_part_attach_ids(const patron_h5_file *file,
                                     const patron_dataset_content *content)
{
    patron_status status = PATRON_OK;
    if (content->id_form != NULL)
        status = patron_h5_attach_text(file, "/customers/id", "form", content->id_form);
    if (status == PATRON_OK && content->id_key[0] != '\0')
        status = patron_h5_attach_text(file, "/customers/id", "key_name", content->id_key);
    return status;
}

patron_status patron_part_attach_columns(const patron_h5_file *file,
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

patron_status patron_part_write_items(const patron_h5_file *file,
                                      const patron_dataset_content *content)
{
    patron_status status = patron_h5_write_group(file, "/items");
    if (status == PATRON_OK)
        status = patron_h5_write_texts(file, "/items/name", &content->item_names, 0,
                                       content->item_names.count,
                                       patron_texts_longest(&content->item_names));
    if (status == PATRON_OK && content->item_labels.count > 0)
        status = patron_h5_write_texts(file, "/items/label", &content->item_labels, 0,
                                       content->item_labels.count,
                                       patron_texts_longest(&content->item_labels));
    return status;
}

/* Figures of the whole dataset, a scalar each, in every part alike. */
patron_status patron_part_write_quality(const patron_h5_file *file,
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

void patron_part_name(uint32_t part, char name[PATRON_PART_NAME])
{
    snprintf(name, PATRON_PART_NAME, "part-%05u.h5", part);
}

void patron_part_path(const patron_output *output, uint32_t part, uint32_t parts, char *path,
                      size_t capacity)
{
    char name[PATRON_PART_NAME] = "";
    if (parts > 0)
        patron_part_name(part, name);
    snprintf(path, capacity, "%s%s%s", patron_output_path(output), parts > 0 ? "/" : "", name);
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

patron_status patron_part_write_entries(patron_output *output, uint32_t part, uint32_t parts,
                                        const patron_h5_place *place, uint64_t first,
                                        uint64_t count, const void *entries)
{
    const char *bytes = entries;
    char name[PATRON_PART_NAME] = "";
    patron_status status = PATRON_OK;
    if (parts > 0)
        patron_part_name(part, name);
    while (status == PATRON_OK && count > 0) {
        uint64_t chunk = first / place->chunk_rows, row = first % place->chunk_rows;
        uint64_t now = place->chunk_rows - row < count ? place->chunk_rows - row : count;
        status =
            patron_output_write_in(output, name, place->offsets[chunk] + row * place->row_bytes,
                                   bytes, now * place->row_bytes);
        bytes += now * place->row_bytes;
        first += now;
        count -= now;
    }
    return status;
}

/* Takes the digest of what was written (all ranks share the work) and records it in every file. */
patron_status patron_dataset_record_digest(const patron_comm *comm, int threads,
                                           const patron_output *output, uint32_t parts,
                                           char digest[PATRON_DIGEST_CAPACITY])
{
    char path[PATRON_PART_PATH];
    patron_dataset *written = NULL;
    patron_status status = patron_dataset_open(comm, patron_output_path(output), &written);
    if (status == PATRON_OK)
        status = patron_dataset_digest(comm, threads, written, digest);
    patron_dataset_close(written);
    status = patron_comm_agree(comm, status); /* no rank holds a lock on the files any more */
    status = patron_output_read_again(status);
    for (uint32_t part = 0; comm->rank == 0 && status == PATRON_OK && part < (parts ? parts : 1);
         ++part) {
        patron_part_path(output, part, parts, path, sizeof path);
        status = record_in_file(path, digest);
    }
    return status;
}
