/* SPDX-License-Identifier: Apache-2.0 */
/* Bitmaps from rows.  Rows of at most 64 items are masks: equal ones are merged, and where a branch
 * holds few of the rows, those are taken out, cut to its candidates and merged again, so that
 * bitmaps stay short. */
#include "itemset/bitmap_search.h"

#include "itemset/hash.h"

enum { MOST_BITMAP_WORDS = 1 << 21 };

static uint32_t bit_length(uint64_t value)
{
    return value == 0 ? 0 : (uint32_t)(ITEMSET_WORD_BITS - __builtin_clzll(value));
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

/* The planes' sizes where rows with the longest weights come first, so that a plane ends where no
 * row has its bit; starts[g] becomes the place of the first row whose weight has
 * ITEMSET_WORD_BITS - g bits. */
static void size_planes(const uint64_t *weights, uint64_t rows, itemset_bitmap *map,
                        uint64_t starts[ITEMSET_WORD_BITS + 2])
{
    memset(starts, 0, (ITEMSET_WORD_BITS + 2) * sizeof *starts);
    for (uint64_t row = 0; row < rows; ++row)
        ++starts[ITEMSET_WORD_BITS - bit_length(weights[row]) + 1];
    for (uint32_t group = 0; group <= ITEMSET_WORD_BITS; ++group)
        starts[group + 1] += starts[group];
    map->rows = rows;
    map->words = (rows + ITEMSET_WORD_BITS - 1) / ITEMSET_WORD_BITS;
    map->planes.count = 0;
    map->plane_words = 0;
    for (uint32_t plane = 0; plane < ITEMSET_WORD_BITS; ++plane) {
        uint64_t held = starts[ITEMSET_WORD_BITS - plane];
        if (held == 0)
            break;
        map->planes.words[plane] = (held + ITEMSET_WORD_BITS - 1) / ITEMSET_WORD_BITS;
        map->plane_words += map->planes.words[plane];
        map->planes.count = plane + 1;
    }
    map->weighted = map->planes.count > 1;
}

static uint64_t take_place(uint64_t *starts, uint64_t weight)
{
    return starts[ITEMSET_WORD_BITS - bit_length(weight)]++;
}

static patron_status sort_masks(itemset_masks *masks, itemset_scratch *scratch, itemset_bitmap *map)
{
    uint64_t starts[ITEMSET_WORD_BITS + 2];
    size_planes(masks->weights, masks->count, map, starts);
    if (!map->weighted)
        return PATRON_OK;
    uint64_t *sorted = itemset_scratch_take(scratch, masks->count, sizeof *sorted);
    uint64_t *weights = itemset_scratch_take(scratch, masks->count, sizeof *weights);
    if (sorted == NULL || weights == NULL)
        return PATRON_RESOURCE;
    for (uint64_t row = 0; row < masks->count; ++row) {
        uint64_t place = take_place(starts, masks->weights[row]);
        sorted[place] = masks->masks[row];
        weights[place] = masks->weights[row];
    }
    masks->masks = sorted;
    masks->weights = weights;
    return PATRON_OK;
}

static void set_weight(itemset_bitmap *map, uint64_t row, uint64_t weight)
{
    uint64_t *plane_bits = map->plane_bits;
    for (uint32_t plane = 0; weight >> plane != 0; ++plane) {
        if ((weight >> plane & 1) != 0)
            plane_bits[row / ITEMSET_WORD_BITS] |= UINT64_C(1) << row % ITEMSET_WORD_BITS;
        plane_bits += map->planes.words[plane];
        if (plane + 1 == ITEMSET_WORD_BITS)
            break;
    }
}

/* Zeroed columns and planes, and the branch that holds all rows. */
static patron_status allocate_bits(itemset_scratch *scratch, itemset_bitmap *map,
                                   const itemset_candidates *candidates, itemset_branch *root)
{
    uint32_t all = itemset_candidates_all(candidates);
    uint64_t column_words = all * map->words;
    map->items = candidates->items;
    map->columns = itemset_scratch_take(scratch, column_words, sizeof *map->columns);
    map->plane_bits = itemset_scratch_take(scratch, map->plane_words, sizeof *map->plane_bits);
    root->held = itemset_scratch_take(scratch, map->words, sizeof *root->held);
    root->count = candidates->count;
    root->passed = candidates->passed;
    root->counts = candidates->counts;
    root->columns = itemset_scratch_take(scratch, all, sizeof *root->columns);
    if (map->columns == NULL || map->plane_bits == NULL || root->held == NULL ||
        root->columns == NULL)
        return PATRON_RESOURCE;
    memset(map->columns, 0, column_words * sizeof *map->columns);
    memset(map->plane_bits, 0, map->plane_words * sizeof *map->plane_bits);
    memset(root->held, 0xff, map->words * sizeof *root->held);
    for (uint32_t i = 0; i < all; ++i)
        root->columns[i] = i;
    return PATRON_OK;
}

patron_status itemset_mine_taken_out(itemset_miner *miner, const itemset_bitmap *map,
                                     const itemset_branch *from, uint64_t rows)
{
    itemset_scratch *scratch = &miner->scratch;
    itemset_masks masks = {0};
    masks.masks = itemset_scratch_take(scratch, rows, sizeof *masks.masks);
    masks.weights = itemset_scratch_take(scratch, rows, sizeof *masks.weights);
    itemset_candidates candidates = {
        .count = from->count, .passed = from->passed, .counts = from->counts};
    uint32_t all = itemset_candidates_all(&candidates);
    candidates.items = itemset_scratch_take(scratch, all, sizeof *candidates.items);
    if (masks.masks == NULL || masks.weights == NULL || candidates.items == NULL)
        return PATRON_RESOURCE;
    uint64_t wanted = 0;
    for (uint32_t i = 0; i < all; ++i) { /* columns ascend, as their bits do */
        candidates.items[i] = map->items[from->columns[i]];
        wanted |= UINT64_C(1) << from->columns[i];
    }
    const itemset_bit_rows bits = {map->masks->masks, 1, map->masks->weights};
    masks.count = miner->pick(&bits, from->held, map->words, &wanted, masks.masks, masks.weights);
    return itemset_mine_masks(miner, &masks, &candidates, (itemset_part){.count = 1});
}

patron_status itemset_mine_masks(itemset_miner *miner, itemset_masks *masks,
                                 const itemset_candidates *candidates, itemset_part part)
{
    itemset_scratch *scratch = &miner->scratch;
    itemset_bitmap map = {.masks = masks};
    itemset_branch root = {0};
    patron_status status = merge_masks(masks, scratch);
    if (status == PATRON_OK)
        status = sort_masks(masks, scratch, &map);
    if (status == PATRON_OK)
        status = allocate_bits(scratch, &map, candidates, &root);
    if (status != PATRON_OK)
        return status;
    for (uint64_t row = 0; row < masks->count; ++row) {
        uint64_t bit = UINT64_C(1) << row % ITEMSET_WORD_BITS;
        for (uint64_t left = masks->masks[row]; left != 0; left &= left - 1)
            map.columns[(uint64_t)__builtin_ctzll(left) * map.words + row / ITEMSET_WORD_BITS] |=
                bit;
        set_weight(&map, row, masks->weights[row]);
    }
    return itemset_search_columns(miner, &map, &root, part);
}

patron_status itemset_mine_few_rows(itemset_miner *miner, const itemset_rows *rows,
                                    const uint64_t *which, uint64_t count, uint32_t end,
                                    const itemset_candidates *candidates, itemset_part part)
{
    itemset_bitmap map = {.rows = count, .words = 1};
    itemset_branch root = {0};
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
        const itemset_span row = itemset_rows_span(rows, which[i]);
        for (const uint32_t *item = row.first; item != row.end && *item != end; ++item)
            if (miner->labels[*item] != 0)
                map.columns[miner->labels[*item] - 1] |= UINT64_C(1) << i;
        set_weight(&map, i, rows->weights[which[i]]);
    }
    return itemset_search_columns(miner, &map, &root, part);
}

/* Sets a column's bit for each token. */
static void spread_tokens(const itemset_tokens *tokens, const uint64_t *weights, uint64_t *starts,
                          itemset_bitmap *map)
{
    uint64_t row = 0;
    uint64_t place = map->weighted ? take_place(starts, weights[0]) : 0;
    for (uint64_t i = 0; i < tokens->count; ++i) {
        uint64_t label = tokens->labels[i] & (ITEMSET_LAST_TOKEN - 1);
        map->columns[label * map->words + place / ITEMSET_WORD_BITS] |=
            UINT64_C(1) << place % ITEMSET_WORD_BITS;
        if ((tokens->labels[i] & ITEMSET_LAST_TOKEN) == 0)
            continue;
        set_weight(map, place, weights[row++]);
        if (row < map->rows)
            place = map->weighted ? take_place(starts, weights[row]) : row;
    }
}

/* As rows of items, where bitmaps would be mostly empty. */
static patron_status mine_token_rows(itemset_miner *miner, const itemset_tokens *tokens,
                                     const uint64_t *weights, uint64_t rows,
                                     const itemset_candidates *candidates, itemset_part part)
{
    itemset_rows cut = {0};
    patron_status status = itemset_rows_take(&miner->scratch, rows, tokens->count, &cut);
    if (status != PATRON_OK)
        return status;
    for (uint64_t i = 0; i < tokens->count; ++i) {
        cut.items[i] = tokens->labels[i] & (ITEMSET_LAST_TOKEN - 1);
        if ((tokens->labels[i] & ITEMSET_LAST_TOKEN) == 0)
            continue;
        cut.weights[cut.count] = weights[cut.count];
        cut.offsets[++cut.count] = i + 1;
    }
    return itemset_mine_rows(miner, &cut, candidates, part);
}

/* Whether bitmaps of all rows are small enough. */
static bool bitmaps_fit(uint64_t rows, uint64_t candidates)
{
    return candidates * ((rows + ITEMSET_WORD_BITS - 1) / ITEMSET_WORD_BITS) <= MOST_BITMAP_WORDS;
}

/* Whether counting pairs row by row, a step a pair, and looking at each count, takes fewer steps
 * than intersecting columns, some steps each and one a vector of words. */
static bool rows_count_faster(const itemset_tokens *tokens, const itemset_bitmap *map,
                              uint64_t candidates)
{
    enum { STEPS_EACH = 4, VECTOR_WORDS = 8, COUNTS_A_STEP = 4 };
    uint64_t pairs = candidates * candidates / 2;
    uint64_t in_rows = tokens->count * (tokens->count / map->rows) / 2;
    return in_rows + pairs / COUNTS_A_STEP < pairs * (STEPS_EACH + map->plane_words / VECTOR_WORDS);
}

/* The counts of all pairs of candidates, a triangle as itemset_pairs has it. */
static patron_status count_pairs(itemset_scratch *scratch, const itemset_tokens *tokens,
                                 const uint64_t *weights, uint64_t candidates, uint32_t **counts)
{
    uint64_t size = candidates * (candidates - 1) / 2;
    *counts = itemset_scratch_take(scratch, size, sizeof **counts);
    if (*counts == NULL)
        return PATRON_RESOURCE;
    memset(*counts, 0, size * sizeof **counts);
    const uint16_t *row = tokens->labels, *end = row + tokens->count;
    for (uint64_t number = 0; row < end; ++number) {
        uint32_t weight = (uint32_t)weights[number];
        for (uint64_t i = 1;; ++i) {
            uint64_t label = row[i] & (ITEMSET_LAST_TOKEN - 1);
            uint32_t *below = *counts + label * (label - 1) / 2;
            for (uint64_t j = 0; j < i; ++j)
                below[row[j]] += weight;
            if ((row[i] & ITEMSET_LAST_TOKEN) != 0) {
                row += i + 1;
                break;
            }
        }
    }
    return PATRON_OK;
}

patron_status itemset_mine_tokens(itemset_miner *miner, const itemset_tokens *tokens,
                                  const uint64_t *weights, uint64_t rows,
                                  const itemset_candidates *candidates, itemset_part part)
{
    uint64_t starts[ITEMSET_WORD_BITS + 2];
    itemset_bitmap map = {0};
    itemset_branch root = {0};
    if (rows == 0 && !itemset_miner_judges(miner))
        return itemset_miner_emit_leaves(miner, candidates->items, candidates->counts,
                                         candidates->count, part);
    uint32_t all = itemset_candidates_all(candidates);
    if (!bitmaps_fit(rows, all))
        return mine_token_rows(miner, tokens, weights, rows, candidates, part);
    size_planes(weights, rows, &map, starts);
    patron_status status = allocate_bits(&miner->scratch, &map, candidates, &root);
    if (status != PATRON_OK)
        return status;
    spread_tokens(tokens, weights, starts, &map);
    uint32_t *pairs = NULL;
    if (rows > 0 && rows_count_faster(tokens, &map, all))
        status = count_pairs(&miner->scratch, tokens, weights, all, &pairs);
    root.pairs = pairs;
    return status == PATRON_OK ? itemset_search_columns(miner, &map, &root, part) : status;
}
