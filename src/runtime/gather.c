/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of all ranks on all ranks, where none knows how many the others have. */
#include "patron/comm.h"
#include "patron/memory.h"

#include <stdlib.h>

patron_status patron_comm_gather(const patron_comm *comm, patron_status so_far, const void *data,
                                 uint64_t bytes, void **all, uint64_t *total)
{
    uint64_t ranks = (uint64_t)comm->size;
    uint64_t *bytes_of = patron_allocate(ranks, sizeof *bytes_of);
    *all = NULL;
    *total = 0;
    if (so_far == PATRON_OK && bytes_of == NULL)
        so_far = PATRON_RESOURCE;
    patron_status status = patron_comm_agree(comm, so_far);
    if (status != PATRON_OK)
        goto cleanup;
    patron_comm_gather_u64(comm, bytes, bytes_of);
    for (uint64_t r = 0; r < ranks; ++r)
        *total += bytes_of[r];
    *all = patron_allocate(*total, 1);
    status = patron_comm_agree(comm, *all == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        patron_comm_gather_bytes(comm, data, bytes_of, *all);
cleanup:
    if (status != PATRON_OK) {
        free(*all);
        *all = NULL;
    }
    free(bytes_of);
    return status;
}
