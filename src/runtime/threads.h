/* SPDX-License-Identifier: Apache-2.0 */
/* How many threads a rank should run. */
#ifndef PATRON_RUNTIME_THREADS_H
#define PATRON_RUNTIME_THREADS_H

#include "patron/comm.h"

/* The cores that this rank may use: those it is bound to, shared evenly among the ranks of this
 * host that are bound to the same ones; at least 1.  Collective. */
int patron_threads_available(const patron_comm *comm);

/* RESOURCE where the system does not let this process run so many threads; OpenMP would end the
 * process when it finds out.  Not collective. */
patron_status patron_threads_check(int threads);

#endif
