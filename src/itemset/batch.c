/* SPDX-License-Identifier: Apache-2.0 */
/* The upper part of the search.  The branches of frequent items are cut out of the rows together,
 * in the order of the rows: what may extend each item is known from the counts of pairs, so one
 * pass appends to each item's rows what of a row extends it.  Where rows are dense, and few items
 * extend one, their bits are picked out of the rows' bitmaps.  Where rows came cut for each branch,
 * they are there already.  Rare items, whose rows are few and far between, are mined from their
 * occurrences (branch.c). */
#include "itemset/batch.h"

#include "itemset/bitmap.h"
#include "itemset/partners.h"
#include "itemset/trim.h"
#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

/* What is beside one item of the batch. */
typedef struct cut {
    itemset_candidates kept; /* all but the extras */
    bool is_masked;          /* there are no more candidates than bits */
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
                                 cut *one)
{
    if (one->is_masked && node->bits != NULL) {
        one->wanted = take_zeros(scratch, itemset_row_words(node->width));
        return one->wanted != NULL ? PATRON_OK : PATRON_RESOURCE;
    }
    if (one->is_masked) {
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
        kept += i != item && itemset_is_partner(count_pair(pairs, item, i), count, i < item,
                                                miner->wanted.min_count);
    one->kept.items = itemset_scratch_take(scratch, kept, sizeof *one->kept.items);
    one->kept.counts = itemset_scratch_take(scratch, kept, sizeof *one->kept.counts);
    if (one->kept.items == NULL || one->kept.counts == NULL)
        return PATRON_RESOURCE;
    one->is_masked = kept <= ITEMSET_MASK_ITEMS;
    if (node->sheaves == NULL && take_labels(scratch, node, reach, one) != PATRON_OK)
        return PATRON_RESOURCE;
    for (uint32_t i = 0; i < reach; ++i) {
        uint32_t both = i == item ? 0 : count_pair(pairs, item, i);
        if (i == item || !itemset_is_partner(both, count, i < item, miner->wanted.min_count))
            continue;
        uint32_t place = itemset_candidates_all(&one->kept);
        one->is_passed |= both == count;
        if (one->wanted != NULL)
            one->wanted[i / 64] |= UINT64_C(1) << i % 64;
        else if (one->bits != NULL)
            one->bits[i] = UINT64_C(1) << place;
        else if (one->labels != NULL)
            one->labels[i] = (uint16_t)place;
        one->kept.items[place] = node->items[i];
        one->kept.counts[place] = both;
        ++*(i < item ? &one->kept.count : &one->kept.passed);
        *tokens += both;
    }
    return PATRON_OK;
}

/* The rows as they came. */
static patron_status take_rows(itemset_miner *miner, const itemset_sheaves *sheaves, uint32_t item,
                               cut *one)
{
    itemset_scratch *scratch = &miner->scratch;
    const itemset_branch_rows came = itemset_sheaves_count(sheaves, item);
    one->count = came.rows;
    one->tokens.count = came.tokens;
    one->weights = itemset_scratch_take(scratch, 1 + came.rows, sizeof *one->weights);
    if (one->is_masked)
        one->masks = itemset_scratch_take(scratch, 1 + came.rows, sizeof *one->masks);
    else
        one->tokens.labels = itemset_scratch_take(scratch, 1 + came.tokens, sizeof(uint16_t));
    if (one->weights == NULL || (one->masks == NULL && one->tokens.labels == NULL))
        return PATRON_RESOURCE;
    for (uint64_t row = 0; row < came.rows && !sheaves->weighted; ++row)
        one->weights[row] = 1;
    itemset_sheaves_read(sheaves, item, one->masks, one->tokens.labels, one->weights);
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

/* Where the batch begins in each row is looked for from where the latest one did, as batches come
 * in the order of items: in a few steps instead of half a row.  Any hint leads there. */
static uint64_t find_in_row(itemset_span row, uint32_t first, uint8_t *hint)
{
    uint64_t length = (uint64_t)(row.end - row.first);
    uint64_t place = *hint < length ? *hint : length;
    while (place < length && row.first[place] < first)
        ++place;
    while (place > 0 && row.first[place - 1] >= first)
        --place;
    *hint = place < UINT8_MAX ? (uint8_t)place : UINT8_MAX;
    return place;
}

static patron_status make_hints(itemset_miner *miner, uint64_t rows)
{
    if (rows <= miner->hint_count)
        return PATRON_OK;
    free(miner->hints);
    miner->hints = patron_allocate(rows, sizeof *miner->hints);
    miner->hint_count = miner->hints != NULL ? rows : 0;
    return miner->hints != NULL ? PATRON_OK : PATRON_RESOURCE;
}

static void cut_row(const itemset_miner *miner, const itemset_rows *rows, uint64_t row,
                    itemset_batch batch, cut *cuts)
{
    const itemset_span span = itemset_rows_span(rows, row);
    uint64_t length = (uint64_t)(span.end - span.first);
    uint64_t i = find_in_row(span, batch.first, &miner->hints[row]);
    for (; i < length && span.first[i] < batch.end; ++i) {
        cut *one = &cuts[span.first[i] - batch.first];
        uint64_t reach = itemset_miner_judges(miner) ? length : i;
        if (!is_cut_from_rows(one))
            continue;
        if (one->bits != NULL)
            add_mask(one, span.first, reach, rows->weights[row]);
        else
            add_tokens(one, span.first, reach, rows->weights[row]);
    }
}

/* What is read of a row, up to where the batch begins or is about to, is on its way from memory
 * before the row is cut: rows that are far apart would each be waited for. */
static void fetch_row(const itemset_miner *miner, const itemset_rows *rows, uint64_t row)
{
    enum { LINE = 64 / sizeof *rows->items };
    const uint32_t *item = rows->items + rows->offsets[row];
    for (uint32_t i = 0; i <= miner->hints[row]; i += LINE)
        __builtin_prefetch(item + i);
}

static patron_status cut_rows(itemset_miner *miner, const itemset_node *node, itemset_batch batch,
                              cut *cuts)
{
    enum { AHEAD = 4 }; /* words of rows */
    const uint64_t *held = itemset_row_bitmap_of(&node->row_bitmaps, batch.first);
    uint64_t words = node->row_bitmaps.words;
    patron_status status = make_hints(miner, node->rows.count);
    for (uint64_t word = 0; word < words + AHEAD && status == PATRON_OK; ++word) {
        for (uint64_t left = word < words ? held[word] : 0; left != 0; left &= left - 1)
            fetch_row(miner, &node->rows, 64 * word + (uint64_t)__builtin_ctzll(left));
        if (word < AHEAD)
            continue;
        uint64_t first = word - AHEAD;
        for (uint64_t left = held[first]; left != 0; left &= left - 1)
            cut_row(miner, &node->rows, 64 * first + (uint64_t)__builtin_ctzll(left), batch, cuts);
    }
    return status;
}

static patron_status mine_rows(itemset_miner *miner, cut *one, itemset_part part)
{
    if (one->kept.count == 0 || !itemset_miner_may_grow(miner))
        return PATRON_OK;
    if (!itemset_miner_judges(miner) &&
        (one->kept.count == 1 || miner->length + 1 >= miner->wanted.longest))
        return itemset_miner_emit_leaves(miner, one->kept.items, one->kept.counts, one->kept.count,
                                         part);
    bool is_trimmed = part.count > 1 && !itemset_miner_judges(miner);
    if (one->masks == NULL) {
        if (is_trimmed)
            itemset_tokens_trim(&one->tokens, one->weights, &one->count, &one->kept, part);
        return itemset_mine_tokens(miner, &one->tokens, one->weights, one->count, &one->kept, part);
    }
    itemset_masks masks = {.count = one->count, .masks = one->masks, .weights = one->weights};
    if (is_trimmed)
        itemset_masks_trim(&masks, &one->kept, part);
    return itemset_mine_masks(miner, &masks, &one->kept, part);
}

static patron_status mine_item(itemset_miner *miner, const itemset_node *node,
                               const itemset_pairs *pairs, uint32_t item, cut *one,
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
        status = cut_rows(miner, node, batch, cuts);
    return status;
}

/* What is beside an item, and its rows, or room for these. */
static patron_status begin_cut(itemset_miner *miner, const itemset_node *node,
                               const itemset_pairs *pairs, uint32_t item, cut *one)
{
    uint64_t tokens = 0;
    patron_status status = find_candidates(miner, node, pairs, item, one, &tokens);
    if (status != PATRON_OK || !needs_rows(miner, one))
        return status;
    return node->sheaves != NULL ? take_rows(miner, node->sheaves, item, one)
                                 : make_room(miner, node->counts[item], tokens, one);
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
    for (uint32_t i = 0; i < count && status == PATRON_OK; ++i)
        status = begin_cut(miner, node, pairs, batch.first + i, &cuts[i]);
    if (status == PATRON_OK && node->sheaves == NULL)
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
