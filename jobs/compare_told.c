/* SPDX-License-Identifier: Apache-2.0 */
/* Which counts of a table are told: not the small ones, nor as many others as it takes that none of
 * them is what a sum leaves.  Complementary cell suppression (Cox, "Suppression methodology and
 * statistical disclosure control", 1980), one line of the table after the other; it does not look
 * for what several lines tell together.  How large a segment is other jobs tell, too: its sum is
 * told or not as they do, and is no means to hide a cell. */
#include "compare_run.h"

#include "model/group_least.h"
#include "patron/memory.h"

#include <math.h>
#include <stdlib.h>

/* What is not told of a row or a column, its sum apart; or of all sums of rows, or of columns. */
typedef struct line {
    uint64_t count, customers;
} line;

typedef struct withholding {
    const patron_contingency *table;
    compare_told *told;
    uint64_t least;
    uint32_t pinned;          /* so many first sums are told in any case */
    bool spares_cells;        /* a sum is withheld rather than a cell: no job tells it */
    const uint32_t *partner;  /* of each row that is a segment: those who are in it stayed, and
                                 how many did is told; NULL: it is not */
    line *of[COMPARE_SIDES];  /* rows, columns */
    line sums[COMPARE_SIDES]; /* of the sums of rows, of columns */
    uint64_t *cells[COMPARE_SIDES]; /* in the order of rows, of columns */
    uint64_t *begin[COMPARE_SIDES]; /* of a line's cells in that; one more than lines */
    const uint64_t *sum[COMPARE_SIDES];
    uint32_t lines[COMPARE_SIDES];
} withholding;

static uint32_t place_on(const patron_contingency_cell *cell, int side)
{
    return side == COMPARE_FIRST ? cell->row : cell->column;
}

static void withhold_cell(withholding *w, uint64_t index)
{
    const patron_contingency_cell *cell = &w->table->cell[index];
    w->told->cell[index] = false;
    for (int side = 0; side < COMPARE_SIDES; ++side) {
        line *of = &w->of[side][place_on(cell, side)];
        ++of->count;
        of->customers += cell->count;
    }
}

static void withhold_sum(withholding *w, int side, uint32_t index)
{
    w->told->sum[side][index] = false;
    ++w->sums[side].count;
    w->sums[side].customers += w->sum[side][index];
}

/* ---- lines that tell what is withheld of them ---- */

static bool is_safe(const withholding *w, line of, bool is_sum_told)
{
    return is_sum_told ? of.count == 0 || (of.count > 1 && of.customers >= w->least) : of.count > 0;
}

/* Withholds the sum, where it may be, or the least cell that is told; whether there was one. */
static bool mend_line(withholding *w, int side, uint32_t index)
{
    uint64_t least = UINT64_MAX;
    if (w->spares_cells && w->told->sum[side][index]) {
        withhold_sum(w, side, index);
        return true;
    }
    for (uint64_t i = w->begin[side][index]; i < w->begin[side][index + 1]; ++i) {
        uint64_t cell = w->cells[side][i];
        if (w->told->cell[cell] &&
            (least == UINT64_MAX || w->table->cell[cell].count < w->table->cell[least].count))
            least = cell;
    }
    if (least != UINT64_MAX)
        withhold_cell(w, least);
    return least != UINT64_MAX;
}

/* Withholds the least sum of a row or column that is told; whether there was one. */
static bool mend_sums(withholding *w, int side)
{
    uint32_t least = UINT32_MAX;
    for (uint32_t i = 0; w->spares_cells && i < w->lines[side]; ++i)
        if (w->told->sum[side][i] && w->sum[side][i] > 0 &&
            (least == UINT32_MAX || w->sum[side][i] < w->sum[side][least]))
            least = i;
    if (least != UINT32_MAX)
        withhold_sum(w, side, least);
    return least != UINT32_MAX;
}

/* Withholds the least cell that is told of those who stayed, or of those who moved, where they tell
 * together what is withheld of them; whether there was one. */
static bool mend_stayed(withholding *w, bool has_stayed)
{
    uint64_t least = UINT64_MAX;
    line of = {0};
    for (uint64_t i = 0; i < w->table->cell_count; ++i) {
        const patron_contingency_cell *cell = &w->table->cell[i];
        if (cell->row < w->pinned || cell->column < w->pinned ||
            (w->partner[cell->row - w->pinned] == cell->column - w->pinned) != has_stayed)
            continue;
        if (!w->told->cell[i]) {
            ++of.count;
            of.customers += cell->count;
        } else if (least == UINT64_MAX || cell->count < w->table->cell[least].count) {
            least = i;
        }
    }
    if (is_safe(w, of, true) || least == UINT64_MAX)
        return false;
    withhold_cell(w, least);
    return true;
}

static void mend(withholding *w)
{
    for (bool goes_on = true; goes_on;) {
        goes_on = w->partner != NULL && (mend_stayed(w, true) || mend_stayed(w, false));
        for (int side = 0; side < COMPARE_SIDES; ++side) {
            for (uint32_t i = 0; i < w->lines[side]; ++i)
                if (w->sum[side][i] > 0 && !is_safe(w, w->of[side][i], w->told->sum[side][i]))
                    goes_on = mend_line(w, side, i) || goes_on;
            if (!is_safe(w, w->sums[side], true))
                goes_on = mend_sums(w, side) || goes_on;
        }
    }
}

/* ---- a table ---- */

/* Cells by line, in the order of the table. */
static void sort_cells(withholding *w, int side)
{
    const patron_contingency *table = w->table;
    uint64_t *begin = w->begin[side];
    for (uint64_t i = 0; i < table->cell_count; ++i)
        ++begin[place_on(&table->cell[i], side) + 1];
    for (uint32_t i = 0; i < w->lines[side]; ++i)
        begin[i + 1] += begin[i];
    for (uint64_t i = table->cell_count; i-- > 0;)
        w->cells[side][--begin[place_on(&table->cell[i], side) + 1]] = i;
    for (uint32_t i = 0; i < w->lines[side]; ++i)
        begin[i] = begin[i + 1];
    begin[w->lines[side]] = table->cell_count;
}

static patron_status create(withholding *w)
{
    const patron_contingency *table = w->table;
    bool complete = true;
    w->lines[COMPARE_FIRST] = table->rows;
    w->lines[COMPARE_SECOND] = table->columns;
    w->sum[COMPARE_FIRST] = table->row_sum;
    w->sum[COMPARE_SECOND] = table->column_sum;
    for (int side = 0; side < COMPARE_SIDES; ++side) {
        uint64_t lines = w->lines[side];
        w->of[side] = patron_allocate(lines, sizeof *w->of[side]);
        w->cells[side] = patron_allocate(table->cell_count, sizeof *w->cells[side]);
        w->begin[side] = patron_allocate(lines + 1, sizeof *w->begin[side]);
        complete =
            complete && w->of[side] != NULL && w->cells[side] != NULL && w->begin[side] != NULL;
        if (complete)
            sort_cells(w, side);
    }
    return complete ? PATRON_OK : PATRON_RESOURCE;
}

/* Counts what is not told already, and withholds the small; of segments those that other jobs
 * withhold, too. */
static void begin(withholding *w)
{
    for (uint64_t i = 0; i < w->table->cell_count; ++i)
        if (!w->told->cell[i] || w->table->cell[i].count < w->least)
            withhold_cell(w, i);
    for (int side = 0; side < COMPARE_SIDES; ++side) {
        uint64_t least =
            patron_group_least(w->sum[side] + w->pinned, w->lines[side] - w->pinned, w->least);
        for (uint32_t i = 0; i < w->lines[side]; ++i)
            if (!w->told->sum[side][i] ||
                (i >= w->pinned && w->sum[side][i] > 0 && w->sum[side][i] < least))
                withhold_sum(w, side, i);
    }
}

/* `w` has the table, what is told of it, and the rules. */
static patron_status withhold(withholding *w)
{
    patron_status status = create(w);
    if (status == PATRON_OK) {
        begin(w);
        mend(w);
    }
    for (int side = 0; side < COMPARE_SIDES; ++side) {
        free(w->of[side]);
        free(w->cells[side]);
        free(w->begin[side]);
    }
    return status;
}

/* ---- both tables ---- */

static patron_status tell_all(const patron_contingency *table, compare_told *told)
{
    told->cell = patron_allocate(table->cell_count, sizeof *told->cell);
    told->sum[COMPARE_FIRST] = patron_allocate(table->rows, sizeof *told->sum[0]);
    told->sum[COMPARE_SECOND] = patron_allocate(table->columns, sizeof *told->sum[0]);
    if (told->cell == NULL || told->sum[COMPARE_FIRST] == NULL || told->sum[COMPARE_SECOND] == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < table->cell_count; ++i)
        told->cell[i] = true;
    for (uint32_t i = 0; i < table->rows; ++i)
        told->sum[COMPARE_FIRST][i] = true;
    for (uint32_t i = 0; i < table->columns; ++i)
        told->sum[COMPARE_SECOND][i] = true;
    return PATRON_OK;
}

/* Flows between segments are the cells of the table, in the same order: what is withheld in one is
 * so in the other; whether that changed anything. */
static bool share(compare_run *run)
{
    const patron_contingency *flows = &run->drift.flows;
    uint64_t cell = 0;
    bool is_changed = false;
    for (uint64_t i = 0; i < flows->cell_count; ++i) {
        if (flows->cell[i].row < COMPARE_SEGMENTS || flows->cell[i].column < COMPARE_SEGMENTS)
            continue;
        bool is_told = run->told.cell[cell] && run->drift.told.cell[i];
        is_changed =
            is_changed || is_told != run->told.cell[cell] || is_told != run->drift.told.cell[i];
        run->told.cell[cell++] = run->drift.told.cell[i] = is_told;
    }
    return is_changed;
}

patron_status compare_withhold(compare_run *run)
{
    const uint64_t least = run->options->min_group;
    const bool drifts = run->options->drift;
    patron_status status = tell_all(&run->table, &run->told);
    if (status == PATRON_OK && drifts)
        status = tell_all(&run->drift.flows, &run->drift.told);
    for (bool is_changed = true; status == PATRON_OK && is_changed;) {
        /* with --drift only the shares of matches tell of its sums */
        withholding cells = {
            .table = &run->table, .told = &run->told, .least = least, .spares_cells = drifts};
        withholding flows = {.table = &run->drift.flows,
                             .told = &run->drift.told,
                             .least = least,
                             .pinned = COMPARE_SEGMENTS, /* who is new or lost, or in none */
                             .partner = run->partner[COMPARE_FIRST]};
        status = drifts ? withhold(&flows) : PATRON_OK;
        is_changed = drifts && status == PATRON_OK && share(run);
        if (status == PATRON_OK)
            status = withhold(&cells);
        is_changed = drifts && status == PATRON_OK && (share(run) || is_changed);
    }
    return status;
}

double compare_told_sum(const compare_run *run, int side, uint32_t segment)
{
    const uint64_t *sum = side == COMPARE_FIRST ? run->table.row_sum : run->table.column_sum;
    return run->told.sum[side][segment] ? (double)sum[segment] : (double)NAN;
}

void compare_told_free(compare_told *told)
{
    free(told->cell);
    free(told->sum[COMPARE_FIRST]);
    free(told->sum[COMPARE_SECOND]);
}
