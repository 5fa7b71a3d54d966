/* SPDX-License-Identifier: Apache-2.0 */
/* How far a long phase has come: redrawn in place with rate and time left on a terminal, dated
 * lines (at most one in ten seconds) elsewhere; on standard error.  Engines report to one of these;
 * a NULL pointer is silence.  A watcher is told beside that, also where nothing is shown.  Nothing
 * here is collective: each rank may call, one speaks. */
#ifndef PATRON_PROGRESS_H
#define PATRON_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum patron_progress_mode {
    PATRON_PROGRESS_AUTO, /* elsewhere than on a terminal only what takes above ten seconds */
    PATRON_PROGRESS_ALWAYS,
    PATRON_PROGRESS_NEVER
} patron_progress_mode;

struct patron_progress;

/* What else is told how far the work has come, on the rank that has it, from the thread that
 * reports progress: when a stage or a phase begins or ends, and at most once in `period` seconds
 * while a phase lasts.  progress->phase is NULL between phases. */
typedef struct patron_progress_watcher {
    void (*look)(void *self, const struct patron_progress *progress, uint64_t done,
                 const char *note);
    void *self;
    double period;
} patron_progress_watcher;

typedef struct patron_progress {
    bool speaks;
    bool terminal;
    bool waits;        /* no line in the first ten seconds of a phase */
    const char *stage; /* NULL: none has begun */
    const char *phase; /* NULL: none is at work */
    const char *unit;
    uint64_t total;
    uint64_t skipped; /* units that took no time */
    double started;   /* seconds, patron_clock */
    double spoken;
    bool open_line;
    const patron_progress_watcher *watcher; /* NULL: none */
    double watched;                         /* when it was told last */
} patron_progress;

/* `rank` 0 speaks. */
patron_progress patron_progress_create(patron_progress_mode mode, int rank);

/* From now on `watcher` is told, which lives until another, or NULL, takes its place. */
void patron_progress_watch(patron_progress *progress, const patron_progress_watcher *watcher);

/* Names what a job does from now on: told to the watcher where no phase is at work.  The text
 * outlives the progress.  NULL is silence here, too. */
void patron_progress_stage(patron_progress *progress, const char *stage);

/* Starts a phase of `total` units (0: unknown); the texts outlive the phase. */
void patron_progress_begin(patron_progress *progress, const char *phase, const char *unit,
                           uint64_t total);

/* The first `done` units took no time, as an earlier run did them. */
void patron_progress_skip(patron_progress *progress, uint64_t done);

/* Units a second of what took time, when `done` are behind us. */
double patron_progress_rate(const patron_progress *progress, uint64_t done, double seconds);

/* `done` units are behind us; `note` (NULL allowed) is put after the figures. */
void patron_progress_update(patron_progress *progress, uint64_t done, const char *note);

/* Ends the phase. */
void patron_progress_end(patron_progress *progress);

/* Seconds of a monotonic clock. */
double patron_clock(void);

#endif
