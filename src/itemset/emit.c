/* SPDX-License-Identifier: Apache-2.0 */
/* The path of a miner and the sets that it stands for. */
#include "itemset/miner.h"
#include "patron/memory.h"

#include <math.h>
#include <stdlib.h>

uint32_t itemset_part_first(itemset_part part, uint32_t branches)
{
    double share = sqrt((double)part.index / (double)part.count);
    uint32_t first = (uint32_t)((double)branches * share);
    return first > part.done ? first : part.done;
}

uint32_t itemset_part_end(itemset_part part, uint32_t branches)
{
    return itemset_part_first((itemset_part){.index = part.index + 1, .count = part.count},
                              branches);
}

/* Pascal's triangle. */
static void set_binomials(uint64_t binomials[ITEMSET_FEW_EXTRAS + 1][ITEMSET_FEW_EXTRAS + 1])
{
    for (uint32_t n = 0; n <= ITEMSET_FEW_EXTRAS; ++n) {
        binomials[n][0] = binomials[n][n] = 1;
        for (uint32_t k = 1; k < n; ++k)
            binomials[n][k] = binomials[n - 1][k - 1] + binomials[n - 1][k];
    }
}

static bool writes_scripts(const itemset_miner *miner)
{
    return miner->wanted.short_names == NULL;
}

static patron_status create_writer(itemset_miner *miner, uint32_t longest)
{
    const itemset_wanted *wanted = &miner->wanted;
    patron_status status = itemset_pen_create(&miner->pen);
    if (status != PATRON_OK)
        return status;
    return writes_scripts(miner)
               ? itemset_script_create(&miner->script, &miner->pen, wanted->text_names, longest)
               : itemset_lines_create(&miner->lines, &miner->pen, wanted->text_names,
                                      wanted->short_names, longest);
}

patron_status itemset_miner_create(itemset_miner *miner, const itemset_wanted *wanted,
                                   uint32_t width, uint32_t longest, uint64_t limit)
{
    itemset_count_kernel kernels[ITEMSET_MOST_KERNELS];
    itemset_pick_kernel picks[ITEMSET_MOST_PICK_KERNELS];
    itemset_count_kernels(kernels);
    itemset_pick_kernels(picks);
    *miner = (itemset_miner){.wanted = *wanted, .kernel = kernels[0], .pick = picks[0]};
    set_binomials(miner->binomials);
    miner->path = patron_allocate((uint64_t)longest + 1, sizeof *miner->path);
    miner->extras = patron_allocate((uint64_t)longest + 1, sizeof *miner->extras);
    miner->tally = patron_allocate(width, sizeof *miner->tally);
    miner->touched = patron_allocate((uint64_t)width + 1, sizeof *miner->touched);
    miner->labels = patron_allocate(width, sizeof *miner->labels);
    if (miner->path == NULL || miner->extras == NULL || miner->tally == NULL ||
        miner->touched == NULL || miner->labels == NULL)
        return miner->status = PATRON_RESOURCE;
    miner->status = itemset_found_create(&miner->found, longest, limit, wanted->budget);
    if (miner->status == PATRON_OK && wanted->text_names != NULL)
        miner->status = create_writer(miner, longest);
    return miner->status;
}

void itemset_miner_free(itemset_miner *miner)
{
    free(miner->path);
    free(miner->extras);
    free(miner->tally);
    free(miner->touched);
    free(miner->labels);
    free(miner->hints);
    itemset_scratch_free(&miner->scratch);
    itemset_found_free(&miner->found);
    itemset_lines_free(&miner->lines);
    itemset_script_free(&miner->script);
    itemset_pen_free(&miner->pen);
}

static bool keeps_sets(const itemset_miner *miner)
{
    return !miner->wanted.count_only && miner->wanted.text_names == NULL;
}

static void push_to_text(itemset_miner *miner, uint32_t place, uint32_t item)
{
    if (writes_scripts(miner))
        itemset_script_push(&miner->script, place, item);
    else if (miner->status == PATRON_OK)
        miner->status = itemset_lines_push(&miner->lines, place, item);
}

void itemset_miner_push(itemset_miner *miner, uint32_t item)
{
    uint32_t place = miner->length++;
    if (miner->wanted.text_names != NULL)
        push_to_text(miner, place, item);
    if (!keeps_sets(miner))
        return;
    for (; place > 0 && miner->path[place - 1] > item; --place)
        miner->path[place] = miner->path[place - 1];
    miner->path[place] = item;
}

void itemset_miner_pop(itemset_miner *miner, uint32_t item)
{
    uint32_t place = --miner->length;
    if (!keeps_sets(miner))
        return;
    uint32_t last = miner->path[place];
    while (last != item) {
        uint32_t moved = miner->path[--place];
        miner->path[place] = last;
        last = moved;
    }
}

/* Holds a 64-bit number times a 64-bit number. */
__extension__ typedef unsigned __int128 wide;

static bool length_wanted(const itemset_miner *miner, uint64_t length)
{
    return length >= miner->wanted.shortest && length <= miner->wanted.longest;
}

/* Whether the path is long enough once it takes all extras from `next` on. */
static bool can_be_long_enough(const itemset_miner *miner, uint32_t next)
{
    return (uint64_t)miner->length + miner->extra_count - next >= miner->wanted.shortest;
}

/* The path with each subset of the extras from `next` on. */
static patron_status emit_subsets(itemset_miner *miner, uint64_t count, uint32_t next)
{
    patron_status status = PATRON_OK;
    if (length_wanted(miner, miner->length))
        status = itemset_found_add(&miner->found, miner->path, miner->length, count);
    if (miner->length >= miner->wanted.longest)
        return status;
    for (uint32_t i = next; i < miner->extra_count && status == PATRON_OK; ++i) {
        if (!can_be_long_enough(miner, i))
            break;
        itemset_miner_push(miner, miner->extras[i]);
        status = emit_subsets(miner, count, i + 1);
        itemset_miner_pop(miner, miner->extras[i]);
    }
    return status;
}

static patron_status tally_few_subsets(itemset_miner *miner)
{
    uint64_t length = miner->length, extras = miner->extra_count;
    uint64_t shortest = miner->wanted.shortest, longest = miner->wanted.longest;
    uint64_t low = shortest > length ? shortest - length : 0;
    uint64_t end = longest < length + extras ? longest + 1 - length : extras + 1;
    if (longest < length || low >= end)
        return PATRON_OK;
    return itemset_found_tally(&miner->found, (uint32_t)(length + low),
                               &miner->binomials[extras][low], (uint32_t)(end - low));
}

/* As many sets of each length as binomial coefficients say. */
static patron_status tally_subsets(itemset_miner *miner)
{
    if (miner->extra_count <= ITEMSET_FEW_EXTRAS)
        return tally_few_subsets(miner);
    patron_status status = PATRON_OK;
    wide subsets = 1;
    for (uint64_t chosen = 0; chosen <= miner->extra_count && status == PATRON_OK; ++chosen) {
        uint64_t length = miner->length + chosen;
        if (length > miner->wanted.longest)
            break;
        if (chosen > 0)
            subsets = subsets * (miner->extra_count - chosen + 1) / chosen;
        uint64_t fitting = subsets > UINT64_MAX ? UINT64_MAX : (uint64_t)subsets;
        if (length_wanted(miner, length) || fitting == UINT64_MAX)
            status = itemset_found_tally(&miner->found, (uint32_t)length, &fitting, 1);
    }
    return status;
}

static patron_status write_subsets(itemset_miner *miner, uint64_t count)
{
    const itemset_extras extras = {miner->extras, miner->extra_count, miner->wanted.shortest,
                                   miner->wanted.longest};
    if (writes_scripts(miner))
        return itemset_script_add(&miner->script, miner->length, &extras, count);
    patron_status status = miner->status; /* of the pushes */
    return status == PATRON_OK ? itemset_lines_add(&miner->lines, miner->length, &extras, count)
                               : status;
}

patron_status itemset_miner_end_turn(itemset_miner *miner)
{
    patron_status status = writes_scripts(miner) ? itemset_script_end(&miner->script)
                                                 : itemset_pen_hand_over(&miner->pen);
    patron_status ended = itemset_pen_end(&miner->pen);
    return status == PATRON_OK ? ended : status;
}

void itemset_miner_rank(itemset_miner *miner)
{
    itemset_ranking *ranking = miner->wanted.ranking;
#pragma omp critical(itemset_ranking)
    {
        for (uint32_t i = 0; i < miner->ranked_count; ++i)
            itemset_ranking_add(ranking, miner->ranked[i].count, miner->ranked[i].sets);
        miner->wanted.min_count = itemset_ranking_least(ranking);
    }
    miner->ranked_count = 0;
}

/* The count, for as many sets as the path makes with subsets of the extras. */
static void rank_subsets(itemset_miner *miner, uint64_t count)
{
    const itemset_wanted *wanted = &miner->wanted;
    if (count < wanted->min_count || miner->length > wanted->longest)
        return;
    uint64_t low = wanted->shortest > miner->length ? wanted->shortest - miner->length : 0;
    uint64_t sets = itemset_count_subsets(miner->extra_count, low, wanted->longest - miner->length);
    if (sets == 0)
        return;
    miner->ranked[miner->ranked_count++] = (itemset_ranked){count, sets};
    if (miner->ranked_count == ITEMSET_RANKED_AT_ONCE)
        itemset_miner_rank(miner);
}

static patron_status emit_path_and_subsets(itemset_miner *miner, uint64_t count)
{
    if (miner->wanted.ranking != NULL) {
        rank_subsets(miner, count);
        return PATRON_OK;
    }
    if (keeps_sets(miner))
        return emit_subsets(miner, count, 0);
    patron_status status = tally_subsets(miner);
    if (status == PATRON_OK && miner->wanted.text_names != NULL)
        status = write_subsets(miner, count);
    return status;
}

/* The path with all extras as one set. */
static patron_status emit_closed(itemset_miner *miner, uint64_t count)
{
    uint32_t extras = miner->extra_count;
    if (!length_wanted(miner, (uint64_t)miner->length + extras))
        return PATRON_OK;
    for (uint32_t i = 0; i < extras; ++i)
        itemset_miner_push(miner, miner->extras[i]);
    miner->extra_count = 0;
    patron_status status = emit_path_and_subsets(miner, count);
    miner->extra_count = extras;
    for (uint32_t i = extras; i-- > 0;)
        itemset_miner_pop(miner, miner->extras[i]);
    return status;
}

patron_status itemset_miner_emit(itemset_miner *miner, uint64_t count, uint32_t others)
{
    if (!itemset_miner_judges(miner))
        return emit_path_and_subsets(miner, count);
    if (miner->wanted.kind == PATRON_ITEMSET_MAXIMAL && others > 0)
        return PATRON_OK;
    return emit_closed(miner, count);
}

patron_status itemset_miner_emit_leaves(itemset_miner *miner, const uint32_t *items,
                                        const uint64_t *counts, uint32_t count, itemset_part part)
{
    patron_status status = PATRON_OK;
    uint32_t end = itemset_part_end(part, count);
    for (uint32_t i = itemset_part_first(part, count); i < end && status == PATRON_OK; ++i) {
        itemset_miner_push(miner, items[i]);
        status = itemset_miner_emit(miner, counts[i], 0);
        itemset_miner_pop(miner, items[i]);
    }
    return status;
}
