/* SPDX-License-Identifier: Apache-2.0 */
/* An exchange in two hops, for many ranks that have little for each other: some 3 sqrt(P) messages
 * a rank instead of P, for twice the bytes.  Bruck et al., "Efficient algorithms for all-to-all
 * communications in multiport message-passing systems", IEEE TPDS 8 (1997), of radix sqrt(P) and of
 * blocks of any length. */
#ifndef PATRON_RUNTIME_ROUTED_H
#define PATRON_RUNTIME_ROUTED_H

#include "patron/comm.h"

/* As patron_comm_exchange.  Returns, on all ranks alike, whether it was done: not where ranks are
 * fewer than comm->routed_from, what they send is long or goes to few, or memory is short.
 * Collective. */
bool patron_exchange_routed(const patron_comm *comm, const void *send, const uint64_t *send_bytes,
                            void *receive, const uint64_t *receive_bytes);

#endif
