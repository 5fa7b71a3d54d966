/* SPDX-License-Identifier: Apache-2.0 */
/* What a k-means fit's time is made of, as bench/simulate measures and replays it: passes over the
 * rows, whose time grows with them, and what every rank does between passes, whose time does not.
 * The linker puts these in place of the engine's calls of patron_rows_pass (--wrap), so that the
 * engine is compiled as it is.  Nothing here is collective. */
#ifndef PATRON_CLUSTER_PASSES_H
#define PATRON_CLUSTER_PASSES_H

#include "patron/rows.h"
#include "patron/status.h"

#include <stdint.h>

enum { CLUSTER_MOST_PASSES = 512, CLUSTER_MOST_REPEATS = 64 };

/* Seconds of one fit: before each pass since the one before, of each pass, and after the last. */
typedef struct cluster_fit {
    uint32_t passes;
    double between[CLUSTER_MOST_PASSES + 1];
    double pass[CLUSTER_MOST_PASSES];
} cluster_fit;

/* A fit to `rows` begins, and ends.  Passes over other rows, such as those that seeding makes of
 * candidates on every rank alike, belong to what is between. */
void cluster_passes_begin(const patron_rows *rows);
void cluster_passes_end(void);

/* What was recorded of the fit that ended; only in what runs for real. */
const cluster_fit *cluster_passes_recorded(void);

/* Reads what is to be replayed: a line a fit, "passes between pass between pass ... between"; the
 * median of fits for each part, or, with is_drawn, one of the fits drawn by (rank, part).
 * NO_INPUT, DATA. */
patron_status cluster_passes_read(const char *path, int rank, int is_drawn);

/* The function itself, and what the engine calls in its place. */
patron_status __real_patron_rows_pass(const patron_rows *rows, patron_block_visit *visit,
                                      void *argument);
patron_status __wrap_patron_rows_pass(const patron_rows *rows, patron_block_visit *visit,
                                      void *argument);

#endif
