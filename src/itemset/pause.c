/* SPDX-License-Identifier: Apache-2.0 */
/* Each rank that wishes a pause by itself tells every other one, once; that many notes come. */
#include "itemset/pause.h"

#include "patron/progress.h"

static const double LISTEN_PERIOD = 1e-3; /* seconds */

static bool get(const bool *flag)
{
    bool value;
#pragma omp atomic read
    value = *flag;
    return value;
}

static void set(bool *flag)
{
#pragma omp atomic write
    *flag = true;
}

bool itemset_pause_is_wished(itemset_pause *pause)
{
    if (pause->checkpoint == NULL)
        return false;
    if (!get(&pause->is_wished) && patron_checkpoint_is_wished(pause->checkpoint)) {
        set(&pause->is_own);
        set(&pause->is_wished);
    }
    return get(&pause->is_wished);
}

static void hear(itemset_pause *pause)
{
    int from;
    while (patron_comm_noted(pause->comm, ITEMSET_PAUSE_NOTE, &from)) {
        ++pause->heard;
        set(&pause->is_wished);
    }
}

void itemset_pause_listen(itemset_pause *pause)
{
    const patron_comm *comm = pause->comm;
    if (pause->checkpoint == NULL || comm->size == 1)
        return;
    bool has_to_tell = get(&pause->is_own) && !pause->has_told;
    double now = patron_clock();
    if (!has_to_tell && now - pause->listened < LISTEN_PERIOD)
        return;
    pause->listened = now;
    for (int rank = 0; has_to_tell && rank < comm->size; ++rank)
        if (rank != comm->rank)
            patron_comm_note(comm, ITEMSET_PAUSE_NOTE, rank);
    pause->has_told = pause->has_told || has_to_tell;
    hear(pause);
}

void itemset_pause_settle(itemset_pause *pause)
{
    uint64_t own = pause->has_told ? 1 : 0, told = own;
    if (pause->checkpoint == NULL || pause->comm->size == 1)
        return;
    patron_comm_reduce_u64(pause->comm, &told, 1, PATRON_SUM);
    while (pause->heard < told - own)
        hear(pause);
}
