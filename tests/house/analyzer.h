/* SPDX-License-Identifier: Apache-2.0 */
/* Put before every source that clang-tidy looks at: what its analyzer cannot see from here, that
 * where one rank's status is a failure, so is what all agree on. */
#ifndef PATRON_HOUSE_ANALYZER_H
#define PATRON_HOUSE_ANALYZER_H

#include "patron/comm.h"

static inline patron_status analyzer_agree(const patron_comm *comm, patron_status local)
{
    patron_status agreed = patron_comm_agree(comm, local);
    if (local != PATRON_OK && agreed == PATRON_OK)
        __builtin_unreachable();
    return agreed;
}

#define patron_comm_agree(comm, local) analyzer_agree(comm, local)
#define patron_comm_agree_idle(comm, local) analyzer_agree(comm, local)

#endif
