/* SPDX-License-Identifier: Apache-2.0 */
/* What rank 0 has read, given to all. */
#ifndef PATRON_DATA_SHARE_H
#define PATRON_DATA_SHARE_H

#include "patron/comm.h"
#include "patron/texts.h"

/* `texts` of rank 0 to all; elsewhere it is empty before, and not to be appended to afterwards.
 * Collective. */
patron_status patron_texts_share(const patron_comm *comm, patron_texts *texts);

#endif
