/* SPDX-License-Identifier: Apache-2.0 */
/* How far a long phase has come: redrawn in place with rate and time left on a terminal, dated
 * lines (at most one in ten seconds) elsewhere; on standard error.  Engines report to one of these;
 * a NULL pointer is silence.  Nothing here is collective: each rank may call, one speaks. */
#ifndef PATRON_PROGRESS_H
#define PATRON_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef enum patron_progress_mode {
    PATRON_PROGRESS_AUTO, /* elsewhere than on a terminal only what takes above ten seconds */
    PATRON_PROGRESS_ALWAYS,
    PATRON_PROGRESS_NEVER
} patron_progress_mode;

typedef struct patron_progress {
    bool speaks;
    bool terminal;
    bool waits; /* no line in the first ten seconds of a phase */
    const char *phase;
    const char *unit;
    uint64_t total;
    double started; /* seconds, patron_clock */
    double spoken;
    bool open_line;
} patron_progress;

/* `rank` 0 speaks. */
patron_progress patron_progress_create(patron_progress_mode mode, int rank);

/* Starts a phase of `total` units (0: unknown); the texts outlive the phase. */
void patron_progress_begin(patron_progress *progress, const char *phase, const char *unit,
                           uint64_t total);

/* `done` units are behind us; `note` (NULL allowed) is put after the figures. */
void patron_progress_update(patron_progress *progress, uint64_t done, const char *note);

/* Ends the phase. */
void patron_progress_end(patron_progress *progress);

/* Seconds of a monotonic clock. */
double patron_clock(void);

#endif
