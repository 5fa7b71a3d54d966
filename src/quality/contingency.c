/* SPDX-License-Identifier: Apache-2.0 */
/* Counting pairs of labels.  A small table is counted whole by each thread, and all are added up;
 * of a large one each rank lists its pairs, sorts them by two passes of counting (column, then
 * row), and merges equal ones, and so again with what all ranks have found.  Both are linear in
 * rows. */
#include "quality/contingency.h"

#include "patron/memory.h"
#include "runtime/meter.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_DENSE = 1 << 18 }; /* cells of a table that is held whole */

typedef struct cell_list {
    uint64_t count;
    patron_contingency_cell *cells;
} cell_list;

/* ---- a small table ---- */

static void count_dense(const patron_labelled_rows *labelled, int threads, uint64_t cells,
                        uint64_t *tables)
{
#pragma omp parallel for num_threads(threads) schedule(static)
    for (int t = 0; t < threads; ++t) {
        uint64_t from = labelled->count / (uint64_t)threads * (uint64_t)t;
        uint64_t to =
            t + 1 < threads ? from + labelled->count / (uint64_t)threads : labelled->count;
        uint64_t *table = tables + cells * (uint64_t)t;
        for (uint64_t i = from; i < to; ++i) {
            int64_t row = labelled->first[i], column = labelled->second[i];
            if (row >= 0 && column >= 0)
                ++table[row * labelled->columns + column];
        }
    }
}

static patron_status list_dense(const patron_comm *comm, int threads,
                                const patron_labelled_rows *labelled, cell_list *list)
{
    uint64_t cells = (uint64_t)labelled->rows * labelled->columns, found = 0;
    uint64_t *tables = patron_allocate(cells * (uint64_t)threads, sizeof *tables);
    patron_status status = patron_comm_agree(comm, tables == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status != PATRON_OK)
        goto cleanup;
    count_dense(labelled, threads, cells, tables);
    for (uint64_t i = cells; i < cells * (uint64_t)threads; ++i)
        tables[i % cells] += tables[i];
    patron_comm_reduce_u64(comm, tables, cells, PATRON_SUM);
    for (uint64_t i = 0; i < cells; ++i)
        found += tables[i] > 0 ? 1 : 0;
    list->cells = patron_allocate(found, sizeof *list->cells);
    status = patron_comm_agree(comm, list->cells == NULL ? PATRON_RESOURCE : PATRON_OK);
    for (uint64_t i = 0; status == PATRON_OK && i < cells; ++i)
        if (tables[i] > 0)
            list->cells[list->count++] =
                (patron_contingency_cell){.row = (uint32_t)(i / labelled->columns),
                                          .column = (uint32_t)(i % labelled->columns),
                                          .count = tables[i]};
cleanup:
    free(tables);
    return status;
}

/* ---- a large one ---- */

/* `from` into `to`, ascending by row or by column, equal ones in their order; starts[] has room for
 * as many as there are rows or columns, and one more. */
static void sort_by(const cell_list *from, patron_contingency_cell *to, bool by_row, uint64_t keys,
                    uint64_t *starts)
{
    memset(starts, 0, (keys + 1) * sizeof *starts);
    for (uint64_t i = 0; i < from->count; ++i)
        ++starts[(by_row ? from->cells[i].row : from->cells[i].column) + 1];
    for (uint64_t k = 0; k < keys; ++k)
        starts[k + 1] += starts[k];
    for (uint64_t i = 0; i < from->count; ++i)
        to[starts[by_row ? from->cells[i].row : from->cells[i].column]++] = from->cells[i];
}

/* Sorts the list and adds up equal cells. */
static patron_status merge_cells(const patron_labelled_rows *labelled, cell_list *list)
{
    uint64_t keys = labelled->rows > labelled->columns ? labelled->rows : labelled->columns;
    uint64_t *starts = patron_allocate(keys + 1, sizeof *starts);
    cell_list sorted = {.count = list->count,
                        .cells = patron_allocate(list->count, sizeof *sorted.cells)};
    patron_status status = starts == NULL || sorted.cells == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status != PATRON_OK)
        goto cleanup;
    sort_by(list, sorted.cells, false, labelled->columns, starts);
    sort_by(&sorted, list->cells, true, labelled->rows, starts);
    uint64_t kept = 0;
    for (uint64_t i = 0; i < list->count; ++i) {
        const patron_contingency_cell *cell = &list->cells[i];
        patron_contingency_cell *last = kept > 0 ? &list->cells[kept - 1] : NULL;
        if (last != NULL && last->row == cell->row && last->column == cell->column)
            last->count += cell->count;
        else
            list->cells[kept++] = *cell;
    }
    list->count = kept;
cleanup:
    free(starts);
    free(sorted.cells);
    return status;
}

/* The cells of this rank's rows. */
static patron_status list_own(const patron_labelled_rows *labelled, cell_list *list)
{
    list->cells = patron_allocate(labelled->count, sizeof *list->cells);
    if (list->cells == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < labelled->count; ++i)
        if (labelled->first[i] >= 0 && labelled->second[i] >= 0)
            list->cells[list->count++] =
                (patron_contingency_cell){.row = (uint32_t)labelled->first[i],
                                          .column = (uint32_t)labelled->second[i],
                                          .count = 1};
    return merge_cells(labelled, list);
}

static patron_status list_sparse(const patron_comm *comm, const patron_labelled_rows *labelled,
                                 cell_list *list)
{
    cell_list own = {0};
    void *cells = NULL;
    uint64_t bytes = 0;
    patron_status status = list_own(labelled, &own);
    status =
        patron_comm_gather(comm, status, own.cells, own.count * sizeof *own.cells, &cells, &bytes);
    free(own.cells);
    *list = (cell_list){.cells = cells, .count = bytes / sizeof *own.cells};
    return status == PATRON_OK ? patron_comm_agree(comm, merge_cells(labelled, list)) : status;
}

/* ---- either ---- */

static void count_left_out(const patron_comm *comm, int threads,
                           const patron_labelled_rows *labelled, patron_contingency *table)
{
    uint64_t either = 0, first = 0, second = 0;
#pragma omp parallel for num_threads(threads) reduction(+ : either, first, second)
    for (uint64_t i = 0; i < labelled->count; ++i) {
        first += labelled->first[i] < 0 ? 1 : 0;
        second += labelled->second[i] < 0 ? 1 : 0;
        either += labelled->first[i] < 0 || labelled->second[i] < 0 ? 1 : 0;
    }
    uint64_t counts[] = {either, first, second};
    patron_comm_reduce_u64(comm, counts, 3, PATRON_SUM);
    table->left_out = counts[0];
    table->left_out_first = counts[1];
    table->left_out_second = counts[2];
}

static patron_status add_up(patron_contingency *table)
{
    table->row_sum = patron_allocate(table->rows, sizeof *table->row_sum);
    table->column_sum = patron_allocate(table->columns, sizeof *table->column_sum);
    if (table->row_sum == NULL || table->column_sum == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < table->cell_count; ++i) {
        table->total += table->cell[i].count;
        table->row_sum[table->cell[i].row] += table->cell[i].count;
        table->column_sum[table->cell[i].column] += table->cell[i].count;
    }
    return PATRON_OK;
}

patron_status patron_contingency_count(const patron_comm *comm, int threads,
                                       const patron_labelled_rows *labelled,
                                       patron_contingency *table)
{
    bool is_dense = (uint64_t)labelled->rows * labelled->columns <= MOST_DENSE;
    cell_list list = {0};
    *table = (patron_contingency){.rows = labelled->rows, .columns = labelled->columns};
    patron_span span = patron_meter_arrive(comm, PATRON_STEP_CONTINGENCY);
    count_left_out(comm, threads, labelled, table);
    patron_status status =
        is_dense ? list_dense(comm, threads, labelled, &list) : list_sparse(comm, labelled, &list);
    patron_meter_leave(span, 0, 0);
    table->cell = list.cells;
    table->cell_count = list.count;
    return status == PATRON_OK ? patron_comm_agree(comm, add_up(table)) : status;
}

void patron_contingency_free(patron_contingency *table)
{
    free(table->cell);
    free(table->row_sum);
    free(table->column_sum);
    *table = (patron_contingency){0};
}
