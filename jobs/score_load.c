/* SPDX-License-Identifier: Apache-2.0 */
/* What is scored, by which segments: the model's columns of the dataset, transformed as the model
 * says. */
#include "score_run.h"

#include "audit.h"
#include "jobs.h"
#include "model/model_verify.h"
#include "model/segment_model.h"
#include "patron/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *model_of(const score_run *run)
{
    return run->options->inputs.names[1];
}

/* ---- the model ---- */

/* Columns of the model that the dataset lacks. */
static patron_status find_lacking(const score_run *run, patron_texts *lacking)
{
    const patron_texts *wanted = &run->segments.names;
    const patron_texts *present = patron_dataset_column_names(run->dataset);
    patron_status status = PATRON_OK;
    for (uint64_t j = 0; status == PATRON_OK && j < wanted->count; ++j) {
        uint64_t length = patron_texts_length(wanted, j);
        char *name = patron_allocate(length + 1, 1);
        if (name == NULL)
            return PATRON_RESOURCE;
        memcpy(name, patron_texts_at(wanted, j), length);
        if (patron_texts_find(present, name) == UINT64_MAX)
            status = patron_texts_append(lacking, name, length);
        free(name);
    }
    return status;
}

static patron_status check_columns(const score_run *run)
{
    patron_texts lacking = {0};
    patron_status status = find_lacking(run, &lacking);
    if (status == PATRON_OK && lacking.count > 0) {
        char list[512], there[512];
        patron_texts_list(&lacking, list, sizeof list);
        patron_texts_list(patron_dataset_column_names(run->dataset), there, sizeof there);
        status = patron_fail(PATRON_DATA, "%s: columns of %s are missing: %s; found are %s",
                             patron_dataset_path(run->dataset), model_of(run), list, there);
    }
    patron_texts_free(&lacking);
    return status;
}

/* Every rank reads the model, which is small, for itself. */
static patron_status read_model(score_run *run)
{
    const patron_comm *comm = run->context->comm;
    patron_status status =
        patron_model_verify_as(comm, model_of(run), PATRON_SEGMENT_KIND, "a segment model");
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, patron_segment_view_read(model_of(run), &run->segments));
    if (status == PATRON_OK)
        status = patron_model_digest(comm, model_of(run), run->model_digest);
    return status == PATRON_OK ? patron_comm_agree(comm, check_columns(run)) : status;
}

/* ---- the rows ---- */

/* The model's transform; *fills tells whether it fills missing values. */
static patron_status take_transform(score_run *run, bool *fills)
{
    const patron_segment_view *segments = &run->segments;
    patron_status status = patron_transform_create((uint32_t)segments->columns, &run->transform);
    *fills = true;
    for (uint32_t j = 0; status == PATRON_OK && j < run->transform.columns; ++j) {
        run->transform.fill[j] = segments->fill[j];
        run->transform.log1p[j] = (uint8_t)segments->log1p[j];
        run->transform.offset[j] = segments->offset[j];
        run->transform.scale[j] = segments->scale[j];
        *fills = *fills && !isnan(segments->fill[j]);
    }
    run->transform.missing = *fills ? 1 : 0; /* so that none is left, also by an identity */
    return status;
}

/* Texts with a NUL each, as options have them; to free() in one piece. */
static patron_status names_of(const patron_texts *texts, const char ***names)
{
    uint64_t bytes = 0;
    for (uint64_t j = 0; j < texts->count; ++j)
        bytes += patron_texts_length(texts, j) + 1;
    *names = patron_allocate(texts->count * sizeof **names + bytes, 1);
    if (*names == NULL)
        return PATRON_RESOURCE;
    char *at = (char *)(*names + texts->count);
    for (uint64_t j = 0; j < texts->count; ++j) {
        uint64_t length = patron_texts_length(texts, j);
        memcpy(at, patron_texts_at(texts, j), length);
        (*names)[j] = at;
        at += length + 1;
    }
    return PATRON_OK;
}

static patron_status open_rows(score_run *run)
{
    /* what is told of each row: two segments, two distances, whether it is far */
    const uint32_t row_bytes = 2 * sizeof(int32_t) + 2 * sizeof(float) + 1;
    const patron_comm *comm = run->context->comm;
    const char **names = NULL;
    bool fills = true;
    patron_status status = take_transform(run, &fills);
    if (status == PATRON_OK)
        status = names_of(&run->segments.names, &names);
    status = patron_comm_agree(comm, status);
    const patron_shard_choice choice = {.columns = names,
                                        .column_count = (uint32_t)run->segments.names.count,
                                        .drop_missing = !fills,
                                        .threads = run->context->threads,
                                        .memory = run->options->memory,
                                        .progress = &run->context->progress,
                                        .row_bytes = row_bytes};
    if (status == PATRON_OK)
        status = patron_shard_open(comm, run->dataset, &choice, &run->shard);
    if (status == PATRON_OK)
        status = patron_shard_transform(comm, &run->transform, &run->shard);
    free(names);
    return status;
}

/* Whether the dataset has rows of the kind asked for; which are this rank's. */
static patron_status find_range(score_run *run)
{
    const patron_comm *comm = run->context->comm;
    const patron_dataset *dataset = run->dataset;
    bool baskets = run->options->baskets;
    if (baskets ? !patron_dataset_has_baskets(dataset) : !patron_dataset_has_customers(dataset))
        return patron_fail(PATRON_DATA, "%s: no %s in this dataset", patron_dataset_path(dataset),
                           baskets ? "baskets" : "customers");
    run->rows = baskets ? patron_dataset_baskets(dataset) : patron_dataset_rows(dataset);
    run->range = patron_range_cut(run->rows, (uint64_t)comm->rank, (uint64_t)comm->size);
    return PATRON_OK;
}

patron_status score_load(score_run *run)
{
    const patron_comm *comm = run->context->comm;
    patron_status status = patron_dataset_open(comm, run->options->inputs.names[0], &run->dataset);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, find_range(run));
    if (status == PATRON_OK && !run->options->baskets)
        status = read_model(run);
    if (status == PATRON_OK)
        status = patron_job_dataset_digest(comm, run->context->threads, run->dataset, run->digest);
    return status == PATRON_OK && !run->options->baskets ? open_rows(run) : status;
}
