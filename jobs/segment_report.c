/* SPDX-License-Identifier: Apache-2.0 */
/* The segment job's summary: sizes, and centroids in the data's own units, of segments that are
 * large enough to be told. */
#include "segment_report.h"

#include "cli/json.h"
#include "cli/summary.h"
#include "cli/table.h"
#include "jobs.h"
#include "model/group_least.h"
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

/* Sizes as counts: of the same width, and none is negative. */
static const uint64_t *sizes_of(const patron_kmeans_result *fit)
{
    return (const uint64_t *)fit->size;
}

/* Customers of a segment that is shown. */
static uint64_t least_of(const segment_report *report)
{
    return patron_group_least(sizes_of(report->fit), report->fit->k, report->min_group);
}

/* Customers that a segment had in the model started from. */
static uint64_t size_before(const segment_report *report, uint32_t segment)
{
    return report->size_before[report->fit->origin[segment]];
}

static uint64_t least_before(const segment_report *report)
{
    return patron_group_least(report->size_before, report->k_before, report->min_group);
}

/* A count that stands for `size` customers, or nothing where these are fewer than `least`. */
static json_t *count_from(uint64_t least, uint64_t size)
{
    return size >= least ? patron_json_count(size) : json_null();
}

/* The segments' moves since the model started from, and their sizes there. */
static void set_moves(const segment_report *report, patron_summary *summary)
{
    json_t *moved = json_array(), *before = json_array();
    const uint64_t least = least_of(report), then = least_before(report);
    for (uint32_t s = 0; s < report->fit->k; ++s) {
        json_array_append_new(moved, sizes_of(report->fit)[s] >= least ? json_real(report->moved[s])
                                                                       : json_null());
        json_array_append_new(before, count_from(then, size_before(report, s)));
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
    json_object_set_new(object, "segment", patron_json_count(segment));
    json_object_set_new(object, "customers", json_integer(fit->size[segment]));
    json_object_set_new(object, "share", patron_json_real(share_of(report, segment)));
    json_object_set_new(object, "centroid", centroid);
    return object;
}

static void set_segments(const segment_report *report, patron_summary *summary)
{
    const patron_shard *shard = report->shard;
    const uint64_t *size = sizes_of(report->fit), least = least_of(report);
    json_t *sizes = json_array(), *segments = json_array(), *units = json_object();
    uint64_t withheld = 0;
    for (uint32_t s = 0; s < report->fit->k; ++s) {
        json_array_append_new(sizes, count_from(least, size[s]));
        if (size[s] >= least)
            json_array_append_new(segments, segment_object(report, s));
        else
            ++withheld;
    }
    for (uint32_t j = 0; j < report->fit->columns; ++j)
        report_json_set_named(units, &shard->names, j, report_json_text_of(&shard->units, j));
    patron_summary_set(summary, "sizes", sizes);
    patron_summary_set(summary, "units", units);
    patron_summary_set(summary, "segments", segments);
    patron_summary_set_count(summary, "segments_withheld", withheld);
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
    set_segments(report, &summary);
    if (report->moved != NULL)
        set_moves(report, &summary);
    if (report->sweep != NULL)
        sweep_report_set(report->sweep, &summary);
    patron_summary_set_flag(&summary, "streamed", report->shard->is_streamed);
    patron_summary_set_count(&summary, "peak_memory", report->peak_memory);
    if (report->validation != NULL)
        patron_summary_set(
            &summary, "validation",
            validation_report_object(report->validation, sizes_of(fit), least_of(report)));
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
        if (size_before(report, segment) >= least_before(report))
            patron_table_add_count(table, size_before(report, segment));
        else
            report_add_text(table, "-");
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

static patron_status print_segments(const segment_report *report)
{
    const patron_kmeans_result *fit = report->fit;
    const uint64_t *size = sizes_of(fit), least = least_of(report);
    patron_table table = {0}, across = {0};
    uint64_t withheld = 0;
    patron_table_add_column(&table, "segment", 7, PATRON_ALIGN_RIGHT, false);
    patron_table_add_column(&table, "customers", 9, PATRON_ALIGN_RIGHT, false);
    patron_table_add_column(&table, "share %", 7, PATRON_ALIGN_RIGHT, false);
    if (report->moved != NULL) {
        patron_table_add_column(&table, "before", 6, PATRON_ALIGN_RIGHT, false);
        patron_table_add_column(&table, "moved", 5, PATRON_ALIGN_RIGHT, false);
    }
    for (uint32_t j = 0; j < fit->columns; ++j)
        add_feature_column(report->shard, j, &table);
    for (uint32_t s = 0; s < fit->k; ++s) {
        if (size[s] >= least)
            add_segment(report, s, &table);
        else
            ++withheld;
    }
    patron_table_transpose(&table, &across);
    patron_status status = patron_table_print(&across, stdout, patron_table_page_width(stdout));
    if (status == PATRON_OK && withheld > 0)
        status = report_print_line("\n%" PRIu64 " segment%s fewer than %" PRIu64
                                   " customers%s: not shown (--min-group)",
                                   withheld, withheld == 1 ? " has" : "s have", report->min_group,
                                   report_complement_note(least, report->min_group));
    patron_table_free(&table);
    patron_table_free(&across);
    return status;
}

static patron_status print_tables(const segment_report *report)
{
    const patron_kmeans_result *fit = report->fit;
    const uint64_t least = least_of(report);
    patron_status status = report->sweep == NULL ? PATRON_OK : sweep_report_print(report->sweep);
    if (status == PATRON_OK)
        status = report_print_line("%u segments of %" PRIu64 " customers (%" PRIu64
                                   " left out), centroids in the data's own units:\n",
                                   fit->k, report->rows - report->dropped, report->dropped);
    if (status == PATRON_OK)
        status = print_segments(report);
    if (status == PATRON_OK && report->validation != NULL)
        status = validation_report_print(report->validation, sizes_of(fit), least);
    if (status == PATRON_OK && report->outliers != NULL)
        status = segment_outliers_print(report->outliers);
    if (fit->refine_rounds > 0)
        report_print_line("\n%u of %u rounds of --refine lowered the inertia", fit->refine_taken,
                          fit->refine_rounds);
    report_print_line("\nInertia %.6g after %u iterations (%s); model in %s", fit->inertia,
                      fit->iterations, fit->converged ? "converged" : "stopped by --max-iter",
                      report->context->common->output);
    return status;
}

patron_status segment_report_print(const segment_report *report)
{
    return patron_job_wants_summary(report->context) ? print_json(report) : print_tables(report);
}
