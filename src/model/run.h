/* SPDX-License-Identifier: Apache-2.0 */
/* /run of a model: where it comes from.  It is not part of the model's digest. */
#ifndef PATRON_MODEL_RUN_H
#define PATRON_MODEL_RUN_H

#include "patron/comm.h"
#include "store/h5_write.h"

typedef struct patron_phase_seconds {
    const char *phase;
    double seconds;
} patron_phase_seconds;

typedef struct patron_run {
    const char *command_line;
    const char *options;        /* effective options, as JSON */
    const char *dataset;        /* path, */
    const char *dataset_digest; /* and what it held; "" for text input */
    int threads;                /* of a rank */
    const patron_phase_seconds *phases;
    uint32_t phase_count;
    double writing_since; /* by patron_clock: when writing began, a phase that lasts until now */
} patron_run;

/* Writes /run on rank 0 (`file` is not looked at elsewhere), with what the slowest rank's phases
 * took and what all have metered until now.  Collective. */
patron_status patron_run_write(const patron_comm *comm, const patron_h5_file *file,
                               const patron_run *run);

#endif
