/* SPDX-License-Identifier: Apache-2.0 */
/* The segment job's summary: sizes, and centroids in the data's own units. */
#include "segment_report.h"

#include "cli/json.h"
#include "cli/summary.h"
#include "cli/table.h"
#include "jobs.h"
#include "report_json.h"
#include "report_text.h"
#include "sweep_report.h"
#include "validation_report.h"

#include <inttypes.h>
#include <string.h>

/* Of the customers that are in a segment. */
static double share_of(const segment_report *report, uint32_t segment)
{
    return (double)report->fit->size[segment] / (double)(report->rows - report->dropped);
}

/* The segments' moves since the model started from, and their sizes there. */
static void set_moves(const segment_report *report, patron_summary *summary)
{
    json_t *moved = json_array(), *before = json_array();
    for (uint32_t s = 0; s < report->fit->k; ++s) {
        json_array_append_new(moved, json_real(report->moved[s]));
        json_array_append_new(
            before, json_integer((json_int_t)report->size_before[report->fit->origin[s]]));
    }
    patron_summary_set(summary, "moved", moved);
    patron_summary_set(summary, "sizes_before", before);
}

/* What the table shows of a segment. */
static json_t *segment_object(const segment_report *report, uint32_t segment)
{
    const patron_kmeans_result *fit = report->fit;
    json_t *object = json_object(), *centroid = json_object();
    for (uint32_t j = 0; j < fit->columns; ++j)
        report_json_set_named(
            centroid, &report->shard->names, j,
            patron_json_real(report->centroids[(uint64_t)segment * fit->columns + j]));
    json_object_set_new(object, "customers", json_integer(fit->size[segment]));
    json_object_set_new(object, "share", patron_json_real(share_of(report, segment)));
    json_object_set_new(object, "centroid", centroid);
    return object;
}

static void set_segments(const segment_report *report, patron_summary *summary)
{
    const patron_shard *shard = report->shard;
    json_t *segments = json_array(), *units = json_object();
    for (uint32_t s = 0; s < report->fit->k; ++s)
        json_array_append_new(segments, segment_object(report, s));
    for (uint32_t j = 0; j < report->fit->columns; ++j)
        report_json_set_named(units, &shard->names, j, report_json_text_of(&shard->units, j));
    patron_summary_set(summary, "units", units);
    patron_summary_set(summary, "segments", segments);
}

/* Sizes as counts: of the same width, and none is negative. */
static const uint64_t *sizes_of(const patron_kmeans_result *fit)
{
    return (const uint64_t *)fit->size;
}

static patron_status print_json(const segment_report *report)
{
    const patron_kmeans_result *fit = report->fit;
    patron_summary summary = patron_summary_create("segment");
    patron_summary_set_text(&summary, "output", report->context->common->output,
                            strlen(report->context->common->output));
    patron_summary_set_text(&summary, "dataset_digest", report->digest, strlen(report->digest));
    patron_summary_set_count(&summary, "rows", report->rows);
    patron_summary_set_count(&summary, "rows_dropped", report->dropped);
    patron_summary_set_count(&summary, "values_filled", report->filled);
    patron_summary_set_count(&summary, "columns", fit->columns);
    patron_summary_set_count(&summary, "k", fit->k);
    patron_summary_set_count(&summary, "iterations", fit->iterations);
    patron_summary_set_flag(&summary, "converged", fit->converged);
    patron_summary_set_real(&summary, "inertia", fit->inertia);
    if (fit->refine_rounds > 0) {
        patron_summary_set_count(&summary, "refine_rounds", fit->refine_rounds);
        patron_summary_set_count(&summary, "refine_taken", fit->refine_taken);
    }
    json_t *sizes = json_array();
    for (uint32_t s = 0; s < fit->k; ++s)
        json_array_append_new(sizes, json_integer(fit->size[s]));
    patron_summary_set(&summary, "sizes", sizes);
    set_segments(report, &summary);
    if (report->moved != NULL)
        set_moves(report, &summary);
    if (report->sweep != NULL)
        sweep_report_set(report->sweep, &summary);
    patron_summary_set_flag(&summary, "streamed", report->shard->is_streamed);
    patron_summary_set_count(&summary, "peak_memory", report->peak_memory);
    if (report->validation != NULL)
        patron_summary_set(&summary, "validation",
                           validation_report_object(report->validation, sizes_of(fit), 0));
    if (report->outliers != NULL)
        segment_outliers_set(report->outliers, &summary);
    patron_summary_set_count(&summary, "ranks", (uint64_t)report->context->comm->size);
    patron_summary_set_count(&summary, "threads", (uint64_t)report->context->threads);
    return patron_job_end_summary(report->context, &summary);
}

static void add_segment(const segment_report *report, uint32_t segment, patron_table *table)
{
    const patron_kmeans_result *fit = report->fit;
    patron_table_add_count(table, segment);
    patron_table_add_count(table, (uint64_t)fit->size[segment]);
    patron_table_add_decimal(table, 100.0 * share_of(report, segment), 1);
    if (report->moved != NULL) {
        patron_table_add_count(table, report->size_before[fit->origin[segment]]);
        patron_table_add_real(table, report->moved[segment], 3);
    }
    for (uint32_t j = 0; j < fit->columns; ++j)
        patron_table_add_real(table, report->centroids[(uint64_t)segment * fit->columns + j], 4);
}

static void add_feature_column(const patron_shard *shard, uint32_t column, patron_table *table)
{
    patron_texts title = {0};
    if (report_append_title(&shard->names, &shard->units, column, &title) == PATRON_OK)
        patron_table_add_column(table, patron_texts_at(&title, 0), patron_texts_length(&title, 0),
                                PATRON_ALIGN_RIGHT, false);
    else
        table->failed = true;
    patron_texts_free(&title);
}

static patron_status print_table(const segment_report *report)
{
    const patron_kmeans_result *fit = report->fit;
    patron_table table = {0}, across = {0};
    uint64_t labelled = report->rows - report->dropped;
    patron_status status = report->sweep == NULL ? PATRON_OK : sweep_report_print(report->sweep);
    if (status != PATRON_OK)
        return status;
    patron_table_add_column(&table, "segment", 7, PATRON_ALIGN_RIGHT, false);
    patron_table_add_column(&table, "customers", 9, PATRON_ALIGN_RIGHT, false);
    patron_table_add_column(&table, "share %", 7, PATRON_ALIGN_RIGHT, false);
    if (report->moved != NULL) {
        patron_table_add_column(&table, "before", 6, PATRON_ALIGN_RIGHT, false);
        patron_table_add_column(&table, "moved", 5, PATRON_ALIGN_RIGHT, false);
    }
    for (uint32_t j = 0; j < fit->columns; ++j)
        add_feature_column(report->shard, j, &table);
    for (uint32_t s = 0; s < fit->k; ++s)
        add_segment(report, s, &table);
    report_print_line("%u segments of %" PRIu64 " customers (%" PRIu64
                      " left out), centroids in the data's own units:\n",
                      fit->k, labelled, report->dropped);
    patron_table_transpose(&table, &across);
    status = patron_table_print(&across, stdout, patron_table_page_width(stdout));
    if (status == PATRON_OK && report->validation != NULL)
        status = validation_report_print(report->validation, sizes_of(fit), 0);
    if (status == PATRON_OK && report->outliers != NULL)
        status = segment_outliers_print(report->outliers);
    if (fit->refine_rounds > 0)
        report_print_line("\n%u of %u rounds of --refine lowered the inertia", fit->refine_taken,
                          fit->refine_rounds);
    report_print_line("\nInertia %.6g after %u iterations (%s); model in %s", fit->inertia,
                      fit->iterations, fit->converged ? "converged" : "stopped by --max-iter",
                      report->context->common->output);
    patron_table_free(&table);
    patron_table_free(&across);
    return status;
}

patron_status segment_report_print(const segment_report *report)
{
    return patron_job_wants_summary(report->context) ? print_json(report) : print_table(report);
}
