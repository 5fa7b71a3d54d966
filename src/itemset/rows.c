/* SPDX-License-Identifier: Apache-2.0 */
/* Weighted baskets: merging equal ones by a hash table, and the rows of each item. */
#include "itemset/rows.h"

#include "itemset/hash.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { INSERTION_LIMIT = 32 };

patron_status itemset_rows_take(itemset_scratch *scratch, uint64_t count, uint64_t items,
                                itemset_rows *rows)
{
    rows->count = 0;
    rows->offsets = itemset_scratch_take(scratch, count + 1, sizeof *rows->offsets);
    rows->weights = itemset_scratch_take(scratch, count, sizeof *rows->weights);
    rows->items = itemset_scratch_take(scratch, items, sizeof *rows->items);
    if (rows->offsets == NULL || rows->weights == NULL || rows->items == NULL)
        return PATRON_RESOURCE;
    rows->offsets[0] = 0;
    return PATRON_OK;
}

static bool row_equals(const itemset_rows *rows, uint64_t row, const uint32_t *items,
                       uint64_t length)
{
    uint64_t start = rows->offsets[row];
    return rows->offsets[row + 1] - start == length &&
           memcmp(rows->items + start, items, length * sizeof *items) == 0;
}

/* The table holds row + 1; 0 is free.  Returns the equal row's slot or the free one. */
static uint64_t find_slot(const itemset_rows *rows, const uint64_t *table, uint64_t slots,
                          const uint32_t *items, uint64_t length)
{
    uint64_t slot = itemset_hash_items(items, length) & (slots - 1);
    while (table[slot] != 0 && !row_equals(rows, table[slot] - 1, items, length))
        slot = (slot + 1) & (slots - 1);
    return slot;
}

static void keep_row(itemset_rows *rows, uint64_t kept, const uint32_t *items, uint64_t length,
                     uint64_t weight)
{
    memmove(rows->items + rows->offsets[kept], items, length * sizeof *items);
    rows->offsets[kept + 1] = rows->offsets[kept] + length;
    rows->weights[kept] = weight;
}

patron_status itemset_rows_merge(itemset_rows *rows, itemset_scratch *scratch)
{
    itemset_scratch_mark mark = itemset_scratch_mark_now(scratch);
    uint64_t slots = itemset_hash_slots(rows->count);
    uint64_t *table = itemset_scratch_take(scratch, slots, sizeof *table);
    if (table == NULL)
        return PATRON_RESOURCE;
    memset(table, 0, slots * sizeof *table);
    uint64_t kept = 0;
    uint64_t start = 0;
    for (uint64_t row = 0; row < rows->count; ++row) {
        uint64_t end = rows->offsets[row + 1];
        const uint32_t *items = rows->items + start;
        uint64_t length = end - start;
        start = end;
        if (length < 2)
            continue;
        uint64_t slot = find_slot(rows, table, slots, items, length);
        if (table[slot] != 0) {
            rows->weights[table[slot] - 1] += rows->weights[row];
        } else {
            keep_row(rows, kept, items, length, rows->weights[row]);
            table[slot] = ++kept;
        }
    }
    rows->count = kept;
    itemset_scratch_release(scratch, mark);
    return PATRON_OK;
}

uint64_t itemset_rows_count_from(const itemset_rows *rows, uint32_t first, uint32_t width,
                                 uint64_t *offsets)
{
    uint64_t total = rows->count > 0 ? rows->offsets[rows->count] : 0;
    memset(offsets, 0, ((uint64_t)width + 1) * sizeof *offsets);
    for (uint64_t i = 0; i < total; ++i)
        offsets[rows->items[i] + 1] += rows->items[i] >= first;
    for (uint32_t item = 0; item < width; ++item)
        offsets[item + 1] += offsets[item];
    return offsets[width];
}

void itemset_rows_transpose(const itemset_rows *rows, uint32_t first, uint32_t width,
                            uint64_t *offsets, uint64_t *occurrences)
{
    for (uint64_t row = 0; row < rows->count; ++row)
        for (uint64_t i = rows->offsets[row + 1]; i > rows->offsets[row]; --i) {
            if (rows->items[i - 1] < first)
                break;
            occurrences[offsets[rows->items[i - 1]]++] = row;
        }
    memmove(offsets + 1, offsets, (uint64_t)width * sizeof *offsets);
    offsets[0] = 0;
}

static int compare_items(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

void itemset_sort_items(uint32_t *items, uint64_t count)
{
    if (count > INSERTION_LIMIT) {
        qsort(items, count, sizeof *items, compare_items);
        return;
    }
    for (uint64_t i = 1; i < count; ++i) {
        uint32_t item = items[i];
        uint64_t place = i;
        for (; place > 0 && items[place - 1] > item; --place)
            items[place] = items[place - 1];
        items[place] = item;
    }
}
