/* SPDX-License-Identifier: Apache-2.0 */
/* Drift: customers of two nights matched by their ids, who moved, and the gate. */
#include "compare_run.h"

#include "data/customer_pairs.h"
#include "jobs.h"
#include "patron/memory.h"
#include "quality/stability.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* ---- customers by id ---- */

/* Opens the dataset that the labels say they are of; where it has moved, an option tells. */
static patron_status open_named(compare_run *run, int s)
{
    static const char *const own[] = {"old-data", "new-data"};
    const char *const *options = run->options->data_options;
    compare_side *side = &run->side[s];
    const char *option = (options != NULL ? options : own)[s];
    char reason[PATRON_FAIL_CAPACITY];
    if (side->labels.dataset == NULL)
        return patron_fail(PATRON_DATA, "%s does not say of which dataset it is; --%s does",
                           side->source, option);
    patron_status status =
        patron_dataset_open(run->context->comm, side->labels.dataset, &side->dataset);
    if (status != PATRON_NO_INPUT)
        return status;
    patron_fail_text(status, reason, sizeof reason);
    return patron_fail(status, "%s; %s names it as its dataset, --%s tells where that is now",
                       reason, side->source, option);
}

/* Opens the dataset that the labels are of, and checks that they are. */
static patron_status open_dataset(compare_run *run, int s)
{
    const patron_comm *comm = run->context->comm;
    compare_side *side = &run->side[s];
    char digest[PATRON_DIGEST_CAPACITY];
    const char *path = s == COMPARE_FIRST ? run->options->old_data : run->options->new_data;
    patron_status status =
        path != NULL ? patron_dataset_open(comm, path, &side->dataset) : open_named(run, s);
    if (status == PATRON_OK)
        status = patron_job_dataset_digest(comm, run->context->threads, side->dataset, digest);
    return status == PATRON_OK
               ? patron_labelling_check_dataset(&side->labels, side->source, side->dataset, digest)
               : status;
}

/* Counts the flows: labels are moved up, so that all who are in either dataset have a row and a
 * column. */
static patron_status count_flows(compare_run *run, patron_customer_pairs *pairs)
{
    for (uint64_t i = 0; i < pairs->count; ++i) {
        pairs->first[i] += COMPARE_SEGMENTS;
        pairs->second[i] += COMPARE_SEGMENTS;
    }
    const patron_labelled_rows labelled = {
        .count = pairs->count,
        .first = pairs->first,
        .second = pairs->second,
        .rows = run->side[COMPARE_FIRST].labels.segments + COMPARE_SEGMENTS,
        .columns = run->side[COMPARE_SECOND].labels.segments + COMPARE_SEGMENTS};
    return patron_contingency_count(run->context->comm, run->context->threads, &labelled,
                                    &run->drift.flows);
}

patron_status compare_drift_match(compare_run *run)
{
    const patron_comm *comm = run->context->comm;
    compare_side *old_side = &run->side[COMPARE_FIRST], *new_side = &run->side[COMPARE_SECOND];
    patron_customer_pairs pairs = {0};
    patron_status status = open_dataset(run, COMPARE_FIRST);
    if (status == PATRON_OK)
        status = open_dataset(run, COMPARE_SECOND);
    if (status != PATRON_OK)
        return status;
    const patron_labelled_dataset before = {old_side->dataset, old_side->labels.codes};
    const patron_labelled_dataset after = {new_side->dataset, new_side->labels.codes};
    status = patron_customer_pairs_find(comm, &before, &after,
                                        run->options->memory / COMPARE_PAIRS_PART, &pairs);
    if (status == PATRON_OK) {
        const patron_labelled_rows labelled = {.count = pairs.count,
                                               .first = pairs.first,
                                               .second = pairs.second,
                                               .rows = old_side->labels.segments,
                                               .columns = new_side->labels.segments};
        status = patron_contingency_count(comm, run->context->threads, &labelled, &run->table);
    }
    if (status == PATRON_OK)
        status = count_flows(run, &pairs);
    patron_customer_pairs_free(&pairs);
    return status;
}

/* ---- who moved ---- */

uint64_t compare_drift_size(const compare_run *run, int side, uint32_t segment)
{
    const patron_contingency *flows = &run->drift.flows;
    return (side == COMPARE_FIRST ? flows->row_sum : flows->column_sum)[segment + COMPARE_SEGMENTS];
}

bool compare_drift_is_shown(const compare_run *run, uint32_t segment)
{
    uint32_t became = run->partner[COMPARE_FIRST][segment];
    uint64_t least = run->options->min_group;
    return became != PATRON_UNMATCHED && compare_drift_size(run, COMPARE_FIRST, segment) >= least &&
           compare_drift_size(run, COMPARE_SECOND, became) >= least;
}

static void count_moves(compare_run *run)
{
    compare_drift *drift = &run->drift;
    for (uint64_t i = 0; i < drift->flows.cell_count; ++i) {
        const patron_contingency_cell *cell = &drift->flows.cell[i];
        bool is_known = cell->row != COMPARE_ABSENT, is_there = cell->column != COMPARE_ABSENT;
        drift->joined += is_known ? 0 : cell->count;
        drift->lost += is_there ? 0 : cell->count;
        drift->common += is_known && is_there ? cell->count : 0;
        if (cell->row < COMPARE_SEGMENTS || cell->column < COMPARE_SEGMENTS)
            continue;
        if (run->partner[COMPARE_FIRST][cell->row - COMPARE_SEGMENTS] ==
            cell->column - COMPARE_SEGMENTS)
            drift->stayed += cell->count;
        else
            drift->moved += cell->count;
    }
}

/* A bin for each old segment with what it became, and for each new one that no old one became. */
static patron_status measure_segments(compare_run *run)
{
    uint32_t before = run->table.rows, after = run->table.columns;
    uint64_t bins = before;
    uint64_t *counts = patron_allocate(2 * ((uint64_t)before + after), sizeof *counts);
    if (counts == NULL)
        return PATRON_RESOURCE;
    uint64_t *old_counts = counts, *new_counts = counts + before + after;
    for (uint32_t s = 0; s < before; ++s) {
        uint32_t became = run->partner[COMPARE_FIRST][s];
        old_counts[s] = compare_drift_size(run, COMPARE_FIRST, s);
        new_counts[s] =
            became == PATRON_UNMATCHED ? 0 : compare_drift_size(run, COMPARE_SECOND, became);
    }
    for (uint32_t s = 0; s < after; ++s)
        if (run->partner[COMPARE_SECOND][s] == PATRON_UNMATCHED)
            new_counts[bins++] = compare_drift_size(run, COMPARE_SECOND, s);
    run->drift.of_segments = patron_stability_index(old_counts, new_counts, bins);
    free(counts);
    return PATRON_OK;
}

/* ---- the greatest ---- */

/* Takes an index in where it is greater than those before; `segment` and `feature` are UINT32_MAX
 * where it is not of one. */
static patron_status offer(compare_run *run, double index, uint32_t segment, uint32_t feature)
{
    compare_drift *drift = &run->drift;
    const patron_texts *names = &run->side[COMPARE_FIRST].labels.names;
    char *where = NULL;
    int length = 0;
    if (isnan(index) || index <= drift->greatest)
        return PATRON_OK;
    if (feature == UINT32_MAX)
        length = asprintf(&where, "the segments' shares");
    else if (segment == UINT32_MAX)
        length = asprintf(&where, "'%.*s' over all customers",
                          (int)patron_texts_length(&drift->features, feature),
                          patron_texts_at(&drift->features, feature));
    else
        length = asprintf(
            &where, "'%.*s' in segment %.*s", (int)patron_texts_length(&drift->features, feature),
            patron_texts_at(&drift->features, feature), (int)patron_texts_length(names, segment),
            patron_texts_at(names, segment));
    if (length < 0)
        return patron_fail(PATRON_RESOURCE, "out of memory for a line");
    free(drift->greatest_where);
    drift->greatest_where = where;
    drift->greatest = index;
    return PATRON_OK;
}

static patron_status find_greatest(compare_run *run)
{
    compare_drift *drift = &run->drift;
    uint32_t segments = run->table.rows, features = (uint32_t)drift->features.count;
    drift->greatest = (double)-INFINITY;
    patron_status status = offer(run, drift->of_segments, UINT32_MAX, UINT32_MAX);
    for (uint32_t j = 0; status == PATRON_OK && j < features; ++j)
        status = offer(run, drift->of_features[(uint64_t)segments * features + j], UINT32_MAX, j);
    for (uint32_t s = 0; status == PATRON_OK && s < segments; ++s)
        for (uint32_t j = 0; status == PATRON_OK && j < features; ++j)
            if (compare_drift_is_shown(run, s))
                status = offer(run, drift->of_features[(uint64_t)s * features + j], s, j);
    return status;
}

patron_status compare_drift_measure(compare_run *run)
{
    count_moves(run);
    patron_status status = compare_features_measure(run);
    if (status != PATRON_OK)
        return status;
    status = measure_segments(run);
    if (status == PATRON_OK)
        status = find_greatest(run);
    return patron_comm_agree(run->context->comm, status);
}

patron_status compare_drift_judge(const compare_run *run)
{
    const compare_drift *drift = &run->drift;
    if (!(drift->greatest > run->options->fail_above))
        return PATRON_OK;
    return patron_fail(PATRON_GATE,
                       "the population stability index of %s is %.4g, at most %g expected "
                       "(--fail-above)",
                       drift->greatest_where, drift->greatest, run->options->fail_above);
}

void compare_drift_free(compare_drift *drift)
{
    patron_contingency_free(&drift->flows);
    compare_told_free(&drift->told);
    patron_texts_free(&drift->features);
    patron_texts_free(&drift->only_old);
    patron_texts_free(&drift->only_new);
    free(drift->of_features);
    free(drift->greatest_where);
}
