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
    PATRON_PURPOSE_SEED = 4, /* a seed for further draws */
    /* judging how many segments there are */
    PATRON_PURPOSE_SAMPLE = 8,    /* rows to judge by */
    PATRON_PURPOSE_REFERENCE = 9, /* rows without clusters */
    PATRON_PURPOSE_HALF = 10,     /* which half of a sample a row goes to */
    /* what generated data are made of */
    PATRON_PURPOSE_CLUSTER = 16, /* centroids and deviations */
    PATRON_PURPOSE_CUSTOMER = 17,
    PATRON_PURPOSE_FEATURE = 18,
    PATRON_PURPOSE_MISSING = 19,
    PATRON_PURPOSE_ITEM = 20,
    PATRON_PURPOSE_PATTERN = 21,
    PATRON_PURPOSE_BASKET = 22, /* its items */
    PATRON_PURPOSE_VISIT = 23,  /* its customer and time */
    PATRON_PURPOSE_LINE = 24,   /* quantities and what is amiss */
} patron_purpose;

/* The whole block of 128 random bits for (seed, purpose, index, draw), as four words. */
void patron_random_words(uint64_t seed, patron_purpose purpose, uint64_t index, uint32_t draw,
                         uint32_t words[4]);

/* Its first 64 bits; `index` is a global row where rows are drawn. */
uint64_t patron_random_bits(uint64_t seed, patron_purpose purpose, uint64_t index, uint32_t draw);

/* A double in (0, 1) from 64 bits: the middle of one of 2^52 equal intervals, exact. */
double patron_random_to_unit(uint64_t bits);

/* The same from 32 bits: the middle of one of 2^32 equal intervals. */
static inline double patron_random_word_to_unit(uint32_t word)
{
    return ((double)word + 0.5) * 0x1p-32;
}

/* patron_random_to_unit of patron_random_bits. */
double patron_random_unit(uint64_t seed, patron_purpose purpose, uint64_t index, uint32_t draw);

#endif
