/* SPDX-License-Identifier: Apache-2.0 */
/* Each thread reads its lane of one source after the other, in rounds with exchanges between. */
#include "ingest/join_stages.h"

#include "patron/exactsum.h"
#include "patron/memory.h"

#include <math.h>
#include <stdlib.h>

/* A thread on its way through its lanes. */
typedef struct feeder {
    patron_join *join;
    int thread;
    uint32_t source;
    uint64_t done; /* customers of this source's lane */
    char *id;
    uint64_t id_room;
    char *value;           /* source and features */
    patron_exactsum *sums; /* of each column, where means are wanted */
    uint64_t *value_counts;
} feeder;

/* ---- a customer ---- */

static void add_values(feeder *f, const char *features)
{
    uint32_t first = f->join->first[f->source], end = f->join->first[f->source + 1];
    for (uint32_t c = first; f->sums != NULL && c < end; ++c) {
        float value = 0.0F;
        memcpy(&value, features + (c - first) * sizeof value, sizeof value);
        if (isnan(value))
            continue;
        patron_exactsum_add(&f->sums[c], (double)value);
        ++f->value_counts[c];
    }
}

static patron_status feed_one(feeder *f, patron_lane *lane)
{
    const patron_join *join = f->join;
    uint64_t bytes = (join->first[f->source + 1] - join->first[f->source]) * sizeof(float);
    uint32_t length = 0;
    patron_status status =
        patron_tape_read(&lane->tape[PATRON_COLUMN_CUSTOMER_ID], &length, sizeof length);
    if (status != PATRON_OK)
        return status;
    char *id = patron_grow(f->id, (uint64_t)length + 1, &f->id_room, 1);
    if (id == NULL)
        return PATRON_RESOURCE;
    f->id = id;
    status = patron_tape_read(&lane->tape[PATRON_COLUMN_CUSTOMER_ID], id, length);
    f->value[0] = (char)f->source;
    if (status == PATRON_OK)
        status = patron_tape_read(&lane->tape[PATRON_COLUMN_FEATURES], f->value + 1, bytes);
    if (status != PATRON_OK)
        return status;
    add_values(f, f->value + 1);
    const patron_record record = {
        .key = id, .key_length = length, .value = f->value, .value_length = (uint32_t)(1 + bytes)};
    return patron_shuffle_put(join->rows, f->thread,
                              patron_splitters_range(&join->cuts, id, length), &record);
}

/* Goes on until the outbox is full or all lanes have ended. */
static patron_status feed_on(feeder *f)
{
    const patron_join *join = f->join;
    patron_status status = PATRON_OK;
    while (status == PATRON_OK && f->source < join->count &&
           !patron_shuffle_is_full(join->rows, f->thread)) {
        patron_lane *lane = &join->sources[f->source].lists->lanes[f->thread];
        if (f->done == lane->customers) {
            patron_tape_free(&lane->tape[PATRON_COLUMN_CUSTOMER_ID]);
            patron_tape_free(&lane->tape[PATRON_COLUMN_FEATURES]);
            ++f->source;
            f->done = 0;
            continue;
        }
        status = feed_one(f, lane);
        ++f->done;
    }
    return status;
}

/* ---- all ---- */

static patron_status create_feeders(patron_join *join, feeder *feeders)
{
    bool has_means = join->options->fill == PATRON_FILL_MEAN;
    patron_status status = PATRON_OK;
    for (int t = 0; status == PATRON_OK && t < join->threads; ++t) {
        feeder *f = &feeders[t];
        *f = (feeder){.join = join, .thread = t};
        f->value = patron_allocate(1 + join->width * sizeof(float), 1);
        if (has_means) {
            f->sums = patron_allocate(join->width, sizeof *f->sums);
            f->value_counts = patron_allocate(join->width, sizeof *f->value_counts);
        }
        bool is_short =
            f->value == NULL || (has_means && (f->sums == NULL || f->value_counts == NULL));
        status = is_short ? PATRON_RESOURCE : PATRON_OK;
    }
    return patron_comm_agree(join->comm, status);
}

static patron_status feed_all(patron_join *join, feeder *feeders)
{
    int threads = join->threads;
    patron_status status = PATRON_OK;
    uint64_t left = 1;
    while (status == PATRON_OK && left > 0) {
        left = 0;
#pragma omp parallel for num_threads(threads) schedule(static, 1) reduction(+ : left)
        for (int t = 0; t < threads; ++t) {
            patron_status one = feed_on(&feeders[t]);
            left += feeders[t].source < join->count ? 1 : 0;
            if (one != PATRON_OK) {
#pragma omp critical(patron_join_feed)
                status = one;
            }
        }
        status = patron_comm_agree(join->comm, status);
        patron_comm_reduce_u64(join->comm, &left, 1, PATRON_SUM);
        if (status == PATRON_OK)
            status = patron_shuffle_exchange(join->rows);
    }
    return status;
}

/* What is missing of customers that a source lacks becomes the column's mean.  Collective. */
static void take_means(patron_join *join, feeder *feeders)
{
    patron_exactsum *sums = feeders[0].sums;
    uint64_t *counts = feeders[0].value_counts;
    for (int t = 1; t < join->threads; ++t)
        for (uint32_t c = 0; c < join->width; ++c) {
            patron_exactsum_merge(&sums[c], &feeders[t].sums[c]);
            counts[c] += feeders[t].value_counts[c];
        }
    patron_exactsum_reduce(join->comm, sums, join->width);
    patron_comm_reduce_u64(join->comm, counts, join->width, PATRON_SUM);
    for (uint32_t c = 0; c < join->width; ++c)
        if (isnan(join->absent[c]) && counts[c] > 0)
            join->absent[c] = (float)(patron_exactsum_round(&sums[c]) / (double)counts[c]);
}

patron_status patron_join_feed(patron_join *join)
{
    feeder *feeders = patron_allocate((uint64_t)join->threads, sizeof *feeders);
    patron_status status =
        patron_comm_agree(join->comm, feeders == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        status = create_feeders(join, feeders);
    if (status == PATRON_OK)
        status = feed_all(join, feeders);
    if (status == PATRON_OK && join->options->fill == PATRON_FILL_MEAN)
        take_means(join, feeders);
    for (int t = 0; feeders != NULL && t < join->threads; ++t) {
        free(feeders[t].id);
        free(feeders[t].value);
        free(feeders[t].sums);
        free(feeders[t].value_counts);
    }
    free(feeders);
    return status;
}
