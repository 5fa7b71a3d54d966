/* SPDX-License-Identifier: Apache-2.0 */
/* Records dealt to ranks by a hash, so that equal ones meet on one rank. */
#ifndef PATRON_DATA_DEAL_H
#define PATRON_DATA_DEAL_H

#include "patron/comm.h"

/* Gives each of records[count], of `size` bytes that begin with a 64-bit hash and in ascending
 * order of it, to the rank that the hash belongs to; what this rank gets is in *dealt, to free(),
 * ascending only within what each rank sent.  Collective.  RESOURCE. */
patron_status patron_deal_by_hash(const patron_comm *comm, const void *records, uint64_t count,
                                  uint64_t size, void **dealt, uint64_t *dealt_count);

#endif
