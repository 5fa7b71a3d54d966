/* SPDX-License-Identifier: Apache-2.0 */
/* The customer nearest to each centroid, in the space that was clustered: distances rounded to
 * float32, ties to the first row. */
#include "profile_run.h"

#include "model/segment_read.h"
#include "patron/memory.h"
#include "quality/spread.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The columns that were clustered, transformed as they were. */
typedef struct clustered {
    patron_segment_view view;
    patron_transform transform;
    const char **names; /* columns, to free() */
    patron_shard shard;
} clustered;

static patron_status take_transform(clustered *own)
{
    const patron_segment_view *view = &own->view;
    uint32_t columns = (uint32_t)view->columns;
    own->names = patron_allocate(columns, sizeof *own->names);
    patron_status status =
        own->names == NULL ? PATRON_RESOURCE : patron_transform_create(columns, &own->transform);
    for (uint64_t j = 0; status == PATRON_OK && j < columns; ++j) {
        own->transform.fill[j] = view->fill[j];
        own->transform.log1p[j] = view->log1p[j] != 0 ? 1 : 0;
        own->transform.offset[j] = view->offset[j];
        own->transform.scale[j] = view->scale[j];
        own->names[j] =
            strndup(patron_texts_at(&view->names, j), patron_texts_length(&view->names, j));
        if (own->names[j] == NULL)
            status = patron_fail(PATRON_RESOURCE, "out of memory for a name");
    }
    return status;
}

/* Collective. */
static patron_status open_clustered(const profile_run *run, clustered *own)
{
    const patron_comm *comm = run->context->comm;
    bool drops = false;
    patron_status status = patron_segment_view_read(run->options->inputs.names[1], &own->view);
    if (status == PATRON_OK)
        status = take_transform(own);
    status = patron_comm_agree(comm, status);
    for (uint64_t j = 0; status == PATRON_OK && j < own->view.columns; ++j)
        drops = drops || isnan(own->view.fill[j]);
    const patron_shard_choice choice = {.columns = own->names,
                                        .column_count = (uint32_t)own->view.columns,
                                        .drop_missing = drops,
                                        .threads = run->context->threads,
                                        .memory = run->options->memory,
                                        .row_bytes = sizeof(float)}; /* a distance */
    if (status == PATRON_OK)
        status = patron_shard_open(comm, run->dataset, &choice, &own->shard);
    if (status == PATRON_OK)
        status = patron_shard_transform(comm, &own->transform, &own->shard);
    return status;
}

static void close_clustered(clustered *own)
{
    for (uint64_t j = 0; own->names != NULL && j < own->view.columns; ++j)
        free((void *)(uintptr_t)own->names[j]);
    free(own->names);
    patron_shard_free(&own->shard);
    patron_transform_free(&own->transform);
    patron_segment_view_free(&own->view);
}

/* The nearest of all ranks' rows; least[k] is room. */
static void choose(const profile_run *run, const float *distance, double *least)
{
    const patron_segment_labels *labels = &run->labels;
    for (uint32_t s = 0; s < labels->k; ++s) {
        least[s] = (double)INFINITY;
        run->typical[s] = UINT64_MAX;
    }
    for (uint64_t i = 0; i < labels->count; ++i)
        if (labels->labels[i] >= 0 && (double)distance[i] < least[labels->labels[i]])
            least[labels->labels[i]] = (double)distance[i];
    patron_comm_reduce_f64(run->context->comm, least, labels->k, PATRON_MIN);
    for (uint64_t i = labels->count; i-- > 0;)
        if (labels->labels[i] >= 0 && (double)distance[i] == least[labels->labels[i]])
            run->typical[labels->labels[i]] = labels->first + i;
    patron_comm_reduce_u64(run->context->comm, run->typical, labels->k, PATRON_MIN);
}

static patron_status read_ids(profile_run *run)
{
    patron_status status = PATRON_OK;
    for (uint32_t s = 0; status == PATRON_OK && s < run->labels.k; ++s) {
        const patron_range row = {.first = run->typical[s], .count = 1};
        status = run->typical[s] == UINT64_MAX
                     ? patron_texts_append(&run->typical_id, "", 0)
                     : patron_dataset_read_ids(run->dataset, row, &run->typical_id);
    }
    return status;
}

patron_status profile_find_typical(profile_run *run)
{
    const patron_comm *comm = run->context->comm;
    clustered own = {0};
    patron_spread spread = {0};
    double *least = patron_allocate(run->labels.k, sizeof *least);
    run->typical = patron_allocate(run->labels.k, sizeof *run->typical);
    bool is_short = least == NULL || run->typical == NULL;
    patron_status status = patron_comm_agree(comm, is_short ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        status = open_clustered(run, &own);
    if (status == PATRON_OK)
        status = patron_spread_measure(comm, &own.shard.rows, run->labels.labels,
                                       own.view.centroids_scaled, run->labels.k, &spread);
    if (status == PATRON_OK) {
        choose(run, spread.distance, least);
        status = patron_comm_agree(comm, comm->rank == 0 ? read_ids(run) : PATRON_OK);
    }
    patron_spread_free(&spread);
    close_clustered(&own);
    free(least);
    return status;
}
