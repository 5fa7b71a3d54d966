/* SPDX-License-Identifier: Apache-2.0 */
/* Fills baskets from patterns (Agrawal and Srikant, VLDB 1994, section 2.4.3), or item by item.
 *
 * A basket's length is Poisson.  A pattern loses items as long as a uniform number is below its
 * corruption level.  One that is larger than the room left is added anyway in half of the cases,
 * and else begins the next basket.  A basket has one item at least. */
#include "generate/baskets.h"

#include "generate/draws.h"
#include "patron/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 4 };                 /* words of a block */
static const uint32_t TRIES = 1000; /* patterns for one basket, most of which left nothing */
static const double DAY = 86400.0;  /* seconds */
static const double WORD_COUNT = 0x1p32;

/* ---- the model ---- */

static patron_status set_chances(patron_basket_model *model)
{
    const patron_basket_options *options = &model->options;
    model->chances = patron_allocate(options->patterns.items, sizeof *model->chances);
    if (model->chances == NULL)
        return PATRON_RESOURCE;
    double width = options->density_spread * fmin(options->density, 1.0 - options->density);
    for (uint32_t i = 0; i < options->patterns.items; ++i) {
        double unit = patron_random_unit(options->patterns.seed, PATRON_PURPOSE_ITEM, i, 0);
        model->chances[i] = options->density + (2.0 * unit - 1.0) * width;
    }
    return PATRON_OK;
}

patron_status patron_basket_model_create(const patron_basket_options *options,
                                         const patron_mixture *mixture, patron_basket_model *model)
{
    *model = (patron_basket_model){.options = *options, .mixture = mixture};
    if (options->dense)
        return set_chances(model);
    patron_status status = patron_patterns_create(&options->patterns, &model->patterns);
    if (status == PATRON_OK)
        status = patron_choice_create_poisson(options->length, &model->lengths);
    return status;
}

void patron_basket_model_free(patron_basket_model *model)
{
    patron_patterns_free(&model->patterns);
    patron_choice_free(&model->lengths);
    free(model->chances);
    *model = (patron_basket_model){0};
}

uint64_t patron_basket_mean_length(const patron_basket_model *model)
{
    const patron_basket_options *options = &model->options;
    double length =
        options->dense ? options->density * (double)options->patterns.items : options->length;
    return 1 + (uint64_t)length;
}

uint64_t patron_basket_customer(const patron_basket_model *model, uint64_t basket)
{
    const patron_basket_options *options = &model->options;
    if (options->customers == 0)
        return UINT64_MAX;
    double unit = patron_random_unit(options->patterns.seed, PATRON_PURPOSE_VISIT, basket, 0);
    return (uint64_t)(unit * (double)options->customers);
}

int64_t patron_basket_time(const patron_basket_model *model, uint64_t basket)
{
    const patron_basket_options *options = &model->options;
    double unit = patron_random_unit(options->patterns.seed, PATRON_PURPOSE_VISIT, basket, 1);
    double share = ((double)basket + unit) / (double)options->baskets;
    return options->start + (int64_t)(share * options->days * DAY);
}

/* ---- lists ---- */

void patron_basket_list_free(patron_basket_list *list)
{
    free(list->offsets);
    free(list->items);
    free(list->pattern);
    free(list->carried);
    *list = (patron_basket_list){0};
}

/* Room for `count` baskets, and for what of a pattern is left. */
static patron_status clear(const patron_basket_model *model, uint64_t count,
                           patron_basket_list *list)
{
    uint64_t *offsets =
        patron_grow(list->offsets, count + 1, &list->offset_capacity, sizeof *offsets);
    if (offsets == NULL)
        return PATRON_RESOURCE;
    list->offsets = offsets;
    list->offsets[0] = 0;
    list->count = 0;
    list->carried_count = 0;
    if (list->pattern == NULL) {
        list->pattern = patron_allocate(model->patterns.longest, sizeof *list->pattern);
        list->carried = patron_allocate(model->patterns.longest, sizeof *list->carried);
    }
    return list->pattern == NULL || list->carried == NULL ? PATRON_RESOURCE : PATRON_OK;
}

/* Adds an item to basket[size], which ascends, unless it is there. */
static uint32_t insert(uint32_t *basket, uint32_t size, uint32_t item)
{
    uint32_t low = 0, high = size;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (basket[middle] < item)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < size && basket[low] == item)
        return size;
    memmove(basket + low + 1, basket + low, (size - low) * sizeof *basket);
    basket[low] = item;
    return size + 1;
}

/* ---- Quest ---- */

static uint32_t choose_pattern(const patron_basket_model *model, int32_t cluster,
                               patron_draws *draws)
{
    const patron_patterns *patterns = &model->patterns;
    if (cluster >= 0 && patron_draws_unit(draws) < model->options.affinity)
        return (uint32_t)cluster +
               patterns->classes *
                   patron_choice_draw(&patterns->of_class[cluster], patron_draws_unit(draws));
    return patron_choice_draw(&patterns->all, patron_draws_unit(draws));
}

/* What is left of a pattern, into list->pattern; how many items. */
static uint32_t corrupt(const patron_patterns *patterns, uint32_t which, patron_draws *draws,
                        uint32_t *items)
{
    uint32_t count = (uint32_t)(patterns->offsets[which + 1] - patterns->offsets[which]);
    memcpy(items, patterns->items + patterns->offsets[which], count * sizeof *items);
    while (count > 0 && patron_draws_unit(draws) < patterns->corruption[which]) {
        items[patron_draws_below(draws, count)] = items[count - 1];
        --count;
    }
    return count;
}

/* The next pattern: what was carried over, or a fresh one. */
static uint32_t next_pattern(const patron_basket_model *model, int32_t cluster, patron_draws *draws,
                             patron_basket_list *list)
{
    uint32_t count = list->carried_count;
    if (count > 0) {
        memcpy(list->pattern, list->carried, count * sizeof *list->pattern);
        list->carried_count = 0;
        return count;
    }
    return corrupt(&model->patterns, choose_pattern(model, cluster, draws), draws, list->pattern);
}

/* Fills basket[room or a pattern more]; its size. */
static uint32_t fill_quest(const patron_basket_model *model, int32_t cluster, uint32_t room,
                           patron_draws *draws, patron_basket_list *list, uint32_t *basket)
{
    uint32_t size = 0;
    for (uint32_t tries = 0; size < room && tries < TRIES; ++tries) {
        uint32_t count = next_pattern(model, cluster, draws, list);
        bool too_large = size > 0 && count > room - size;
        if (too_large && patron_draws_unit(draws) < 0.5) {
            memcpy(list->carried, list->pattern, count * sizeof *list->carried);
            list->carried_count = count;
            break;
        }
        for (uint32_t i = 0; i < count; ++i)
            size = insert(basket, size, list->pattern[i]);
        if (too_large)
            break;
    }
    if (size == 0)
        basket[size++] = model->patterns.items[0];
    return size;
}

static patron_status draw_quest(const patron_basket_model *model, uint64_t basket,
                                patron_basket_list *list)
{
    patron_draws draws =
        patron_draws_of(model->options.patterns.seed, PATRON_PURPOSE_BASKET, basket);
    uint32_t room = patron_choice_draw(&model->lengths, patron_draws_unit(&draws));
    room = room > 0 ? room : 1;
    uint64_t used = list->offsets[list->count];
    uint32_t *items = patron_grow(list->items, used + room + model->patterns.longest,
                                  &list->item_capacity, sizeof *items);
    if (items == NULL)
        return PATRON_RESOURCE;
    list->items = items;
    int32_t cluster = -1;
    if (model->mixture != NULL)
        cluster = patron_mixture_cluster(model->mixture, patron_basket_customer(model, basket));
    uint32_t size = fill_quest(model, cluster, room, &draws, list, items + used);
    list->offsets[++list->count] = used + size;
    return PATRON_OK;
}

/* ---- dense ---- */

static patron_status draw_dense(const patron_basket_model *model, uint64_t basket,
                                patron_basket_list *list)
{
    uint32_t count = model->options.patterns.items;
    uint64_t used = list->offsets[list->count];
    uint32_t *items = patron_grow(list->items, used + count, &list->item_capacity, sizeof *items);
    if (items == NULL)
        return PATRON_RESOURCE;
    list->items = items;
    uint32_t words[LANES];
    for (uint32_t i = 0; i < count; ++i) {
        if (i % LANES == 0)
            patron_random_words(model->options.patterns.seed, PATRON_PURPOSE_BASKET, basket,
                                i / LANES, words);
        if ((double)words[i % LANES] < model->chances[i] * WORD_COUNT)
            items[used++] = i;
    }
    list->offsets[++list->count] = used;
    return PATRON_OK;
}

/* ---- both ---- */

/* Draws what the run of `first` holds before it, for what is carried over, and forgets it. */
static patron_status draw_lead(const patron_basket_model *model, uint64_t first,
                               patron_basket_list *list)
{
    patron_status status = PATRON_OK;
    for (uint64_t b = first - first % PATRON_BASKET_RUN; status == PATRON_OK && b < first; ++b) {
        status = draw_quest(model, b, list);
        list->count = 0;
    }
    return status;
}

patron_status patron_baskets_draw(const patron_basket_model *model, uint64_t first, uint64_t count,
                                  patron_basket_list *list)
{
    patron_status status = clear(model, count, list);
    if (status == PATRON_OK && !model->options.dense)
        status = draw_lead(model, first, list);
    for (uint64_t b = first; status == PATRON_OK && b < first + count; ++b) {
        if (b % PATRON_BASKET_RUN == 0)
            list->carried_count = 0;
        status = model->options.dense ? draw_dense(model, b, list) : draw_quest(model, b, list);
    }
    return status;
}
