/* SPDX-License-Identifier: Apache-2.0 */
/* A flag that signals set. */
#include "runtime/stop.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t wished;

static void on_signal(int number)
{
    (void)number;
    wished = 1;
}

void patron_stop_listen(void)
{
    const struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool patron_stop_is_wished(void)
{
    return wished != 0;
}
