/* SPDX-License-Identifier: Apache-2.0 */
/* The options that all jobs share.  Nothing here is collective. */
#ifndef PATRON_CLI_COMMON_H
#define PATRON_CLI_COMMON_H

#include "cli/option.h"
#include "patron/progress.h"
#include "runtime/log.h"

typedef struct patron_common_options {
    const char *output; /* NULL: none given */
    int threads;        /* 0: the cores that the rank may use */
    uint64_t seed;
    const char *config;
    const char *audit;            /* NULL: none */
    const char *status, *metrics; /* likewise */
    bool json, csv;
    bool no_steps; /* the meter stays off */
    patron_progress_mode progress;
    patron_log_level log_level;
    bool force;
    const char *checkpoint;  /* NULL: none */
    double checkpoint_every; /* seconds */
    bool fingerprint;        /* alone is asked for */
    bool help, version;
} patron_common_options;

typedef enum patron_output_need {
    PATRON_OUTPUT_NONE, /* the job has no --output */
    PATRON_OUTPUT_OPTIONAL,
    PATRON_OUTPUT_REQUIRED
} patron_output_need;

/* Adds the common options, stored into `common` (zeroed); those named in `without` (ended by NULL;
 * NULL: none) are left out.  RESOURCE. */
patron_status patron_common_add(patron_options *options, patron_common_options *common,
                                patron_output_need output, const char *const *without);

/* Adds those of checkpoints, for jobs that have them.  RESOURCE. */
patron_status patron_common_add_checkpoint(patron_options *options, patron_common_options *common);

#endif
