/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of all ranks on all ranks, by recursive doubling: messages are as many as the ranks'
 * logarithm. */
#include "runtime/comm_pieces.h"
#include "runtime/meter.h"

#include <string.h>

/* Ranks as groups of one or two, a power of two of them, in rank order: what a run of groups gives
 * lies side by side in the result. */
typedef struct groups {
    int count;
    int pairs; /* the first so many groups have two ranks */
} groups;

static groups groups_of(int ranks)
{
    groups g = {.count = 1};
    while (g.count <= ranks / 2)
        g.count *= 2;
    g.pairs = ranks - g.count;
    return g;
}

/* The lowest rank of a group, which speaks for it. */
static int speaker_of(groups g, int group)
{
    return group < g.pairs ? 2 * group : group + g.pairs;
}

/* Recursive doubling: speakers swap all that they hold, which is twice as much in each step, so
 * that messages are as many as the ranks' logarithm; returns the bytes that it sends. Thakur,
 * Rabenseifner, Gropp, "Optimization of collective communication operations in MPICH",
 * International Journal of High Performance Computing Applications 19 (2005). */
static uint64_t swap_all(const patron_comm *comm, groups g, int group, const uint64_t *bytes_of,
                         char *all)
{
    uint64_t sent = 0;
    for (int held = 1; held < g.count; held *= 2) {
        int mine = group & ~(held - 1), theirs = mine ^ held;
        int partner = speaker_of(g, group ^ held);
        uint64_t from = patron_comm_bytes_before(bytes_of, speaker_of(g, mine));
        uint64_t from_end = patron_comm_bytes_before(bytes_of, speaker_of(g, mine + held));
        uint64_t to = patron_comm_bytes_before(bytes_of, speaker_of(g, theirs));
        uint64_t to_end = patron_comm_bytes_before(bytes_of, speaker_of(g, theirs + held));
        patron_comm_swap(comm, all + from, from_end - from, partner, all + to, to_end - to,
                         partner);
        sent += from_end - from;
    }
    return sent;
}

void patron_comm_gather_bytes(const patron_comm *comm, const void *data, const uint64_t *bytes_of,
                              void *all)
{
    const groups g = groups_of(comm->size);
    int rank = comm->rank, other = rank ^ 1;
    bool has_other = rank < 2 * g.pairs, speaks = !has_other || rank < other;
    uint64_t total = patron_comm_bytes_before(bytes_of, comm->size);
    uint64_t in = total - bytes_of[rank], out = speaks ? 0 : bytes_of[rank];
    char *whole = all, *own = whole + patron_comm_bytes_before(bytes_of, rank);
    patron_span span = patron_meter_arrive(comm, PATRON_STEP_GATHER);
    if (bytes_of[rank] > 0)
        memcpy(own, data, bytes_of[rank]);
    if (!speaks)
        patron_comm_swap(comm, own, bytes_of[rank], other, whole, 0, other);
    else if (has_other)
        patron_comm_swap(comm, whole, 0, other, own + bytes_of[rank], bytes_of[other], other);
    if (speaks)
        out += swap_all(comm, g, has_other ? rank / 2 : rank - g.pairs, bytes_of, whole);
    if (!speaks) {
        patron_comm_swap(comm, own, 0, other, whole, total, other);
        in = total; /* its own among them */
    } else if (has_other) {
        patron_comm_swap(comm, whole, total, other, own, 0, other);
        out += total;
    }
    patron_meter_depart(comm, span, true, in, out);
}
