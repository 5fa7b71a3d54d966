/* SPDX-License-Identifier: Apache-2.0 */
/* How this process was started, told from its environment before MPI is.  Nothing here is
 * collective. */
#ifndef PATRON_CLI_LAUNCH_H
#define PATRON_CLI_LAUNCH_H

#include <stdbool.h>

/* Whether mpirun, srun or the like started this process as one of its ranks. */
bool patron_launch_is_launched(void);

/* The rank that the launcher gave; 0 without one. */
int patron_launch_rank(void);

/* For a process that no launcher started, before MPI_Init: lets Open MPI skip what only several
 * processes need (a daemon, network transports), 0.3 s.  What the user set stays. */
void patron_launch_prepare_alone(void);

#endif
