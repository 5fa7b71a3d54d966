/* SPDX-License-Identifier: Apache-2.0 */
/* patron itemsets --by-segment: the baskets are read once and arranged by the segment of their
 * customer; each segment is mined, and then held against all of them together. */
#include "itemsets_run.h"

#include "checkpoint.h"

#include "by_segment_report.h"
#include "data/basket_columns.h"
#include "itemset/contrast.h"
#include "itemset/slices.h"
#include "model/by_segment_model.h"
#include "model/group_least.h"
#include "model/model_verify.h"
#include "model/segment_labels.h"
#include "patron/memory.h"
#include "runtime/meter.h"

#include <inttypes.h>
#include <stdlib.h>

typedef struct segments_run {
    itemsets_run *run;
    uint32_t k;
    uint64_t *customers; /* k: that have baskets */
    uint64_t baskets_without;
    patron_itemset_groups groups;
    patron_itemset_result *found; /* k */
    patron_itemset_item_contrast items;
    patron_itemset_rule_contrast rules;
} segments_run;

/* ---- load ---- */

static patron_status check_dataset(const patron_dataset *dataset)
{
    const char *path = patron_dataset_path(dataset);
    if (!patron_dataset_has_customers(dataset))
        return patron_fail(PATRON_DATA, "%s: no customers, --by-segment needs some", path);
    if (!patron_dataset_has_basket_customers(dataset))
        return patron_fail(PATRON_DATA, "%s: /baskets/customer is missing, --by-segment needs it",
                           path);
    return PATRON_OK;
}

/* The segment of each basket of this rank, -1 for none.  Collective. */
static patron_status find_segments(segments_run *s, patron_segment_labels *labels,
                                   int32_t *segment_of)
{
    const itemsets_run *run = s->run;
    const patron_comm *comm = run->context->comm;
    patron_range range = patron_range_cut(patron_dataset_baskets(run->dataset),
                                          (uint64_t)comm->rank, (uint64_t)comm->size);
    uint64_t *customers = patron_allocate(run->count, sizeof *customers);
    patron_status status =
        customers == NULL ? PATRON_RESOURCE
                          : patron_dataset_read_basket_customers(run->dataset, range, customers);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = patron_segment_labels_look_up(comm, labels, customers, run->count, segment_of);
    free(customers);
    return status;
}

/* Arranges the run's baskets by segment, and lets go of them.  Collective. */
static patron_status arrange(segments_run *s, patron_segment_labels *labels)
{
    itemsets_run *run = s->run;
    const patron_comm *comm = run->context->comm;
    int32_t *segment_of = patron_allocate(run->count, sizeof *segment_of);
    s->k = labels->k;
    s->customers = patron_allocate(s->k, sizeof *s->customers);
    s->found = patron_allocate(s->k, sizeof *s->found);
    bool short_of_memory = segment_of == NULL || s->customers == NULL || s->found == NULL;
    patron_status status = patron_comm_agree(comm, short_of_memory ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        status = find_segments(s, labels, segment_of);
    if (status == PATRON_OK) {
        const patron_itemset_baskets baskets = {.count = run->count,
                                                .offsets = run->offsets,
                                                .items = run->items,
                                                .item_count = (uint32_t)itemsets_names(run)->count};
        patron_segment_labels_count(comm, labels, s->customers);
        status = patron_itemset_groups_create(comm, &baskets, segment_of, s->k, &s->groups);
    }
    s->baskets_without = patron_dataset_baskets(run->dataset) - s->groups.total;
    free(segment_of);
    free(run->offsets);
    free(run->items);
    run->offsets = NULL;
    run->items = NULL;
    return status;
}

static patron_status load(segments_run *s)
{
    const itemsets_run *run = s->run;
    patron_segment_labels labels = {0};
    patron_span span = patron_meter_enter(PATRON_STEP_BUILD);
    patron_status status = check_dataset(run->dataset);
    if (status == PATRON_OK)
        status = patron_segment_labels_read(run->context->comm, run->options->by_segment,
                                            run->dataset, run->digest, &labels);
    if (status == PATRON_OK)
        status = arrange(s, &labels);
    patron_meter_leave(span, 0, 0);
    patron_segment_labels_free(&labels);
    return status;
}

/* ---- mine ---- */

static patron_status tell_segment(patron_status status, uint32_t segment)
{
    char text[PATRON_FAIL_CAPACITY];
    patron_fail_text(status, text, sizeof text);
    return patron_fail(status, "segment %" PRIu32 ": %s", segment, text);
}

/* Sets are kept for the model alone, rules for the contrast too. */
static patron_status mine(segments_run *s)
{
    itemsets_run *run = s->run;
    bool has_output = run->context->common->output != NULL;
    patron_status status = itemsets_choose_mining(run);
    run->mining.count_only = !has_output && !run->options->rules;
    if (status == PATRON_OK)
        status = itemsets_open_checkpoint(run);
    for (uint32_t g = 0; status == PATRON_OK && g < s->k; ++g) {
        run->mining.min_count = itemsets_least_count(run->options, s->groups.baskets[g]);
        run->mining.number = g;
        run->mining.others_follow = g + 1 < s->k;
        status = patron_itemset_groups_mine(run->context->comm, &s->groups, g, &run->mining,
                                            &s->found[g]);
        if (status != PATRON_OK && status != PATRON_STOPPED)
            status = tell_segment(status, g);
        if (!has_output)
            itemset_sets_free(&s->found[g].sets);
    }
    return status;
}

/* ---- what tells them apart ---- */

static patron_status contrast(segments_run *s)
{
    const itemsets_run *run = s->run;
    const patron_comm *comm = run->context->comm;
    uint64_t *min_counts = patron_allocate(s->k, sizeof *min_counts);
    patron_status status =
        patron_comm_agree(comm, min_counts == NULL ? PATRON_RESOURCE : PATRON_OK);
    for (uint32_t g = 0; status == PATRON_OK && g < s->k; ++g)
        min_counts[g] = s->found[g].min_count;
    if (status == PATRON_OK)
        status =
            patron_itemset_contrast_items(comm, &s->groups, min_counts, &run->mining, &s->items);
    if (status == PATRON_OK && run->options->rules)
        status = patron_itemset_contrast_rules(comm, &s->groups, s->found, run->context->threads,
                                               &s->rules);
    free(min_counts);
    return status;
}

/* ---- write ---- */

static patron_status write_model(const segments_run *s)
{
    const itemsets_run *run = s->run;
    const patron_job_context *context = run->context;
    char segments_digest[PATRON_DIGEST_TEXT];
    patron_phase_seconds phases[2];
    const patron_run provenance = itemsets_provenance(run, phases);
    const patron_by_segment_model model = {.groups = &s->groups,
                                           .found = s->found,
                                           .options = &run->mining,
                                           .items = &s->items,
                                           .rules = &s->rules,
                                           .customers = s->customers,
                                           .baskets_without = s->baskets_without,
                                           .segments_digest = segments_digest,
                                           .item_names = itemsets_names(run),
                                           .item_labels = itemsets_labels(run),
                                           .threads = context->threads};
    patron_status status =
        patron_model_digest(context->comm, run->options->by_segment, segments_digest);
    if (status == PATRON_OK)
        status =
            patron_by_segment_model_write(context->comm, &model, &provenance,
                                          context->common->output, patron_job_may_replace(context));
    return status;
}

/* ---- the job ---- */

static patron_status print_report(const segments_run *s)
{
    const itemsets_run *run = s->run;
    bool count_only = run->options->count_only;
    patron_itemset_effort own = {0};
    for (uint32_t g = 0; g < s->k; ++g) {
        own.bytes_sent += s->found[g].effort.bytes_sent;
        own.mining_cpu += s->found[g].effort.mining_cpu;
    }
    const uint64_t least = patron_group_least(s->customers, s->k, run->options->min_group);
    const by_segment_report report = {.context = run->context,
                                      .groups = &s->groups,
                                      .found = s->found,
                                      .customers = s->customers,
                                      .min_group = run->options->min_group,
                                      .least = least,
                                      .baskets_without = s->baskets_without,
                                      .count_only = count_only,
                                      .items = count_only ? NULL : &s->items,
                                      .rules = run->options->rules ? &s->rules : NULL,
                                      .names = itemsets_names(run),
                                      .labels = itemsets_labels(run),
                                      .digest = run->digest,
                                      .effort = itemset_effort_sum(run->context->comm, &own)};
    return by_segment_report_print(&report);
}

static patron_status run_steps(segments_run *s)
{
    patron_job_context *context = s->run->context;
    patron_status status = load(s);
    patron_job_stage(context, "read", "mining");
    if (status == PATRON_OK)
        status = mine(s);
    patron_job_stage(context, "mine", "contrasting");
    if (status == PATRON_OK && !s->run->options->count_only)
        status = contrast(s);
    patron_job_stage(context, "contrast", "writing");
    if (status == PATRON_OK && context->common->output != NULL)
        status = write_model(s);
    patron_phases_mark(&context->phases, "write");
    if (status != PATRON_OK)
        return status;
    patron_phases_reduce(&context->phases, context->comm);
    return print_report(s);
}

patron_status itemsets_run_by_segment(itemsets_run *run)
{
    segments_run s = {.run = run};
    patron_status status = run_steps(&s);
    for (uint32_t g = 0; s.found != NULL && g < s.k; ++g)
        patron_itemset_result_free(&s.found[g]);
    patron_itemset_item_contrast_free(&s.items);
    patron_itemset_rule_contrast_free(&s.rules);
    patron_itemset_groups_free(&s.groups);
    free(s.customers);
    free(s.found);
    return status;
}
