/* SPDX-License-Identifier: Apache-2.0 */
/* The upper part of the search.  The branches of frequent items are cut out of the rows together,
 * in the order of the rows: what may extend each item is known from the counts of pairs, so one
 * pass appends to each item's rows what of a row extends it.  Where rows are dense, and few items
 * extend one, their bits are picked out of the rows' bitmaps.  Rare items, whose rows are few and
 * far between, are mined from their occurrences (branch.c). */
#include "itemset/batch.h"

#include "itemset/bitmap.h"

#include <string.h>

/* What is beside one item of the batch. */
typedef struct cut {
    itemset_candidates kept; /* all but the extras */
    bool is_passed;          /* a passed item is in every row: there is nothing to find */
    uint64_t count;          /* of rows, each of at least two candidates */

    /* Where there are no more candidates than bits. */
    uint64_t *bits;   /* by local item: that of the candidate, or 0; of sparse rows */
    uint64_t *wanted; /* the candidates as a row has them; of dense rows */
    uint64_t *masks;  /* one a row */

    /* Elsewhere. */
    uint16_t *labels; /* by local item: the candidate, or none */
    itemset_tokens tokens;

    uint64_t *weights;
} cut;

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

static uint64_t *take_zeros(itemset_scratch *scratch, uint64_t count)
{
    uint64_t *zeros = itemset_scratch_take(scratch, count, sizeof *zeros);
    if (zeros != NULL)
        memset(zeros, 0, count * sizeof *zeros);
    return zeros;
}

/* A label, or a bit, for each of `reach` items: none. */
static patron_status take_labels(itemset_scratch *scratch, const itemset_node *node, uint32_t reach,
                                 bool masked, cut *one)
{
    if (masked && node->bits != NULL) {
        one->wanted = take_zeros(scratch, itemset_row_words(node->width));
        return one->wanted != NULL ? PATRON_OK : PATRON_RESOURCE;
    }
    if (masked) {
        one->bits = take_zeros(scratch, reach);
        return one->bits != NULL ? PATRON_OK : PATRON_RESOURCE;
    }
    one->labels = itemset_scratch_take(scratch, reach, sizeof *one->labels);
    for (uint32_t i = 0; i < reach && one->labels != NULL; ++i)
        one->labels[i] = ITEMSET_NO_TOKEN;
    return one->labels != NULL ? PATRON_OK : PATRON_RESOURCE;
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
    if (one->kept.items == NULL || one->kept.counts == NULL ||
        take_labels(scratch, node, reach, kept <= ITEMSET_MASK_ITEMS, one) != PATRON_OK)
        return PATRON_RESOURCE;
    for (uint32_t i = 0; i < reach; ++i) {
        uint32_t both = i == item ? 0 : count_pair(pairs, item, i);
        if (both < miner->wanted.min_count || (both == count && i < item))
            continue;
        uint32_t place = itemset_candidates_all(&one->kept);
        one->is_passed |= both == count;
        if (one->wanted != NULL)
            one->wanted[i / 64] |= UINT64_C(1) << i % 64;
        else if (one->bits != NULL)
            one->bits[i] = UINT64_C(1) << place;
        else
            one->labels[i] = (uint16_t)place;
        one->kept.items[place] = node->items[i];
        one->kept.counts[place] = both;
        ++*(i < item ? &one->kept.count : &one->kept.passed);
        *tokens += both;
    }
    return PATRON_OK;
}

/* Room for the rows: no more than hold the item, and each has two tokens. */
static patron_status make_room(itemset_miner *miner, uint64_t item_count, uint64_t tokens, cut *one)
{
    itemset_scratch *scratch = &miner->scratch;
    bool is_picked = one->wanted != NULL;
    uint64_t rows = 1 + (item_count < tokens / 2 || is_picked ? item_count : tokens / 2);
    one->weights = itemset_scratch_take(scratch, rows, sizeof *one->weights);
    if (one->bits != NULL || is_picked)
        one->masks = itemset_scratch_take(scratch, rows, sizeof *one->masks);
    else
        one->tokens.labels = itemset_scratch_take(scratch, tokens + 1, sizeof(uint16_t));
    bool short_of_memory =
        one->weights == NULL || (one->masks == NULL && one->tokens.labels == NULL);
    return short_of_memory ? PATRON_RESOURCE : PATRON_OK;
}

/* The masks of one item from dense rows. */
static patron_status pick_masks(itemset_miner *miner, const itemset_node *node, uint32_t item,
                                cut *one)
{
    uint64_t words = itemset_row_words(node->width), held_words = (node->rows.count + 63) / 64;
    const itemset_bit_rows rows = {node->bits, words, node->rows.weights};
    itemset_scratch_mark mark = itemset_scratch_mark_now(&miner->scratch);
    uint64_t *held = itemset_scratch_take(&miner->scratch, held_words, sizeof *held);
    if (held == NULL)
        return PATRON_RESOURCE;
    itemset_rows_hold(node->bits, node->rows.count, words, item, held);
    one->count = miner->pick(&rows, held, held_words, one->wanted, one->masks, one->weights);
    itemset_scratch_release(&miner->scratch, mark);
    return PATRON_OK;
}

static void add_mask(cut *one, const uint32_t *items, uint64_t count, uint64_t weight)
{
    const uint64_t *bits = one->bits;
    uint64_t mask = 0;
    for (uint64_t i = 0; i < count; ++i)
        mask |= bits[items[i]];
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

static bool is_cut_from_rows(const cut *one)
{
    return one->weights != NULL && one->wanted == NULL;
}

/* Whether the items of rows before the batch are fewer than those behind it. */
static bool is_near_front(const itemset_node *node, itemset_batch batch)
{
    uint64_t before = 0, behind = 0;
    for (uint32_t item = 0; item < batch.first; ++item)
        before += node->counts[item];
    for (uint32_t item = batch.end; item < node->width; ++item)
        behind += node->counts[item];
    return before < behind;
}

/* Where the items of the batch lie in a row: [*low, *high). */
static void find_in_row(const uint32_t *items, uint64_t length, itemset_batch batch,
                        bool from_front, uint64_t *low, uint64_t *high)
{
    if (from_front) {
        *low = 0;
        while (*low < length && items[*low] < batch.first)
            ++*low;
        *high = *low;
        while (*high < length && items[*high] < batch.end)
            ++*high;
        return;
    }
    *high = length;
    while (*high > 0 && items[*high - 1] >= batch.end)
        --*high;
    *low = *high;
    while (*low > 0 && items[*low - 1] >= batch.first)
        --*low;
}

static void cut_rows(const itemset_miner *miner, const itemset_node *node, itemset_batch batch,
                     cut *cuts)
{
    const itemset_rows *rows = &node->rows;
    bool whole = itemset_miner_judges(miner), from_front = is_near_front(node, batch);
    for (uint64_t row = 0; row < rows->count; ++row) {
        const uint32_t *items = rows->items + rows->offsets[row];
        uint64_t length = rows->offsets[row + 1] - rows->offsets[row];
        uint64_t low, high;
        find_in_row(items, length, batch, from_front, &low, &high);
        for (uint64_t i = low; i < high; ++i) {
            cut *one = &cuts[items[i] - batch.first];
            uint64_t reach = whole ? length : i;
            if (!is_cut_from_rows(one))
                continue;
            if (one->bits != NULL)
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
    if (one->masks == NULL)
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
    if (itemset_part_has_top(part))
        status = itemset_miner_emit(miner, node->counts[item], itemset_candidates_all(&one->kept));
    if (status == PATRON_OK)
        status = mine_rows(miner, one, part);
    itemset_miner_pop(miner, node->items[item]);
    miner->extra_count = extras;
    itemset_scratch_release(&miner->scratch, mark);
    return status;
}

/* What of item `item` is of the batch.  While the least count rises, it pauses between items
 * alone, as their branches are not the same then each time. */
static itemset_part part_of(const itemset_miner *miner, itemset_batch batch, uint32_t item)
{
    itemset_part part = item == batch.first ? batch.part : (itemset_part){.count = 1};
    part.may_pause = miner->pausing != NULL && miner->wanted.ranking == NULL;
    return part;
}

/* Before an item of the batch: STOPPED where the miner pauses. */
static patron_status pause_before(itemset_miner *miner, itemset_batch batch, uint32_t item)
{
    miner->reached = (itemset_place){.item = item};
    return item > batch.first && itemset_miner_is_to_pause(miner) ? PATRON_STOPPED : PATRON_OK;
}

/* The rows of all items of the batch. */
static patron_status fill_cuts(itemset_miner *miner, const itemset_node *node, itemset_batch batch,
                               cut *cuts)
{
    patron_status status = PATRON_OK;
    bool any = false;
    for (uint32_t item = batch.first; item < batch.end && status == PATRON_OK; ++item) {
        cut *one = &cuts[item - batch.first];
        if (one->wanted != NULL && one->weights != NULL)
            status = pick_masks(miner, node, item, one);
        any |= is_cut_from_rows(one);
    }
    if (any && status == PATRON_OK)
        cut_rows(miner, node, batch, cuts);
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
        status = fill_cuts(miner, node, batch, cuts);
    for (uint32_t i = 0; i < count && status == PATRON_OK; ++i) {
        uint32_t item = batch.first + i;
        status = pause_before(miner, batch, item);
        if (status == PATRON_OK)
            status = mine_item(miner, node, pairs, item, &cuts[i], part_of(miner, batch, item));
    }
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
    for (uint32_t item = batch.first; item < batch.end && status == PATRON_OK; ++item) {
        status = pause_before(miner, batch, item);
        if (status == PATRON_OK)
            status = itemset_mine_branch(miner, node, item, part_of(miner, batch, item));
    }
    return status;
}
