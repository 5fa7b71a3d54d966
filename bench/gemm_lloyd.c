/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_lloyd ROWS.bin START.bin N D K ITERATIONS THREADS: the usual fast loop of Lloyd's algorithm,
 * as a peer to compare with.  Squared distances are |x|^2 - 2 x.c + |c|^2 in float32, the products
 * by OpenBLAS, a chunk of rows at a time that stays in the cache; sums are kept by thread, in
 * float64.  So it is not exact, and its bits hang on threads.  Prints one JSON line: the seconds
 * from rows in memory to labels. */
#include <cblas.h>
#include <math.h>
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct problem {
    const float *rows;
    uint64_t n, d, k;
    uint64_t chunk; /* rows whose scores are held at a time */
    int iterations, threads;
    float *centroids; /* k x d */
    float *half_norm; /* k: |c|^2 / 2 */
    double *sums;     /* k x d, over all threads */
    int64_t *sizes;   /* k */
    int32_t *labels;  /* n */
} problem;

/* What a thread works with. */
typedef struct scratch {
    float *scores; /* k x chunk */
    float *least;  /* chunk */
    int32_t *nearest;
    double *sums;
    int64_t *sizes;
} scratch;

static void *room(uint64_t count, uint64_t size)
{
    const uint64_t line = 64;
    void *memory = aligned_alloc(line, (count * size / line + 1) * line);
    if (memory == NULL) {
        fprintf(stderr, "gemm_lloyd: out of memory\n");
        exit(71);
    }
    return memset(memory, 0, count * size);
}

static float *read_floats(const char *path, uint64_t count)
{
    float *values = room(count, sizeof *values);
    FILE *file = fopen(path, "rb");
    if (file == NULL || fread(values, sizeof *values, count, file) != count) {
        fprintf(stderr, "gemm_lloyd: %s cannot be read\n", path);
        exit(66);
    }
    fclose(file);
    return values;
}

/* As many rows as leave room in the second cache for their scores, themselves and the centroids. */
static uint64_t choose_chunk(uint64_t d, uint64_t k)
{
    const int64_t least = 96, most = 512;
    long cache = sysconf(_SC_LEVEL2_CACHE_SIZE);
    int64_t floats = (cache > 0 ? cache : 1 << 20) / (int64_t)sizeof(float);
    int64_t rows = (floats - (int64_t)(k * d)) * 4 / 5 / (int64_t)(k + d);
    return (uint64_t)(rows < least ? least : rows > most ? most : rows);
}

static void find_nearest(const problem *problem, const float *rows, int count, scratch *scratch)
{
    int d = (int)problem->d, k = (int)problem->k;
    for (int j = 0; j < k; ++j)
        for (int i = 0; i < count; ++i)
            scratch->scores[j * count + i] = problem->half_norm[j];
    cblas_sgemm(CblasColMajor, CblasTrans, CblasNoTrans, count, k, d, -1.0F, rows, d,
                problem->centroids, d, 1.0F, scratch->scores, count);
    for (int i = 0; i < count; ++i) {
        scratch->least[i] = scratch->scores[i];
        scratch->nearest[i] = 0;
    }
    for (int j = 1; j < k; ++j) {
        const float *restrict scores = scratch->scores + (size_t)j * count;
        float *restrict least = scratch->least;
        int32_t *restrict nearest = scratch->nearest;
        for (int i = 0; i < count; ++i) {
            int is_less = scores[i] < least[i];
            least[i] = is_less ? scores[i] : least[i];
            nearest[i] = is_less ? j : nearest[i];
        }
    }
}

/* The chunk's part of the inertia; its rows are added to their centroid's sum. */
static double add_rows(const problem *problem, const float *rows, int count, scratch *scratch)
{
    uint64_t d = problem->d;
    double inertia = 0.0;
    for (int i = 0; i < count; ++i) {
        const float *restrict row = rows + (uint64_t)i * d;
        double *restrict sum = scratch->sums + (uint64_t)scratch->nearest[i] * d;
        float norm = 0.0F;
        for (uint64_t q = 0; q < d; ++q) {
            sum[q] += (double)row[q];
            norm += row[q] * row[q];
        }
        ++scratch->sizes[scratch->nearest[i]];
        inertia += (double)fmaxf(norm + 2.0F * scratch->least[i], 0.0F);
    }
    return inertia;
}

/* Labels all rows and sums them by centroid; returns the inertia. */
static double pass(problem *problem)
{
    uint64_t cells = problem->k * problem->d;
    uint64_t chunks = (problem->n + problem->chunk - 1) / problem->chunk;
    double inertia = 0.0;
    memset(problem->sums, 0, cells * sizeof *problem->sums);
    memset(problem->sizes, 0, problem->k * sizeof *problem->sizes);
#pragma omp parallel num_threads(problem->threads) reduction(+ : inertia)
    {
        scratch scratch = {.scores = room(problem->k * problem->chunk, sizeof(float)),
                           .least = room(problem->chunk, sizeof(float)),
                           .nearest = room(problem->chunk, sizeof(int32_t)),
                           .sums = room(cells, sizeof(double)),
                           .sizes = room(problem->k, sizeof(int64_t))};
#pragma omp for schedule(static)
        for (uint64_t c = 0; c < chunks; ++c) {
            uint64_t first = c * problem->chunk, left = problem->n - first;
            int count = (int)(left < problem->chunk ? left : problem->chunk);
            const float *rows = problem->rows + first * problem->d;
            find_nearest(problem, rows, count, &scratch);
            inertia += add_rows(problem, rows, count, &scratch);
            memcpy(problem->labels + first, scratch.nearest, (size_t)count * sizeof(int32_t));
        }
#pragma omp critical
        {
            for (uint64_t i = 0; i < cells; ++i)
                problem->sums[i] += scratch.sums[i];
            for (uint64_t j = 0; j < problem->k; ++j)
                problem->sizes[j] += scratch.sizes[j];
        }
        free(scratch.scores);
        free(scratch.least);
        free(scratch.nearest);
        free(scratch.sums);
        free(scratch.sizes);
    }
    return inertia;
}

static void set_norms(problem *problem)
{
    for (uint64_t j = 0; j < problem->k; ++j) {
        float norm = 0.0F;
        for (uint64_t q = 0; q < problem->d; ++q) {
            float value = problem->centroids[j * problem->d + q];
            norm += value * value;
        }
        problem->half_norm[j] = norm / 2.0F;
    }
}

static float distance_to_own(const problem *problem, uint64_t row)
{
    const float *values = problem->rows + row * problem->d;
    const float *own = problem->centroids + (uint64_t)problem->labels[row] * problem->d;
    float sum = 0.0F;
    for (uint64_t q = 0; q < problem->d; ++q)
        sum += (values[q] - own[q]) * (values[q] - own[q]);
    return sum;
}

/* Each empty cluster takes the row that is farthest from its centroid, as other programs do it. */
static void fill_empty(problem *problem)
{
    float *distance = NULL;
    for (uint64_t j = 0; j < problem->k; ++j) {
        uint64_t far = 0;
        if (problem->sizes[j] > 0)
            continue;
        if (distance == NULL) {
            distance = room(problem->n, sizeof *distance);
#pragma omp parallel for num_threads(problem->threads) schedule(static)
            for (uint64_t i = 0; i < problem->n; ++i)
                distance[i] = distance_to_own(problem, i);
        }
        for (uint64_t i = 1; i < problem->n; ++i)
            far = distance[i] > distance[far] ? i : far;
        uint64_t from = (uint64_t)problem->labels[far];
        for (uint64_t q = 0; q < problem->d; ++q) {
            double value = (double)problem->rows[far * problem->d + q];
            problem->sums[from * problem->d + q] -= value;
            problem->sums[j * problem->d + q] += value;
        }
        --problem->sizes[from];
        ++problem->sizes[j];
        problem->labels[far] = (int32_t)j;
        distance[far] = -1.0F;
    }
    free(distance);
}

static void update(problem *problem)
{
    fill_empty(problem);
    for (uint64_t j = 0; j < problem->k; ++j)
        for (uint64_t q = 0; problem->sizes[j] > 0 && q < problem->d; ++q)
            problem->centroids[j * problem->d + q] =
                (float)(problem->sums[j * problem->d + q] / (double)problem->sizes[j]);
}

/* Iterates, and labels once more by the final centroids; returns the inertia of these labels. */
static double fit(problem *problem)
{
    for (int iteration = 0; iteration < problem->iterations; ++iteration) {
        set_norms(problem);
        pass(problem);
        update(problem);
    }
    set_norms(problem);
    return pass(problem);
}

int main(int argc, char **argv)
{
    if (argc != 8) {
        fprintf(stderr, "usage: gemm_lloyd ROWS.bin START.bin N D K ITERATIONS THREADS\n");
        return 64;
    }
    problem problem = {.n = strtoull(argv[3], NULL, 10),
                       .d = strtoull(argv[4], NULL, 10),
                       .k = strtoull(argv[5], NULL, 10),
                       .iterations = (int)strtol(argv[6], NULL, 10),
                       .threads = (int)strtol(argv[7], NULL, 10)};
    float *rows = read_floats(argv[1], problem.n * problem.d);
    problem.rows = rows;
    problem.centroids = read_floats(argv[2], problem.k * problem.d);
    openblas_set_num_threads(1); /* threads are here, not below */
    double began = omp_get_wtime();
    problem.chunk = choose_chunk(problem.d, problem.k);
    problem.half_norm = room(problem.k, sizeof *problem.half_norm);
    problem.sums = room(problem.k * problem.d, sizeof *problem.sums);
    problem.sizes = room(problem.k, sizeof *problem.sizes);
    problem.labels = room(problem.n, sizeof *problem.labels);
    double inertia = fit(&problem);
    double ended = omp_get_wtime();
    printf("{\"seconds\": %.4f, \"iterations\": %d, \"inertia\": %.9e, \"chunk\": %llu, "
           "\"blas\": \"%s\", \"core\": \"%s\"}\n",
           ended - began, problem.iterations, inertia, (unsigned long long)problem.chunk,
           openblas_get_config(), openblas_get_corename());
    free(rows);
    free(problem.centroids);
    free(problem.half_norm);
    free(problem.sums);
    free(problem.sizes);
    free(problem.labels);
    return 0;
}
