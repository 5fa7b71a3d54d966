/* SPDX-License-Identifier: Apache-2.0 */
/* kmeans_weak ROWS COLUMNS K ITERATIONS REPEATS [FITS median|drawn]: fits k-means to ROWS rows of
 * all ranks together, drawn by their number from a mixture, and prints a JSON line a repeat.  Built
 * with MPI it tells what its passes took; built for the simulated cluster it replays FITS, what was
 * told of them before. */
#include "cluster/passes.h"
#include "generate/mixture.h"
#include "patron/kmeans.h"
#include "patron/memory.h"

#include <inttypes.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct plan {
    uint64_t rows;
    uint32_t columns, k, iterations;
    int repeats;
    const char *fits;
    int is_drawn;
} plan;

/* Draws this rank's rows; overlapping clusters, so that rows go on moving. */
static patron_status draw_rows(const patron_comm *comm, const plan *asked, patron_rows *rows)
{
    const patron_mixture_options options = {.columns = asked->columns,
                                            .clusters = asked->k,
                                            .separation = 0.5,
                                            .spread = 2.0,
                                            .imbalance = 4.0,
                                            .seed = 1};
    uint64_t first = asked->rows * (uint64_t)comm->rank / (uint64_t)comm->size;
    uint64_t end = asked->rows * ((uint64_t)comm->rank + 1) / (uint64_t)comm->size;
    const patron_rows_shape shape = {
        .first = first, .count = end - first, .columns = asked->columns, .threads = 1};
    patron_mixture mixture = {0};
    float *values = patron_allocate(shape.count, asked->columns * sizeof *values);
    double *scratch = patron_allocate(patron_mixture_scratch(asked->columns), sizeof *scratch);
    patron_status status = patron_mixture_create(&options, &mixture);
    if (status == PATRON_OK && (values == NULL || scratch == NULL))
        status = PATRON_RESOURCE;
    for (uint64_t i = 0; status == PATRON_OK && i < shape.count; ++i)
        patron_mixture_row(&mixture, first + i, patron_mixture_cluster(&mixture, first + i),
                           scratch, values + i * asked->columns);
    if (status == PATRON_OK)
        status = patron_rows_pack(values, NULL, &shape, rows);
    patron_mixture_free(&mixture);
    free(values);
    free(scratch);
    return patron_comm_agree(comm, status);
}

static void print_fit(const patron_comm *comm, double seconds, const patron_kmeans_result *result)
{
    const cluster_fit *fit = cluster_passes_recorded();
    if (comm->rank != 0)
        return;
    printf("{\"seconds\": %.9f, \"iterations\": %" PRIu32
           ", \"inertia\": %.17g, \"fit\": \"%" PRIu32,
           seconds, result->iterations, result->inertia, fit->passes);
    for (uint32_t p = 0; p < fit->passes; ++p)
        printf(" %.9f %.9f", fit->between[p], fit->pass[p]);
    printf(" %.9f\"}\n", fit->between[fit->passes]);
    fflush(stdout);
}

static patron_status fit_once(const patron_comm *comm, const plan *asked, const patron_rows *rows)
{
    const patron_kmeans_options options = {.k = asked->k,
                                           .init = PATRON_KMEANS_PARALLEL,
                                           .max_iterations = asked->iterations,
                                           .restarts = 1,
                                           .seed = 1};
    patron_kmeans *kmeans = NULL;
    patron_kmeans_result result = {0};
    MPI_Barrier(comm->mpi);
    double began = MPI_Wtime();
    cluster_passes_begin(rows);
    patron_status status = patron_kmeans_create(comm, rows, PATRON_KMEANS_ISA_AUTO, &kmeans);
    if (status == PATRON_OK)
        status = patron_kmeans_fit(kmeans, &options, &result);
    cluster_passes_end();
    MPI_Barrier(comm->mpi);
    if (status == PATRON_OK)
        print_fit(comm, MPI_Wtime() - began, &result);
    patron_kmeans_result_free(&result);
    patron_kmeans_free(kmeans);
    return status;
}

int main(int argc, char **argv)
{
    if (argc != 6 && argc != 8)
        return 64;
    const plan asked = {.rows = strtoull(argv[1], NULL, 10),
                        .columns = (uint32_t)strtoul(argv[2], NULL, 10),
                        .k = (uint32_t)strtoul(argv[3], NULL, 10),
                        .iterations = (uint32_t)strtoul(argv[4], NULL, 10),
                        .repeats = (int)strtol(argv[5], NULL, 10),
                        .fits = argc == 8 ? argv[6] : NULL,
                        .is_drawn = argc == 8 && strcmp(argv[7], "drawn") == 0};
    MPI_Init(&argc, &argv);
    patron_comm comm = patron_comm_duplicate(MPI_COMM_WORLD);
    patron_rows rows = {0};
    patron_status status = PATRON_OK;
    if (asked.fits != NULL)
        status = cluster_passes_read(asked.fits, comm.rank, asked.is_drawn);
    status = patron_comm_agree(&comm, status);
    if (status == PATRON_OK)
        status = draw_rows(&comm, &asked, &rows);
    for (int repeat = 0; status == PATRON_OK && repeat < asked.repeats; ++repeat)
        status = fit_once(&comm, &asked, &rows);
    char text[PATRON_FAIL_CAPACITY];
    patron_fail_text(status, text, sizeof text);
    if (status != PATRON_OK && comm.rank == 0)
        fprintf(stderr, "kmeans_weak: %s\n", text);
    patron_rows_free(&rows);
    patron_comm_free(&comm);
    MPI_Finalize();
    return status == PATRON_OK ? 0 : 1;
}
