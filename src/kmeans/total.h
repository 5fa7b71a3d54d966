/* SPDX-License-Identifier: Apache-2.0 */
/* Exact sums of many terms >= 0 whose exponents lie close together.  A term is split in a multiple
 * of a unit, a multiple of a finer one, and a rest; as long as few enough have been added, a double
 * holds the sum of the multiples exactly.  Rests, rarely not 0, go to the long accumulator one by
 * one.  Demmel and Nguyen, "Parallel reproducible summation", IEEE Transactions on Computers 64
 * (2015), whose bins are here made exact. */
#ifndef PATRON_KMEANS_TOTAL_H
#define PATRON_KMEANS_TOTAL_H

#include "kmeans/kernel_sets.h"
#include "patron/exactsum.h"

/* Zeroed: an empty sum. */
typedef struct kmeans_total {
    double limit;      /* terms are below it */
    double anchors[2]; /* adding and subtracting one leaves multiples of its unit */
    double high[KMEANS_TOTAL_LANES];
    double low[KMEANS_TOTAL_LANES];
    uint32_t blocks; /* added since the last flush */
    patron_exactsum sum;
} kmeans_total;

/* Adds terms[KMEANS_BLOCK], finite and >= 0. */
void kmeans_total_add(kmeans_total *total, const kmeans_kernel_set *kernels, const double *terms);

/* Moves all into total->sum. */
void kmeans_total_flush(kmeans_total *total);

#endif
