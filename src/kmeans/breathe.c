/* SPDX-License-Identifier: Apache-2.0 */
/* Breathing k-means: the clusters of greatest error are split, Lloyd's iteration goes on with those
 * too, and as many of the least use are taken out again; fewer at a time once that does not help.
 * Fritzke, "The k-means algorithm: an improvement that is faster and better" (breathing k-means),
 * arXiv:2006.15666.  Here a split goes along the cluster's widest column, so that nothing is drawn,
 * and a step that failed goes on from the best centroids. */
#include "kmeans/breathe.h"
#include "kmeans/seed.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_ITERATIONS = 300 };

/* Centroids, and what their rows say of them.  Sums run in the order of rows. */
typedef struct clustering {
    uint32_t k;
    double inertia;
    double *centroids; /* k x columns */
    double *weight;    /* k */
    double *error;     /* k: weight times squared distance */
    double *utility;   /* k: by how much the inertia rises where a cluster is taken out */
    double *spread;    /* k x columns: weight times squared difference */
} clustering;

typedef struct rank_of_cluster {
    double key;
    uint32_t cluster;
} rank_of_cluster;

typedef enum fate { OPEN, FROZEN, TAKEN_OUT } fate;

typedef struct breathing {
    patron_kmeans *engine;
    const kmeans_cells *cells;
    double threshold;
    kmeans_panel panel;
    double *nearest, *second; /* rows: squared distances */
    clustering best, now;
    rank_of_cluster *order; /* clusters */
    fate *fates;            /* clusters */
} breathing;

/* ---- what centroids are worth ---- */

static void measure_block(void *argument, int thread, const patron_block *block)
{
    const breathing *run = argument;
    (void)thread;
    int32_t *labels = kmeans_labels_of(run->engine, block->index);
    double *nearest = run->nearest + block->index * PATRON_BLOCK;
    double *second = run->second + block->index * PATRON_BLOCK;
    _Alignas(PATRON_ALIGNMENT) double distance[PATRON_BLOCK];
    for (int lane = 0; lane < PATRON_BLOCK; ++lane)
        nearest[lane] = second[lane] = (double)INFINITY;
    for (uint32_t c = 0; c < run->panel.k; ++c) {
        kmeans_measure_one(run->engine, block->values, &run->panel, (int32_t)c, distance);
        for (int lane = 0; lane < PATRON_BLOCK; ++lane) {
            bool is_nearer = distance[lane] < nearest[lane];
            double farther = is_nearer ? nearest[lane] : distance[lane];
            second[lane] = farther < second[lane] ? farther : second[lane];
            nearest[lane] = is_nearer ? distance[lane] : nearest[lane];
            labels[lane] = is_nearer ? (int32_t)c : labels[lane];
        }
    }
}

static void add_cell(const breathing *run, uint64_t cell, clustering *result)
{
    uint64_t columns = run->cells->columns, c = (uint64_t)run->engine->labels[cell];
    const float *values = run->cells->values + cell * columns;
    double weight = (double)run->cells->weight[cell];
    result->weight[c] += weight;
    result->error[c] += weight * run->nearest[cell];
    result->utility[c] += weight * (run->second[cell] - run->nearest[cell]);
    for (uint64_t j = 0; j < columns; ++j) {
        double difference = (double)values[j] - result->centroids[c * columns + j];
        result->spread[c * columns + j] += weight * (difference * difference);
    }
}

/* Lloyd's iteration, and all figures of what it comes to. */
static patron_status settle(breathing *run, clustering *result)
{
    uint64_t k = result->k, columns = run->cells->columns;
    kmeans_run lloyd = {.k = result->k, .centroids = result->centroids};
    patron_status status =
        kmeans_lloyd(run->engine, MOST_ITERATIONS, run->threshold, NULL, NULL, &lloyd);
    free(lloyd.history);
    if (status != PATRON_OK)
        return status;
    kmeans_panel_fill(&run->panel, result->centroids, result->k);
    status = kmeans_visit(run->engine, measure_block, run);
    memset(result->weight, 0, k * sizeof *result->weight);
    memset(result->error, 0, k * sizeof *result->error);
    memset(result->utility, 0, k * sizeof *result->utility);
    memset(result->spread, 0, k * columns * sizeof *result->spread);
    for (uint64_t i = 0; i < run->cells->count; ++i)
        add_cell(run, i, result);
    result->inertia = 0.0;
    for (uint64_t c = 0; c < k; ++c)
        result->inertia += result->error[c];
    return status;
}

/* ---- in ---- */

static int compare_ranks(const void *a, const void *b)
{
    const rank_of_cluster *left = a, *right = b;
    if (left->key != right->key)
        return left->key < right->key ? -1 : 1;
    return left->cluster < right->cluster ? -1 : 1;
}

/* Clusters by sign * key[], ascending, ties to the lowest. */
static void put_in_order(breathing *run, const double *key, double sign, uint32_t k)
{
    for (uint32_t c = 0; c < k; ++c)
        run->order[c] = (rank_of_cluster){.key = sign * key[c], .cluster = c};
    qsort(run->order, k, sizeof *run->order, compare_ranks);
}

/* Moves one centroid of a cluster down its widest column and a copy of it up. */
static void split(const clustering *from, uint64_t columns, uint32_t cluster, clustering *to)
{
    const double deviations = 0.8;
    const double *spread = from->spread + cluster * columns;
    uint64_t widest = 0;
    for (uint64_t j = 1; j < columns; ++j)
        widest = spread[j] > spread[widest] ? j : widest;
    double *old = to->centroids + cluster * columns;
    double *fresh = to->centroids + to->k++ * columns;
    double step = deviations * sqrt(spread[widest] / from->weight[cluster]);
    memcpy(fresh, old, columns * sizeof *fresh);
    old[widest] = fmax(old[widest] - step, -(double)FLT_MAX);
    fresh[widest] = fmin(fresh[widest] + step, (double)FLT_MAX);
}

/* The best clustering with up to `most` clusters more; tells how many. */
static uint32_t breathe_in(breathing *run, uint32_t most)
{
    const clustering *best = &run->best;
    uint64_t columns = run->cells->columns;
    uint32_t added = 0;
    put_in_order(run, best->error, -1.0, best->k);
    memcpy(run->now.centroids, best->centroids, best->k * columns * sizeof *best->centroids);
    run->now.k = best->k;
    for (; added < most && best->error[run->order[added].cluster] > 0.0; ++added)
        split(best, columns, run->order[added].cluster, &run->now);
    return added;
}

/* ---- out ---- */

static uint32_t nearest_centroid(const clustering *of, uint64_t columns, uint32_t cluster)
{
    double least = (double)INFINITY;
    uint32_t nearest = cluster;
    for (uint32_t c = 0; c < of->k; ++c) {
        double sum = 0.0;
        for (uint64_t j = 0; j < columns; ++j) {
            double difference =
                of->centroids[c * columns + j] - of->centroids[cluster * columns + j];
            sum += difference * difference;
        }
        if (c != cluster && sum < least) {
            least = sum;
            nearest = c;
        }
    }
    return nearest;
}

/* Chooses `count` clusters of the least utility; the neighbour of one that goes stays, as its rows
 * go there. */
static void choose_fates(breathing *run, uint32_t count)
{
    const clustering *now = &run->now;
    uint32_t frozen = 0, left = count;
    for (uint32_t c = 0; c < now->k; ++c)
        run->fates[c] = OPEN;
    put_in_order(run, now->utility, 1.0, now->k);
    for (uint32_t i = 0; i < now->k && left > 0; ++i) {
        uint32_t cluster = run->order[i].cluster;
        if (run->fates[cluster] == FROZEN)
            continue;
        run->fates[cluster] = TAKEN_OUT;
        --left;
        uint32_t neighbour = nearest_centroid(now, run->cells->columns, cluster);
        if (frozen + count < now->k && run->fates[neighbour] == OPEN) {
            run->fates[neighbour] = FROZEN;
            ++frozen;
        }
    }
    for (uint32_t c = 0; c < now->k && left > 0; ++c) {
        left -= run->fates[c] != TAKEN_OUT;
        run->fates[c] = TAKEN_OUT;
    }
}

static void breathe_out(breathing *run, uint32_t count)
{
    clustering *now = &run->now;
    uint64_t columns = run->cells->columns;
    uint32_t kept = 0;
    choose_fates(run, count);
    for (uint32_t c = 0; c < now->k; ++c)
        if (run->fates[c] != TAKEN_OUT)
            memmove(now->centroids + kept++ * columns, now->centroids + c * columns,
                    columns * sizeof *now->centroids);
    now->k = kept;
}

/* ---- both ---- */

static patron_status clustering_create(uint64_t most, uint64_t columns, clustering *made)
{
    made->centroids = patron_allocate(most, columns * sizeof *made->centroids);
    made->spread = patron_allocate(most, columns * sizeof *made->spread);
    made->weight = patron_allocate(most, sizeof *made->weight);
    made->error = patron_allocate(most, sizeof *made->error);
    made->utility = patron_allocate(most, sizeof *made->utility);
    return made->centroids == NULL || made->spread == NULL || made->weight == NULL ||
                   made->error == NULL || made->utility == NULL
               ? PATRON_RESOURCE
               : PATRON_OK;
}

static void clustering_free(clustering *made)
{
    free(made->centroids);
    free(made->spread);
    free(made->weight);
    free(made->error);
    free(made->utility);
}

static patron_status create(breathing *run, uint64_t most)
{
    const patron_rows *rows = run->engine->rows;
    run->nearest = patron_allocate(rows->blocks, PATRON_BLOCK * sizeof *run->nearest);
    run->second = patron_allocate(rows->blocks, PATRON_BLOCK * sizeof *run->second);
    run->order = patron_allocate(most, sizeof *run->order);
    run->fates = patron_allocate(most, sizeof *run->fates);
    if (run->nearest == NULL || run->second == NULL || run->order == NULL || run->fates == NULL)
        return PATRON_RESOURCE;
    patron_status status = kmeans_panel_create(&run->panel, most, rows->columns);
    if (status == PATRON_OK)
        status = clustering_create(most, rows->columns, &run->best);
    if (status == PATRON_OK)
        status = clustering_create(most, rows->columns, &run->now);
    return status;
}

/* Clusters to begin with at a time; none where that would take long. */
static uint32_t first_step(const kmeans_cells *cells, uint32_t k)
{
    enum { LEAST = 5 };
    const double most_work = 0x1p33;
    if (k < 2 || (double)cells->count * (double)k * (double)cells->columns > most_work)
        return 0;
    return k / 4 > LEAST ? k / 4 : k < LEAST ? k : LEAST;
}

static patron_status breathe(breathing *run, uint32_t step)
{
    const double gain = 1e-4; /* that a step must have */
    patron_status status = settle(run, &run->best);
    while (status == PATRON_OK && step > 0) {
        uint32_t added = breathe_in(run, step);
        if (added == 0)
            break;
        status = settle(run, &run->now);
        if (status == PATRON_OK) {
            breathe_out(run, added);
            status = settle(run, &run->now);
        }
        if (status == PATRON_OK && run->now.inertia < run->best.inertia * (1.0 - gain)) {
            clustering worse = run->best;
            run->best = run->now;
            run->now = worse;
        } else {
            step /= 2;
        }
    }
    return status;
}

patron_status kmeans_breathe(patron_kmeans *engine, const kmeans_cells *cells, double threshold,
                             uint32_t k, double *centroids, double *inertia)
{
    breathing run = {.engine = engine, .cells = cells, .threshold = threshold};
    uint64_t columns = cells->columns;
    uint32_t step = first_step(cells, k);
    patron_status status = create(&run, (uint64_t)k + step);
    if (status == PATRON_OK) {
        run.best.k = k;
        memcpy(run.best.centroids, centroids, k * columns * sizeof *centroids);
        status = breathe(&run, step);
    }
    if (status == PATRON_OK) {
        memcpy(centroids, run.best.centroids, k * columns * sizeof *centroids);
        *inertia = run.best.inertia;
    }
    free(run.nearest);
    free(run.second);
    free(run.order);
    free(run.fates);
    kmeans_panel_free(&run.panel);
    clustering_free(&run.best);
    clustering_free(&run.now);
    return status;
}
