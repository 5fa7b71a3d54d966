/* SPDX-License-Identifier: Apache-2.0 */
/* The wish that the program stop at its next safe point: SIGUSR1 or SIGTERM, once it listens.
 * Nothing here is collective. */
#ifndef PATRON_RUNTIME_STOP_H
#define PATRON_RUNTIME_STOP_H

#include <stdbool.h>

/* From now on the two signals are wishes, to the process's end: one that comes when the work is
 * done, as a second one after a stop, must not change how it ended.  Before, they end the process
 * as usual. */
void patron_stop_listen(void);

/* Whether this process got one. */
bool patron_stop_is_wished(void);

#endif
