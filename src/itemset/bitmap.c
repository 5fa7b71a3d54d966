/* SPDX-License-Identifier: Apache-2.0 */
/* Depth-first search on bitmaps of rows (Zaki's Eclat, 2000), with weights as bit planes.
 *
 * Rows of at most 64 items are masks: equal ones are merged, and where a branch holds few of the
 * rows, those are taken out, cut to its candidates and merged again, so that bitmaps stay short. */
#include "itemset/bitmap.h"

#include "itemset/hash.h"

#include <string.h>

enum { WORD_BITS = 64, SHRINK_FACTOR = 4 };

typedef struct bitmap {
    uint64_t rows;
    uint64_t words;        /* of a column */
    uint64_t *columns;     /* one a candidate */
    bool weighted;         /* some row has a weight above 1 */
    itemset_planes planes; /* their sizes */
    uint64_t plane_words;  /* of all planes */
    uint64_t *plane_bits;
    const uint32_t *items;
    const itemset_masks *masks; /* NULL: rows that cannot be taken out */
} bitmap;

/* One branch: the rows of the path, and the columns that may extend it. */
typedef struct branch {
    uint64_t *held;
    uint32_t count;
    uint32_t *columns;
    uint64_t *counts;
} branch;

static uint32_t bit_length(uint64_t value)
{
    return value == 0 ? 0 : (uint32_t)(WORD_BITS - __builtin_clzll(value));
}

/* One mask of equal ones, with the sum of their weights. */
static patron_status merge_masks(itemset_masks *masks, itemset_scratch *scratch)
{
    itemset_scratch_mark mark = itemset_scratch_mark_now(scratch);
    uint64_t slots = itemset_hash_slots(masks->count);
    uint64_t *table = itemset_scratch_take(scratch, slots, sizeof *table);
    if (table == NULL)
        return PATRON_RESOURCE;
    memset(table, 0, slots * sizeof *table);
    uint64_t kept = 0;
    for (uint64_t row = 0; row < masks->count; ++row) {
        uint64_t mask = masks->masks[row];
        uint64_t slot = itemset_hash_word(mask) & (slots - 1);
        while (table[slot] != 0 && masks->masks[table[slot] - 1] != mask)
            slot = (slot + 1) & (slots - 1);
        if (table[slot] != 0) {
            masks->weights[table[slot] - 1] += masks->weights[row];
        } else {
            masks->masks[kept] = mask;
            masks->weights[kept] = masks->weights[row];
            table[slot] = ++kept;
        }
    }
    masks->count = kept;
    itemset_scratch_release(scratch, mark);
    return PATRON_OK;
}

/* Longest weights first, so that a plane ends where no row has its bit; sets the planes' sizes. */
static patron_status sort_masks(itemset_masks *masks, itemset_scratch *scratch, bitmap *map)
{
    uint64_t starts[WORD_BITS + 2] = {0}; /* by WORD_BITS - bit length, one up */
    for (uint64_t row = 0; row < masks->count; ++row)
        ++starts[WORD_BITS - bit_length(masks->weights[row]) + 1];
    for (uint32_t group = 0; group <= WORD_BITS; ++group)
        starts[group + 1] += starts[group];
    map->planes.count = 0;
    map->plane_words = 0;
    for (uint32_t plane = 0; plane < WORD_BITS && starts[WORD_BITS - plane] > 0; ++plane) {
        map->planes.words[plane] = (starts[WORD_BITS - plane] + WORD_BITS - 1) / WORD_BITS;
        map->plane_words += map->planes.words[plane];
        map->planes.count = plane + 1;
    }
    map->weighted = map->planes.count > 1;
    if (!map->weighted)
        return PATRON_OK;
    uint64_t *sorted = itemset_scratch_take(scratch, masks->count, sizeof *sorted);
    uint64_t *weights = itemset_scratch_take(scratch, masks->count, sizeof *weights);
    if (sorted == NULL || weights == NULL)
        return PATRON_RESOURCE;
    for (uint64_t row = 0; row < masks->count; ++row) {
        uint64_t place = starts[WORD_BITS - bit_length(masks->weights[row])]++;
        sorted[place] = masks->masks[row];
        weights[place] = masks->weights[row];
    }
    masks->masks = sorted;
    masks->weights = weights;
    return PATRON_OK;
}

static void set_weight(bitmap *map, uint64_t row, uint64_t weight)
{
    uint64_t *plane_bits = map->plane_bits;
    for (uint32_t plane = 0; weight >> plane != 0; ++plane) {
        if ((weight >> plane & 1) != 0)
            plane_bits[row / WORD_BITS] |= UINT64_C(1) << row % WORD_BITS;
        plane_bits += map->planes.words[plane];
        if (plane + 1 == WORD_BITS)
            break;
    }
}

/* Zeroed columns and planes, and the branch that holds all rows. */
static patron_status allocate_bits(itemset_scratch *scratch, bitmap *map,
                                   const itemset_candidates *candidates, branch *root)
{
    uint64_t column_words = candidates->count * map->words;
    map->items = candidates->items;
    map->columns = itemset_scratch_take(scratch, column_words, sizeof *map->columns);
    map->plane_bits = itemset_scratch_take(scratch, map->plane_words, sizeof *map->plane_bits);
    root->held = itemset_scratch_take(scratch, map->words, sizeof *root->held);
    root->count = candidates->count;
    root->counts = candidates->counts;
    root->columns = itemset_scratch_take(scratch, candidates->count, sizeof *root->columns);
    if (map->columns == NULL || map->plane_bits == NULL || root->held == NULL ||
        root->columns == NULL)
        return PATRON_RESOURCE;
    memset(map->columns, 0, column_words * sizeof *map->columns);
    memset(map->plane_bits, 0, map->plane_words * sizeof *map->plane_bits);
    memset(root->held, 0xff, map->words * sizeof *root->held);
    for (uint32_t i = 0; i < candidates->count; ++i)
        root->columns[i] = i;
    return PATRON_OK;
}

static patron_status mine_columns(itemset_miner *miner, const bitmap *map, const branch *from,
                                  itemset_part part);

/* The rows of a branch alone, cut to its candidates. */
static patron_status mine_taken_out(itemset_miner *miner, const bitmap *map, const branch *from,
                                    uint64_t rows)
{
    itemset_scratch *scratch = &miner->scratch;
    itemset_masks masks = {0};
    masks.masks = itemset_scratch_take(scratch, rows, sizeof *masks.masks);
    masks.weights = itemset_scratch_take(scratch, rows, sizeof *masks.weights);
    itemset_candidates candidates = {.count = from->count, .counts = from->counts};
    candidates.items = itemset_scratch_take(scratch, from->count, sizeof *candidates.items);
    if (masks.masks == NULL || masks.weights == NULL || candidates.items == NULL)
        return PATRON_RESOURCE;
    uint64_t wanted = 0;
    uint8_t label[ITEMSET_MASK_ITEMS];
    for (uint32_t i = 0; i < from->count; ++i) {
        candidates.items[i] = map->items[from->columns[i]];
        label[from->columns[i]] = (uint8_t)i;
        wanted |= UINT64_C(1) << from->columns[i];
    }
    for (uint64_t word = 0; word < map->words; ++word) {
        for (uint64_t bits = from->held[word]; bits != 0; bits &= bits - 1) {
            uint64_t row = word * WORD_BITS + (uint64_t)__builtin_ctzll(bits);
            uint64_t mask = 0;
            for (uint64_t left = map->masks->masks[row] & wanted; left != 0; left &= left - 1)
                mask |= UINT64_C(1) << label[__builtin_ctzll(left)];
            masks.masks[masks.count] = mask;
            masks.weights[masks.count] = map->masks->weights[row];
            masks.count += (mask & (mask - 1)) != 0;
        }
    }
    return itemset_mine_masks(miner, &masks, &candidates, (itemset_part){0, 1});
}

static patron_status mine_below(itemset_miner *miner, const bitmap *map, const branch *from)
{
    if (from->count > 1 && miner->length + 1 < miner->wanted.longest) {
        uint64_t rows = itemset_count_bits(from->held, map->words);
        if (map->masks != NULL && map->words > 1 && rows * SHRINK_FACTOR < map->rows)
            return mine_taken_out(miner, map, from, rows);
        return mine_columns(miner, map, from, (itemset_part){0, 1});
    }
    patron_status status = PATRON_OK;
    for (uint32_t i = 0; i < from->count && status == PATRON_OK; ++i) {
        uint32_t item = map->items[from->columns[i]];
        itemset_miner_push(miner, item);
        status = itemset_miner_emit(miner, from->counts[i]);
        itemset_miner_pop(miner, item);
    }
    return status;
}

/* The rows of a branch in each plane. */
static const uint64_t *hold_planes(const bitmap *map, const uint64_t *held, uint64_t *room)
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

/* The branch of column `which` of `from`: its rows, and those of the columns before that stay
 * frequent; columns that lose no row become extras. */
static patron_status extend(itemset_miner *miner, const bitmap *map, const branch *from,
                            uint32_t which, branch *to)
{
    itemset_scratch *scratch = &miner->scratch;
    uint64_t planes = map->weighted ? map->plane_words : 0;
    to->held = itemset_scratch_take(scratch, map->words + planes, sizeof *to->held);
    to->counts = itemset_scratch_take(scratch, which, sizeof *to->counts);
    to->columns = itemset_scratch_take(scratch, which, sizeof *to->columns);
    if (to->held == NULL || to->counts == NULL || to->columns == NULL)
        return PATRON_RESOURCE;
    const uint64_t *column = map->columns + from->columns[which] * map->words;
    for (uint64_t word = 0; word < map->words; ++word)
        to->held[word] = from->held[word] & column[word];
    miner->kernel(&map->planes, hold_planes(map, to->held, to->held + map->words), map->columns,
                  map->words, from->columns, which, to->counts);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < which; ++i) {
        uint64_t count = to->counts[i];
        if (count == from->counts[which]) {
            miner->extras[miner->extra_count++] = map->items[from->columns[i]];
        } else if (count >= miner->wanted.min_count) {
            to->columns[kept] = from->columns[i];
            to->counts[kept++] = count;
        }
    }
    to->count = kept;
    return PATRON_OK;
}

static patron_status mine_column(itemset_miner *miner, const bitmap *map, const branch *from,
                                 uint32_t which)
{
    patron_status status = PATRON_OK;
    itemset_scratch_mark mark = itemset_scratch_mark_now(&miner->scratch);
    uint32_t extras = miner->extra_count;
    uint32_t item = map->items[from->columns[which]];
    branch to = {0};
    itemset_miner_push(miner, item);
    if (which > 0 && miner->length < miner->wanted.longest)
        status = extend(miner, map, from, which, &to);
    if (status == PATRON_OK)
        status = itemset_miner_emit(miner, from->counts[which]);
    if (status == PATRON_OK && to.count > 0)
        status = mine_below(miner, map, &to);
    itemset_miner_pop(miner, item);
    miner->extra_count = extras;
    itemset_scratch_release(&miner->scratch, mark);
    return status;
}

static patron_status mine_columns(itemset_miner *miner, const bitmap *map, const branch *from,
                                  itemset_part part)
{
    patron_status status = PATRON_OK;
    for (uint64_t which = part.index; which < from->count && status == PATRON_OK;
         which += part.count)
        status = mine_column(miner, map, from, (uint32_t)which);
    return status;
}

patron_status itemset_mine_masks(itemset_miner *miner, itemset_masks *masks,
                                 const itemset_candidates *candidates, itemset_part part)
{
    itemset_scratch *scratch = &miner->scratch;
    bitmap map = {.masks = masks};
    branch root = {0};
    patron_status status = merge_masks(masks, scratch);
    if (status == PATRON_OK)
        status = sort_masks(masks, scratch, &map);
    map.rows = masks->count;
    map.words = (masks->count + WORD_BITS - 1) / WORD_BITS;
    if (status == PATRON_OK)
        status = allocate_bits(scratch, &map, candidates, &root);
    if (status != PATRON_OK)
        return status;
    for (uint64_t row = 0; row < masks->count; ++row) {
        uint64_t bit = UINT64_C(1) << row % WORD_BITS;
        for (uint64_t left = masks->masks[row]; left != 0; left &= left - 1)
            map.columns[(uint64_t)__builtin_ctzll(left) * map.words + row / WORD_BITS] |= bit;
        set_weight(&map, row, masks->weights[row]);
    }
    return mine_columns(miner, &map, &root, part);
}

patron_status itemset_mine_few_rows(itemset_miner *miner, const itemset_rows *rows,
                                    const uint64_t *which, uint64_t count, uint32_t end,
                                    const itemset_candidates *candidates, itemset_part part)
{
    bitmap map = {.rows = count, .words = 1};
    branch root = {0};
    uint64_t weights = 0;
    for (uint64_t i = 0; i < count; ++i)
        weights |= rows->weights[which[i]];
    map.planes.count = bit_length(weights);
    map.plane_words = map.planes.count;
    map.weighted = weights > 1;
    for (uint32_t plane = 0; plane < map.planes.count; ++plane)
        map.planes.words[plane] = 1;
    patron_status status = allocate_bits(&miner->scratch, &map, candidates, &root);
    if (status != PATRON_OK)
        return status;
    for (uint64_t i = 0; i < count; ++i) {
        const uint32_t *item = rows->items + rows->offsets[which[i]];
        for (; *item != end; ++item)
            if (miner->labels[*item] != 0)
                map.columns[miner->labels[*item] - 1] |= UINT64_C(1) << i;
        set_weight(&map, i, rows->weights[which[i]]);
    }
    return mine_columns(miner, &map, &root, part);
}
