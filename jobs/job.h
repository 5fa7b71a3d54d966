/* SPDX-License-Identifier: Apache-2.0 */
/* What a job is: a name, a table of options, its help, and a function that runs it.  A job's file
 * exports one `const patron_job`, which the table in patron.c lists. */
#ifndef PATRON_JOB_H
#define PATRON_JOB_H

#include "cli/common.h"
#include "cli/help.h"
#include "cli/option.h"
#include "cli/phases.h"
#include "patron/comm.h"
#include "patron/progress.h"
#include "patron/status.h"
#include "patron/texts.h"
#include "store/checkpoint_file.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

/* What is noted for the line of --audit; see audit.h. */
typedef struct patron_job_audit {
    patron_texts inputs, outputs; /* paths */
    json_t *rows;                 /* an object of counts; NULL: none */
    bool failed;                  /* memory was short */
} patron_job_audit;

/* The checkpoint of --checkpoint; see checkpoint.h. */
typedef struct patron_job_checkpoint {
    patron_checkpoint_file file;
    patron_checkpoint *records; /* NULL: none, or not opened yet */
    bool was_there;             /* the file, when the job began */
    bool may_be_done;           /* and the output */
} patron_job_checkpoint;

/* What a running job knows of its surroundings; its own options come beside it. */
typedef struct patron_job_context {
    const char *job;
    const patron_comm *comm;
    const patron_common_options *common;
    const patron_options *options; /* what was given, and where: patron_options_given */
    int threads;                   /* at least 1, of this rank */
    patron_progress progress;      /* rank 0 speaks */
    patron_phases phases;          /* started before MPI was; marked by the job */
    time_t started;
    const char *command_line;      /* as a shell would read it back */
    const char *effective_options; /* JSON, see patron_options_record */
    patron_job_audit audit;
    patron_job_checkpoint checkpoint;
} patron_job_context;

typedef struct patron_job {
    const char *name;
    patron_help help;
    const patron_option *options; /* the job's own */
    uint32_t option_count;
    size_t options_size; /* bytes of the struct that the table stores into */
    const patron_positional *positional;
    patron_output_need output;
    const char *const *without; /* common options that the job does not take, ended by NULL */
    bool has_checkpoints;       /* it takes --checkpoint, and opens it */

    /* Checks what no single option can tell, before MPI starts; NULL: nothing to check.  `given`
     * knows what was set.  USAGE. */
    patron_status (*check)(const patron_options *given, const void *options);

    /* Writes to --fingerprint what files of options hold that the options name; NULL: none. */
    patron_status (*fingerprint)(const void *options, FILE *file);

    /* Does the job.  Collective; all ranks return the same status.  Rank 0 alone prints. */
    patron_status (*run)(patron_job_context *context, const void *options);
} patron_job;

#endif
