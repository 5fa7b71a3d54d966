/* SPDX-License-Identifier: Apache-2.0 */
/* The simplified silhouette, one pass over the rows.  Hruschka, de Castro and Campello,
 * "Evolutionary algorithms for clustering gene-expression data", ICDM 2004, after Rousseeuw,
 * "Silhouettes", Journal of Computational and Applied Mathematics 20 (1987). */
#include "quality/silhouette.h"

#include "patron/exactsum.h"
#include "patron/memory.h"

#include "runtime/clones.h"

#include <math.h>
#include <stdlib.h>

/* Sums over the rows of a segment. */
typedef struct segment_sums {
    patron_exactsum weight, silhouette, distance;
} segment_sums;

/* Sums over all rows, for the standard error: of w^2, w^2 s and w^2 s^2. */
enum { SQUARES = 3 };

typedef struct pass {
    const double *centroids;
    uint32_t k, columns;
    segment_sums *sums;       /* threads x k */
    patron_exactsum *squares; /* threads x SQUARES */
} pass;

/* Squared distances of a block's rows to their nearest centroid and to the next one. */
PATRON_VECTOR_CLONES static void nearest_two(const pass *run, const float *values, int32_t *label,
                                             double *nearest, double *next)
{
    for (int lane = 0; lane < PATRON_BLOCK; ++lane) {
        label[lane] = 0;
        nearest[lane] = next[lane] = (double)INFINITY;
    }
    for (uint32_t c = 0; c < run->k; ++c) {
        double distance[PATRON_BLOCK] = {0};
        const double *centroid = run->centroids + (uint64_t)c * run->columns;
        for (uint64_t j = 0; j < run->columns; ++j)
            for (int lane = 0; lane < PATRON_BLOCK; ++lane) {
                double difference = (double)values[j * PATRON_BLOCK + lane] - centroid[j];
                distance[lane] += difference * difference;
            }
        for (int lane = 0; lane < PATRON_BLOCK; ++lane) {
            bool nearer = distance[lane] < nearest[lane];
            double farther = nearer ? nearest[lane] : distance[lane];
            next[lane] = farther < next[lane] ? farther : next[lane];
            nearest[lane] = nearer ? distance[lane] : nearest[lane];
            label[lane] = nearer ? (int32_t)c : label[lane];
        }
    }
}

static void judge_block(void *argument, int thread, const patron_block *block)
{
    const pass *run = argument;
    int32_t label[PATRON_BLOCK];
    double nearest[PATRON_BLOCK], next[PATRON_BLOCK];
    segment_sums *sums = run->sums + (uint64_t)thread * run->k;
    patron_exactsum *squares = run->squares + (uint64_t)thread * SQUARES;
    nearest_two(run, block->values, label, nearest, next);
    for (uint64_t left = block->lanes; left != 0; left &= left - 1) {
        int lane = __builtin_ctzll(left);
        double weight = block->weight == NULL ? 1.0 : (double)block->weight[lane];
        double a = sqrt(nearest[lane]), b = sqrt(next[lane]);
        double silhouette = run->k > 1 && b > 0.0 ? (b - a) / b : 0.0;
        double term = weight * silhouette;
        segment_sums *own = &sums[label[lane]];
        patron_exactsum_add(&own->weight, weight);
        patron_exactsum_add(&own->silhouette, term);
        patron_exactsum_add(&own->distance, weight * a);
        patron_exactsum_add(&squares[0], weight * weight);
        patron_exactsum_add(&squares[1], weight * term);
        patron_exactsum_add(&squares[2], term * term);
    }
}

static void merge_threads(const patron_comm *comm, int threads, const pass *run)
{
    for (int t = 1; t < threads; ++t) {
        for (uint64_t c = 0; c < run->k; ++c) {
            segment_sums *other = &run->sums[(uint64_t)t * run->k + c];
            patron_exactsum_merge(&run->sums[c].weight, &other->weight);
            patron_exactsum_merge(&run->sums[c].silhouette, &other->silhouette);
            patron_exactsum_merge(&run->sums[c].distance, &other->distance);
        }
        for (int i = 0; i < SQUARES; ++i)
            patron_exactsum_merge(&run->squares[i], &run->squares[t * SQUARES + i]);
    }
    patron_exactsum_reduce(comm, (patron_exactsum *)run->sums,
                           run->k * (sizeof *run->sums / sizeof(patron_exactsum)));
    patron_exactsum_reduce(comm, run->squares, SQUARES);
}

static void take_means(const pass *run, patron_silhouette *silhouette)
{
    patron_exactsum all_weight = {0}, all = {0};
    double squares[SQUARES];
    for (uint32_t c = 0; c < run->k; ++c) {
        segment_sums *sums = &run->sums[c];
        patron_exactsum_merge(&all_weight, &sums->weight);
        patron_exactsum_merge(&all, &sums->silhouette);
        double weight = patron_exactsum_round(&sums->weight);
        silhouette->distance[c] = patron_exactsum_round(&sums->distance) / weight;
        silhouette->by_segment[c] =
            run->k > 1 ? patron_exactsum_round(&sums->silhouette) / weight : (double)NAN;
    }
    for (int i = 0; i < SQUARES; ++i)
        squares[i] = patron_exactsum_round(&run->squares[i]);
    double weight = patron_exactsum_round(&all_weight);
    double mean = patron_exactsum_round(&all) / weight;
    double spread = squares[2] - 2.0 * mean * squares[1] + mean * mean * squares[0];
    silhouette->mean = run->k > 1 ? mean : (double)NAN;
    silhouette->standard_error =
        run->k > 1 ? sqrt(spread > 0.0 ? spread : 0.0) / weight : (double)NAN;
}

patron_status patron_silhouette_compute(const patron_comm *comm, const patron_rows *rows,
                                        const double *centroids, uint32_t k,
                                        patron_silhouette *silhouette)
{
    uint64_t threads = (uint64_t)rows->threads;
    *silhouette = (patron_silhouette){.k = k};
    pass run = {centroids, k, rows->columns, patron_allocate(threads * k, sizeof *run.sums),
                patron_allocate(threads * SQUARES, sizeof *run.squares)};
    silhouette->by_segment = patron_allocate(k, sizeof *silhouette->by_segment);
    silhouette->distance = patron_allocate(k, sizeof *silhouette->distance);
    patron_status status = PATRON_OK;
    if (run.sums == NULL || run.squares == NULL || silhouette->by_segment == NULL ||
        silhouette->distance == NULL)
        status = PATRON_RESOURCE;
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, patron_rows_pass(rows, judge_block, &run));
    if (status == PATRON_OK) {
        merge_threads(comm, rows->threads, &run);
        take_means(&run, silhouette);
    }
    free(run.sums);
    free(run.squares);
    return status;
}

void patron_silhouette_free(patron_silhouette *silhouette)
{
    free(silhouette->by_segment);
    free(silhouette->distance);
    *silhouette = (patron_silhouette){0};
}

/* ---- indices ---- */

static double distance_between(const double *a, const double *b, uint32_t columns)
{
    double sum = 0.0;
    for (uint32_t j = 0; j < columns; ++j)
        sum += (a[j] - b[j]) * (a[j] - b[j]);
    return sqrt(sum);
}

double patron_calinski_harabasz(double between, double within, uint32_t k, uint64_t rows)
{
    if (k < 2 || rows <= k)
        return (double)NAN;
    return between / ((double)k - 1.0) / (within / (double)(rows - k));
}

double patron_davies_bouldin(const patron_silhouette *silhouette, const double *centroids,
                             uint32_t columns)
{
    const double *spread = silhouette->distance;
    patron_exactsum sum = {0};
    uint32_t count = 0;
    for (uint64_t c = 0; c < silhouette->k; ++c) {
        double greatest = 0.0;
        if (isnan(spread[c]))
            continue;
        for (uint64_t other = 0; other < silhouette->k; ++other) {
            double apart =
                distance_between(centroids + c * columns, centroids + other * columns, columns);
            if (other != c && apart > 0.0 && (spread[c] + spread[other]) / apart > greatest)
                greatest = (spread[c] + spread[other]) / apart;
        }
        patron_exactsum_add(&sum, greatest);
        ++count;
    }
    return count < 2 ? (double)NAN : patron_exactsum_round(&sum) / (double)count;
}
