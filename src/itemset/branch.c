/* SPDX-License-Identifier: Apache-2.0 */
/* The upper part of the search: conditional databases of merged rows, found by occurrence deliver
 * (LCM ver. 2: Uno, Kiyomi, Arimura 2004), until few rows or items are left for bitmaps. */
#include "itemset/bitmap.h"

enum { FEW_ROWS = 64 };

/* The projection of a node on one of its items: what stays frequent beside it. */
typedef struct projection {
    const itemset_node *node;
    uint32_t item;           /* local to the node */
    uint32_t end;            /* rows matter up to this item, or whole: ITEMSET_NO_END */
    const uint64_t *which;   /* rows that hold it */
    uint64_t count;          /* of rows */
    uint64_t tokens;         /* items in those rows as far as they matter */
    uint32_t *local;         /* candidates' local items, ascending */
    itemset_candidates kept; /* all but the extras */
    bool is_passed;          /* a passed item is in every row */
} projection;

/* Counts the items in the rows of `item`; returns how many different ones there are. */
static uint32_t count_items(itemset_miner *miner, projection *p)
{
    const itemset_rows *rows = &p->node->rows;
    uint32_t touched = 0;
    for (uint64_t i = 0; i < p->count; ++i) {
        const itemset_span row = itemset_rows_span(rows, p->which[i]);
        const uint32_t *item = row.first;
        uint64_t weight = rows->weights[p->which[i]];
        for (; item != row.end && *item != p->end; ++item) {
            miner->touched[touched] = *item;
            touched += miner->tally[*item] == 0;
            miner->tally[*item] += weight;
        }
        p->tokens += (uint64_t)(item - row.first);
    }
    return touched;
}

/* Leaves in touched[] the frequent of touched[count], ascending, and the tally zero elsewhere. */
static uint32_t keep_frequent(itemset_miner *miner, uint32_t count)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; ++i) {
        uint32_t item = miner->touched[i];
        if (miner->tally[item] >= miner->wanted.min_count)
            miner->touched[kept++] = item;
        else
            miner->tally[item] = 0;
    }
    itemset_sort_items(miner->touched, kept);
    return kept;
}

/* One item that is frequent beside the branch's own. */
static void keep(itemset_miner *miner, projection *p, uint32_t item, uint64_t count)
{
    bool is_in_all = count == p->node->counts[p->item];
    if (item == p->item)
        return;
    if (is_in_all && item < p->item) {
        miner->extras[miner->extra_count++] = p->node->items[item];
        return;
    }
    uint32_t place = itemset_candidates_all(&p->kept);
    p->is_passed |= is_in_all;
    p->local[place] = item;
    p->kept.items[place] = p->node->items[item];
    p->kept.counts[place] = count;
    ++*(item < p->item ? &p->kept.count : &p->kept.passed);
}

/* Finds the candidates; those that are in every row of the branch become extras. */
static patron_status project(itemset_miner *miner, projection *p)
{
    uint32_t frequent = keep_frequent(miner, count_items(miner, p));
    itemset_scratch *scratch = &miner->scratch;
    p->local = itemset_scratch_take(scratch, frequent, sizeof *p->local);
    p->kept.items = itemset_scratch_take(scratch, frequent, sizeof *p->kept.items);
    p->kept.counts = itemset_scratch_take(scratch, frequent, sizeof *p->kept.counts);
    if (p->local == NULL || p->kept.items == NULL || p->kept.counts == NULL)
        return PATRON_RESOURCE;
    for (uint32_t i = 0; i < frequent; ++i) {
        uint32_t item = miner->touched[i];
        uint64_t count = miner->tally[item];
        miner->tally[item] = 0;
        keep(miner, p, item, count);
    }
    return PATRON_OK;
}

static patron_status mine_as_masks(itemset_miner *miner, const projection *p, itemset_part part)
{
    const itemset_rows *rows = &p->node->rows;
    itemset_masks masks = {0};
    masks.masks = itemset_scratch_take(&miner->scratch, p->count, sizeof *masks.masks);
    masks.weights = itemset_scratch_take(&miner->scratch, p->count, sizeof *masks.weights);
    if (masks.masks == NULL || masks.weights == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < p->count; ++i) {
        const itemset_span row = itemset_rows_span(rows, p->which[i]);
        uint64_t mask = 0;
        for (const uint32_t *item = row.first; item != row.end && *item != p->end; ++item) {
            uint32_t label = miner->labels[*item];
            mask |= (uint64_t)(label != 0) << ((label - 1) % ITEMSET_MASK_ITEMS);
        }
        masks.masks[masks.count] = mask;
        masks.weights[masks.count] = rows->weights[p->which[i]];
        masks.count += (mask & (mask - 1)) != 0;
    }
    return itemset_mine_masks(miner, &masks, &p->kept, part);
}

/* The rows of the projection, cut to its candidates. */
static patron_status cut_rows(itemset_miner *miner, const projection *p, itemset_rows *to)
{
    itemset_scratch *scratch = &miner->scratch;
    const itemset_rows *from = &p->node->rows;
    patron_status status = itemset_rows_take(scratch, p->count, p->tokens, to);
    if (status != PATRON_OK)
        return status;
    uint64_t used = 0;
    for (uint64_t i = 0; i < p->count; ++i) {
        const itemset_span row = itemset_rows_span(from, p->which[i]);
        uint64_t start = used;
        for (const uint32_t *item = row.first; item != row.end && *item != p->end; ++item) {
            uint32_t label = miner->labels[*item];
            to->items[used] = label - 1;
            used += label != 0;
        }
        used = used - start > 1 ? used : start;
        to->offsets[to->count + 1] = used;
        to->weights[to->count] = from->weights[p->which[i]];
        to->count += used > start;
    }
    return PATRON_OK;
}

patron_status itemset_mine_rows(itemset_miner *miner, itemset_rows *rows,
                                const itemset_candidates *candidates, itemset_part part)
{
    itemset_scratch *scratch = &miner->scratch;
    uint64_t width = itemset_candidates_all(candidates);
    bool many_are_equal = false;
    patron_status status = itemset_rows_merge(rows, NULL, scratch, &many_are_equal);
    itemset_node child = {.rows = *rows,
                          .width = (uint32_t)width,
                          .items = candidates->items,
                          .counts = candidates->counts};
    child.occurrence_offsets = itemset_scratch_take(scratch, width + 1, sizeof(uint64_t));
    if (status != PATRON_OK || child.occurrence_offsets == NULL)
        return PATRON_RESOURCE;
    uint64_t occurrences =
        itemset_rows_count_from(&child.rows, 0, child.width, child.occurrence_offsets);
    child.occurrences = itemset_scratch_take(scratch, occurrences, sizeof(uint64_t));
    if (child.occurrences == NULL)
        return PATRON_RESOURCE;
    itemset_rows_transpose(&child.rows, 0, child.width, child.occurrence_offsets,
                           child.occurrences);
    uint32_t first = itemset_part_first(part, candidates->count);
    uint32_t end = itemset_part_end(part, candidates->count);
    for (uint32_t item = first; item < end && status == PATRON_OK; ++item) {
        status = itemset_miner_pause(miner, part, first, item);
        if (status == PATRON_OK)
            status = itemset_mine_branch(miner, &child, item, (itemset_part){.count = 1});
    }
    return status;
}

static void set_labels(itemset_miner *miner, const projection *p)
{
    for (uint32_t i = 0; i < itemset_candidates_all(&p->kept); ++i)
        miner->labels[p->local[i]] = i + 1;
}

static void clear_labels(itemset_miner *miner, const projection *p)
{
    for (uint32_t i = 0; i < itemset_candidates_all(&p->kept); ++i)
        miner->labels[p->local[i]] = 0;
}

static patron_status mine_as_node(itemset_miner *miner, const projection *p, itemset_part part)
{
    itemset_rows rows = {0};
    set_labels(miner, p);
    patron_status status = cut_rows(miner, p, &rows);
    clear_labels(miner, p);
    return status == PATRON_OK ? itemset_mine_rows(miner, &rows, &p->kept, part) : status;
}

static patron_status mine_below(itemset_miner *miner, const projection *p, itemset_part part)
{
    if (!itemset_miner_judges(miner) &&
        (p->kept.count == 1 || miner->length + 1 >= miner->wanted.longest))
        return itemset_miner_emit_leaves(miner, p->kept.items, p->kept.counts, p->kept.count, part);
    if (itemset_candidates_all(&p->kept) > ITEMSET_MASK_ITEMS && p->count > FEW_ROWS)
        return mine_as_node(miner, p, part);
    set_labels(miner, p);
    patron_status status = p->count <= FEW_ROWS
                               ? itemset_mine_few_rows(miner, &p->node->rows, p->which, p->count,
                                                       p->end, &p->kept, part)
                               : mine_as_masks(miner, p, part);
    clear_labels(miner, p);
    return status;
}

patron_status itemset_mine_branch(itemset_miner *miner, const itemset_node *node, uint32_t item,
                                  itemset_part part)
{
    patron_status status = PATRON_OK;
    itemset_scratch_mark mark = itemset_scratch_mark_now(&miner->scratch);
    uint32_t extras = miner->extra_count;
    uint64_t start = node->occurrence_offsets[item];
    projection p = {.node = node,
                    .item = item,
                    .end = itemset_miner_judges(miner) ? ITEMSET_NO_END : item,
                    .which = node->occurrences + start,
                    .count = node->occurrence_offsets[item + 1] - start};
    itemset_miner_push(miner, node->items[item]);
    if (miner->length < miner->wanted.longest || itemset_miner_judges(miner))
        status = project(miner, &p);
    if (status == PATRON_OK && itemset_part_has_top(part) && !p.is_passed)
        status = itemset_miner_emit(miner, node->counts[item], itemset_candidates_all(&p.kept));
    if (status == PATRON_OK && p.kept.count > 0 && !p.is_passed && itemset_miner_may_grow(miner))
        status = mine_below(miner, &p, part);
    itemset_miner_pop(miner, node->items[item]);
    miner->extra_count = extras;
    itemset_scratch_release(&miner->scratch, mark);
    return status;
}
