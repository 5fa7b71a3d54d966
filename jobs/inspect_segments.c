/* SPDX-License-Identifier: Apache-2.0 */
/* inspect of a segment model: segments in the data's own units, the fit, the transform. */
#include "inspect_reports.h"
#include "inspect_tree.h"
#include "jobs.h"

#include "cli/bars.h"
#include "cli/json.h"
#include "cli/terminal.h"
#include "model/group_least.h"
#include "model/segment_model.h"
#include "model/segment_read.h"
#include "patron/memory.h"
#include "report_json.h"
#include "report_text.h"
#include "validation_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { COURSE_WIDTH = 32 };

typedef struct segments {
    patron_job_context *context;
    const inspect_options *options;
    const char *path;
    patron_segment_view view;
    uint64_t least;    /* customers of a segment that is shown */
    uint64_t withheld; /* segments of fewer */
    uint32_t *group;   /* of each segment, where the tree is cut; NULL: it is not */
} segments;

static bool is_shown(const segments *run, uint64_t segment)
{
    return run->view.size[segment] >= run->least;
}

/* Whether people are told how many outliers a segment has. */
static bool tells_outliers(const segments *run, uint64_t segment)
{
    uint64_t outliers = (uint64_t)run->view.spread.beyond[segment];
    return outliers == 0 || outliers >= run->options->min_group;
}

static double share_of(const segments *run, uint64_t segment)
{
    return (double)run->view.size[segment] / (double)(run->view.rows - run->view.dropped);
}

/* ---- JSON ---- */

static json_t *segment_of(const segments *run, uint64_t s)
{
    const patron_segment_view *view = &run->view;
    json_t *object = json_object();
    report_json_set(object, "segment", patron_json_count(s));
    report_json_set(object, "size", patron_json_count(view->size[s]));
    report_json_set(object, "share", patron_json_real(share_of(run, s)));
    report_json_set(object, "weight_sum", patron_json_real(view->weight_sum[s]));
    report_json_set(object, "inertia", patron_json_real(view->segment_inertia[s]));
    report_json_set(object, "moved",
                    view->moved != NULL ? patron_json_real(view->moved[s]) : json_null());
    if (view->spread.quantile != NULL) {
        report_json_set(object, "distance_quantiles",
                        report_json_reals(view->spread.quantile + s * PATRON_SPREAD_LEVELS,
                                          PATRON_SPREAD_LEVELS));
        report_json_set(object, "outlier_threshold", patron_json_real(view->spread.threshold[s]));
        report_json_set(object, "outliers",
                        tells_outliers(run, s) ? json_integer(view->spread.beyond[s])
                                               : json_null());
    }
    if (run->group != NULL)
        report_json_set(object, "group", patron_json_count(run->group[s]));
    report_json_set(object, "centroid",
                    report_json_reals(view->centroids + s * view->columns, view->columns));
    report_json_set(object, "centroid_scaled",
                    report_json_reals(view->centroids_scaled + s * view->columns, view->columns));
    return object;
}

static json_t *history_of(const patron_segment_view *view)
{
    json_t *array = json_array();
    for (uint64_t i = 0; i < view->iterations; ++i) {
        json_t *object = json_object();
        report_json_set(object, "inertia", patron_json_real(view->history[i].inertia));
        report_json_set(object, "moved", json_integer(view->history[i].moved));
        report_json_set(object, "shift", patron_json_real(view->history[i].shift));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *names_of(const patron_texts *names)
{
    json_t *array = json_array();
    for (uint64_t j = 0; j < names->count; ++j)
        json_array_append_new(array, report_json_text_of(names, j));
    return array;
}

static json_t *transform_of(const patron_segment_view *view)
{
    json_t *object = json_object();
    report_json_set(object, "fill", report_json_reals(view->fill, view->columns));
    report_json_set(object, "log1p", report_json_counts(view->log1p, view->columns));
    report_json_set(object, "offset", report_json_reals(view->offset, view->columns));
    report_json_set(object, "scale", report_json_reals(view->scale, view->columns));
    return object;
}

static patron_status print_json(const segments *run)
{
    const patron_segment_view *view = &run->view;
    patron_summary summary = patron_summary_create("inspect");
    json_t *list = json_array();
    for (uint64_t s = 0; s < view->k; ++s)
        if (is_shown(run, s))
            json_array_append_new(list, segment_of(run, s));
    patron_summary_set_text(&summary, "path", run->path, strlen(run->path));
    patron_summary_set_text(&summary, "kind", PATRON_SEGMENT_KIND, strlen(PATRON_SEGMENT_KIND));
    patron_summary_set_count(&summary, "k", view->k);
    patron_summary_set_count(&summary, "k_requested", view->k_requested);
    patron_summary_set_count(&summary, "rows", view->rows);
    patron_summary_set_count(&summary, "rows_dropped", view->dropped);
    patron_summary_set_real(&summary, "inertia", view->inertia);
    patron_summary_set_count(&summary, "iterations", view->iterations);
    patron_summary_set_flag(&summary, "converged", view->converged);
    patron_summary_set_count(&summary, "seed", view->seed);
    patron_summary_set(&summary, "columns", names_of(&view->names));
    patron_summary_set(&summary, "segments", list);
    patron_summary_set_count(&summary, "segments_withheld", run->withheld);
    if (view->validation.segments != NULL)
        patron_summary_set(&summary, "validation",
                           validation_report_object(&view->validation, view->size, run->least));
    if (view->joins != NULL)
        patron_summary_set(&summary, "tree", inspect_tree_object(view));
    patron_summary_set(&summary, "history", history_of(view));
    patron_summary_set(&summary, "transform", transform_of(view));
    patron_summary_set(&summary, "run", report_json_facts(&view->run));
    return patron_job_end_summary(run->context, &summary);
}

/* ---- text ---- */

static void add_segment(const segments *run, uint64_t s, patron_table *table)
{
    const patron_segment_view *view = &run->view;
    patron_table_add_count(table, s);
    if (run->group != NULL)
        patron_table_add_count(table, run->group[s]);
    patron_table_add_count(table, view->size[s]);
    patron_table_add_decimal(table, 100.0 * share_of(run, s), 1);
    patron_table_add_real(table, view->weight_sum[s], 4);
    patron_table_add_real(table, view->segment_inertia[s], 4);
    if (view->spread.quantile != NULL) {
        patron_table_add_real(
            table, view->spread.quantile[s * PATRON_SPREAD_LEVELS + PATRON_SPREAD_MEDIAN], 3);
        patron_table_add_real(table, view->spread.threshold[s], 3);
        if (tells_outliers(run, s))
            patron_table_add_count(table, (uint64_t)view->spread.beyond[s]);
        else
            report_add_text(table, "-");
    }
    if (view->moved != NULL)
        patron_table_add_real(table, view->moved[s], 3);
    for (uint64_t j = 0; j < view->columns; ++j)
        patron_table_add_real(table, view->centroids[s * view->columns + j], 4);
}

static patron_status print_segments(const segments *run)
{
    static const char *const figures[] = {"customers", "share %", "weight", "inertia"};
    const patron_segment_view *view = &run->view;
    patron_table table = {0}, across = {0};
    report_add_column(&table, "segment", PATRON_ALIGN_RIGHT, false);
    if (run->group != NULL)
        report_add_column(&table, "group", PATRON_ALIGN_RIGHT, false);
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; ++i)
        report_add_column(&table, figures[i], PATRON_ALIGN_RIGHT, false);
    if (view->spread.quantile != NULL) {
        report_add_column(&table, "median distance", PATRON_ALIGN_RIGHT, false);
        report_add_column(&table, "outliers from", PATRON_ALIGN_RIGHT, false);
        report_add_column(&table, "outliers", PATRON_ALIGN_RIGHT, false);
    }
    if (view->moved != NULL)
        report_add_column(&table, "moved", PATRON_ALIGN_RIGHT, false);
    for (uint64_t j = 0; j < view->names.count; ++j)
        patron_table_add_column(&table, patron_texts_at(&view->names, j),
                                patron_texts_length(&view->names, j), PATRON_ALIGN_RIGHT, false);
    for (uint64_t s = 0; s < view->k; ++s)
        if (is_shown(run, s))
            add_segment(run, s, &table);
    patron_table_transpose(&table, &across);
    patron_table_free(&table);
    patron_status status =
        report_print_table("Segments, centroids in the data's own units", &across);
    if (status != PATRON_OK || run->withheld == 0)
        return status;
    putchar('\n');
    return report_print_line(
        "%" PRIu64 " segment%s fewer than %" PRIu64 " customers%s: not shown (--min-group)",
        run->withheld, run->withheld == 1 ? " has" : "s have", run->options->min_group,
        report_complement_note(run->least, run->options->min_group));
}

static patron_status print_transform(const patron_segment_view *view)
{
    patron_table table = {0};
    report_add_column(&table, "column", PATRON_ALIGN_LEFT, true);
    report_add_column(&table, "log1p", PATRON_ALIGN_LEFT, false);
    report_add_column(&table, "missing filled by", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "offset", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "scale", PATRON_ALIGN_RIGHT, false);
    for (uint64_t j = 0; j < view->columns; ++j) {
        patron_table_add_text(&table, patron_texts_at(&view->names, j),
                              patron_texts_length(&view->names, j));
        report_add_text(&table, view->log1p[j] != 0 ? "yes" : "no");
        patron_table_add_real(&table, view->fill[j], 4);
        patron_table_add_real(&table, view->offset[j], 4);
        patron_table_add_real(&table, view->scale[j], 4);
    }
    return report_print_table("What was done to values before", &table);
}

/* The inertia of all iterations as a line of bars. */
static patron_status print_history(const patron_segment_view *view)
{
    char bars[PATRON_BARS_CAPACITY];
    double *inertia = patron_allocate(view->iterations, sizeof *inertia);
    if (inertia == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < view->iterations; ++i)
        inertia[i] = view->history[i].inertia;
    patron_bars_draw_course(inertia, view->iterations, COURSE_WIDTH, patron_terminal_is_unicode(),
                            bars);
    patron_status status = report_print_line(
        "inertia %.10g after %" PRIu64 " iteration%s (%s) %s", view->inertia, view->iterations,
        view->iterations == 1 ? "" : "s", view->converged ? "converged" : "stopped before", bars);
    free(inertia);
    return status;
}

static patron_status print_text(const segments *run)
{
    const patron_segment_view *view = &run->view;
    patron_status status = report_print_line(
        "%s: a segment model: %" PRIu64 " segment%s (%" PRIu64 " asked for) of %" PRIu64
        " customers, %" PRIu64 " left out; seed %" PRIu64,
        run->path, view->k, view->k == 1 ? "" : "s", view->k_requested, view->rows - view->dropped,
        view->dropped, view->seed);
    if (status == PATRON_OK)
        status = print_history(view);
    if (status == PATRON_OK)
        status = print_segments(run);
    if (status == PATRON_OK && view->validation.segments != NULL)
        status = validation_report_print(&view->validation, view->size, run->least);
    if (status == PATRON_OK && view->joins != NULL && view->k > 1)
        status = inspect_tree_print(view, run->options->top, run->least);
    if (status == PATRON_OK)
        status = print_transform(view);
    return status == PATRON_OK ? report_print_run(&view->run) : status;
}

/* ---- the story ---- */

static patron_status read_view(segments *run)
{
    patron_status status = patron_segment_view_read(run->path, &run->view);
    if (status == PATRON_OK && run->options->cut > 0)
        status = inspect_tree_cut(&run->view, run->path, run->options->cut, &run->group);
    return status;
}

patron_status inspect_segments_run(patron_job_context *context, const inspect_options *options)
{
    const patron_comm *comm = context->comm;
    segments run = {.context = context, .options = options, .path = options->inputs.names[0]};
    patron_status status = patron_comm_agree(comm, comm->rank == 0 ? read_view(&run) : PATRON_OK);
    patron_phases_mark(&context->phases, "read");
    if (status == PATRON_OK) {
        patron_phases_reduce(&context->phases, comm);
        if (comm->rank == 0)
            run.least = patron_group_least(run.view.size, run.view.k, options->min_group);
        for (uint64_t s = 0; comm->rank == 0 && s < run.view.k; ++s)
            run.withheld += is_shown(&run, s) ? 0 : 1;
        if (comm->rank == 0)
            status = patron_job_wants_summary(context) ? print_json(&run) : print_text(&run);
        status = patron_comm_agree(comm, status);
    }
    patron_segment_view_free(&run.view);
    free(run.group);
    return status;
}
