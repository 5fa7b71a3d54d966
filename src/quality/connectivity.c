/* SPDX-License-Identifier: Apache-2.0 */
/* Connectivity of Handl, Knowles and Kell, "Computational cluster validation in post-genomic data
 * analysis", Bioinformatics 21 (2005), after Handl and Knowles (2005), by all pairs of rows. */
#include "quality/connectivity.h"

#include <math.h>
#include <string.h>

enum { NEIGHBOURS = PATRON_CONNECTIVITY_NEIGHBOURS };

/* The nearest rows so far, ascending by distance, the first of equal ones first. */
typedef struct nearest_rows {
    int count;
    double distance[NEIGHBOURS];
    uint64_t row[NEIGHBOURS];
} nearest_rows;

static void offer(nearest_rows *nearest, double distance, uint64_t row)
{
    int at = nearest->count < NEIGHBOURS ? nearest->count++ : NEIGHBOURS;
    if (at == NEIGHBOURS && !(distance < nearest->distance[NEIGHBOURS - 1]))
        return;
    at = at == NEIGHBOURS ? NEIGHBOURS - 1 : at;
    for (; at > 0 && distance < nearest->distance[at - 1]; --at) {
        nearest->distance[at] = nearest->distance[at - 1];
        nearest->row[at] = nearest->row[at - 1];
    }
    nearest->distance[at] = distance;
    nearest->row[at] = row;
}

static double distance_between(const patron_sampled_rows *rows, uint64_t a, uint64_t b)
{
    const float *x = rows->values + a * rows->columns, *y = rows->values + b * rows->columns;
    double sum = 0.0;
    for (uint32_t j = 0; j < rows->columns; ++j) {
        double difference = (double)x[j] - (double)y[j];
        sum += difference * difference;
    }
    return sum;
}

static double penalty_of(const patron_sampled_rows *rows, const int32_t *labels, uint64_t row)
{
    nearest_rows nearest = {0};
    double penalty = 0.0;
    for (uint64_t other = 0; other < rows->count; ++other)
        if (other != row)
            offer(&nearest, distance_between(rows, row, other), other);
    for (int i = 0; i < nearest.count; ++i)
        penalty += labels[nearest.row[i]] == labels[row] ? 0.0 : 1.0 / (i + 1);
    return penalty;
}

void patron_connectivity_find(const patron_comm *comm, int threads, const patron_sampled_rows *rows,
                              const int32_t *labels, double *penalty)
{
    memset(penalty, 0, rows->count * sizeof *penalty);
#pragma omp parallel for num_threads(threads) schedule(dynamic, 16)
    for (uint64_t row = (uint64_t)comm->rank; row < rows->count; row += (uint64_t)comm->size)
        penalty[row] = penalty_of(rows, labels, row);
    /* each was worked out on one rank, is not negative, and 0 elsewhere */
    patron_comm_reduce_f64(comm, penalty, rows->count, PATRON_MAX);
}

double patron_connectivity_most(uint64_t count)
{
    double most = 0.0;
    for (uint64_t j = 1; j <= NEIGHBOURS && j < count; ++j)
        most += 1.0 / (double)j;
    return most;
}
