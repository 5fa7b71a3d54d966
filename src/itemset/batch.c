/* SPDX-License-Identifier: Apache-2.0 */
/* The upper part of the search.  The branches of frequent items are cut out of the rows together,
 * in the order of the rows: what may extend each item is known from the counts of pairs, so one
 * pass appends to each item's rows what of a row extends it.  Rare items, whose rows are few and
 * far between, are mined from their occurrences (branch.c). */
#include "itemset/batch.h"

#include "itemset/bitmap.h"

#include <string.h>

enum { NO_MASK_BIT = ITEMSET_MASK_ITEMS };

/* What is beside one item of the batch. */
typedef struct cut {
    itemset_candidates kept; /* all but the extras */
    bool is_passed;          /* a passed item is in every row: there is nothing to find */
    uint16_t *labels;        /* by local item: the candidate, or none */
    uint64_t count;          /* of rows, each of at least two candidates */
    uint64_t *masks;         /* NULL where there are more candidates than bits */
    itemset_tokens tokens;   /* NULL where there are masks */
    uint64_t *weights;
} cut;

static bool is_masked(const cut *one)
{
    return itemset_candidates_all(&one->kept) <= ITEMSET_MASK_ITEMS;
}

/* Whether a branch with so many candidates needs its rows. */
static bool needs_rows(const itemset_miner *miner, const cut *one)
{
    if (itemset_miner_judges(miner))
        return one->kept.count > 0 && !one->is_passed;
    return one->kept.count > 1;
}

/* How far the rows of an item matter to its branch. */
static uint32_t reach_of(const itemset_miner *miner, const itemset_node *node, uint32_t item)
{
    return itemset_miner_judges(miner) ? node->width : item;
}

static uint32_t count_pair(const itemset_pairs *pairs, uint32_t item, uint32_t other)
{
    return pairs
        ->counts[other < item ? itemset_pair_place(item, other) : itemset_pair_place(other, item)];
}

/* Finds the candidates of `item`; *tokens is at least how often they occur. */
static patron_status find_candidates(itemset_miner *miner, const itemset_node *node,
                                     const itemset_pairs *pairs, uint32_t item, cut *one,
                                     uint64_t *tokens)
{
    itemset_scratch *scratch = &miner->scratch;
    uint32_t reach = reach_of(miner, node, item);
    uint64_t count = node->counts[item];
    uint32_t kept = 0;
    *tokens = 0;
    for (uint32_t i = 0; i < reach; ++i)
        kept += i != item && count_pair(pairs, item, i) >= miner->wanted.min_count;
    one->kept.items = itemset_scratch_take(scratch, kept, sizeof *one->kept.items);
    one->kept.counts = itemset_scratch_take(scratch, kept, sizeof *one->kept.counts);
    one->labels = itemset_scratch_take(scratch, reach, sizeof *one->labels);
    if (one->kept.items == NULL || one->kept.counts == NULL || one->labels == NULL)
        return PATRON_RESOURCE;
    for (uint32_t i = 0; i < reach; ++i) {
        one->labels[i] = ITEMSET_NO_TOKEN;
        uint32_t both = i == item ? 0 : count_pair(pairs, item, i);
        if (both < miner->wanted.min_count || (both == count && i < item))
            continue;
        uint32_t place = itemset_candidates_all(&one->kept);
        one->is_passed |= both == count;
        one->labels[i] = (uint16_t)place;
        one->kept.items[place] = node->items[i];
        one->kept.counts[place] = both;
        ++*(i < item ? &one->kept.count : &one->kept.passed);
        *tokens += both;
    }
    for (uint32_t i = 0; i < reach && is_masked(one); ++i)
        one->labels[i] = one->labels[i] == ITEMSET_NO_TOKEN ? NO_MASK_BIT : one->labels[i];
    return PATRON_OK;
}

/* Room for the rows: no more than hold the item, and each has two tokens. */
static patron_status make_room(itemset_miner *miner, uint64_t item_count, uint64_t tokens, cut *one)
{
    itemset_scratch *scratch = &miner->scratch;
    uint64_t rows = 1 + (item_count < tokens / 2 ? item_count : tokens / 2);
    one->weights = itemset_scratch_take(scratch, rows, sizeof *one->weights);
    if (is_masked(one))
        one->masks = itemset_scratch_take(scratch, rows, sizeof *one->masks);
    else
        one->tokens.labels = itemset_scratch_take(scratch, tokens + 1, sizeof(uint16_t));
    bool short_of_memory =
        one->weights == NULL || (one->masks == NULL && one->tokens.labels == NULL);
    return short_of_memory ? PATRON_RESOURCE : PATRON_OK;
}

static void add_mask(cut *one, const uint32_t *items, uint64_t count, uint64_t weight)
{
    const uint16_t *labels = one->labels;
    uint64_t mask = 0;
    for (uint64_t i = 0; i < count; ++i) {
        uint64_t label = labels[items[i]];
        mask |= (label / NO_MASK_BIT ^ 1) << label % NO_MASK_BIT;
    }
    one->masks[one->count] = mask;
    one->weights[one->count] = weight;
    one->count += (mask & (mask - 1)) != 0;
}

static void add_tokens(cut *one, const uint32_t *items, uint64_t count, uint64_t weight)
{
    const uint16_t *labels = one->labels;
    uint16_t *out = one->tokens.labels + one->tokens.count;
    uint64_t used = 0;
    for (uint64_t i = 0; i < count; ++i) {
        uint16_t label = labels[items[i]];
        out[used] = label;
        used += label != ITEMSET_NO_TOKEN;
    }
    if (used < 2)
        return;
    out[used - 1] |= ITEMSET_LAST_TOKEN;
    one->tokens.count += used;
    one->weights[one->count++] = weight;
}

static void cut_rows(const itemset_miner *miner, const itemset_rows *rows, itemset_batch batch,
                     cut *cuts)
{
    bool whole = itemset_miner_judges(miner);
    for (uint64_t row = 0; row < rows->count; ++row) {
        const uint32_t *items = rows->items + rows->offsets[row];
        uint64_t length = rows->offsets[row + 1] - rows->offsets[row];
        for (uint64_t i = length; i-- > 0 && items[i] >= batch.first;) {
            cut *one = items[i] < batch.end ? &cuts[items[i] - batch.first] : NULL;
            if (one == NULL || one->weights == NULL)
                continue;
            uint64_t reach = whole ? length : i;
            if (is_masked(one))
                add_mask(one, items, reach, rows->weights[row]);
            else
                add_tokens(one, items, reach, rows->weights[row]);
        }
    }
}

static patron_status mine_rows(itemset_miner *miner, const cut *one, itemset_part part)
{
    if (one->kept.count == 0 || !itemset_miner_may_grow(miner))
        return PATRON_OK;
    if (!itemset_miner_judges(miner) &&
        (one->kept.count == 1 || miner->length + 1 >= miner->wanted.longest))
        return itemset_miner_emit_leaves(miner, one->kept.items, one->kept.counts, one->kept.count,
                                         part);
    if (!is_masked(one))
        return itemset_mine_tokens(miner, &one->tokens, one->weights, one->count, &one->kept, part);
    itemset_masks masks = {.count = one->count, .masks = one->masks, .weights = one->weights};
    return itemset_mine_masks(miner, &masks, &one->kept, part);
}

static patron_status mine_item(itemset_miner *miner, const itemset_node *node,
                               const itemset_pairs *pairs, uint32_t item, const cut *one,
                               itemset_part part)
{
    patron_status status = PATRON_OK;
    if (one->is_passed)
        return PATRON_OK;
    itemset_scratch_mark mark = itemset_scratch_mark_now(&miner->scratch);
    const uint32_t *below = itemset_pairs_below(pairs, item);
    uint32_t extras = miner->extra_count;
    itemset_miner_push(miner, node->items[item]);
    for (uint32_t i = 0; i < item; ++i)
        if (below[i] == node->counts[item])
            miner->extras[miner->extra_count++] = node->items[i];
    if (part.index == 0)
        status = itemset_miner_emit(miner, node->counts[item], itemset_candidates_all(&one->kept));
    if (status == PATRON_OK)
        status = mine_rows(miner, one, part);
    itemset_miner_pop(miner, node->items[item]);
    miner->extra_count = extras;
    itemset_scratch_release(&miner->scratch, mark);
    return status;
}

static patron_status mine_frequent(itemset_miner *miner, const itemset_node *node,
                                   const itemset_pairs *pairs, itemset_batch batch)
{
    patron_status status = PATRON_OK;
    uint32_t count = batch.end - batch.first;
    cut *cuts = itemset_scratch_take(&miner->scratch, count, sizeof *cuts);
    if (cuts == NULL)
        return PATRON_RESOURCE;
    memset(cuts, 0, count * sizeof *cuts);
    for (uint32_t i = 0; i < count && status == PATRON_OK; ++i) {
        uint64_t tokens = 0;
        status = find_candidates(miner, node, pairs, batch.first + i, &cuts[i], &tokens);
        if (status == PATRON_OK && needs_rows(miner, &cuts[i]))
            status = make_room(miner, node->counts[batch.first + i], tokens, &cuts[i]);
    }
    if (status == PATRON_OK)
        cut_rows(miner, &node->rows, batch, cuts);
    for (uint32_t i = 0; i < count && status == PATRON_OK; ++i)
        status = mine_item(miner, node, pairs, batch.first + i, &cuts[i], batch.part);
    return status;
}

patron_status itemset_mine_batch(itemset_miner *miner, const itemset_node *node,
                                 const itemset_pairs *pairs, itemset_batch batch)
{
    patron_status status = PATRON_OK;
    if (batch.first < pairs->width) {
        itemset_scratch_mark mark = itemset_scratch_mark_now(&miner->scratch);
        status = mine_frequent(miner, node, pairs, batch);
        itemset_scratch_release(&miner->scratch, mark);
        return status;
    }
    for (uint32_t item = batch.first; item < batch.end && status == PATRON_OK; ++item)
        status = itemset_mine_branch(miner, node, item, batch.part);
    return status;
}
