/* SPDX-License-Identifier: Apache-2.0 */
/* What rank 0 has read, given to all. */
#include "data/share.h"

#include "patron/memory.h"

patron_status patron_texts_share(const patron_comm *comm, patron_texts *texts)
{
    uint64_t sizes[2] = {texts->count, texts->count == 0 ? 0 : texts->offsets[texts->count]};
    patron_comm_broadcast(comm, sizes, sizeof sizes, 0);
    patron_status status = PATRON_OK;
    if (comm->rank != 0 && sizes[0] > 0) {
        texts->count = sizes[0];
        texts->offsets = patron_allocate(sizes[0] + 1, sizeof *texts->offsets);
        texts->bytes = patron_allocate(sizes[1], 1);
        if (texts->offsets == NULL || texts->bytes == NULL)
            status = PATRON_RESOURCE;
    }
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK && sizes[0] > 0) {
        patron_comm_broadcast(comm, texts->offsets, (sizes[0] + 1) * sizeof *texts->offsets, 0);
        patron_comm_broadcast(comm, texts->bytes, sizes[1], 0);
    }
    return status;
}
