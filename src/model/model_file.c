/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a model, from its start until ranks may write their slices. */
#include "model/model_file.h"

#include "model/verify_parts.h"
#include "store/h5.h"

#include <stdio.h>

patron_status patron_model_begin(const patron_comm *comm, const char *path, bool force,
                                 const patron_run *run, patron_model_layout layout,
                                 const void *model, uint64_t *offsets, uint64_t count,
                                 patron_output **output)
{
    patron_h5_file file = {.id = H5I_INVALID_HID};
    patron_status status = patron_output_begin(comm, path, PATRON_OUTPUT_FILE, force, output);
    if (status != PATRON_OK)
        return status;
    if (comm->rank == 0) {
        status = patron_h5_create(patron_output_path(*output), &file);
        if (status == PATRON_OK)
            status = layout(&file, model, offsets);
    }
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = patron_run_write(comm, &file, run);
    patron_status closed = patron_h5_close(&file);
    status = patron_comm_agree(comm, status == PATRON_OK ? closed : status);
    if (status == PATRON_OK)
        patron_comm_broadcast(comm, offsets, count * sizeof *offsets, 0);
    return status;
}

patron_status patron_model_write_head(const patron_h5_file *file, const char *kind)
{
    patron_status status = patron_h5_attach_format(file, PATRON_MODEL_FORMAT, PATRON_MODEL_VERSION);
    return status == PATRON_OK ? patron_h5_attach_text(file, "/", "kind", kind) : status;
}

patron_status patron_model_write_items(const patron_h5_file *file, const patron_texts *names,
                                       const patron_texts *labels)
{
    patron_status status = patron_h5_write_group(file, "/items");
    if (status == PATRON_OK)
        status = patron_h5_write_texts(file, "/items/name", names, 0, names->count,
                                       patron_texts_longest(names));
    if (status == PATRON_OK && labels->count > 0)
        status = patron_h5_write_texts(file, "/items/label", labels, 0, labels->count,
                                       patron_texts_longest(labels));
    return status;
}

patron_status patron_model_read_items(hid_t file, const char *path, patron_texts *names,
                                      patron_texts *labels)
{
    patron_status status = patron_h5_read_all_texts(file, path, "/items/name", names);
    if (status == PATRON_OK && patron_h5_exists(file, "/items/label"))
        status = patron_h5_read_all_texts(file, path, "/items/label", labels);
    return status == PATRON_OK && labels->count > 0
               ? patron_verify_equal(path, "/items/label", labels->count, names->count)
               : status;
}

void patron_model_path(char path[PATRON_MODEL_PATH], const char *prefix, const char *name)
{
    snprintf(path, PATRON_MODEL_PATH, "%s%s", prefix, name);
}
