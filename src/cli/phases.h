/* SPDX-License-Identifier: Apache-2.0 */
/* How long the phases of a job took: `seconds` of the summary and of provenance. */
#ifndef PATRON_CLI_PHASES_H
#define PATRON_CLI_PHASES_H

#include "patron/comm.h"
#include "runtime/meter.h"

enum { PATRON_PHASES_MOST = 15 };

typedef struct patron_phase {
    const char *name; /* static text */
    double seconds;
} patron_phase;

/* phases[count] in the order in which they first ended; the last one is "total" once reduced. */
typedef struct patron_phases {
    patron_phase phases[PATRON_PHASES_MOST + 1];
    unsigned count;
    double started;
    double marked;
    patron_meter_report meter; /* the steps within them, once reduced */
} patron_phases;

/* Starts the clock. */
patron_phases patron_phases_start(void);

/* The time since the last mark (or the start) belongs to `name`; a name that comes again adds up.
 * Beyond PATRON_PHASES_MOST names the time is counted in the total alone. */
void patron_phases_mark(patron_phases *phases, const char *name);

/* The seconds of `name`; 0 where there are none. */
double patron_phases_seconds(const patron_phases *phases, const char *name);

/* Sets each phase to its longest time on any rank and "total" to the time since the start,
 * likewise, and looks at the meter. Collective; all ranks have marked the same names in the same
 * order. */
void patron_phases_reduce(patron_phases *phases, const patron_comm *comm);

#endif
