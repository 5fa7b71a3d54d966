/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of doubles that are the exact real sum, rounded once, in whatever order the terms come.
 *
 * An accumulator is an array of 64-bit limbs; limb i carries the multiples of 2^(low + 32 i), so
 * that 32 spare bits take 2^31 terms before carries have to be moved up (patron_exact_carry).  A
 * window says which powers of two the limbs span: narrow for many small sums, full for a few sums
 * of anything.  Limbs of equal windows are merged by adding them, so that MPI_SUM on int64 merges
 * ranks, and a term is taken out again, without drift, by adding its negative.
 *
 * Terms are finite.  A sum that no double can hold rounds to an infinity. */
#ifndef PATRON_EXACTSUM_H
#define PATRON_EXACTSUM_H

#include "patron/comm.h"

#include <stdint.h>

enum { PATRON_EXACT_FULL_LIMBS = 68 };

typedef struct patron_exact_window {
    int32_t low;   /* exponent of the least bit that a term may have */
    int32_t limbs; /* limbs of one accumulator */
} patron_exact_window;

/* Spans every double. */
patron_exact_window patron_exact_window_full(void);

/* Spans terms that are multiples of 2^low and below 2^high in magnitude, at least 2^62 of them. */
patron_exact_window patron_exact_window_between(int low, int high);

/* Adds `term` to limbs[window.limbs].  At most 2^30 terms between two carries. */
void patron_exact_add(patron_exact_window window, int64_t *limbs, double term);

/* Adds count * 2^exponent, a multiple of 2^window.low whose magnitude the window holds; counts as a
 * term.  |count| is at most 2^62. */
void patron_exact_add_multiple(patron_exact_window window, int64_t *limbs, int64_t count,
                               int exponent);

/* Moves carries up: afterwards every limb but the last is in [0, 2^32).  The value stays. */
void patron_exact_carry(patron_exact_window window, int64_t *limbs);

/* The value, rounded to nearest, ties to even; carries `limbs` first. */
double patron_exact_round(patron_exact_window window, int64_t *limbs);

/* Limbs of `count` accumulators, added over all ranks, on all ranks (collective).  Carried before
 * and after. */
void patron_exact_reduce(const patron_comm *comm, patron_exact_window window, int64_t *limbs,
                         uint64_t count);

/* One sum over the full window that carries by itself. */
typedef struct patron_exactsum {
    int64_t limbs[PATRON_EXACT_FULL_LIMBS];
    uint64_t pending; /* terms since the last carry */
} patron_exactsum;

/* A zeroed patron_exactsum is an empty sum. */
void patron_exactsum_add(patron_exactsum *sum, double term);
void patron_exactsum_merge(patron_exactsum *sum, patron_exactsum *other);
double patron_exactsum_round(patron_exactsum *sum);

/* sums[count] added over all ranks, on all ranks (collective). */
void patron_exactsum_reduce(const patron_comm *comm, patron_exactsum *sums, uint64_t count);

#endif
