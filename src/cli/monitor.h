/* SPDX-License-Identifier: Apache-2.0 */
/* What a run tells those who watch it from outside: --status (JSON), --metrics (Prometheus text)
 * and the one line at its end.  Files are replaced by renaming, so that a reader finds a whole one;
 * a file that can't be written any more costs a warning, not the run. */
#ifndef PATRON_CLI_MONITOR_H
#define PATRON_CLI_MONITOR_H

#include "cli/common.h"
#include "cli/phases.h"
#include "patron/comm.h"
#include "patron/progress.h"

#include <time.h>

enum { PATRON_MONITOR_TEXT = 48 };

/* How far the phase that is at work has come; `phase` is "" between phases. */
typedef struct patron_monitor_step {
    char phase[PATRON_MONITOR_TEXT], unit[PATRON_MONITOR_TEXT], note[PATRON_MONITOR_TEXT];
    uint64_t done, total; /* units; a total of 0 is unknown */
    double rate;          /* units a second */
} patron_monitor_step;

typedef struct patron_monitor {
    const char *job;
    const patron_common_options *common;
    const patron_phases *phases;
    int ranks, threads;
    time_t started;
    uint64_t peak_memory; /* bytes, of the rank that had most; of rank 0 until the end */
    bool ended;
    patron_status status; /* how it ended */
    patron_monitor_step step;
    patron_progress_watcher watcher;
    bool warned;
} patron_monitor;

/* Completes `monitor`, of which the members up to `started` are set, checks that its files can be
 * written, writes them for the first time, and has `progress` tell it more; both outlive each
 * other. USAGE: two files have one name.  CANT_CREATE: a file can't be written, or is something
 * else than what it replaces.  Collective. */
patron_status patron_monitor_begin(patron_monitor *monitor, const patron_comm *comm,
                                   patron_progress *progress);

/* Writes the files for the last time, and the line, with the log level `info`.  Collective; all
 * ranks bring the same status. */
void patron_monitor_end(patron_monitor *monitor, const patron_comm *comm, patron_status status);

/* The texts of the files, to free(); NULL where memory is short, recorded.  Not collective. */
char *patron_monitor_status_text(const patron_monitor *monitor, time_t now);
char *patron_monitor_metrics_text(const patron_monitor *monitor, time_t now);

#endif
