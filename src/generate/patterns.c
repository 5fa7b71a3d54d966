/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns after Agrawal and Srikant, "Fast algorithms for mining association rules", VLDB 1994,
 * section 2.4.3 (the generator that is known as IBM Quest): lengths are Poisson; a share of a
 * pattern's items, exponential of mean `correlation`, comes from the pattern before, the others are
 * drawn; weights are exponential of mean 1, corruption levels normal.  As in IBM's program an item
 * is drawn with an exponential weight of its own. */
#include "generate/patterns.h"

#include "generate/draws.h"
#include "patron/elementary.h"
#include "patron/memory.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const double MOST_CORRUPTION = 0.999; /* so that a pattern is not left out for ever */

static double draw_exponential(patron_draws *draws)
{
    return -patron_log(patron_draws_unit(draws));
}

static bool holds(const uint32_t *items, uint32_t count, uint32_t item)
{
    for (uint32_t i = 0; i < count; ++i)
        if (items[i] == item)
            return true;
    return false;
}

static patron_status choose_items(const patron_pattern_options *options, patron_choice *choice)
{
    double *weights = patron_allocate(options->items, sizeof *weights);
    if (weights == NULL)
        return PATRON_RESOURCE;
    for (uint32_t i = 0; i < options->items; ++i)
        weights[i] = -patron_log(patron_random_unit(options->seed, PATRON_PURPOSE_ITEM, i, 0));
    patron_status status = patron_choice_create(weights, options->items, choice);
    free(weights);
    return status;
}

/* Some items of the pattern before, in random order: at most `most`. */
static uint32_t take_over(const patron_pattern_options *options, patron_draws *draws,
                          const uint32_t *before, uint32_t before_count, uint32_t most,
                          uint32_t *items)
{
    double share = fmin(options->correlation * draw_exponential(draws), 1.0);
    uint32_t wanted = (uint32_t)(share * (double)most + 0.5);
    uint32_t taken = 0;
    for (uint32_t i = 0; i < before_count && taken < wanted; ++i) {
        /* each of what is left with the same chance, so that exactly `wanted` are taken */
        uint32_t left = before_count - i;
        if (patron_draws_below(draws, left) < wanted - taken)
            items[taken++] = before[i];
    }
    return taken;
}

/* Items that are not there yet, by popularity; the last resort, of few items, is any of them. */
static uint32_t add_fresh(const patron_choice *popularity, patron_draws *draws, uint32_t *items,
                          uint32_t count, uint32_t length)
{
    const uint32_t tries = 64;
    while (count < length) {
        uint32_t item = patron_choice_draw(popularity, patron_draws_unit(draws));
        for (uint32_t i = 0; i < tries && holds(items, count, item); ++i)
            item = patron_choice_draw(popularity, patron_draws_unit(draws));
        while (holds(items, count, item))
            item = (item + 1) % popularity->count;
        items[count++] = item;
    }
    return count;
}

static uint32_t draw_length(const patron_choice *lengths, patron_draws *draws, uint32_t items)
{
    uint32_t length = 1 + patron_choice_draw(lengths, patron_draws_unit(draws));
    return length < items ? length : items;
}

static double draw_corruption(const patron_pattern_options *options, patron_draws *draws)
{
    double level = patron_draws_unit(draws);
    patron_normal_quantiles(1, &level);
    level = options->corruption + sqrt(options->corruption_variance) * level;
    return fmin(fmax(level, 0.0), MOST_CORRUPTION);
}

/* Draws all patterns; weights[] get theirs. */
static patron_status draw_patterns(const patron_pattern_options *options,
                                   const patron_choice *popularity, const patron_choice *lengths,
                                   double *weights, patron_patterns *patterns)
{
    uint64_t used = 0, capacity = 0, before = 0;
    for (uint32_t p = 0; p < options->patterns; ++p) {
        patron_draws draws = patron_draws_of(options->seed, PATRON_PURPOSE_PATTERN, p);
        uint32_t length = draw_length(lengths, &draws, options->items);
        uint32_t *grown = patron_grow(patterns->items, used + length, &capacity, sizeof *grown);
        if (grown == NULL)
            return PATRON_RESOURCE;
        patterns->items = grown;
        weights[p] = draw_exponential(&draws);
        patterns->corruption[p] = draw_corruption(options, &draws);
        uint32_t taken = take_over(options, &draws, grown + before, (uint32_t)(used - before),
                                   length, grown + used);
        add_fresh(popularity, &draws, grown + used, taken, length);
        before = used;
        used += length;
        patterns->offsets[p + 1] = used;
        patterns->longest = length > patterns->longest ? length : patterns->longest;
    }
    return PATRON_OK;
}

/* The choices among all, and among those of each class. */
static patron_status create_choices(double *weights, patron_patterns *patterns)
{
    uint32_t classes = patterns->classes;
    patron_status status = patron_choice_create(weights, patterns->count, &patterns->all);
    patterns->of_class = patron_allocate(classes, sizeof *patterns->of_class);
    double *own = patron_allocate(patterns->count, sizeof *own);
    if (patterns->of_class == NULL || own == NULL)
        status = PATRON_RESOURCE;
    for (uint32_t c = 0; status == PATRON_OK && c < classes; ++c) {
        uint32_t count = 0;
        for (uint64_t p = c; p < patterns->count; p += classes)
            own[count++] = weights[p];
        status = patron_choice_create(own, count, &patterns->of_class[c]);
    }
    free(own);
    return status;
}

patron_status patron_patterns_create(const patron_pattern_options *options,
                                     patron_patterns *patterns)
{
    uint64_t count = options->patterns;
    patron_choice popularity = {0}, lengths = {0};
    *patterns = (patron_patterns){.count = options->patterns, .classes = options->classes};
    patterns->offsets = patron_allocate(count + 1, sizeof *patterns->offsets);
    patterns->corruption = patron_allocate(count, sizeof *patterns->corruption);
    double *weights = patron_allocate(count, sizeof *weights);
    patron_status status = PATRON_RESOURCE;
    if (patterns->offsets != NULL && patterns->corruption != NULL && weights != NULL)
        status = choose_items(options, &popularity);
    if (status == PATRON_OK) /* a pattern has one item at least */
        status = patron_choice_create_poisson(options->length - 1.0, &lengths);
    if (status == PATRON_OK)
        status = draw_patterns(options, &popularity, &lengths, weights, patterns);
    if (status == PATRON_OK)
        status = create_choices(weights, patterns);
    patron_choice_free(&popularity);
    patron_choice_free(&lengths);
    free(weights);
    return status;
}

void patron_patterns_free(patron_patterns *patterns)
{
    for (uint32_t c = 0; patterns->of_class != NULL && c < patterns->classes; ++c)
        patron_choice_free(&patterns->of_class[c]);
    free(patterns->of_class);
    free(patterns->offsets);
    free(patterns->items);
    free(patterns->corruption);
    patron_choice_free(&patterns->all);
    *patterns = (patron_patterns){0};
}
