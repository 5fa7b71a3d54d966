/* SPDX-License-Identifier: Apache-2.0 */
/* The exact matching of maximum weight in a bipartite graph: Kuhn, "The Hungarian method for the
 * assignment problem", Naval Research Logistics 2 (1955), as shortest augmenting paths from one row
 * at a time (Jonker and Volgenant, Computing 38 (1987)) over the cells that are not 0, by
 * Dijkstra's algorithm with a heap (Edmonds and Karp, JACM 19 (1972)).
 *
 * Potentials u of rows and v of columns, none below 0, keep u + v >= count on every cell, with
 * equality on those that are paired; what has no partner has potential 0.  Integers throughout.  A
 * path ends at a column without a partner, or at a row that is better left without one. */
#include "quality/matching.h"

#include "patron/memory.h"

#include <stdbool.h>
#include <stdlib.h>

enum { WITHOUT = -1 };

typedef struct heap_entry {
    uint64_t distance;
    uint32_t column, row; /* the row that it is reached from */
} heap_entry;

typedef struct matcher {
    const patron_contingency *table;
    uint64_t *starts;       /* rows + 1: the cells of each row */
    uint64_t *row_price;    /* u */
    uint64_t *column_price; /* v */
    int64_t *row_partner;   /* the column, or WITHOUT */
    int64_t *column_partner;
    heap_entry *heap; /* of at most as many entries as there are cells */
    uint64_t heap_count;
    /* of the search at hand */
    uint32_t *reached_rows, *reached_columns; /* in order, the first row being the start */
    uint64_t *row_distance;                   /* beside reached_rows */
    uint64_t *column_distance;                /* beside reached_columns */
    uint64_t rows_reached, columns_reached;
    uint32_t *column_from; /* the row that a column was reached from */
    uint32_t *seen;        /* of columns: row + 1 of the search that reached it */
    uint32_t *offered;     /* likewise, of the search that offered it last, */
    uint64_t *offer;       /* and how near */
    uint64_t bound;        /* a path of that length is known */
} matcher;

static bool is_before(const heap_entry *a, const heap_entry *b)
{
    if (a->distance != b->distance)
        return a->distance < b->distance;
    return a->column != b->column ? a->column < b->column : a->row < b->row;
}

static void push(matcher *m, heap_entry entry)
{
    uint64_t at = m->heap_count++;
    for (; at > 0 && is_before(&entry, &m->heap[(at - 1) / 2]); at = (at - 1) / 2)
        m->heap[at] = m->heap[(at - 1) / 2];
    m->heap[at] = entry;
}

static heap_entry pop(matcher *m)
{
    heap_entry top = m->heap[0], last = m->heap[--m->heap_count];
    uint64_t at = 0;
    for (uint64_t child = 1; child < m->heap_count; child = 2 * at + 1) {
        if (child + 1 < m->heap_count && is_before(&m->heap[child + 1], &m->heap[child]))
            ++child;
        if (!is_before(&m->heap[child], &last))
            break;
        m->heap[at] = m->heap[child];
        at = child;
    }
    m->heap[at] = last;
    return top;
}

/* ---- one search ---- */

static void lower_bound(matcher *m, uint64_t distance)
{
    m->bound = distance < m->bound ? distance : m->bound;
}

/* Offers a column unless it was offered from as near, or a path as short is known. */
static void offer_column(matcher *m, heap_entry entry, uint32_t search)
{
    bool is_known = m->offered[entry.column] == search && m->offer[entry.column] <= entry.distance;
    if (entry.distance > m->bound || is_known)
        return;
    m->offered[entry.column] = search;
    m->offer[entry.column] = entry.distance;
    if (m->column_partner[entry.column] == WITHOUT)
        lower_bound(m, entry.distance);
    push(m, entry);
}

/* Takes a row into the tree, and offers the columns of its cells. */
static void reach_row(matcher *m, uint32_t row, uint64_t distance, uint32_t search)
{
    m->reached_rows[m->rows_reached] = row;
    m->row_distance[m->rows_reached++] = distance;
    lower_bound(m, distance + m->row_price[row]);
    for (uint64_t i = m->starts[row]; i < m->starts[row + 1]; ++i) {
        const patron_contingency_cell *cell = &m->table->cell[i];
        uint64_t slack = m->row_price[row] + m->column_price[cell->column] - cell->count;
        offer_column(m, (heap_entry){distance + slack, cell->column, row}, search);
    }
}

/* Where the best path from a row ends: at `column`, or where that is WITHOUT at `row`, which then
 * has no partner; and how long it is. */
typedef struct path_end {
    int64_t column;
    uint32_t row;
    uint64_t distance;
} path_end;

static path_end search_from(matcher *m, uint32_t row)
{
    uint32_t search = row + 1;
    path_end end = {.column = WITHOUT, .row = row, .distance = m->row_price[row]};
    m->rows_reached = m->columns_reached = m->heap_count = 0;
    m->bound = m->row_price[row];
    reach_row(m, row, 0, search);
    while (m->heap_count > 0 && m->heap[0].distance <= end.distance) {
        heap_entry entry = pop(m);
        if (m->seen[entry.column] == search)
            continue;
        m->seen[entry.column] = search;
        m->column_from[entry.column] = entry.row;
        if (m->column_partner[entry.column] == WITHOUT)
            return (path_end){.column = entry.column, .distance = entry.distance};
        m->reached_columns[m->columns_reached] = entry.column;
        m->column_distance[m->columns_reached++] = entry.distance;
        uint32_t next = (uint32_t)m->column_partner[entry.column];
        if (entry.distance + m->row_price[next] < end.distance)
            end = (path_end){
                .column = WITHOUT, .row = next, .distance = entry.distance + m->row_price[next]};
        reach_row(m, next, entry.distance, search);
    }
    return end;
}

/* Prices after a search of length end->distance: what was reached earlier changes by the rest. */
static void change_prices(matcher *m, const path_end *end)
{
    for (uint64_t i = 0; i < m->rows_reached; ++i)
        if (m->row_distance[i] < end->distance)
            m->row_price[m->reached_rows[i]] -= end->distance - m->row_distance[i];
    for (uint64_t i = 0; i < m->columns_reached; ++i)
        if (m->column_distance[i] < end->distance)
            m->column_price[m->reached_columns[i]] += end->distance - m->column_distance[i];
}

/* Pairs along the path from `start`, back from its end. */
static void take_path(matcher *m, uint32_t start, const path_end *end)
{
    int64_t column = end->column;
    if (column == WITHOUT) {
        column = m->row_partner[end->row];
        m->row_partner[end->row] = WITHOUT;
        if (end->row == start)
            return;
    }
    uint32_t row = start;
    do {
        row = m->column_from[column];
        int64_t before = m->row_partner[row];
        m->column_partner[column] = row;
        m->row_partner[row] = column;
        column = before;
    } while (row != start);
}

static void match_row(matcher *m, uint32_t row)
{
    for (uint64_t i = m->starts[row]; i < m->starts[row + 1]; ++i) {
        const patron_contingency_cell *cell = &m->table->cell[i];
        uint64_t price = m->column_price[cell->column];
        if (cell->count > price && cell->count - price > m->row_price[row])
            m->row_price[row] = cell->count - price;
    }
    path_end end = search_from(m, row);
    change_prices(m, &end);
    take_path(m, row, &end);
}

/* ---- all rows ---- */

static patron_status create(const patron_contingency *table, matcher *m)
{
    uint64_t rows = table->rows, columns = table->columns;
    *m = (matcher){.table = table,
                   .starts = patron_allocate(rows + 1, sizeof *m->starts),
                   .row_price = patron_allocate(rows, sizeof *m->row_price),
                   .column_price = patron_allocate(columns, sizeof *m->column_price),
                   .row_partner = patron_allocate(rows, sizeof *m->row_partner),
                   .column_partner = patron_allocate(columns, sizeof *m->column_partner),
                   .heap = patron_allocate(table->cell_count, sizeof *m->heap),
                   .reached_rows = patron_allocate(rows, sizeof *m->reached_rows),
                   .reached_columns = patron_allocate(columns, sizeof *m->reached_columns),
                   .row_distance = patron_allocate(rows, sizeof *m->row_distance),
                   .column_distance = patron_allocate(columns, sizeof *m->column_distance),
                   .column_from = patron_allocate(columns, sizeof *m->column_from),
                   .seen = patron_allocate(columns, sizeof *m->seen),
                   .offered = patron_allocate(columns, sizeof *m->offered),
                   .offer = patron_allocate(columns, sizeof *m->offer)};
    if (m->starts == NULL || m->row_price == NULL || m->column_price == NULL ||
        m->row_partner == NULL || m->column_partner == NULL || m->heap == NULL ||
        m->reached_rows == NULL || m->reached_columns == NULL || m->row_distance == NULL ||
        m->column_distance == NULL || m->column_from == NULL || m->seen == NULL ||
        m->offered == NULL || m->offer == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < table->cell_count; ++i)
        ++m->starts[table->cell[i].row + 1];
    for (uint64_t r = 0; r < rows; ++r) {
        m->starts[r + 1] += m->starts[r];
        m->row_partner[r] = WITHOUT;
    }
    for (uint64_t c = 0; c < columns; ++c)
        m->column_partner[c] = WITHOUT;
    return PATRON_OK;
}

static void release(matcher *m)
{
    free(m->starts);
    free(m->row_price);
    free(m->column_price);
    free(m->row_partner);
    free(m->column_partner);
    free(m->heap);
    free(m->reached_rows);
    free(m->reached_columns);
    free(m->row_distance);
    free(m->column_distance);
    free(m->column_from);
    free(m->seen);
    free(m->offered);
    free(m->offer);
}

patron_status patron_matching_find(const patron_contingency *table, uint32_t *partner)
{
    matcher m;
    patron_status status = create(table, &m);
    for (uint32_t row = 0; status == PATRON_OK && row < table->rows; ++row)
        match_row(&m, row);
    for (uint32_t row = 0; status == PATRON_OK && row < table->rows; ++row)
        partner[row] =
            m.row_partner[row] == WITHOUT ? PATRON_UNMATCHED : (uint32_t)m.row_partner[row];
    release(&m);
    return status;
}
