/* SPDX-License-Identifier: Apache-2.0 */
/* See wire.h. */
#include "itemset/wire.h"

#include "patron/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD = 1, HEAVY = 1, MASKED = 2, UNIT = 4, WEIGHT_WORDS = 2, MASK_WORDS = 3 };

static uint32_t length_of(uint32_t head)
{
    return head / UNIT;
}

/* Words of a row up to its weight. */
static uint64_t content_of(uint32_t head)
{
    return HEAD + ((head & MASKED) != 0 ? MASK_WORDS : length_of(head));
}

static uint64_t words_of(uint32_t head)
{
    return content_of(head) + (uint64_t)(head & HEAVY) * WEIGHT_WORDS;
}

/* With the weight, to a row of which all else is there. */
static uint32_t *weigh(uint32_t *row, uint64_t weight)
{
    if (weight != 1) {
        row[0] += HEAVY;
        memcpy(row + content_of(row[0]), &weight, sizeof weight);
    }
    return row + words_of(row[0]);
}

static uint64_t weight_of(const uint32_t *row)
{
    uint64_t weight = 1;
    if ((row[0] & HEAVY) != 0)
        memcpy(&weight, row + content_of(row[0]), sizeof weight);
    return weight;
}

uint64_t itemset_wire_words(uint32_t length, uint64_t weight)
{
    return HEAD + length + (weight == 1 ? 0 : WEIGHT_WORDS);
}

uint32_t *itemset_wire_close(uint32_t *row, uint32_t length, uint64_t weight)
{
    row[0] = UNIT * length;
    return weigh(row, weight);
}

uint32_t *itemset_wire_put_mask(uint32_t *row, uint32_t item, uint64_t mask, uint64_t weight)
{
    row[0] = UNIT * (1 + (uint32_t)__builtin_popcountll(mask)) + MASKED;
    row[HEAD] = item;
    memcpy(row + HEAD + 1, &mask, sizeof mask);
    return weigh(row, weight);
}

uint32_t *itemset_wire_put(const itemset_rows *rows, uint64_t row, uint64_t length, uint32_t *out)
{
    memcpy(out + HEAD, rows->items + rows->offsets[row], length * sizeof *out);
    return itemset_wire_close(out, (uint32_t)length, rows->weights[row]);
}

static patron_status make_room(itemset_wire_rows *to, uint64_t count, uint64_t items)
{
    itemset_rows *rows = &to->rows;
    uint64_t *offsets = patron_grow(rows->offsets, count + 1, &to->offset_room, sizeof *offsets);
    rows->offsets = offsets == NULL ? rows->offsets : offsets;
    uint64_t *weights = patron_grow(rows->weights, count, &to->weight_room, sizeof *weights);
    rows->weights = weights == NULL ? rows->weights : weights;
    uint32_t *array = patron_grow(rows->items, items, &to->item_room, sizeof *array);
    rows->items = array == NULL ? rows->items : array;
    bool short_of_memory = offsets == NULL || weights == NULL || array == NULL;
    return short_of_memory ? PATRON_RESOURCE : PATRON_OK;
}

patron_status itemset_wire_take(itemset_wire_rows *to, const uint32_t *words, uint64_t count)
{
    itemset_rows *rows = &to->rows;
    uint64_t items = rows->count > 0 ? rows->offsets[rows->count] : 0;
    uint64_t more = 0, more_items = 0;
    for (uint64_t at = 0; at < count; at += words_of(words[at])) {
        ++more;
        more_items += length_of(words[at]);
    }
    patron_status status = make_room(to, rows->count + more, items + more_items);
    if (status != PATRON_OK)
        return status;
    rows->offsets[0] = 0;
    for (uint64_t at = 0; at < count; at += words_of(words[at])) {
        uint64_t length = length_of(words[at]);
        memcpy(rows->items + items, words + at + HEAD, length * sizeof *words);
        items += length;
        rows->weights[rows->count] = weight_of(words + at);
        rows->offsets[++rows->count] = items;
    }
    return PATRON_OK;
}

patron_status itemset_wire_add(itemset_wire_rows *to, const uint32_t *items, uint64_t length,
                               uint64_t weight)
{
    itemset_rows *rows = &to->rows;
    uint64_t used = rows->offsets[rows->count];
    patron_status status = make_room(to, rows->count + 1, used + length);
    if (status != PATRON_OK)
        return status;
    memcpy(rows->items + used, items, length * sizeof *rows->items);
    rows->weights[rows->count] = weight;
    rows->offsets[++rows->count] = used + length;
    return PATRON_OK;
}

uint32_t *itemset_wire_extend(itemset_wire_load *to, uint64_t more)
{
    uint32_t *words = patron_grow(to->words, to->count + more, &to->room, sizeof *words);
    if (words == NULL)
        return NULL;
    to->words = words;
    to->count += more;
    return words + to->count - more;
}

/* The last item of a row; `width` for all from there on. */
static uint32_t last_of(const uint32_t *row, uint32_t width)
{
    uint32_t last = row[(row[0] & MASKED) != 0 ? HEAD : length_of(row[0])];
    return last < width ? last : width;
}

/* Where the rows of each last item begin, and their items: places[] and starts[0 ... width], zero
 * before. */
static void find_places(const itemset_wire_load *from, uint32_t width, uint64_t *places,
                        uint64_t *starts)
{
    for (uint64_t at = 0; at < from->count; at += words_of(from->words[at])) {
        uint32_t last = last_of(from->words + at, width);
        ++places[last];
        starts[last] += length_of(from->words[at]);
    }
    uint64_t place = 0, start = 0;
    for (uint32_t item = 0; item <= width; ++item) {
        uint64_t rows = places[item], items = starts[item];
        places[item] = place;
        starts[item] = start;
        place += rows;
        start += items;
    }
    places[width + 1] = place;
    starts[width + 1] = start;
}

/* The items of a row. */
static void put_items(const uint32_t *row, const itemset_partners *partners, uint32_t *items)
{
    if ((row[0] & MASKED) == 0) {
        memcpy(items, row + HEAD, length_of(row[0]) * sizeof *row);
        return;
    }
    uint64_t mask;
    const uint32_t *names = partners->items + partners->offsets[row[HEAD]];
    memcpy(&mask, row + HEAD + 1, sizeof mask);
    for (; mask != 0; mask &= mask - 1)
        *items++ = names[__builtin_ctzll(mask)];
    *items = row[HEAD];
}

/* Moves places[] and starts[] from the first to behind the last rows of each item. */
static void place_rows(const itemset_wire_load *from, uint32_t width,
                       const itemset_partners *partners, uint64_t *places, uint64_t *starts,
                       itemset_rows *rows)
{
    for (uint64_t at = 0; at < from->count; at += words_of(from->words[at])) {
        const uint32_t *row = from->words + at;
        uint32_t last = last_of(row, width);
        uint64_t place = places[last]++;
        put_items(row, partners, rows->items + starts[last]);
        starts[last] += length_of(row[0]);
        rows->weights[place] = weight_of(row);
        rows->offsets[place + 1] = starts[last];
    }
}

patron_status itemset_wire_sort(const itemset_wire_load *from, uint32_t width,
                                const itemset_partners *partners, itemset_rows *rows,
                                uint64_t **offsets)
{
    uint64_t all = width + UINT64_C(2);
    patron_status status = PATRON_RESOURCE;
    uint64_t *places = patron_allocate(all, sizeof *places);
    uint64_t *starts = patron_allocate(all, sizeof *starts);
    *rows = (itemset_rows){0};
    *offsets = patron_allocate(all, sizeof **offsets);
    if (places == NULL || starts == NULL || *offsets == NULL)
        goto cleanup;
    find_places(from, width, places, starts);
    rows->count = places[width + 1];
    rows->offsets = patron_allocate(rows->count + 1, sizeof *rows->offsets);
    rows->items = patron_allocate(starts[width + 1], sizeof *rows->items);
    rows->weights = patron_allocate(rows->count, sizeof *rows->weights);
    if (rows->offsets == NULL || rows->items == NULL || rows->weights == NULL)
        goto cleanup;
    memcpy(*offsets, places, all * sizeof *places);
    place_rows(from, width, partners, places, starts, rows);
    status = PATRON_OK;

cleanup:
    free(places);
    free(starts);
    return status;
}
