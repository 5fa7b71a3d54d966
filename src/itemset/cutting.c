/* SPDX-License-Identifier: Apache-2.0 */
/* Some rows at a time, few enough that their bitmaps stay in a cache: by row, which items it holds,
 * and by item, which rows hold it.  Then branch by branch, so that each one's rows are written from
 * end to end. */
#include "itemset/cutting.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

patron_status itemset_cutting_create(const itemset_partners *partners, bool weighted,
                                     itemset_cutting *cutting)
{
    itemset_pick_kernel kernels[ITEMSET_MOST_PICK_KERNELS];
    itemset_pick_kernels(kernels);
    *cutting = (itemset_cutting){.partners = partners, .pick = kernels[0], .weighted = weighted};
    cutting->rows = patron_allocate(partners->width, sizeof *cutting->rows);
    cutting->counts = patron_allocate(partners->width, sizeof *cutting->counts);
    return cutting->rows == NULL || cutting->counts == NULL ? PATRON_RESOURCE : PATRON_OK;
}

void itemset_cutting_free(itemset_cutting *cutting)
{
    free(cutting->rows);
    free(cutting->words);
    free(cutting->bits);
    free(cutting->held);
    free(cutting->counts);
    free(cutting->weights);
    *cutting = (itemset_cutting){0};
}

/* A run of rows. */
typedef struct row_run {
    const itemset_rows *rows;
    uint64_t first, count;
    uint64_t held_words; /* of an item, a bit a row */
} row_run;

/* ---- bitmaps ---- */

static patron_status grow_zeros(uint64_t **words, uint64_t count, uint64_t *room)
{
    uint64_t *grown = patron_grow(*words, count, room, sizeof *grown);
    if (grown == NULL)
        return PATRON_RESOURCE;
    memset(grown, 0, count * sizeof *grown);
    *words = grown;
    return PATRON_OK;
}

/* bits[], held[] and counts[] of the run's rows; *longest: items of one that are counted in pairs.
 */
static patron_status spread_rows(itemset_cutting *c, const row_run *run, uint64_t *longest)
{
    const itemset_partners *partners = c->partners;
    if (grow_zeros(&c->bits, run->count * partners->words, &c->bit_room) != PATRON_OK ||
        grow_zeros(&c->held, partners->width * run->held_words, &c->held_room) != PATRON_OK)
        return PATRON_RESOURCE;
    memset(c->counts, 0, partners->width * sizeof *c->counts);
    for (uint64_t row = 0; row < run->count; ++row) {
        const itemset_span span = itemset_rows_span(run->rows, run->first + row);
        uint64_t *bits = c->bits + row * partners->words;
        uint64_t *held = c->held + row / ITEMSET_MASK_ITEMS;
        uint64_t of_row = UINT64_C(1) << row % ITEMSET_MASK_ITEMS;
        const uint32_t *item = span.first;
        for (; item < span.end && *item < partners->width; ++item) {
            bits[*item / ITEMSET_MASK_ITEMS] |= UINT64_C(1) << *item % ITEMSET_MASK_ITEMS;
            held[*item * run->held_words] |= of_row;
            ++c->counts[*item];
        }
        uint64_t length = (uint64_t)(item - span.first);
        *longest = length > *longest ? length : *longest;
    }
    return PATRON_OK;
}

/* Room for the rows of all branches. */
static patron_status make_room(itemset_cutting *c, uint64_t longest)
{
    const itemset_partners *partners = c->partners;
    uint64_t words = 0, most = 0;
    for (uint32_t item = 0; item < partners->width; ++item) {
        uint64_t rows = c->counts[item], tokens = partners->counts[item];
        if (tokens == 0)
            continue;
        tokens = tokens < longest ? tokens : longest;
        /* a token is put behind the last one before it is known whether it counts */
        words += partners->labels[item] == NULL ? rows : 1 + itemset_token_words(rows * tokens);
        words += c->weighted ? rows : 0;
        most = rows > most ? rows : most;
    }
    uint64_t *room = patron_grow(c->words, words, &c->word_room, sizeof *room);
    c->words = room == NULL ? c->words : room;
    uint64_t *weights = patron_grow(c->weights, most, &c->weight_room, sizeof *weights);
    c->weights = weights == NULL ? c->weights : weights;
    return room == NULL || weights == NULL ? PATRON_RESOURCE : PATRON_OK;
}

/* ---- branches ---- */

/* The tokens of a row, to out[]; returns how many, 0 where there are less than two. */
static uint64_t put_tokens(const uint16_t *labels, itemset_span row, uint16_t *out)
{
    uint64_t used = 0;
    for (const uint32_t *item = row.first; item < row.end; ++item) {
        uint16_t label = labels[*item];
        out[used] = label;
        used += label != ITEMSET_NO_TOKEN;
    }
    if (used < 2)
        return 0;
    out[used - 1] |= ITEMSET_LAST_TOKEN;
    return used;
}

/* The items of a row that may be partners of `item`. */
static itemset_span partner_span(const itemset_partners *partners, itemset_span row, uint32_t item)
{
    uint32_t end = partners->judged ? partners->width : item;
    while (row.end > row.first && row.end[-1] >= end)
        --row.end;
    return row;
}

static void cut_tokens(itemset_cutting *c, const row_run *run, uint32_t item,
                       itemset_branch_rows *to)
{
    const uint64_t *held = c->held + item * run->held_words;
    uint16_t *out = (uint16_t *)(c->words + c->word_count);
    for (uint64_t word = 0; word < run->held_words; ++word)
        for (uint64_t left = held[word]; left != 0; left &= left - 1) {
            uint64_t row = run->first + ITEMSET_MASK_ITEMS * word + (uint64_t)__builtin_ctzll(left);
            itemset_span span = itemset_rows_span(run->rows, row);
            uint64_t tokens = put_tokens(c->partners->labels[item],
                                         partner_span(c->partners, span, item), out + to->tokens);
            c->weights[to->rows] = run->rows->weights[row];
            to->rows += tokens > 0;
            to->tokens += tokens;
        }
    c->word_count += itemset_token_words(to->tokens);
}

static void cut_masks(itemset_cutting *c, const row_run *run, uint32_t item,
                      itemset_branch_rows *to)
{
    const itemset_partners *partners = c->partners;
    const itemset_bit_rows rows = {c->bits, partners->words, run->rows->weights + run->first};
    to->rows =
        c->pick(&rows, c->held + item * run->held_words, run->held_words,
                partners->bits + item * partners->words, c->words + c->word_count, c->weights);
    c->word_count += to->rows;
}

static void cut_branch(itemset_cutting *c, const row_run *run, uint32_t item)
{
    itemset_branch_rows *to = &c->rows[item];
    *to = (itemset_branch_rows){.content = c->words + c->word_count};
    if (c->partners->counts[item] == 0 || c->counts[item] == 0)
        return;
    if (c->partners->labels[item] != NULL)
        cut_tokens(c, run, item, to);
    else
        cut_masks(c, run, item, to);
    to->weights = c->words + c->word_count;
    if (c->weighted) {
        memcpy(c->words + c->word_count, c->weights, to->rows * sizeof *c->words);
        c->word_count += to->rows;
    }
}

patron_status itemset_cut(itemset_cutting *cutting, const itemset_rows *rows, uint64_t first,
                          uint64_t end)
{
    row_run run = {.rows = rows, .first = first, .count = end - first};
    run.held_words = run.count / ITEMSET_MASK_ITEMS + 1;
    uint64_t longest = 0;
    cutting->word_count = 0;
    patron_status status = spread_rows(cutting, &run, &longest);
    if (status == PATRON_OK)
        status = make_room(cutting, longest);
    for (uint32_t item = 0; item < cutting->partners->width && status == PATRON_OK; ++item)
        cut_branch(cutting, &run, item);
    return status;
}

/* ---- sheaves ---- */

uint64_t itemset_cutting_words(const itemset_cutting *cutting, const uint32_t *branches,
                               uint64_t count)
{
    uint64_t words = ITEMSET_SHEAF_HEAD * count;
    for (uint64_t i = 0; i < count; ++i)
        words += itemset_sheaf_words(&cutting->rows[branches[i]], cutting->weighted);
    return words;
}

uint64_t *itemset_cutting_bundle(const itemset_cutting *cutting, const uint32_t *branches,
                                 uint64_t count, uint64_t *sheaf)
{
    uint64_t *end = sheaf + ITEMSET_SHEAF_HEAD * count;
    for (uint64_t i = 0; i < count; ++i)
        end = itemset_sheaf_put(sheaf, i, &cutting->rows[branches[i]], cutting->weighted, end);
    return end;
}
