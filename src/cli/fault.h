/* SPDX-License-Identifier: Apache-2.0 */
/* What a process does that breaks, or that a library ends: one line and its exit code, at once. */
#ifndef PATRON_CLI_FAULT_H
#define PATRON_CLI_FAULT_H

/* Takes SIGSEGV and the like, unless someone else (a sanitizer) has taken them; once, before
 * MPI_Init, which would print a trace and may hang in doing so. */
void patron_fault_install(void);

/* MPI starts: until `patron_fault_started` a fault is told as one of MPI's, which the same command
 * may not meet again. */
void patron_fault_starting(void);
void patron_fault_started(void);

/* The outcome is told and stands: should MPI break while it ends, as it may where mpirun has gone
 * before, the process ends with this code and says no more. */
void patron_fault_outcome(int exit_code);

/* From here on the process ends of its own will. */
void patron_fault_end(void);

#endif
