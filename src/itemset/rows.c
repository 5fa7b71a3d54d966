/* SPDX-License-Identifier: Apache-2.0 */
/* Weighted baskets: merging equal ones by a hash table, and the rows of each item. */
#include "itemset/rows.h"

#include "itemset/hash.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { INSERTION_LIMIT = 32 };

void itemset_rows_free(itemset_rows *rows)
{
    free(rows->offsets);
    free(rows->items);
    free(rows->weights);
    *rows = (itemset_rows){0};
}

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

/* What is left of rows 0 ... `next` - 1 is rows 0 ... `kept` - 1. */
typedef struct merging {
    itemset_rows *rows;
    itemset_row_cuts cuts;
    uint64_t *table; /* NULL: equal rows stay */
    uint64_t slots;
    uint64_t next;
    uint64_t start; /* of the items of row `next` */
    uint64_t kept;
    uint64_t merged;
} merging;

/* A table for `count` rows, with those that are kept. */
static patron_status make_table(merging *m, itemset_scratch *scratch, uint64_t count)
{
    const itemset_rows *rows = m->rows;
    m->slots = itemset_hash_slots(count);
    m->table = itemset_scratch_take(scratch, m->slots, sizeof *m->table);
    if (m->table == NULL)
        return PATRON_RESOURCE;
    memset(m->table, 0, m->slots * sizeof *m->table);
    for (uint64_t row = 0; row < m->kept; ++row) {
        uint64_t length = rows->offsets[row + 1] - rows->offsets[row];
        m->table[find_slot(rows, m->table, m->slots, rows->items + rows->offsets[row], length)] =
            row + 1;
    }
    return PATRON_OK;
}

static void merge_until(merging *m, uint64_t end)
{
    itemset_rows *rows = m->rows;
    for (; m->next < end; ++m->next) {
        const uint32_t *items = rows->items + m->start;
        uint64_t length = rows->offsets[m->next + 1] - m->start;
        m->start += length;
        if (m->next < m->cuts.count)
            length = m->cuts.lengths[m->next];
        if (length < 2)
            continue;
        uint64_t *slot = NULL;
        if (m->table != NULL)
            slot = &m->table[find_slot(rows, m->table, m->slots, items, length)];
        if (slot != NULL && *slot != 0) {
            rows->weights[*slot - 1] += rows->weights[m->next];
            ++m->merged;
            continue;
        }
        keep_row(rows, m->kept++, items, length, rows->weights[m->next]);
        if (slot != NULL)
            *slot = m->kept;
    }
}

/* Where hardly any of the first rows are equal, looking for equal ones costs more than it saves. */
patron_status itemset_rows_merge(itemset_rows *rows, const itemset_row_cuts *cuts,
                                 itemset_scratch *scratch, bool *many)
{
    enum { FIRST_ROWS = 1 << 15, FEW = 4 };
    itemset_scratch_mark mark = itemset_scratch_mark_now(scratch);
    uint64_t first = rows->count < FIRST_ROWS ? rows->count : FIRST_ROWS;
    merging m = {.rows = rows};
    if (cuts != NULL)
        m.cuts = *cuts;
    patron_status status = make_table(&m, scratch, *many ? rows->count : first);
    if (status == PATRON_OK)
        merge_until(&m, first);
    if (!*many) {
        *many = m.merged >= first / FEW;
        m.table = NULL;
        if (status == PATRON_OK && *many && first < rows->count)
            status = make_table(&m, scratch, rows->count);
    }
    if (status == PATRON_OK) {
        merge_until(&m, rows->count);
        rows->count = m.kept;
    }
    itemset_scratch_release(scratch, mark);
    return status;
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

bool itemset_rows_are_dense(const itemset_rows *rows, uint32_t width)
{
    uint64_t items = rows->count > 0 ? rows->offsets[rows->count] : 0;
    return rows->count * itemset_row_words(width) * 8 <= items;
}

void itemset_rows_spread(const itemset_rows *rows, uint64_t words, uint64_t *bits)
{
    for (uint64_t row = 0; row < rows->count; ++row)
        for (uint64_t i = rows->offsets[row]; i < rows->offsets[row + 1]; ++i)
            bits[row * words + rows->items[i] / 64] |= UINT64_C(1) << rows->items[i] % 64;
}

void itemset_rows_hold(const uint64_t *bits, uint64_t count, uint64_t words, uint32_t item,
                       uint64_t *held)
{
    const uint64_t *word = bits + item / 64;
    for (uint64_t first = 0; first < count; first += 64) {
        uint64_t end = count - first < 64 ? count - first : 64, holds = 0;
        for (uint64_t row = 0; row < end; ++row, word += words)
            holds |= (*word >> item % 64 & 1) << row;
        held[first / 64] = holds;
    }
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
