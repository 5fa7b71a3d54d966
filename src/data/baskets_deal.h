/* SPDX-License-Identifier: Apache-2.0 */
/* Baskets of one rank, dealt to all. */
#ifndef PATRON_DATA_BASKETS_DEAL_H
#define PATRON_DATA_BASKETS_DEAL_H

#include "patron/comm.h"
#include "patron/texts.h"

/* Rank 0 holds count baskets in CSR form and the items' names; every rank gets its range of baskets
 * (patron_range_cut) in offsets and items, which it is to free(), and the names, to release.  What
 * rank 0 gave is released.  Collective. */
patron_status patron_baskets_deal(const patron_comm *comm, uint64_t *count, uint64_t **offsets,
                                  uint32_t **items, patron_texts *names);

#endif
