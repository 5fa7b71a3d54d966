/* SPDX-License-Identifier: Apache-2.0 */
/* silhouette_pairs ROWS COLUMNS K THREADS VALUES LABELS: the silhouette of rows by all pairs, from
 * a raw file of float32 and one of int32; prints seconds and the mean as JSON.  On one rank. */
#include "patron/memory.h"
#include "quality/pair_silhouette.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROWS = 1, COLUMNS, SEGMENTS, THREADS, VALUES, LABELS, ARGUMENTS };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static bool read_file(const char *name, void *bytes, uint64_t size, uint64_t count)
{
    FILE *file = fopen(name, "rb");
    bool is_whole = file != NULL && fread(bytes, size, count, file) == count;
    if (file != NULL)
        fclose(file);
    return is_whole;
}

static uint64_t number(const char *text)
{
    return strtoull(text, NULL, 10);
}

static int run(char **arguments, float *values, int32_t *labels, double *silhouette)
{
    const patron_comm alone = patron_comm_self();
    const patron_sampled_rows rows = {.values = values,
                                      .count = number(arguments[ROWS]),
                                      .columns = (uint32_t)number(arguments[COLUMNS])};
    const patron_row_labelling labelling = {(uint32_t)number(arguments[SEGMENTS]), labels,
                                            silhouette};
    double sum = 0.0;
    if (values == NULL || labels == NULL || silhouette == NULL ||
        !read_file(arguments[VALUES], values, sizeof *values, rows.count * rows.columns) ||
        !read_file(arguments[LABELS], labels, sizeof *labels, rows.count))
        return EXIT_FAILURE;
    const patron_pair_silhouette_work work = {.threads = (int)number(arguments[THREADS])};
    double begin = now();
    if (patron_pair_silhouettes_find(&alone, &work, &rows, &labelling, 1) != PATRON_OK)
        return EXIT_FAILURE;
    for (uint64_t i = 0; i < rows.count; ++i)
        sum += silhouette[i];
    printf("{\"seconds\": %.6f, \"silhouette\": %.17g}\n", now() - begin, sum / (double)rows.count);
    return EXIT_SUCCESS;
}

int main(int count, char **arguments)
{
    if (count != ARGUMENTS)
        return EXIT_FAILURE;
    uint64_t rows = number(arguments[ROWS]);
    float *values = patron_allocate(rows, number(arguments[COLUMNS]) * sizeof *values);
    int32_t *labels = patron_allocate(rows, sizeof *labels);
    double *silhouette = patron_allocate(rows, sizeof *silhouette);
    int code = run(arguments, values, labels, silhouette);
    free(values);
    free(labels);
    free(silhouette);
    return code;
}
