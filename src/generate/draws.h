/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers one after the other that are a function of (seed, purpose, index) all the same:
 * the words of the blocks of draw 0, 1, 2, ..., two a number.  Nothing here is collective. */
#ifndef PATRON_GENERATE_DRAWS_H
#define PATRON_GENERATE_DRAWS_H

#include "patron/random.h"

typedef struct patron_draws {
    uint64_t seed;
    patron_purpose purpose;
    uint64_t index;
    uint32_t draw; /* the next block */
    uint32_t left; /* words of `words` that are not used yet */
    uint32_t words[4];
} patron_draws;

static inline patron_draws patron_draws_of(uint64_t seed, patron_purpose purpose, uint64_t index)
{
    return (patron_draws){.seed = seed, .purpose = purpose, .index = index};
}

static inline uint64_t patron_draws_bits(patron_draws *draws)
{
    if (draws->left == 0) {
        patron_random_words(draws->seed, draws->purpose, draws->index, draws->draw++, draws->words);
        draws->left = 4;
    }
    const uint32_t *next = draws->words + 4 - draws->left;
    draws->left -= 2;
    return (uint64_t)next[1] << 32 | next[0];
}

/* A double in (0, 1). */
static inline double patron_draws_unit(patron_draws *draws)
{
    return patron_random_to_unit(patron_draws_bits(draws));
}

/* A whole number below `count`. */
static inline uint64_t patron_draws_below(patron_draws *draws, uint64_t count)
{
    return (uint64_t)(patron_draws_unit(draws) * (double)count);
}

#endif
