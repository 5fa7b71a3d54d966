/* SPDX-License-Identifier: Apache-2.0 */
/* Provenance of a model. */
#include "model/run.h"

#include "patron/memory.h"
#include "patron/progress.h"
#include "runtime/meter.h"

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
    uint64_t ranks = (uint64_t)comm->size, bytes = 0;
    void *all = NULL;
    char *joined = patron_allocate(ranks, WIDTH + 1);
    if (patron_comm_gather(comm, joined == NULL ? PATRON_RESOURCE : PATRON_OK, own, WIDTH, &all,
                           &bytes) != PATRON_OK) {
        free(joined);
        return NULL;
    }
    char *names = all;
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
                                      const patron_run *run, const char *hosts,
                                      const double *seconds)
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
    for (uint32_t i = 0; status == PATRON_OK && i <= run->phase_count; ++i) {
        char name[64];
        snprintf(name, sizeof name, "seconds_%s",
                 i < run->phase_count ? run->phases[i].phase : "write");
        status = patron_h5_attach_f64(file, "/run", name, seconds[i]);
    }
    return status;
}

/* /run/steps: the steps that any rank was in, and their figures over ranks. */
static patron_status write_steps(const patron_h5_file *file, const patron_meter_report *meter)
{
    double values[3][PATRON_STEPS * PATRON_FIGURES];
    static const char *const names[] = {"/run/steps/max", "/run/steps/mean", "/run/steps/rank"};
    patron_texts steps = {0}, figures = {0};
    uint64_t count = 0;
    patron_status status = patron_h5_write_group(file, "/run/steps");
    for (int s = 0; status == PATRON_OK && s < PATRON_STEPS; ++s) {
        if (!patron_meter_has(meter, (patron_step)s))
            continue;
        const char *name = patron_step_name((patron_step)s);
        status = patron_texts_append(&steps, name, strlen(name));
        for (int f = 0; f < PATRON_FIGURES; ++f, ++count) {
            const patron_spread_figure *spread = &meter->step[s][f];
            values[0][count] = patron_figure_value((patron_figure)f, (double)spread->max);
            values[1][count] = patron_figure_value((patron_figure)f, spread->mean);
            values[2][count] = spread->rank;
        }
    }
    for (int f = 0; status == PATRON_OK && f < PATRON_FIGURES; ++f) {
        const char *name = patron_figure_name((patron_figure)f);
        status = patron_texts_append(&figures, name, strlen(name));
    }
    if (status == PATRON_OK)
        status = patron_h5_attach_texts(file, "/run/steps", "names", &figures);
    if (status == PATRON_OK)
        status = patron_h5_write_texts(file, "/run/steps/name", &steps, 0, steps.count,
                                       patron_texts_longest(&steps));
    for (int i = 0; status == PATRON_OK && i < 3; ++i)
        status =
            patron_h5_write(file, names[i], PATRON_H5_F64, steps.count, PATRON_FIGURES, values[i]);
    patron_texts_free(&steps);
    patron_texts_free(&figures);
    return status;
}

/* What the phases, and writing behind them, took on the slowest rank; to free().  NULL where memory
 * is short on any rank.  Collective. */
static double *reduce_seconds(const patron_comm *comm, const patron_run *run)
{
    double *seconds = patron_allocate((uint64_t)run->phase_count + 1, sizeof *seconds);
    if (patron_comm_agree(comm, seconds == NULL ? PATRON_RESOURCE : PATRON_OK) != PATRON_OK) {
        free(seconds);
        return NULL;
    }
    for (uint32_t i = 0; i < run->phase_count; ++i)
        seconds[i] = run->phases[i].seconds;
    seconds[run->phase_count] = patron_clock() - run->writing_since;
    patron_comm_reduce_f64(comm, seconds, (uint64_t)run->phase_count + 1, PATRON_MAX);
    return seconds;
}

patron_status patron_run_write(const patron_comm *comm, const patron_h5_file *file,
                               const patron_run *run)
{
    char *hosts = join_hosts(comm);
    double *seconds = hosts != NULL ? reduce_seconds(comm, run) : NULL;
    patron_meter_report meter = {0};
    patron_meter_reduce(comm, &meter);
    patron_status status = PATRON_OK;
    if (seconds == NULL)
        status = PATRON_RESOURCE;
    else if (comm->rank == 0)
        status = write_attributes(comm, file, run, hosts, seconds);
    if (status == PATRON_OK && comm->rank == 0 && meter.is_there)
        status = write_steps(file, &meter);
    free(hosts);
    free(seconds);
    return patron_comm_agree(comm, status);
}
