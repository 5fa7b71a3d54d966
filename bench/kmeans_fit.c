/* SPDX-License-Identifier: Apache-2.0 */
/* kmeans_fit ROWS.bin START.bin N D K ITERATIONS THREADS REPEATS [ISA]: clusters rows that lie in
 * memory as float32, row by row, as other libraries get them, and prints a JSON line a repeat: the
 * seconds from there to the labels, and what they were spent on. */
#include "patron/kmeans.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct plan {
    const char *rows, *start;
    uint64_t n;
    uint32_t d, k, iterations;
    int threads, repeats;
    patron_kmeans_isa isa;
} plan;

/* Reads `count` float32 numbers from number `first` on. */
static float *read_floats(const char *path, uint64_t first, uint64_t count)
{
    float *values = malloc(count * sizeof *values + 1);
    FILE *file = fopen(path, "rb");
    bool whole = values != NULL && file != NULL &&
                 fseek(file, (long)(first * sizeof *values), SEEK_SET) == 0 &&
                 fread(values, sizeof *values, count, file) == count;
    if (file != NULL)
        fclose(file);
    if (whole)
        return values;
    fprintf(stderr, "kmeans_fit: %s cannot be read\n", path);
    free(values);
    return NULL;
}

static patron_status fit_once(const patron_comm *comm, const plan *asked, const float *values,
                              const double *start)
{
    uint64_t first = asked->n * (uint64_t)comm->rank / (uint64_t)comm->size;
    uint64_t end = asked->n * ((uint64_t)comm->rank + 1) / (uint64_t)comm->size;
    const patron_rows_shape shape = {
        .first = first, .count = end - first, .columns = asked->d, .threads = asked->threads};
    const patron_kmeans_options options = {.k = asked->k,
                                           .init = PATRON_KMEANS_GIVEN,
                                           .start = start,
                                           .max_iterations = asked->iterations,
                                           .restarts = 1};
    patron_rows rows = {0};
    patron_kmeans *kmeans = NULL;
    patron_kmeans_result result = {0};
    patron_comm_agree(comm, PATRON_OK);
    double began = patron_clock();
    patron_status status = patron_comm_agree(comm, patron_rows_pack(values, NULL, &shape, &rows));
    double packed = patron_clock();
    if (status == PATRON_OK)
        status = patron_kmeans_create(comm, &rows, asked->isa, &kmeans);
    double prepared = patron_clock();
    if (status == PATRON_OK)
        status = patron_kmeans_fit(kmeans, &options, &result);
    double ended = patron_clock();
    if (status == PATRON_OK && comm->rank == 0) {
        printf("{\"seconds\": %.4f, \"pack\": %.4f, \"prepare\": %.4f, \"fit\": %.4f, "
               "\"iterations\": %u, \"inertia\": %.9e}\n",
               ended - began, packed - began, prepared - packed, ended - prepared,
               result.iterations, result.inertia);
        fflush(stdout);
    }
    patron_kmeans_result_free(&result);
    patron_kmeans_free(kmeans);
    patron_rows_free(&rows);
    return status;
}

static patron_status run(const patron_comm *comm, const plan *asked)
{
    uint64_t first = asked->n * (uint64_t)comm->rank / (uint64_t)comm->size;
    uint64_t end = asked->n * ((uint64_t)comm->rank + 1) / (uint64_t)comm->size;
    uint64_t cells = (uint64_t)asked->k * asked->d;
    float *values = read_floats(asked->rows, first * asked->d, (end - first) * asked->d);
    float *given = read_floats(asked->start, 0, cells);
    double *start = malloc(cells * sizeof *start);
    patron_status status = PATRON_OK;
    if (values == NULL || given == NULL || start == NULL)
        status = patron_fail(PATRON_NO_INPUT, "no rows");
    status = patron_comm_agree(comm, status);
    for (uint64_t i = 0; status == PATRON_OK && i < cells; ++i)
        start[i] = (double)given[i];
    for (int repeat = 0; status == PATRON_OK && repeat < asked->repeats; ++repeat)
        status = fit_once(comm, asked, values, start);
    free(values);
    free(given);
    free(start);
    return status;
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"auto", "generic", "avx2", "avx512", "avx512vnni"};
    if (argc < 9) {
        fprintf(stderr, "usage: kmeans_fit ROWS.bin START.bin N D K ITERATIONS THREADS REPEATS "
                        "[ISA]\n");
        return patron_status_exit_code(PATRON_USAGE);
    }
    plan asked = {.rows = argv[1],
                  .start = argv[2],
                  .n = strtoull(argv[3], NULL, 10),
                  .d = (uint32_t)strtoul(argv[4], NULL, 10),
                  .k = (uint32_t)strtoul(argv[5], NULL, 10),
                  .iterations = (uint32_t)strtoul(argv[6], NULL, 10),
                  .threads = (int)strtol(argv[7], NULL, 10),
                  .repeats = (int)strtol(argv[8], NULL, 10)};
    for (int isa = 0; argc > 9 && isa < (int)(sizeof names / sizeof names[0]); ++isa)
        if (strcmp(argv[9], names[isa]) == 0)
            asked.isa = (patron_kmeans_isa)isa;
    MPI_Init(NULL, NULL);
    patron_comm comm = patron_comm_duplicate(MPI_COMM_WORLD);
    patron_status status = run(&comm, &asked);
    patron_comm_free(&comm);
    MPI_Finalize();
    return patron_status_exit_code(status);
}
