/* SPDX-License-Identifier: Apache-2.0 */
/* The compare job's summary. */
#include "compare_run.h"
#include "jobs.h"

#include "cli/json.h"
#include "report_json.h"

#include <stdlib.h>
#include <string.h>

/* A segment by its name; a number where all names are. */
static json_t *segment_of(const compare_run *run, int side, uint64_t segment)
{
    const patron_labelling *labels = &run->side[side].labels;
    char number[32];
    uint64_t length = patron_texts_length(&labels->names, segment);
    if (!labels->has_numbers || length >= sizeof number)
        return report_json_text_of(&labels->names, segment);
    memcpy(number, patron_texts_at(&labels->names, segment), length);
    number[length] = '\0';
    return json_integer(strtoll(number, NULL, 10));
}

static json_t *side_of(const compare_run *run, int side)
{
    const compare_side *one = &run->side[side];
    json_t *object = json_object();
    report_json_set(object, "labels", patron_json_text(one->source, strlen(one->source)));
    report_json_set(object, "rows", patron_json_count(one->labels.rows));
    report_json_set(object, "segments", patron_json_count(one->labels.segments));
    if (one->dataset != NULL) {
        const char *path = patron_dataset_path(one->dataset);
        report_json_set(object, "dataset", patron_json_text(path, strlen(path)));
    }
    return object;
}

static json_t *agreement_of(const patron_agreement *agreement)
{
    const struct {
        const char *name;
        double value;
    } indices[] = {{"adjusted_rand", agreement->adjusted_rand},
                   {"adjusted_mutual_information", agreement->adjusted_mutual_information},
                   {"normalized_mutual_information", agreement->normalized_mutual_information},
                   {"homogeneity", agreement->homogeneity},
                   {"completeness", agreement->completeness},
                   {"v_measure", agreement->v_measure},
                   {"purity", agreement->purity},
                   {"inverse_purity", agreement->inverse_purity},
                   {"rand", agreement->rand},
                   {"jaccard", agreement->jaccard},
                   {"fowlkes_mallows", agreement->fowlkes_mallows},
                   {"variation_of_information", agreement->variation_of_information},
                   {"mutual_information", agreement->mutual_information},
                   {"expected_mutual_information", agreement->expected_mutual_information},
                   {"entropy_first", agreement->entropy_first},
                   {"entropy_second", agreement->entropy_second}};
    json_t *object = json_object();
    for (size_t i = 0; i < sizeof indices / sizeof indices[0]; ++i)
        report_json_set(object, indices[i].name, patron_json_real(indices[i].value));
    return object;
}

/* ---- segments ---- */

/* Sizes among the rows that both label, and with --drift of the whole night. */
static json_t *sizes_of(const compare_run *run, int side, uint64_t *withheld)
{
    const patron_contingency *table = &run->table;
    const uint64_t *sums = side == COMPARE_FIRST ? table->row_sum : table->column_sum;
    const bool *is_told =
        run->options->drift ? run->drift.told.sum[side] + COMPARE_SEGMENTS : run->told.sum[side];
    json_t *array = json_array();
    for (uint32_t s = 0; s < run->side[side].labels.segments; ++s) {
        uint64_t size = run->options->drift ? compare_drift_size(run, side, s) : sums[s];
        if (!is_told[s]) {
            ++*withheld;
            continue;
        }
        json_t *object = json_object();
        report_json_set(object, "segment", segment_of(run, side, s));
        report_json_set(object, "customers", patron_json_count(size));
        json_array_append_new(array, object);
    }
    return array;
}

/* What a cell's row or column stands for. */
typedef json_t *cell_side(const compare_run *run, int side, uint64_t index);

/* The cells of a table that are told as objects of these three members; others are counted. */
static json_t *table_of(const compare_run *run, const patron_contingency *table,
                        const compare_told *told, cell_side *value_of, const char *const names[3],
                        uint64_t *withheld)
{
    json_t *array = json_array();
    for (uint64_t i = 0; i < table->cell_count; ++i) {
        const patron_contingency_cell *cell = &table->cell[i];
        if (!told->cell[i]) {
            ++*withheld;
            continue;
        }
        json_t *object = json_object();
        report_json_set(object, names[0], value_of(run, COMPARE_FIRST, cell->row));
        report_json_set(object, names[1], value_of(run, COMPARE_SECOND, cell->column));
        report_json_set(object, names[2], patron_json_count(cell->count));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *cells_of(const compare_run *run, uint64_t *withheld)
{
    static const char *const names[] = {"first", "second", "count"};
    return table_of(run, &run->table, &run->told, segment_of, names, withheld);
}

static json_t *matches_of(const compare_run *run, uint64_t *withheld)
{
    const patron_contingency *table = &run->table;
    json_t *array = json_array();
    for (uint64_t i = 0; i < table->cell_count; ++i) {
        const patron_contingency_cell *cell = &table->cell[i];
        if (run->partner[COMPARE_FIRST][cell->row] != cell->column)
            continue;
        if (!run->told.cell[i]) {
            ++*withheld;
            continue;
        }
        double count = (double)cell->count;
        double row = compare_told_sum(run, COMPARE_FIRST, cell->row);
        double column = compare_told_sum(run, COMPARE_SECOND, cell->column);
        json_t *object = json_object();
        report_json_set(object, "first", segment_of(run, COMPARE_FIRST, cell->row));
        report_json_set(object, "second", segment_of(run, COMPARE_SECOND, cell->column));
        report_json_set(object, "count", patron_json_count(cell->count));
        report_json_set(object, "share_of_first", patron_json_real(count / row));
        report_json_set(object, "share_of_second", patron_json_real(count / column));
        report_json_set(object, "jaccard", patron_json_real(count / (row + column - count)));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *unmatched_of(const compare_run *run, int side)
{
    json_t *array = json_array();
    for (uint32_t s = 0; s < run->side[side].labels.segments; ++s)
        if (run->partner[side][s] == PATRON_UNMATCHED)
            json_array_append_new(array, segment_of(run, side, s));
    return array;
}

/* ---- drift ---- */

/* A segment; "none" and "absent" for those who are in none. */
static json_t *place_of(const compare_run *run, int side, uint64_t place)
{
    if (place >= COMPARE_SEGMENTS)
        return segment_of(run, side, place - COMPARE_SEGMENTS);
    return json_string(place == COMPARE_NONE ? "none" : "absent");
}

static json_t *flows_of(const compare_run *run, uint64_t *withheld)
{
    static const char *const names[] = {"from", "to", "customers"};
    return table_of(run, &run->drift.flows, &run->drift.told, place_of, names, withheld);
}

/* Row `row` of the features' indices. */
static json_t *indices_of(const compare_drift *drift, uint64_t row)
{
    json_t *object = json_object();
    for (uint64_t j = 0; j < drift->features.count; ++j)
        report_json_set_named(
            object, &drift->features, j,
            patron_json_real(drift->of_features[row * drift->features.count + j]));
    return object;
}

static json_t *stability_of(const compare_run *run)
{
    const compare_drift *drift = &run->drift;
    uint64_t withheld = 0;
    json_t *object = json_object(), *segments = json_array();
    for (uint32_t s = 0; s < run->table.rows; ++s) {
        uint32_t became = run->partner[COMPARE_FIRST][s];
        if (became == PATRON_UNMATCHED)
            continue;
        if (!compare_drift_is_shown(run, s)) {
            ++withheld;
            continue;
        }
        json_t *one = json_object();
        report_json_set(one, "first", segment_of(run, COMPARE_FIRST, s));
        report_json_set(one, "second", segment_of(run, COMPARE_SECOND, became));
        report_json_set(one, "features", indices_of(drift, s));
        json_array_append_new(segments, one);
    }
    report_json_set(object, "segment_shares", patron_json_real(drift->of_segments));
    report_json_set(object, "features", indices_of(drift, run->table.rows));
    report_json_set(object, "by_segment", segments);
    report_json_set(object, "by_segment_withheld", patron_json_count(withheld));
    report_json_set(object, "greatest", patron_json_real(drift->greatest));
    report_json_set(object, "greatest_where",
                    patron_json_text(drift->greatest_where, strlen(drift->greatest_where)));
    return object;
}

static json_t *texts_of(const patron_texts *texts)
{
    json_t *array = json_array();
    for (uint64_t i = 0; i < texts->count; ++i)
        json_array_append_new(array, report_json_text_of(texts, i));
    return array;
}

static json_t *drift_of(const compare_run *run)
{
    const compare_drift *drift = &run->drift;
    uint64_t withheld = 0;
    json_t *object = json_object();
    report_json_set(object, "customers_in_both", patron_json_count(drift->common));
    report_json_set(object, "stayed", patron_json_count(drift->stayed));
    report_json_set(object, "moved", patron_json_count(drift->moved));
    report_json_set(object, "without_segment",
                    patron_json_count(drift->common - drift->stayed - drift->moved));
    report_json_set(object, "new", patron_json_count(drift->joined));
    report_json_set(object, "lost", patron_json_count(drift->lost));
    report_json_set(object, "flows", flows_of(run, &withheld));
    report_json_set(object, "flows_withheld", patron_json_count(withheld));
    report_json_set(object, "stability_index", stability_of(run));
    report_json_set(object, "features_only_old", texts_of(&drift->only_old));
    report_json_set(object, "features_only_new", texts_of(&drift->only_new));
    return object;
}

/* ---- all ---- */

patron_status compare_print_json(const compare_run *run)
{
    uint64_t segments = 0, cells = 0, matches = 0;
    patron_summary summary = patron_summary_create("compare");
    patron_summary_set(&summary, "first", side_of(run, COMPARE_FIRST));
    patron_summary_set(&summary, "second", side_of(run, COMPARE_SECOND));
    patron_summary_set_count(&summary, "rows_compared", run->table.total);
    if (!run->options->drift) {
        patron_summary_set_count(&summary, "rows_left_out", run->table.left_out);
        patron_summary_set_count(&summary, "rows_left_out_first", run->table.left_out_first);
        patron_summary_set_count(&summary, "rows_left_out_second", run->table.left_out_second);
    }
    patron_summary_set(&summary, "agreement", agreement_of(&run->agreement));
    patron_summary_set(&summary, "segments_first", sizes_of(run, COMPARE_FIRST, &segments));
    patron_summary_set(&summary, "segments_second", sizes_of(run, COMPARE_SECOND, &segments));
    patron_summary_set_count(&summary, "segments_withheld", segments);
    patron_summary_set(&summary, "contingency", cells_of(run, &cells));
    patron_summary_set_count(&summary, "contingency_withheld", cells);
    patron_summary_set(&summary, "matches", matches_of(run, &matches));
    patron_summary_set_count(&summary, "matches_withheld", matches);
    patron_summary_set(&summary, "unmatched_first", unmatched_of(run, COMPARE_FIRST));
    patron_summary_set(&summary, "unmatched_second", unmatched_of(run, COMPARE_SECOND));
    if (run->options->drift)
        patron_summary_set(&summary, "drift", drift_of(run));
    patron_summary_set_count(&summary, "min_group", run->options->min_group);
    return patron_job_end_summary(run->context, &summary);
}
