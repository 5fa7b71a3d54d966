/* SPDX-License-Identifier: Apache-2.0 */
/* Cores of a rank, from its affinity mask and those of its neighbours on the host. */
#include "runtime/threads.h"

#include "patron/memory.h"
#include "runtime/meter.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

/* Ranks of the host that may run on the same cores as this one, which is one of them; where memory
 * is short for the masks of all, all are taken for such. */
static int count_sharers(MPI_Comm host, const cpu_set_t *mine)
{
    int neighbours = 1, own = 0, sharers = 1;
    MPI_Comm_size(host, &neighbours);
    MPI_Comm_rank(host, &own);
    cpu_set_t *masks = patron_allocate((uint64_t)neighbours, sizeof *masks);
    int has_room = masks != NULL;
    MPI_Allreduce(MPI_IN_PLACE, &has_room, 1, MPI_INT, MPI_MIN, host);
    if (has_room && masks != NULL) {
        MPI_Allgather(mine, sizeof *mine, MPI_BYTE, masks, sizeof *mine, MPI_BYTE, host);
        for (int i = 0; i < neighbours; ++i)
            sharers += i != own && CPU_EQUAL(mine, &masks[i]) ? 1 : 0;
    }
    free(masks);
    return has_room ? sharers : neighbours;
}

int patron_threads_available(const patron_comm *comm)
{
    cpu_set_t mine;
    CPU_ZERO(&mine);
    sched_getaffinity(0, sizeof mine, &mine); /* where it fails the set stays empty */
    MPI_Comm host;
    int neighbours = 1;
    patron_span span = patron_meter_enter(PATRON_STEP_START);
    MPI_Comm_split_type(comm->mpi, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host);
    int cores = CPU_COUNT(&mine) / count_sharers(host, &mine);
    MPI_Comm_size(host, &neighbours);
    uint64_t others = (uint64_t)(neighbours - 1);
    MPI_Comm_free(&host);
    patron_meter_leave(span, others * sizeof mine, others > 0 ? sizeof mine : 0);
    return cores > 0 ? cores : 1;
}

/* A thread that waits until all have been started. */
static void *wait_for_start(void *argument)
{
    pthread_mutex_t *started = argument;
    pthread_mutex_lock(started);
    pthread_mutex_unlock(started);
    return NULL;
}

patron_status patron_threads_check(int threads)
{
    pthread_mutex_t started = PTHREAD_MUTEX_INITIALIZER;
    int count = threads - 1, running = 0, error = 0;
    pthread_t *others = patron_allocate(count > 0 ? (uint64_t)count : 0, sizeof *others);
    if (others == NULL)
        return PATRON_RESOURCE;
    patron_span span = patron_meter_enter(PATRON_STEP_START);
    pthread_mutex_lock(&started);
    while (running < count &&
           (error = pthread_create(&others[running], NULL, wait_for_start, &started)) == 0)
        ++running;
    pthread_mutex_unlock(&started);
    for (int i = 0; i < running; ++i)
        pthread_join(others[i], NULL);
    patron_meter_leave(span, 0, 0);
    free(others);
    if (error == 0)
        return PATRON_OK;
    return patron_fail(PATRON_RESOURCE, "%d of %d threads could be started: %s", running + 1,
                       threads, strerror(error));
}
