/* SPDX-License-Identifier: Apache-2.0 */
/* The compare job's report for people. */
#include "compare_run.h"

#include "report_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_SEGMENTS = 30, MOST_MATCHES = 50 };

static void add_segment(const compare_run *run, int side, uint64_t segment, patron_table *table)
{
    const patron_texts *names = &run->side[side].labels.names;
    patron_table_add_text(table, patron_texts_at(names, segment),
                          patron_texts_length(names, segment));
}

/* A count; that there are too few to tell; or that it would tell of too few elsewhere. */
static void add_count(const compare_run *run, uint64_t count, bool is_told, patron_table *table)
{
    char few[32];
    snprintf(few, sizeof few, "<%" PRIu64, run->options->min_group);
    if (is_told)
        patron_table_add_count(table, count);
    else
        report_add_text(table, count < run->options->min_group ? few : "*");
}

/* ---- what was compared ---- */

static patron_status print_head(const compare_run *run)
{
    const patron_contingency *table = &run->table;
    const compare_side *first = &run->side[COMPARE_FIRST], *second = &run->side[COMPARE_SECOND];
    return report_print_line("%s: %" PRIu32 " segments; %s: %" PRIu32 " segments; %" PRIu64
                             " customers labelled in both, %" PRIu64 " left out (%" PRIu64
                             " without a label in the first, %" PRIu64 " in the second)",
                             first->source, first->labels.segments, second->source,
                             second->labels.segments, table->total, table->left_out,
                             table->left_out_first, table->left_out_second);
}

static patron_status print_agreement(const patron_agreement *agreement)
{
    const struct {
        const char *name;
        double value;
    } indices[] = {{"adjusted Rand index", agreement->adjusted_rand},
                   {"adjusted mutual information", agreement->adjusted_mutual_information},
                   {"normalized mutual information", agreement->normalized_mutual_information},
                   {"homogeneity", agreement->homogeneity},
                   {"completeness", agreement->completeness},
                   {"V-measure", agreement->v_measure},
                   {"purity", agreement->purity},
                   {"inverse purity", agreement->inverse_purity},
                   {"Rand index", agreement->rand},
                   {"Jaccard index", agreement->jaccard},
                   {"Fowlkes-Mallows index", agreement->fowlkes_mallows},
                   {"variation of information [nats]", agreement->variation_of_information}};
    patron_table table = {0};
    report_begin_figures(&table);
    for (size_t i = 0; i < sizeof indices / sizeof indices[0]; ++i) {
        report_add_text(&table, indices[i].name);
        patron_table_add_decimal(&table, indices[i].value, 6);
    }
    return report_print_table("Agreement", &table);
}

/* ---- segments ---- */

static patron_status print_matches(const compare_run *run)
{
    static const char *const headings[] = {"segment", "became", "customers", "% of the first",
                                           "% of the second"};
    const patron_contingency *cells = &run->table;
    uint64_t withheld = 0, shown = 0, left = 0;
    patron_table table = {0};
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; ++i)
        report_add_column(&table, headings[i], i < 2 ? PATRON_ALIGN_LEFT : PATRON_ALIGN_RIGHT,
                          i < 2);
    for (uint64_t i = 0; i < cells->cell_count; ++i) {
        const patron_contingency_cell *cell = &cells->cell[i];
        if (run->partner[COMPARE_FIRST][cell->row] != cell->column)
            continue;
        if (!run->told.cell[i]) {
            ++withheld;
        } else if (shown == MOST_MATCHES) {
            ++left;
        } else {
            double count = 100.0 * (double)cell->count;
            ++shown;
            add_segment(run, COMPARE_FIRST, cell->row, &table);
            add_segment(run, COMPARE_SECOND, cell->column, &table);
            patron_table_add_count(&table, cell->count);
            patron_table_add_decimal(&table,
                                     count / compare_told_sum(run, COMPARE_FIRST, cell->row), 1);
            patron_table_add_decimal(
                &table, count / compare_told_sum(run, COMPARE_SECOND, cell->column), 1);
        }
    }
    patron_status status = report_print_table("Which segment became which", &table);
    if (status == PATRON_OK && left > 0)
        status = report_print_line("... and %" PRIu64 " more, listed by --json", left);
    if (status == PATRON_OK && withheld > 0)
        status = report_print_line("%" PRIu64 " pair%s of fewer than %" PRIu64
                                   " customers, or that would tell of such, withheld (--min-group)",
                                   withheld, withheld == 1 ? "" : "s", run->options->min_group);
    return status;
}

/* Names of segments that have no partner. */
static patron_status print_unmatched(const compare_run *run, int side, const char *what)
{
    const compare_side *one = &run->side[side];
    patron_texts unmatched = {0};
    patron_status status = PATRON_OK;
    for (uint32_t s = 0; status == PATRON_OK && s < one->labels.segments; ++s)
        if (run->partner[side][s] == PATRON_UNMATCHED)
            status = patron_texts_append(&unmatched, patron_texts_at(&one->labels.names, s),
                                         patron_texts_length(&one->labels.names, s));
    if (status == PATRON_OK && unmatched.count > 0) {
        char list[512];
        patron_texts_list(&unmatched, list, sizeof list);
        putchar('\n');
        status = report_print_line("%s: %s", what, list);
    }
    patron_texts_free(&unmatched);
    return status;
}

/* ---- tables of counts ---- */

/* A table of all segments, `special` rows and columns before them: what they are called stands in
 * row_names and column_names. */
typedef struct count_table {
    const patron_contingency *counts;
    const compare_told *told;
    uint32_t special;
    const char *const *row_names, *const *column_names;
    bool hides_none; /* an empty cell looks like one of few: with it some are withheld */
} count_table;

static void add_headings(const compare_run *run, const count_table *what, patron_table *table)
{
    const patron_texts *names = &run->side[COMPARE_SECOND].labels.names;
    report_add_column(table, "", PATRON_ALIGN_LEFT, true);
    for (uint64_t j = what->special; j < what->counts->columns; ++j)
        patron_table_add_column(table, patron_texts_at(names, j - what->special),
                                patron_texts_length(names, j - what->special), PATRON_ALIGN_RIGHT,
                                false);
    for (uint32_t j = 0; j < what->special; ++j)
        report_add_column(table, what->column_names[j], PATRON_ALIGN_RIGHT, false);
    report_add_column(table, "all", PATRON_ALIGN_RIGHT, false);
}

static bool has_withheld(const count_table *what)
{
    for (uint64_t i = 0; i < what->counts->cell_count; ++i)
        if (!what->told->cell[i])
            return true;
    return false;
}

/* Adds the count of a cell, which may be empty. */
static void add_cell(const compare_run *run, const count_table *what, uint32_t row, uint32_t column,
                     patron_table *table)
{
    const patron_contingency *counts = what->counts;
    uint64_t low = 0, high = counts->cell_count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        const patron_contingency_cell *cell = &counts->cell[middle];
        if (cell->row < row || (cell->row == row && cell->column < column))
            low = middle + 1;
        else
            high = middle;
    }
    bool is_there = low < counts->cell_count && counts->cell[low].row == row &&
                    counts->cell[low].column == column;
    add_count(run, is_there ? counts->cell[low].count : 0,
              is_there ? what->told->cell[low] : !what->hides_none, table);
}

static void add_row(const compare_run *run, const count_table *what, uint32_t row,
                    patron_table *table)
{
    if (row < what->special)
        report_add_text(table, what->row_names[row]);
    else
        add_segment(run, COMPARE_FIRST, row - what->special, table);
    for (uint32_t j = what->special; j < what->counts->columns; ++j)
        add_cell(run, what, row, j, table);
    for (uint32_t j = 0; j < what->special; ++j)
        add_cell(run, what, row, j, table);
    add_count(run, what->counts->row_sum[row], what->told->sum[COMPARE_FIRST][row], table);
}

static patron_status print_counts(const compare_run *run, const count_table *what,
                                  const char *heading)
{
    const patron_contingency *counts = what->counts;
    patron_table table = {0};
    if (counts->rows > MOST_SEGMENTS || counts->columns > MOST_SEGMENTS) {
        putchar('\n');
        return report_print_line("%s: %" PRIu32 " x %" PRIu32 ", listed by --json", heading,
                                 counts->rows, counts->columns);
    }
    add_headings(run, what, &table);
    for (uint32_t i = what->special; i < counts->rows; ++i)
        add_row(run, what, i, &table);
    for (uint32_t i = 0; i < what->special; ++i)
        add_row(run, what, i, &table);
    const bool *is_told = what->told->sum[COMPARE_SECOND];
    report_add_text(&table, "all");
    for (uint32_t j = what->special; j < counts->columns; ++j)
        add_count(run, counts->column_sum[j], is_told[j], &table);
    for (uint32_t j = 0; j < what->special; ++j)
        add_count(run, counts->column_sum[j], is_told[j], &table);
    patron_table_add_count(&table, counts->total);
    return report_print_table(heading, &table);
}

/* ---- drift ---- */

static patron_status print_drift_head(const compare_run *run)
{
    const compare_drift *drift = &run->drift;
    return report_print_line(
        "%s (%s): %" PRIu32 " segments; %s (%s): %" PRIu32 " segments; %" PRIu64
        " customers in both: %" PRIu64 " stayed in what their segment became, %" PRIu64
        " moved, %" PRIu64 " without a segment in one; %" PRIu64 " new, %" PRIu64 " lost",
        run->side[COMPARE_FIRST].source, patron_dataset_path(run->side[COMPARE_FIRST].dataset),
        run->side[COMPARE_FIRST].labels.segments, run->side[COMPARE_SECOND].source,
        patron_dataset_path(run->side[COMPARE_SECOND].dataset),
        run->side[COMPARE_SECOND].labels.segments, drift->common, drift->stayed, drift->moved,
        drift->common - drift->stayed - drift->moved, drift->joined, drift->lost);
}

static void add_indices(const compare_run *run, uint64_t row, patron_table *table)
{
    uint64_t features = run->drift.features.count;
    for (uint64_t j = 0; j < features; ++j)
        patron_table_add_decimal(table, run->drift.of_features[row * features + j], 4);
}

/* A row a feature, a column a segment. */
static patron_status print_stability(const compare_run *run)
{
    const patron_texts *features = &run->drift.features;
    patron_table table = {0}, across = {0};
    uint64_t withheld = 0;
    report_add_column(&table, "feature", PATRON_ALIGN_LEFT, true);
    for (uint64_t j = 0; j < features->count; ++j)
        patron_table_add_column(&table, patron_texts_at(features, j),
                                patron_texts_length(features, j), PATRON_ALIGN_RIGHT, true);
    report_add_text(&table, "all");
    add_indices(run, run->table.rows, &table);
    for (uint32_t s = 0; s < run->table.rows; ++s) {
        if (run->partner[COMPARE_FIRST][s] != PATRON_UNMATCHED && !compare_drift_is_shown(run, s))
            ++withheld;
        if (!compare_drift_is_shown(run, s))
            continue;
        add_segment(run, COMPARE_FIRST, s, &table);
        add_indices(run, s, &table);
    }
    patron_table_transpose(&table, &across);
    patron_table_free(&table);
    patron_status status = report_print_table(
        "Population stability index of features, over all and by segment of the first", &across);
    if (status == PATRON_OK && withheld > 0) {
        putchar('\n');
        status =
            report_print_line("%" PRIu64 " segment%s or became, fewer than %" PRIu64
                              " customers: not shown, and not judged (--min-group)",
                              withheld, withheld == 1 ? " has" : "s have", run->options->min_group);
    }
    return status;
}

/* Features that cannot be compared. */
static patron_status print_only(const patron_texts *names, const char *what)
{
    char list[512];
    if (names->count == 0)
        return PATRON_OK;
    patron_texts_list(names, list, sizeof list);
    putchar('\n');
    return report_print_line("%s: %s", what, list);
}

static patron_status print_drift(const compare_run *run)
{
    static const char *const row_names[] = {"(new customers)", "(no segment)"};
    static const char *const column_names[] = {"(lost)", "(no segment)"};
    const compare_drift *drift = &run->drift;
    count_table flows = {&drift->flows, &drift->told, COMPARE_SEGMENTS,
                         row_names,     column_names, false};
    flows.hides_none = has_withheld(&flows);
    patron_status status = print_counts(run, &flows, "Flows, from rows to columns");
    if (status == PATRON_OK && drift->features.count > 0)
        status = print_stability(run);
    if (status == PATRON_OK)
        status = print_only(&drift->only_old, "Features of the first dataset alone");
    if (status == PATRON_OK)
        status = print_only(&drift->only_new, "Features of the second dataset alone");
    if (status != PATRON_OK)
        return status;
    putchar('\n');
    return report_print_line(
        "Population stability index of the segments' shares: %.4f; the greatest of all is %.4f, "
        "of %s",
        drift->of_segments, drift->greatest, drift->greatest_where);
}

/* ---- all ---- */

patron_status compare_print_text(const compare_run *run)
{
    count_table contingency = {.counts = &run->table, .told = &run->told};
    contingency.hides_none = has_withheld(&contingency);
    bool drifts = run->options->drift;
    patron_status status = drifts ? print_drift_head(run) : print_head(run);
    if (status == PATRON_OK)
        status = print_agreement(&run->agreement);
    if (status == PATRON_OK)
        status = print_matches(run);
    if (status == PATRON_OK)
        status = print_unmatched(run, COMPARE_FIRST, "Became none");
    if (status == PATRON_OK)
        status = print_unmatched(run, COMPARE_SECOND, "New segments");
    if (status == PATRON_OK)
        status = drifts ? print_drift(run)
                        : print_counts(run, &contingency,
                                       "Contingency table, rows of the first, columns of the "
                                       "second");
    return status;
}
