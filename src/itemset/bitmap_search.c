/* SPDX-License-Identifier: Apache-2.0 */
/* Depth-first search on bitmaps of rows (Zaki's Eclat, 2000), with weights as bit planes. */
#include "itemset/bitmap_search.h"

enum { SHRINK_FACTOR = 4 };

/* The held rows of a branch alone, `rows` of them, and its columns. */
static patron_status mine_compressed(itemset_miner *miner, const itemset_bitmap *map,
                                     const itemset_branch *from, uint64_t rows)
{
    itemset_scratch *scratch = &miner->scratch;
    itemset_bitmap few = {.rows = rows,
                          .words = (rows + ITEMSET_WORD_BITS - 1) / ITEMSET_WORD_BITS,
                          .weighted = map->weighted,
                          .planes.count = map->planes.count};
    for (uint32_t plane = 0; plane < few.planes.count; ++plane) {
        uint64_t held = itemset_count_bits(from->held, map->planes.words[plane]);
        few.planes.words[plane] = (held + ITEMSET_WORD_BITS - 1) / ITEMSET_WORD_BITS;
        few.plane_words += few.planes.words[plane];
    }
    itemset_branch root = {.count = from->count, .passed = from->passed, .counts = from->counts};
    uint32_t all = from->count + from->passed;
    uint32_t *items = itemset_scratch_take(scratch, all, sizeof *items);
    few.items = items;
    few.columns = itemset_scratch_take(scratch, all * few.words, sizeof *few.columns);
    few.plane_bits = itemset_scratch_take(scratch, few.plane_words, sizeof *few.plane_bits);
    root.held = itemset_scratch_take(scratch, few.words, sizeof *root.held);
    root.columns = itemset_scratch_take(scratch, all, sizeof *root.columns);
    if (items == NULL || few.columns == NULL || few.plane_bits == NULL || root.held == NULL ||
        root.columns == NULL)
        return PATRON_RESOURCE;
    memset(root.held, 0xff, few.words * sizeof *root.held);
    for (uint32_t i = 0; i < all; ++i) {
        root.columns[i] = i;
        items[i] = map->items[from->columns[i]];
        itemset_compress_bits(map->columns + from->columns[i] * map->words, from->held, map->words,
                              few.columns + i * few.words);
    }
    const uint64_t *bits = map->plane_bits;
    uint64_t *out = few.plane_bits;
    for (uint32_t plane = 0; few.weighted && plane < few.planes.count; ++plane) {
        itemset_compress_bits(bits, from->held, map->planes.words[plane], out);
        bits += map->planes.words[plane];
        out += few.planes.words[plane];
    }
    return itemset_search_columns(miner, &few, &root, (itemset_part){.count = 1});
}

static patron_status mine_below(itemset_miner *miner, const itemset_bitmap *map,
                                const itemset_branch *from)
{
    if (itemset_miner_judges(miner) ||
        (from->count > 1 && miner->length + 1 < miner->wanted.longest)) {
        uint64_t rows = itemset_count_bits(from->held, map->words);
        if (map->words > 1 && rows * SHRINK_FACTOR < map->rows)
            return map->masks != NULL ? itemset_mine_taken_out(miner, map, from, rows)
                                      : mine_compressed(miner, map, from, rows);
        return itemset_search_columns(miner, map, from, (itemset_part){.count = 1});
    }
    patron_status status = PATRON_OK;
    for (uint32_t i = 0; i < from->count && status == PATRON_OK; ++i) {
        uint32_t item = map->items[from->columns[i]];
        itemset_miner_push(miner, item);
        status = itemset_miner_emit(miner, from->counts[i], 0);
        itemset_miner_pop(miner, item);
    }
    return status;
}

/* The rows of a branch in each plane. */
static const uint64_t *hold_planes(const itemset_bitmap *map, const uint64_t *held, uint64_t *room)
{
    if (!map->weighted)
        return held;
    const uint64_t *bits = map->plane_bits;
    uint64_t *out = room;
    for (uint32_t plane = 0; plane < map->planes.count; ++plane)
        for (uint64_t word = 0; word < map->planes.words[plane]; ++word)
            *out++ = held[word] & *bits++;
    return room;
}

static void hold(const itemset_bitmap *map, const itemset_branch *from, uint32_t which,
                 itemset_branch *to)
{
    const uint64_t *column = map->columns + from->columns[which] * map->words;
    for (uint64_t word = 0; word < map->words; ++word)
        to->held[word] = from->held[word] & column[word];
}

/* Leaves the columns of `from` that stay frequent beside column `which`, from to->counts[] of the
 * columns before it; columns that lose no row become extras. */
static void keep_frequent(itemset_miner *miner, const itemset_bitmap *map,
                          const itemset_branch *from, uint32_t which, itemset_branch *to)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < which; ++i) {
        uint64_t count = to->counts[i];
        if (count < miner->wanted.min_count)
            continue;
        if (count == from->counts[which]) {
            miner->extras[miner->extra_count++] = map->items[from->columns[i]];
            continue;
        }
        to->columns[kept] = from->columns[i];
        to->counts[kept++] = count;
    }
    to->count = kept;
}

/* Adds to the branch what it has passed, from counts[] of the columns behind `which`; returns
 * whether one of them loses no row. */
static bool keep_passed(const itemset_miner *miner, const itemset_branch *from, uint32_t which,
                        const uint64_t *counts, itemset_branch *to)
{
    uint32_t behind = from->count + from->passed - which - 1;
    const uint32_t *columns = from->columns + which + 1;
    for (uint32_t i = 0; i < behind; ++i) {
        if (counts[i] < miner->wanted.min_count)
            continue;
        if (counts[i] == from->counts[which])
            return true;
        to->columns[to->count + to->passed] = columns[i];
        to->counts[to->count + to->passed++] = counts[i];
    }
    return false;
}

/* The branch of column `which` of `from`: its rows, and the columns that stay frequent; *is_passed:
 * the branch ends here, since a passed column loses no row. */
static patron_status extend(itemset_miner *miner, const itemset_bitmap *map,
                            const itemset_branch *from, uint32_t which, itemset_branch *to,
                            bool *is_passed)
{
    itemset_scratch *scratch = &miner->scratch;
    uint64_t planes = map->weighted ? map->plane_words : 0;
    uint32_t all = itemset_miner_judges(miner) ? from->count + from->passed : which;
    to->held = itemset_scratch_take(scratch, map->words + planes, sizeof *to->held);
    to->counts = itemset_scratch_take(scratch, all, sizeof *to->counts);
    to->columns = itemset_scratch_take(scratch, all, sizeof *to->columns);
    if (to->held == NULL || to->counts == NULL || to->columns == NULL)
        return PATRON_RESOURCE;
    if (from->pairs == NULL) {
        hold(map, from, which, to);
        const uint64_t *held = hold_planes(map, to->held, to->held + map->words);
        miner->kernel(&map->planes, held, map->columns, map->words, from->columns, all, to->counts);
    } else {
        const uint32_t *below = from->pairs + itemset_pair_place(which, 0);
        for (uint32_t i = 0; i < which; ++i)
            to->counts[i] = below[i];
        for (uint32_t i = which + 1; i < all; ++i)
            to->counts[i] = from->pairs[itemset_pair_place(i, which)];
    }
    keep_frequent(miner, map, from, which, to);
    if (all > which)
        *is_passed = keep_passed(miner, from, which, to->counts + which + 1, to);
    uint32_t leaves = itemset_miner_judges(miner) ? 0 : 1; /* that need no rows */
    if (from->pairs != NULL && to->count > leaves && !*is_passed)
        hold(map, from, which, to);
    return PATRON_OK;
}

/* Whether every subset of the columns is frequent with the path, as each loses so few of the
 * `count` baskets that all together lose no more than may be lost (Bonferroni).  Asked only where
 * their number is all that is wanted. */
static bool all_are_frequent(const itemset_miner *miner, const itemset_branch *branch,
                             uint64_t count)
{
    uint64_t left = count - miner->wanted.min_count;
    for (uint32_t i = 0; i < branch->count; ++i) {
        uint64_t lost = count - branch->counts[i];
        if (lost > left)
            return false;
        left -= lost;
    }
    return true;
}

static patron_status mine_column(itemset_miner *miner, const itemset_bitmap *map,
                                 const itemset_branch *from, uint32_t which)
{
    patron_status status = PATRON_OK;
    itemset_scratch_mark mark = itemset_scratch_mark_now(&miner->scratch);
    uint32_t extras = miner->extra_count;
    uint32_t item = map->items[from->columns[which]];
    itemset_branch to = {0};
    bool is_passed = false;
    itemset_miner_push(miner, item);
    if (itemset_miner_judges(miner) || (which > 0 && miner->length < miner->wanted.longest))
        status = extend(miner, map, from, which, &to, &is_passed);
    if (miner->wanted.count_only && miner->wanted.ranking == NULL && !itemset_miner_judges(miner) &&
        all_are_frequent(miner, &to, from->counts[which])) {
        miner->extra_count += to.count; /* counted like them */
        to.count = 0;
    }
    if (status == PATRON_OK && !is_passed)
        status = itemset_miner_emit(miner, from->counts[which], to.count + to.passed);
    if (status == PATRON_OK && to.count > 0 && !is_passed && itemset_miner_may_grow(miner))
        status = mine_below(miner, map, &to);
    itemset_miner_pop(miner, item);
    miner->extra_count = extras;
    itemset_scratch_release(&miner->scratch, mark);
    return status;
}

patron_status itemset_search_columns(itemset_miner *miner, const itemset_bitmap *map,
                                     const itemset_branch *from, itemset_part part)
{
    patron_status status = PATRON_OK;
    uint32_t first = itemset_part_first(part, from->count);
    uint32_t end = itemset_part_end(part, from->count);
    for (uint32_t which = first; which < end && status == PATRON_OK; ++which) {
        status = itemset_miner_pause(miner, part, first, which);
        if (status == PATRON_OK)
            status = mine_column(miner, map, from, which);
    }
    return status;
}
