/* SPDX-License-Identifier: Apache-2.0 */
/* Provenance of a model. */
#include "model/run.h"

#include "patron/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The distinct host names of all ranks, sorted, joined by commas; to free().  NULL where memory is
 * short on any rank. */
static char *join_hosts(const patron_comm *comm)
{
    enum { WIDTH = MPI_MAX_PROCESSOR_NAME };
    char own[WIDTH] = {0};
    int length = 0;
    MPI_Get_processor_name(own, &length);
    uint64_t ranks = (uint64_t)comm->size;
    char *names = patron_allocate(ranks, WIDTH);
    char *joined = patron_allocate(ranks, WIDTH + 1);
    if (patron_comm_agree(comm, names == NULL || joined == NULL ? PATRON_RESOURCE : PATRON_OK) !=
        PATRON_OK) {
        free(names);
        free(joined);
        return NULL;
    }
    MPI_Allgather(own, WIDTH, MPI_CHAR, names, WIDTH, MPI_CHAR, comm->mpi);
    qsort(names, ranks, WIDTH, compare_names);
    size_t used = 0;
    for (uint64_t r = 0; r < ranks; ++r)
        if (r == 0 || strcmp(names + r * WIDTH, names + (r - 1) * WIDTH) != 0)
            used += (size_t)snprintf(joined + used, ranks * (WIDTH + 1) - used, "%s%s",
                                     r == 0 ? "" : ",", names + r * WIDTH);
    free(names);
    return joined;
}

static patron_status write_attributes(const patron_comm *comm, const patron_h5_file *file,
                                      const patron_run *run, const char *hosts)
{
    const struct {
        const char *name;
        const char *text;
    } texts[] = {{"version", PATRON_VERSION},
                 {"command_line", run->command_line},
                 {"options", run->options},
                 {"dataset", run->dataset},
                 {"dataset_digest", run->dataset_digest},
                 {"hosts", hosts}};
    patron_status status = patron_h5_write_group(file, "/run");
    for (size_t i = 0; status == PATRON_OK && i < sizeof texts / sizeof texts[0]; ++i)
        status = patron_h5_attach_text(file, "/run", texts[i].name, texts[i].text);
    if (status == PATRON_OK)
        status = patron_h5_attach_u64(file, "/run", "ranks", (uint64_t)comm->size);
    if (status == PATRON_OK)
        status = patron_h5_attach_u64(file, "/run", "threads", (uint64_t)run->threads);
    for (uint32_t i = 0; status == PATRON_OK && i < run->phase_count; ++i) {
        char name[64];
        snprintf(name, sizeof name, "seconds_%s", run->phases[i].phase);
        status = patron_h5_attach_f64(file, "/run", name, run->phases[i].seconds);
    }
    return status;
}

patron_status patron_run_write(const patron_comm *comm, const patron_h5_file *file,
                               const patron_run *run)
{
    char *hosts = join_hosts(comm);
    patron_status status = PATRON_OK;
    if (hosts == NULL)
        status = PATRON_RESOURCE;
    else if (comm->rank == 0)
        status = write_attributes(comm, file, run, hosts);
    free(hosts);
    return patron_comm_agree(comm, status);
}
