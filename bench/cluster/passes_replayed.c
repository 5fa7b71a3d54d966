/* SPDX-License-Identifier: Apache-2.0 */
/* Passes over few rows that stand for many: the engine goes through the few for real, so that all
 * that follows, its messages above all, is what the engine makes of it; and the simulated clock
 * goes forward by what a pass over the many was measured to take. */
#include "cluster/passes.h"
#include "patron/random.h"

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

static cluster_fit fits[CLUSTER_MOST_REPEATS];
static cluster_fit replayed;
static const patron_rows *own;
static uint32_t repeats, at;

patron_status __wrap_patron_rows_pass(const patron_rows *rows, patron_block_visit *visit,
                                      void *argument)
{
    patron_status status = __real_patron_rows_pass(rows, visit, argument);
    if (rows != own)
        return status;
    if (at == replayed.passes)
        return patron_fail(PATRON_DATA, "more passes than the %u that were measured", at);
    smpi_execute(replayed.between[at] + replayed.pass[at]);
    ++at;
    return status;
}

void cluster_passes_begin(const patron_rows *rows)
{
    own = rows;
    at = 0;
}

void cluster_passes_end(void)
{
    if (at < replayed.passes)
        fprintf(stderr, "%u passes, %u were measured\n", at, replayed.passes);
    smpi_execute(replayed.between[at]);
}

const cluster_fit *cluster_passes_recorded(void)
{
    return &replayed;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The part of one fit, or of the median one; parts are numbered so that draws differ. */
static double choose(double *of_fits, int rank, int is_drawn, uint32_t part)
{
    if (is_drawn)
        return of_fits[patron_random_bits(1, PATRON_PURPOSE_SAMPLE_ROW, (uint64_t)rank, part) %
                       repeats];
    qsort(of_fits, repeats, sizeof *of_fits, compare);
    return (of_fits[(repeats - 1) / 2] + of_fits[repeats / 2]) / 2;
}

static void choose_all(int rank, int is_drawn)
{
    double of_fits[CLUSTER_MOST_REPEATS];
    replayed.passes = fits[0].passes;
    for (uint32_t p = 0; p <= replayed.passes; ++p) {
        for (uint32_t r = 0; r < repeats; ++r)
            of_fits[r] = fits[r].between[p];
        replayed.between[p] = choose(of_fits, rank, is_drawn, 2 * p);
        for (uint32_t r = 0; p < replayed.passes && r < repeats; ++r)
            of_fits[r] = fits[r].pass[p];
        if (p < replayed.passes)
            replayed.pass[p] = choose(of_fits, rank, is_drawn, 2 * p + 1);
    }
}

static int read_fit(FILE *file, cluster_fit *fit)
{
    if (fscanf(file, "%u", &fit->passes) != 1 || fit->passes > CLUSTER_MOST_PASSES)
        return 0;
    for (uint32_t p = 0; p < fit->passes; ++p)
        if (fscanf(file, "%lf %lf", &fit->between[p], &fit->pass[p]) != 2)
            return 0;
    return fscanf(file, "%lf", &fit->between[fit->passes]) == 1;
}

patron_status cluster_passes_read(const char *path, int rank, int is_drawn)
{
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return patron_fail(PATRON_NO_INPUT, "%s cannot be read", path);
    for (repeats = 0; repeats < CLUSTER_MOST_REPEATS && read_fit(file, &fits[repeats]); ++repeats)
        if (fits[repeats].passes != fits[0].passes)
            break;
    int is_whole = repeats > 0 && (feof(file) || repeats == CLUSTER_MOST_REPEATS);
    fclose(file);
    if (!is_whole)
        return patron_fail(PATRON_DATA, "%s does not hold fits of equally many passes", path);
    choose_all(rank, is_drawn);
    return PATRON_OK;
}
