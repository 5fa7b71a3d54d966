/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a model, from its start until ranks may write their slices. */
#include "model/model_file.h"

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

void patron_model_path(char path[PATRON_MODEL_PATH], const char *prefix, const char *name)
{
    snprintf(path, PATRON_MODEL_PATH, "%s%s", prefix, name);
}
