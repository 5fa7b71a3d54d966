/* SPDX-License-Identifier: Apache-2.0 */
/* How features drifted: the stability index of each, over all customers and from each old segment
 * to what it became. */
#include "compare_run.h"

#include "data/feature_bins.h"
#include "data/shard.h"
#include "patron/memory.h"
#include "quality/stability.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- which features ---- */

/* A copy of text `index` that ends with NUL, to free(); NULL: out of memory, recorded. */
static char *copy_of(const patron_texts *texts, uint64_t index)
{
    uint64_t length = patron_texts_length(texts, index);
    char *copy = patron_allocate(length + 1, 1);
    if (copy != NULL)
        memcpy(copy, patron_texts_at(texts, index), length);
    return copy;
}

/* Appends the texts that `others` has too, or those that it has not. */
static patron_status append_some(const patron_texts *texts, const patron_texts *others,
                                 bool in_both, patron_texts *some)
{
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < texts->count; ++i) {
        char *name = copy_of(texts, i);
        if (name == NULL)
            return PATRON_RESOURCE;
        if ((patron_texts_find(others, name) != UINT64_MAX) == in_both)
            status = patron_texts_append(some, name, strlen(name));
        free(name);
    }
    return status;
}

/* Those that the user named, or all that both datasets have. */
static patron_status choose_features(compare_run *run)
{
    compare_drift *drift = &run->drift;
    const patron_option_list *wanted = &run->options->columns;
    const patron_texts *before = patron_dataset_column_names(run->side[COMPARE_FIRST].dataset);
    const patron_texts *after = patron_dataset_column_names(run->side[COMPARE_SECOND].dataset);
    patron_status status = PATRON_OK;
    for (uint32_t i = 0; status == PATRON_OK && i < wanted->count; ++i)
        status = patron_texts_append(&drift->features, wanted->names[i], strlen(wanted->names[i]));
    if (status != PATRON_OK || wanted->count > 0)
        return status;
    status = append_some(before, after, true, &drift->features);
    if (status == PATRON_OK)
        status = append_some(before, after, false, &drift->only_old);
    return status == PATRON_OK ? append_some(after, before, false, &drift->only_new) : status;
}

/* ---- their values ---- */

static patron_status open_shard(const compare_run *run, int side, patron_shard *shard)
{
    const patron_texts *features = &run->drift.features;
    const char **names = patron_allocate(features->count, sizeof *names);
    patron_status status = names == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < features->count; ++i)
        if ((names[i] = copy_of(features, i)) == NULL)
            status = PATRON_RESOURCE;
    status = patron_comm_agree(run->context->comm, status);
    const patron_shard_choice choice = {.columns = names,
                                        .column_count = (uint32_t)features->count,
                                        .threads = run->context->threads,
                                        .memory = run->options->memory,
                                        .reserved = run->options->memory / COMPARE_TABLES_PART};
    if (status == PATRON_OK)
        status = patron_shard_open(run->context->comm, run->side[side].dataset, &choice, shard);
    for (uint64_t i = 0; names != NULL && i < features->count; ++i)
        free((void *)(uintptr_t)names[i]);
    free(names);
    return status;
}

/* Labels of a night's rows as groups, to free() its labels: each of the segments that `was` tells
 * of the labels' own (NULL: these themselves), and `segments` for all other rows, so that everyone
 * is in the group of all.  Collective. */
static patron_status make_groups(const compare_run *run, int side, const uint32_t *was,
                                 int32_t **labels, patron_row_groups *groups)
{
    const patron_labelling *own = &run->side[side].labels;
    uint32_t segments = run->table.rows;
    *labels = patron_allocate(own->range.count, sizeof **labels);
    for (uint64_t i = 0; *labels != NULL && i < own->range.count; ++i) {
        uint32_t segment = own->codes[i] < 0 ? PATRON_UNMATCHED
                           : was == NULL     ? (uint32_t)own->codes[i]
                                             : was[own->codes[i]];
        (*labels)[i] = (int32_t)(segment == PATRON_UNMATCHED ? segments : segment);
    }
    *groups = (patron_row_groups){*labels, segments};
    return patron_comm_agree(run->context->comm, *labels == NULL ? PATRON_RESOURCE : PATRON_OK);
}

/* Finds the bins by the old night, and counts it into them. */
static patron_status count_old(const compare_run *run, patron_feature_bins *bins, uint64_t *counts)
{
    const patron_comm *comm = run->context->comm;
    uint64_t memory = run->options->memory / COMPARE_TABLES_PART;
    int32_t *labels = NULL;
    patron_row_groups groups;
    patron_shard shard = {0};
    patron_status status = make_groups(run, COMPARE_FIRST, NULL, &labels, &groups);
    if (status == PATRON_OK)
        status = open_shard(run, COMPARE_FIRST, &shard);
    if (status == PATRON_OK)
        status = patron_feature_bins_find(comm, &shard.rows, &groups, memory, bins);
    if (status == PATRON_OK)
        status = patron_feature_bins_count(comm, &shard.rows, &groups, bins, counts);
    patron_shard_free(&shard);
    free(labels);
    return status;
}

/* Counts the new night, customers of each segment for the old segment that it was. */
static patron_status count_new(const compare_run *run, const patron_feature_bins *bins,
                               uint64_t *counts)
{
    int32_t *labels = NULL;
    patron_row_groups groups;
    patron_shard shard = {0};
    patron_status status =
        make_groups(run, COMPARE_SECOND, run->partner[COMPARE_SECOND], &labels, &groups);
    if (status == PATRON_OK)
        status = open_shard(run, COMPARE_SECOND, &shard);
    if (status == PATRON_OK)
        status = patron_feature_bins_count(run->context->comm, &shard.rows, &groups, bins, counts);
    patron_shard_free(&shard);
    free(labels);
    return status;
}

/* ---- the indices ---- */

patron_status compare_features_measure(compare_run *run)
{
    const patron_comm *comm = run->context->comm;
    compare_drift *drift = &run->drift;
    patron_feature_bins bins = {0};
    uint64_t *old_counts = NULL, *new_counts = NULL;
    patron_status status = choose_features(run);
    uint64_t cells = ((uint64_t)run->table.rows + 1) * drift->features.count;
    if (status == PATRON_OK) {
        old_counts = patron_allocate(cells, PATRON_FEATURE_BINS * sizeof *old_counts);
        new_counts = patron_allocate(cells, PATRON_FEATURE_BINS * sizeof *new_counts);
        drift->of_features = patron_allocate(cells, sizeof *drift->of_features);
        if (old_counts == NULL || new_counts == NULL || drift->of_features == NULL)
            status = PATRON_RESOURCE;
    }
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK && drift->features.count > 0)
        status = count_old(run, &bins, old_counts);
    if (status == PATRON_OK && drift->features.count > 0)
        status = count_new(run, &bins, new_counts);
    for (uint64_t i = 0; status == PATRON_OK && i < cells; ++i)
        drift->of_features[i] =
            patron_stability_index(old_counts + i * PATRON_FEATURE_BINS,
                                   new_counts + i * PATRON_FEATURE_BINS, PATRON_FEATURE_BINS);
    patron_feature_bins_free(&bins);
    free(old_counts);
    free(new_counts);
    return status;
}
