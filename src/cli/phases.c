/* SPDX-License-Identifier: Apache-2.0 */
/* Marks on a monotonic clock. */
#include "cli/phases.h"

#include "patron/progress.h"

#include <string.h>

static const char TOTAL[] = "total";

patron_phases patron_phases_start(void)
{
    double now = patron_clock();
    return (patron_phases){.started = now, .marked = now};
}

/* The phase `name`, made where it is new; NULL where all are taken. */
static patron_phase *phase_of(patron_phases *phases, const char *name, unsigned most)
{
    for (unsigned i = 0; i < phases->count; ++i)
        if (strcmp(phases->phases[i].name, name) == 0)
            return &phases->phases[i];
    if (phases->count >= most)
        return NULL;
    phases->phases[phases->count].name = name;
    return &phases->phases[phases->count++];
}

void patron_phases_mark(patron_phases *phases, const char *name)
{
    double now = patron_clock();
    patron_phase *phase = phase_of(phases, name, PATRON_PHASES_MOST);
    if (phase != NULL)
        phase->seconds += now - phases->marked;
    phases->marked = now;
}

double patron_phases_seconds(const patron_phases *phases, const char *name)
{
    for (unsigned i = 0; i < phases->count; ++i)
        if (strcmp(phases->phases[i].name, name) == 0)
            return phases->phases[i].seconds;
    return 0.0;
}

void patron_phases_reduce(patron_phases *phases, const patron_comm *comm)
{
    double seconds[PATRON_PHASES_MOST + 1];
    phase_of(phases, TOTAL, PATRON_PHASES_MOST + 1)->seconds = patron_clock() - phases->started;
    for (unsigned i = 0; i < phases->count; ++i)
        seconds[i] = phases->phases[i].seconds;
    patron_comm_reduce_f64(comm, seconds, phases->count, PATRON_MAX);
    for (unsigned i = 0; i < phases->count; ++i)
        phases->phases[i].seconds = seconds[i];
    patron_meter_reduce(comm, &phases->meter);
}
