/* SPDX-License-Identifier: Apache-2.0 */
/* patron report: models in, one HTML page out that people read.  The page needs nothing beside it.
 */
#include "report_run.h"

#include "audit.h"
#include "jobs.h"
#include "model/group_least.h"
#include "model/itemset_model.h"
#include "model/model_verify.h"
#include "model/segment_model.h"
#include "patron/memory.h"
#include "report_text.h"
#include "runtime/meter.h"
#include "store/output.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { REPORT_OPTIONS = 8 };

static const patron_option option_table[REPORT_OPTIONS] = {
    {.name = "data",
     .argument = "DATASET",
     .doc = "the dataset that the segments are of: adds names, revenue, traits and items",
     .group = "What is told",
     .is_input = true,
     PATRON_OPTION_STORE(report_options, data)},
    {.name = "revenue",
     .argument = "COL",
     .doc = "column of what a customer brought in (default: monetary, where --data has it)",
     PATRON_OPTION_STORE(report_options, revenue)},
    {.name = "previous",
     .argument = "MODEL",
     .doc = "an earlier segment model: adds who moved since, and how features drifted",
     .is_input = true,
     PATRON_OPTION_STORE(report_options, previous)},
    {.name = "previous-data",
     .argument = "DATASET",
     .doc = "customers of --previous (default: what that model says it was made of)",
     .is_input = true,
     PATRON_OPTION_STORE(report_options, previous_data)},
    {.name = "top",
     .argument = "N",
     .doc = "rules to list, the best by lift",
     PATRON_OPTION_STORE(report_options, top),
     .standard = "500",
     .least = 1,
     .most = 5000},
    {.name = "min-group",
     .argument = "N",
     .doc = "withhold what fewer than N customers or baskets stand behind; 0 shows all",
     PATRON_OPTION_STORE(report_options, min_group),
     .standard = "10"},
    {.name = "title",
     .argument = "TEXT",
     .doc = "heading of the page",
     PATRON_OPTION_STORE(report_options, title),
     .standard = "Customer report"},
    {.name = "memory",
     .argument = "SIZE",
     .doc =
         "about the most memory of a rank for the customers of --data and --previous, as 500M or "
         "2G; where they need more they are read again for every step, with the same page",
     PATRON_OPTION_STORE_SIZE(report_options, memory),
     .standard = "1G",
     .least = 1},
};

static const patron_positional inputs = {.name = "MODEL",
                                         .doc = "a segment model, an itemset model, one of "
                                                "itemsets --by-segment; or one of each",
                                         .least = 1,
                                         .most = 3,
                                         .offset = offsetof(report_options, inputs)};

static patron_status check(const patron_options *given, const void *argument)
{
    const report_options *options = argument;
    if (options->previous_data != NULL && options->previous == NULL)
        return patron_fail(PATRON_USAGE, "--previous-data goes with --previous only");
    if (patron_options_given(given, "revenue") && options->data == NULL)
        return patron_fail(PATRON_USAGE, "--revenue goes with --data only");
    return PATRON_OK;
}

/* ---- load ---- */

/* The kinds of models that a report takes. */
enum { SEGMENTS, ITEMSETS, BY_SEGMENT };

/* Which of them a model of `kind` is.  On rank 0. */
static patron_status tell_kind(const char *path, const char *kind, uint64_t *which)
{
    bool is_by_segment = false;
    patron_status status = PATRON_OK;
    if (strcmp(kind, PATRON_ITEMSET_KIND) == 0)
        status = patron_by_segment_is(path, &is_by_segment);
    else if (strcmp(kind, PATRON_SEGMENT_KIND) != 0)
        status = patron_fail(PATRON_DATA, "%s: kind '%s', a segment or an itemset model expected",
                             path, kind);
    *which = strcmp(kind, PATRON_SEGMENT_KIND) == 0 ? SEGMENTS
             : is_by_segment                        ? BY_SEGMENT
                                                    : ITEMSETS;
    return status;
}

/* Sorts the models out by their kind.  Collective. */
static patron_status find_kinds(report_run *run)
{
    static const char *const called[] = {PATRON_SEGMENT_KIND, PATRON_ITEMSET_KIND,
                                         "itemset by segment"};
    const patron_comm *comm = run->context->comm;
    const char **places[] = {&run->segment_path, &run->itemset_path, &run->by_segment_path};
    patron_status status = PATRON_OK;
    for (uint32_t i = 0; status == PATRON_OK && i < run->options->inputs.count; ++i) {
        const char *path = run->options->inputs.names[i], *kind = NULL;
        uint64_t which = SEGMENTS;
        status = patron_model_verify(comm, path, &kind);
        if (status == PATRON_OK && comm->rank == 0)
            status = tell_kind(path, kind, &which);
        status = patron_comm_agree(comm, status);
        patron_comm_broadcast(comm, &which, sizeof which, 0);
        if (status == PATRON_OK && *places[which] != NULL)
            status = patron_fail(PATRON_DATA, "%s and %s are both %s models, one of each expected",
                                 *places[which], path, called[which]);
        *places[which] = path;
    }
    if (status == PATRON_OK && run->segment_path == NULL &&
        (run->options->data != NULL || run->options->previous != NULL))
        status = patron_fail(PATRON_DATA, "--data and --previous need a segment model, %s is none",
                             run->options->inputs.names[0]);
    return status;
}

/* `digest` is of the segment model, where there is one.  Collective. */
static patron_status read_by_segment(report_run *run, const char *digest)
{
    enum { SHOWN = 16 };
    patron_by_segment_view *view = &run->by_segment;
    patron_status status = patron_by_segment_view_read(run->context->comm, run->by_segment_path,
                                                       run->options->min_group, view);
    if (status == PATRON_OK && run->segment_path != NULL &&
        strcmp(view->segments_digest, digest) != 0)
        status = patron_fail(PATRON_DATA,
                             "%s is of other segments than those of %s: of a model of digest "
                             "%.*s..., not %.*s...",
                             run->by_segment_path, run->segment_path, SHOWN, view->segments_digest,
                             SHOWN, digest);
    return status;
}

/* Segments are few, and for rank 0, which writes the page.  Collective. */
static patron_status read_models(report_run *run)
{
    const patron_comm *comm = run->context->comm;
    char digest[PATRON_DIGEST_TEXT] = "";
    patron_status status = PATRON_OK;
    if (run->segment_path != NULL && run->by_segment_path != NULL)
        status = patron_model_digest(comm, run->segment_path, digest);
    if (status == PATRON_OK && comm->rank == 0 && run->segment_path != NULL)
        status = patron_segment_view_read(run->segment_path, &run->segments);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK && run->itemset_path != NULL)
        status = patron_itemset_view_read(comm, run->itemset_path, run->options->top,
                                          run->options->min_group, &run->itemsets);
    return status == PATRON_OK && run->by_segment_path != NULL ? read_by_segment(run, digest)
                                                               : status;
}

/* What `profile` finds.  Collective. */
static patron_status profile_segments(report_run *run)
{
    static const char *const usual = "monetary";
    const patron_comm *comm = run->context->comm;
    enum { TOP = 5 };
    if (run->options->data == NULL)
        return PATRON_OK;
    run->profile_inputs[0] = run->options->data;
    run->profile_inputs[1] = run->segment_path;
    run->profile_options = (profile_options){.inputs = {2, run->profile_inputs},
                                             .revenue = run->options->revenue,
                                             .min_group = run->options->min_group,
                                             .memory = run->options->memory,
                                             .top = TOP};
    run->profile = (profile_run){.context = run->context, .options = &run->profile_options};
    run->has_profile = true;
    patron_status status = profile_load(&run->profile);
    if (status == PATRON_OK && run->options->revenue == NULL &&
        patron_texts_find(&run->profile.shard.names, usual) != UINT64_MAX)
        run->profile_options.revenue = usual;
    if (status == PATRON_OK)
        status = profile_measure(&run->profile);
    return status == PATRON_OK
               ? patron_dataset_read_extras(comm, run->profile.dataset, &run->extras)
               : status;
}

/* What `compare --drift` finds.  Collective. */
static patron_status compare_nights(report_run *run)
{
    static const char *const data_options[COMPARE_SIDES] = {"previous-data", "data"};
    if (run->options->previous == NULL)
        return PATRON_OK;
    run->compare_inputs[COMPARE_FIRST] = run->options->previous;
    run->compare_inputs[COMPARE_SECOND] = run->segment_path;
    run->compare_options = (compare_options){.inputs = {COMPARE_SIDES, run->compare_inputs},
                                             .min_group = run->options->min_group,
                                             .drift = true,
                                             .old_data = run->options->previous_data,
                                             .new_data = run->options->data,
                                             .data_options = data_options,
                                             .memory = run->options->memory};
    run->drift = (compare_run){.context = run->context, .options = &run->compare_options};
    run->has_drift = true;
    return compare_find(&run->drift);
}

/* ---- what sections share ---- */

double report_share(const report_run *run, uint64_t segment)
{
    return (double)run->segments.size[segment] /
           (double)(run->segments.rows - run->segments.dropped);
}

patron_status report_append_label(const report_run *run, uint64_t segment, patron_texts *labels)
{
    return patron_texts_append(labels, patron_texts_at(&run->labels, segment),
                               patron_texts_length(&run->labels, segment));
}

/* The label of a segment, to free(); NULL: out of memory. */
static char *label_of(const report_run *run, uint64_t segment)
{
    bool is_shown = run->segments.size[segment] >= run->least;
    char *label = NULL, *name = NULL;
    if (run->has_profile && is_shown &&
        (name = profile_name(&run->profile, (uint32_t)segment)) == NULL)
        return NULL;
    int length = asprintf(&label, "%" PRIu64 "%s", segment, is_shown ? "" : " (withheld)");
    if (length >= 0 && name != NULL) {
        free(label);
        length = asprintf(&label, "%" PRIu64 " · %s", segment, name);
    }
    free(name);
    return length < 0 ? NULL : label;
}

static patron_status make_labels(report_run *run)
{
    patron_status status = PATRON_OK;
    for (uint64_t s = 0; status == PATRON_OK && s < run->segments.k; ++s) {
        char *label = label_of(run, s);
        status = label == NULL ? patron_fail(PATRON_RESOURCE, "out of memory for a name")
                               : patron_texts_append(&run->labels, label, strlen(label));
        free(label);
    }
    return status;
}

static patron_status find_shown(report_run *run)
{
    const uint64_t *size = run->segments.size;
    run->least = patron_group_least(size, run->segments.k, run->options->min_group);
    run->shown = patron_allocate(run->segments.k, sizeof *run->shown);
    if (run->shown == NULL)
        return PATRON_RESOURCE;
    for (uint64_t s = 0; s < run->segments.k; ++s) {
        if (size[s] < run->least)
            continue;
        uint64_t at = run->shown_count++;
        for (; at > 0 && size[run->shown[at - 1]] < size[s]; --at)
            run->shown[at] = run->shown[at - 1];
        run->shown[at] = s;
    }
    return PATRON_OK;
}

void report_write_withheld(report_run *run)
{
    uint64_t withheld = run->segments.k - run->shown_count;
    if (withheld > 0)
        patron_page_paragraph(&run->page,
                              "%" PRIu64 " segment%s fewer than %" PRIu64
                              " customers%s and %s withheld (<code>--min-group</code>).",
                              withheld, withheld == 1 ? " has" : "s have", run->options->min_group,
                              report_complement_note(run->least, run->options->min_group),
                              withheld == 1 ? "is" : "are");
}

/* ---- the page ---- */

static patron_status write_page(report_run *run)
{
    static patron_status (*const sections[])(report_run *) = {
        report_write_overview, report_write_segments, report_write_choice, report_write_tree,
        report_write_items,    report_write_rules,    report_write_drift,  report_write_facts};
    patron_span span = patron_meter_enter(PATRON_STEP_FORMAT);
    patron_status status = patron_page_begin(&run->page, run->options->title);
    if (status == PATRON_OK && run->segment_path != NULL) {
        status = find_shown(run);
        if (status == PATRON_OK)
            status = make_labels(run);
    }
    for (size_t i = 0; status == PATRON_OK && i < sizeof sections / sizeof sections[0]; ++i)
        status = sections[i](run);
    if (status == PATRON_OK)
        status = patron_page_end(&run->page);
    patron_meter_leave(span, 0, 0);
    return status;
}

static patron_status put_page(const report_run *run, patron_output *output)
{
    patron_status status = patron_output_create(patron_output_path(output));
    return status == PATRON_OK ? patron_output_write(output, 0, run->page.bytes, run->page.length)
                               : status;
}

/* Collective. */
static patron_status write_output(report_run *run)
{
    const patron_job_context *context = run->context;
    const patron_comm *comm = context->comm;
    patron_output *output = NULL;
    patron_status status = patron_comm_agree(comm, comm->rank == 0 ? write_page(run) : PATRON_OK);
    if (status != PATRON_OK)
        return status;
    status = patron_output_begin(comm, context->common->output, PATRON_OUTPUT_FILE,
                                 context->common->force, &output);
    if (status != PATRON_OK)
        return status;
    return patron_output_end(comm, output, comm->rank == 0 ? put_page(run, output) : PATRON_OK);
}

/* ---- the story ---- */

static patron_status check_output(const report_run *run)
{
    const patron_common_options *common = run->context->common;
    const report_options *options = run->options;
    const char *read[6] = {options->data, options->previous, options->previous_data};
    for (uint32_t i = 0; i < options->inputs.count; ++i)
        read[3 + i] = options->inputs.names[i];
    patron_status status = PATRON_OK;
    for (size_t i = 0; status == PATRON_OK && i < sizeof read / sizeof read[0]; ++i) {
        if (read[i] == NULL)
            continue;
        patron_job_audit_input(run->context, read[i]);
        status = patron_output_check(run->context->comm, common->output, PATRON_OUTPUT_FILE,
                                     common->force, read[i]);
    }
    return status;
}

static void release(report_run *run)
{
    patron_segment_view_free(&run->segments);
    patron_itemset_view_free(&run->itemsets);
    patron_by_segment_view_free(&run->by_segment);
    patron_dataset_extras_free(&run->extras);
    if (run->has_profile)
        profile_release(&run->profile);
    if (run->has_drift)
        compare_release(&run->drift);
    patron_texts_free(&run->labels);
    free(run->shown);
    patron_page_free(&run->page);
}

static patron_status run_report(patron_job_context *context, const void *options)
{
    const patron_comm *comm = context->comm;
    report_run run = {.context = context, .options = options};
    patron_status status = check_output(&run);
    if (status == PATRON_OK)
        status = find_kinds(&run);
    if (status == PATRON_OK)
        status = read_models(&run);
    patron_job_stage(context, "read", "profiling");
    if (status == PATRON_OK)
        status = profile_segments(&run);
    patron_job_stage(context, "profile", "writing");
    if (status == PATRON_OK)
        status = compare_nights(&run);
    if (status == PATRON_OK)
        status = write_output(&run);
    patron_phases_mark(&context->phases, "write");
    if (status == PATRON_OK) {
        patron_phases_reduce(&context->phases, comm);
        status = patron_comm_agree(comm, comm->rank == 0 ? report_tell(&run) : PATRON_OK);
    }
    release(&run);
    return status;
}

static const char *const not_taken[] = {"seed", NULL};

const patron_job patron_job_report = {
    .name = "report",
    .help = {.summary = "write one HTML page about models, for people",
             .description =
                 "One self-contained page: segments and their traits, how their number was "
                 "chosen, how they join, what each buys more than others, rules as a chart and "
                 "as a table that sorts and filters, and what changed since an earlier model.  "
                 "What is not at hand is left out, and the page says how to get it.  The same "
                 "models give the same bytes.\n",
             .examples = "  patron report segments.h5 itemsets.h5 --data shop/ -o report.html\n"
                         "  patron report segments.h5 itemsets.h5 by_segment.h5 -o report.html\n"
                         "  patron report tuesday.h5 --previous monday.h5 -o drift.html --force\n"},
    .options = option_table,
    .option_count = REPORT_OPTIONS,
    .options_size = sizeof(report_options),
    .positional = &inputs,
    .output = PATRON_OUTPUT_REQUIRED,
    .without = not_taken,
    .check = check,
    .run = run_report};
