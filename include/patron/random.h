/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers as a pure function of what they are for: counter-based, so that no rank, thread or
 * part has a stream of its own.  Nothing here is collective. */
#ifndef PATRON_RANDOM_H
#define PATRON_RANDOM_H

#include <stdint.h>

/* What a number is drawn for; one counter space each. */
typedef enum patron_purpose {
    PATRON_PURPOSE_FIRST_ROW = 1,
    PATRON_PURPOSE_SAMPLE_ROW = 2,
    PATRON_PURPOSE_WEIGHTED_ROW = 3,
    PATRON_PURPOSE_SEED = 4 /* a seed for further draws */
} patron_purpose;

/* 64 random bits for (seed, purpose, index, draw); `index` is a global row where rows are drawn. */
uint64_t patron_random_bits(uint64_t seed, patron_purpose purpose, uint64_t index, uint32_t draw);

/* A double in (0, 1) from 64 bits: the middle of one of 2^52 equal intervals, exact. */
double patron_random_to_unit(uint64_t bits);

/* patron_random_to_unit of patron_random_bits. */
double patron_random_unit(uint64_t seed, patron_purpose purpose, uint64_t index, uint32_t draw);

#endif
