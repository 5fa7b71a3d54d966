/* SPDX-License-Identifier: Apache-2.0 */
/* Each rank owns an equal range of hashes. */
#include "data/deal.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

/* Bytes that go to each rank. */
static void cut(const unsigned char *records, uint64_t count, uint64_t size, uint64_t ranks,
                uint64_t *to)
{
    uint64_t width = UINT64_MAX / ranks;
    for (uint64_t i = 0; i < count; ++i) {
        uint64_t hash = 0;
        memcpy(&hash, records + i * size, sizeof hash);
        uint64_t rank = hash / width;
        to[rank < ranks ? rank : ranks - 1] += size;
    }
}

patron_status patron_deal_by_hash(const patron_comm *comm, const void *records, uint64_t count,
                                  uint64_t size, void **dealt, uint64_t *dealt_count)
{
    uint64_t ranks = (uint64_t)comm->size;
    uint64_t *to = patron_allocate(2 * ranks, sizeof *to);
    patron_status status = patron_comm_agree(comm, to == NULL ? PATRON_RESOURCE : PATRON_OK);
    *dealt = NULL;
    *dealt_count = 0;
    if (status != PATRON_OK)
        goto cleanup;
    uint64_t *from = to + ranks;
    cut(records, count, size, ranks, to);
    patron_comm_exchange_counts(comm, to, from);
    uint64_t bytes = 0;
    for (uint64_t r = 0; r < ranks; ++r)
        bytes += from[r];
    *dealt_count = bytes / size;
    *dealt = patron_allocate(*dealt_count, size);
    status = patron_comm_agree(comm, *dealt == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        patron_comm_exchange(comm, records, to, *dealt, from);
cleanup:
    free(to);
    return status;
}
