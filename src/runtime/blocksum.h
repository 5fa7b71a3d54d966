/* SPDX-License-Identifier: Apache-2.0 */
/* Exact sums of many terms whose exponents lie close together, a block at a time.  A term is split
 * in a multiple of a unit, a multiple of a finer one, and a rest; as long as few enough have been
 * added, a double holds the sum of the multiples exactly.  Rests, rarely not 0, go to the long
 * accumulator one by one.  Demmel and Nguyen, "Parallel reproducible summation", IEEE Transactions
 * on Computers 64 (2015), whose bins are here made exact.  Nothing here is collective. */
#ifndef PATRON_RUNTIME_BLOCKSUM_H
#define PATRON_RUNTIME_BLOCKSUM_H

#include "patron/exactsum.h"

#include <stdbool.h>

enum { PATRON_BLOCKSUM_TERMS = 64, PATRON_BLOCKSUM_LANES = 8 };

/* Zeroed: an empty sum. */
typedef struct patron_blocksum {
    double limit;      /* magnitudes are below it */
    double anchors[2]; /* adding and subtracting one leaves multiples of its unit */
    double high[PATRON_BLOCKSUM_LANES];
    double low[PATRON_BLOCKSUM_LANES];
    uint32_t blocks; /* added since the last flush */
    patron_exactsum sum;
} patron_blocksum;

/* What became of a block of terms. */
typedef enum patron_blocksum_outcome {
    PATRON_BLOCKSUM_ADDED,
    PATRON_BLOCKSUM_RESTS, /* added, but for rests */
    PATRON_BLOCKSUM_ABOVE  /* nothing was added: some are above the limit */
} patron_blocksum_outcome;

/* Splits the terms and adds the multiples up; what an instruction set does faster
 * (blocksum_body.h). */
typedef patron_blocksum_outcome patron_blocksum_kernel(patron_blocksum *total, const double *terms,
                                                       double *rest);

/* That which runs on every processor. */
patron_blocksum_kernel patron_blocksum_plain;

/* Adds terms[PATRON_BLOCKSUM_TERMS], finite. */
void patron_blocksum_add(patron_blocksum *total, patron_blocksum_kernel *kernel,
                         const double *terms);

/* Moves all into total->sum. */
void patron_blocksum_flush(patron_blocksum *total);

#endif
