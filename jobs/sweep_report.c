/* SPDX-License-Identifier: Apache-2.0 */
/* A sweep for people and for programs. */
#include "sweep_report.h"

#include "cli/bars.h"
#include "cli/json.h"
#include "cli/table.h"
#include "cli/terminal.h"
#include "report_text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- for programs ---- */

static json_t *row_object(const patron_sweep_row *row)
{
    const struct {
        const char *name;
        double value;
    } reals[] = {{"inertia", row->inertia},
                 {"silhouette", row->silhouette},
                 {"silhouette_error", row->silhouette_error},
                 {"pair_silhouette", row->pair_silhouette},
                 {"pair_silhouette_error", row->pair_silhouette_error},
                 {"calinski_harabasz", row->calinski_harabasz},
                 {"davies_bouldin", row->davies_bouldin},
                 {"bic", row->bic},
                 {"gap", row->gap},
                 {"gap_error", row->gap_error},
                 {"jaccard", row->jaccard},
                 {"jaccard_least", row->jaccard_least},
                 {"adjusted_rand", row->adjusted_rand}};
    json_t *object = json_object();
    json_object_set_new(object, "k", json_integer(row->k));
    json_object_set_new(object, "segments", json_integer(row->segments));
    json_object_set_new(object, "iterations", json_integer(row->iterations));
    json_object_set_new(object, "converged", json_boolean(row->converged != 0));
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; ++i)
        json_object_set_new(object, reals[i].name, patron_json_real(reals[i].value));
    return object;
}

void sweep_report_set(const patron_sweep *sweep, patron_summary *summary)
{
    json_t *rows = json_array(), *object = json_object();
    for (uint32_t i = 0; i < sweep->count; ++i)
        json_array_append_new(rows, row_object(&sweep->rows[i]));
    json_object_set_new(object, "chosen_k", json_integer(sweep->rows[sweep->chosen].k));
    json_object_set_new(object, "rule", json_string(patron_sweep_rule_names[sweep->rule]));
    json_object_set_new(object, "reason", json_string(sweep->reason));
    json_object_set_new(object, "has_clusters", json_boolean(sweep->test.has_clusters));
    json_object_set_new(object, "gain", patron_json_real(sweep->test.gain));
    json_object_set_new(object, "gain_needed", patron_json_real(sweep->test.needed));
    json_object_set_new(object, "judged_rows", json_integer((json_int_t)sweep->judged_rows));
    json_object_set_new(object, "paired_rows", json_integer((json_int_t)sweep->paired_rows));
    json_object_set_new(object, "resampled_rows", json_integer((json_int_t)sweep->resampled_rows));
    json_object_set_new(object, "rows", rows);
    patron_summary_set(summary, "sweep", object);
}

/* ---- for people ---- */

typedef double figure_function(const patron_sweep_row *row);

static double silhouette_of(const patron_sweep_row *row)
{
    return row->silhouette;
}

static double bic_of(const patron_sweep_row *row)
{
    return row->bic;
}

/* A bar for a figure, from the least of the rows (one step) to the greatest. */
static void add_bar(const patron_sweep *sweep, uint32_t index, figure_function *figure,
                    bool unicode, patron_table *table)
{
    enum { STEPS = 8 };
    char bar[PATRON_BARS_CAPACITY];
    double low = (double)INFINITY, high = -(double)INFINITY, value = figure(&sweep->rows[index]);
    for (uint32_t i = 0; i < sweep->count; ++i) {
        double other = figure(&sweep->rows[i]);
        low = other < low ? other : low;
        high = other > high ? other : high;
    }
    patron_bars_draw_length(high > low ? (value - low) / (high - low) : value * 0.0, STEPS, unicode,
                            bar);
    patron_table_add_text(table, bar, strlen(bar));
}

static void add_row(const patron_sweep *sweep, uint32_t index, bool unicode, patron_table *table)
{
    const patron_sweep_row *row = &sweep->rows[index];
    const char *mark = index == sweep->chosen ? "->" : "";
    patron_table_add_text(table, mark, strlen(mark));
    patron_table_add_count(table, row->k);
    patron_table_add_real(table, row->inertia, 5);
    patron_table_add_decimal(table, row->silhouette, 3);
    add_bar(sweep, index, silhouette_of, unicode, table);
    patron_table_add_decimal(table, row->bic, 3);
    add_bar(sweep, index, bic_of, unicode, table);
    patron_table_add_real(table, row->calinski_harabasz, 4);
    patron_table_add_decimal(table, row->davies_bouldin, 3);
    patron_table_add_decimal(table, row->gap, 3);
    patron_table_add_decimal(table, row->jaccard, 3);
    patron_table_add_decimal(table, row->adjusted_rand, 3);
}

static void print_notes(const patron_sweep *sweep)
{
    const patron_sweep_row *row = &sweep->rows[sweep->chosen];
    char silhouettes[96] = "", pairs[128] = "";
    if (row->silhouette_error > 0.0)
        snprintf(silhouettes, sizeof silhouettes,
                 "silhouettes of %" PRIu64 " rows, standard error %.2g; ", sweep->judged_rows,
                 row->silhouette_error);
    if (!isnan(row->pair_silhouette))
        snprintf(pairs, sizeof pairs,
                 "by all pairs of %" PRIu64 " rows it is %.3f, standard error %.2g; ",
                 sweep->paired_rows, row->pair_silhouette, row->pair_silhouette_error);
    report_print_line("\n%s", sweep->reason);
    report_print_line(
        "(rule %s, of --k-rule; silhouette: simplified, %s%sbic, gap and stability of "
        "%" PRIu64 " rows)\n",
        patron_sweep_rule_names[sweep->rule], silhouettes, pairs, sweep->resampled_rows);
}

patron_status sweep_report_print(const patron_sweep *sweep)
{
    static const struct {
        const char *heading;
        patron_align align;
    } columns[] = {{"", PATRON_ALIGN_LEFT},         {"k", PATRON_ALIGN_RIGHT},
                   {"inertia", PATRON_ALIGN_RIGHT}, {"silhouette", PATRON_ALIGN_RIGHT},
                   {"", PATRON_ALIGN_LEFT},         {"bic", PATRON_ALIGN_RIGHT},
                   {"", PATRON_ALIGN_LEFT},         {"CH", PATRON_ALIGN_RIGHT},
                   {"DB", PATRON_ALIGN_RIGHT},      {"gap", PATRON_ALIGN_RIGHT},
                   {"Jaccard", PATRON_ALIGN_RIGHT}, {"Rand", PATRON_ALIGN_RIGHT}};
    patron_table table = {0};
    bool unicode = patron_terminal_is_unicode();
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; ++i)
        patron_table_add_column(&table, columns[i].heading, strlen(columns[i].heading),
                                columns[i].align, false);
    for (uint32_t i = 0; i < sweep->count; ++i)
        add_row(sweep, i, unicode, &table);
    patron_status status = patron_table_print(&table, stdout, patron_table_page_width(stdout));
    print_notes(sweep);
    patron_table_free(&table);
    return status;
}
