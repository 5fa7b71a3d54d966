/* SPDX-License-Identifier: Apache-2.0 */
/* Put before the sources that clang-tidy looks at: what its analyzer cannot see from there, that
 * patron_fail returns the status it is given, and that where one rank's status is a failure, so is
 * what all agree on. */
#ifndef PATRON_HOUSE_ANALYZER_H
#define PATRON_HOUSE_ANALYZER_H

#include "patron/comm.h"

#include <stdio.h>

static inline patron_status analyzer_fail(patron_status status)
{
    return status;
}

static inline patron_status analyzer_agree(const patron_comm *comm, patron_status local)
{
    patron_status agreed = patron_comm_agree(comm, local);
    if (local != PATRON_OK && agreed == PATRON_OK)
        __builtin_unreachable();
    return agreed;
}

static inline patron_status analyzer_reduce(const patron_comm *comm, patron_status so_far,
                                            uint64_t *values, uint64_t count,
                                            patron_reduction reduction)
{
    patron_status agreed = patron_comm_reduce_so_far(comm, so_far, values, count, reduction);
    if (so_far != PATRON_OK && agreed == PATRON_OK)
        __builtin_unreachable();
    return agreed;
}

#define patron_fail(status, ...) (snprintf(NULL, 0, __VA_ARGS__), analyzer_fail(status))
#define patron_comm_agree(comm, local) analyzer_agree(comm, local)
#define patron_comm_agree_idle(comm, local) analyzer_agree(comm, local)
#define patron_comm_reduce_so_far(comm, so_far, values, count, reduction)                          \
    analyzer_reduce(comm, so_far, values, count, reduction)

#endif
