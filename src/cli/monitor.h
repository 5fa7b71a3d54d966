/* SPDX-License-Identifier: Apache-2.0 */
/* What a run tells those who watch it from outside: --status (JSON), --metrics (Prometheus text)
 * and the one line at its end.  Files are replaced by renaming, so that a reader finds a whole one,
 * about once a second whatever the run does: by a thread of their own, on rank 0, which calls
 * neither MPI nor HDF5.  A file that can't be written any more costs a warning, not the run. */
#ifndef PATRON_CLI_MONITOR_H
#define PATRON_CLI_MONITOR_H

#include "cli/common.h"
#include "cli/phases.h"
#include "patron/comm.h"
#include "patron/progress.h"
#include "store/output_place.h"

#include <pthread.h>
#include <time.h>

enum { PATRON_MONITOR_TEXT = 48 };

/* How far the work has come: a phase with its count, or between phases the stage of the job alone;
 * `phase` is "" where neither is known. */
typedef struct patron_monitor_step {
    char phase[PATRON_MONITOR_TEXT], unit[PATRON_MONITOR_TEXT], note[PATRON_MONITOR_TEXT];
    bool is_counted;
    uint64_t done, total; /* units; a total of 0 is unknown */
    uint64_t skipped;     /* units that took no time */
    double started;       /* patron_clock */
} patron_monitor_step;

/* A file that is kept: by whom its next version is written, beside it. */
typedef struct patron_monitor_file {
    const char *path; /* NULL: none, or none that may be written */
    char partial[PATH_MAX];
} patron_monitor_file;

typedef struct patron_monitor {
    const char *job;
    const patron_common_options *common;
    const patron_options *options;
    const patron_phases *phases; /* read where progress is reported, and at the end */
    int ranks, threads;
    time_t started;

    patron_monitor_file status_file, metrics_file;
    patron_progress_watcher watcher;
    pthread_t thread;
    pthread_cond_t news;
    pthread_mutex_t lock; /* of what follows */
    bool beats;           /* the thread is at work */
    bool is_hurried;      /* it has news that should not wait for the second */
    patron_phases seen;
    patron_monitor_step step;
    uint64_t peak_memory; /* bytes, of the rank that had most; of rank 0 until the end */
    bool ended;
    patron_status status; /* how it ended */
    bool warned;
} patron_monitor;

/* Completes `monitor`, of which the members up to `started` are set, checks that its files can be
 * written, writes them for the first time, and has `progress` tell it more; both outlive each
 * other. USAGE: a file has two names.  CANT_CREATE: a file can't be written, or is something else
 * than what it replaces.  Ended by patron_monitor_end whatever is returned.  Collective. */
patron_status patron_monitor_begin(patron_monitor *monitor, const patron_comm *comm,
                                   patron_progress *progress);

/* Writes the files for the last time, and the line, with the log level `info`: those that could be
 * begun.  Collective; all ranks bring the same status. */
void patron_monitor_end(patron_monitor *monitor, const patron_comm *comm, patron_status status);

/* Both at once, of a run that failed before it could begin: members and options are set as far as
 * they are known.  What can't be written is left.  On one rank. */
void patron_monitor_tell_failure(patron_monitor *monitor, patron_status status);

/* Whether the files may be written: what is there is an earlier run's, and no other file that the
 * options name is the same; those that may be are noted in `monitor`.  Not collective. */
patron_status patron_monitor_check_files(patron_monitor *monitor);

/* What the texts begin with, by which they are known again: a line of the metrics, and the value of
 * "schema" in the status. */
#define PATRON_MONITOR_METRICS_HEAD "# HELP patron_run_info "
#define PATRON_MONITOR_SCHEMA "patron-status/1"

/* The texts of the files, to free(); NULL where memory is short, recorded.  The caller holds the
 * lock where the thread is at work.  Not collective. */
char *patron_monitor_status_text(const patron_monitor *monitor, time_t now);
char *patron_monitor_metrics_text(const patron_monitor *monitor, time_t now);

#endif
