/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a dataset as a source of blocks. */
#include "data/shard.h"

#include "data/feature_reader.h"
#include "data/shard_columns.h"
#include "rows/turn.h"
#include "runtime/clones.h"
#include "runtime/meter.h"
#include "runtime/usage.h"
#include "store/h5.h"

#include <inttypes.h>
#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What reading and laying out rows needs.  A chunk holds all features of its rows, then, where the
 * dataset has them, the weights. */
struct patron_shard_reading {
    patron_feature_reader reader;
    uint32_t width; /* columns of the dataset */
    uint32_t columns;
    uint32_t *column; /* columns, then the column of weights where there is one */
    bool has_weight_column;
    const char *weight_name;
    bool drops_missing;
    const patron_texts *names;
    const patron_transform *transform; /* NULL: values stay as they are */
    patron_progress *progress;         /* while rows are loaded, else NULL */
    uint64_t loaded;
};

/* ---- laying out ---- */

static patron_status read_rows(void *context, uint64_t first, uint64_t count, void *bytes)
{
    struct patron_shard_reading *reading = context;
    float *features = bytes;
    patron_h5_silence(); /* the thread is not the main one */
    patron_status status =
        patron_feature_reader_read(&reading->reader, (patron_range){.first = first, .count = count},
                                   features, features + count * reading->width);
    reading->loaded += count; /* one thread reads at a time */
    patron_progress_update(reading->progress, reading->loaded, NULL);
    return status;
}

/* Turns rows into a block, columns that lie side by side at a time; lanes from `count` on repeat
 * the last row. */
PATRON_VECTOR_CLONES static void turn(const struct patron_shard_reading *reading,
                                      const float *features, uint64_t count, float *values)
{
    const uint32_t *column = reading->column;
    for (uint64_t j = 0, run = 1; j < reading->columns; j += run, run = 1) {
        while (j + run < reading->columns && column[j + run] == column[j] + run)
            ++run;
        patron_turn(features + column[j], reading->width, count, run, values + j * PATRON_BLOCK,
                    PATRON_BLOCK);
    }
    for (uint64_t lane = count; lane < PATRON_BLOCK; ++lane)
        for (uint64_t j = 0; j < reading->columns; ++j)
            values[j * PATRON_BLOCK + lane] = values[j * PATRON_BLOCK + count - 1];
}

/* Whether all values are finite; one that is infinite is found in any lane. */
static bool is_finite(const struct patron_shard_reading *reading, const float *values,
                      bool *has_infinite)
{
    uint64_t cells = (uint64_t)reading->columns * PATRON_BLOCK;
    int infinite = 0, missing = 0;
    for (uint64_t i = 0; i < cells; ++i) {
        infinite |= isinf(values[i]) ? 1 : 0;
        missing |= isnan(values[i]) ? 1 : 0;
    }
    *has_infinite = infinite != 0;
    return infinite == 0 && missing == 0;
}

static patron_status fail_infinite(const struct patron_shard_reading *reading, uint64_t row,
                                   const float *values)
{
    for (uint64_t lane = 0; lane < PATRON_BLOCK; ++lane)
        for (uint64_t j = 0; j < reading->columns; ++j)
            if (isinf(values[j * PATRON_BLOCK + lane]))
                return patron_feature_fail_infinite(reading->reader.dataset, row + lane,
                                                    reading->column[j]);
    return PATRON_OK;
}

/* Takes rows with missing values out of `lanes`, and gives their lanes numbers. */
static void drop_missing(const struct patron_shard_reading *reading, float *values, uint64_t *lanes)
{
    uint64_t columns = reading->columns;
    uint64_t missing = 0;
    for (uint64_t j = 0; j < columns; ++j)
        for (int lane = 0; lane < PATRON_BLOCK; ++lane)
            missing |= (uint64_t)(isnan(values[j * PATRON_BLOCK + (uint64_t)lane]) ? 1 : 0) << lane;
    *lanes &= ~missing;
    int kept = *lanes == 0 ? -1 : __builtin_ctzll(*lanes);
    for (uint64_t left = missing; left != 0; left &= left - 1) {
        uint64_t lane = (uint64_t)__builtin_ctzll(left);
        for (uint64_t j = 0; j < columns; ++j)
            values[j * PATRON_BLOCK + lane] =
                kept < 0 ? 0.0F : values[j * PATRON_BLOCK + (uint64_t)kept];
    }
}

/* What a column of features holds need not be a weight; /customers/weight is checked as it is read.
 */
static patron_status check_weight(const struct patron_shard_reading *reading, uint64_t row,
                                  float weight)
{
    const patron_dataset *dataset = reading->reader.dataset;
    if (!reading->has_weight_column || (weight >= 0.0F && !isinf(weight)))
        return PATRON_OK;
    return patron_fail(PATRON_DATA,
                       "%s: row %" PRIu64 ", column '%s': weight is %g, 0 or above and not "
                       "infinite expected",
                       patron_feature_file(dataset, row), row, reading->weight_name,
                       (double)weight);
}

static patron_status lay_weight(const struct patron_shard_reading *reading,
                                const patron_row_chunk *chunk, uint64_t row, uint64_t lanes,
                                float *weight)
{
    const float *features = chunk->bytes;
    patron_status status = PATRON_OK;
    memset(weight, 0, PATRON_BLOCK * sizeof *weight);
    for (; status == PATRON_OK && lanes != 0; lanes &= lanes - 1) {
        uint64_t lane = (uint64_t)__builtin_ctzll(lanes), at = row - chunk->first + lane;
        weight[lane] = reading->has_weight_column
                           ? features[at * reading->width + reading->column[reading->columns]]
                           : features[chunk->count * reading->width + at];
        status = check_weight(reading, row + lane, weight[lane]);
    }
    return status;
}

static patron_status lay_rows(void *context, const patron_row_chunk *chunk, uint64_t row,
                              uint64_t count, float *values, float *weight, uint64_t *lanes)
{
    const struct patron_shard_reading *reading = context;
    const float *features = chunk->bytes;
    bool has_infinite = false;
    *lanes = count < PATRON_BLOCK ? (UINT64_C(1) << count) - 1 : UINT64_MAX;
    turn(reading, features + (row - chunk->first) * reading->width, count, values);
    bool is_whole = is_finite(reading, values, &has_infinite);
    if (has_infinite)
        return fail_infinite(reading, row, values);
    if (!is_whole && reading->drops_missing)
        drop_missing(reading, values, lanes);
    patron_status status = PATRON_OK;
    if (weight != NULL)
        status = lay_weight(reading, chunk, row, *lanes, weight);
    if (status == PATRON_OK && reading->transform != NULL &&
        !patron_transform_block(reading->transform, values))
        status = patron_transform_fail(reading->names, row, *lanes, values);
    return status;
}

/* ---- opening ---- */

static patron_status create_reading(const patron_dataset *dataset,
                                    const patron_shard_choice *choice, patron_shard *shard)
{
    struct patron_shard_reading *reading = patron_allocate(1, sizeof *reading);
    shard->reading = reading;
    if (reading == NULL)
        return PATRON_RESOURCE;
    bool has_column = choice->weight != NULL;
    reading->reader =
        patron_feature_reader_create(dataset, !has_column && patron_dataset_has_weight(dataset));
    reading->width = patron_dataset_columns(dataset);
    reading->column = patron_allocate((uint64_t)reading->width + 1, sizeof *reading->column);
    if (reading->column == NULL)
        return PATRON_RESOURCE;
    reading->has_weight_column = has_column;
    reading->weight_name = choice->weight;
    reading->drops_missing = choice->drop_missing;
    reading->names = &shard->names;
    patron_status status =
        patron_shard_choose_columns(dataset, choice, reading->column, &reading->columns);
    shard->columns = reading->columns;
    return status == PATRON_OK ? patron_shard_name_columns(dataset, reading->column, shard)
                               : status;
}

/* Bytes for the rows in memory besides what there is already; *least: those that streaming takes.
 */
static uint64_t bytes_needed(const patron_shard *shard, const patron_shard_choice *choice,
                             bool weighs, uint64_t *least)
{
    const uint64_t buffers = UINT64_C(1) << 24;
    uint64_t row_bytes = (shard->columns + (weighs ? 1 : 0)) * sizeof(float);
    *least = shard->range.count * choice->row_bytes + buffers / 4;
    return shard->range.count * (row_bytes + choice->row_bytes) + buffers;
}

static patron_status load_rows(const patron_row_source *source, const patron_rows_shape *shape,
                               patron_progress *progress, patron_shard *shard)
{
    patron_span span = patron_meter_enter(PATRON_STEP_PACK);
    patron_progress_begin(progress, "loading", "rows", shape->count);
    shard->reading->progress = progress;
    patron_status status = patron_rows_load(source, shape, &shard->rows);
    shard->reading->progress = NULL;
    patron_progress_end(progress);
    patron_meter_leave(span, shape->count * source->row_bytes, 0);
    return status;
}

/* Loads the rows, or makes ready to stream them. */
static patron_status open_rows(const patron_comm *comm, const patron_shard_choice *choice,
                               patron_shard *shard)
{
    struct patron_shard_reading *reading = shard->reading;
    bool weighs = reading->has_weight_column || reading->reader.reads_weight;
    const patron_row_source source = {
        .context = reading,
        .row_bytes = (reading->width + (reading->reader.reads_weight ? 1 : 0)) * sizeof(float),
        .read = read_rows,
        .lay = lay_rows};
    const patron_rows_shape shape = {.first = shard->range.first,
                                     .count = shard->range.count,
                                     .columns = shard->columns,
                                     .weighs = weighs,
                                     .threads = choice->threads};
    uint64_t least = 0;
    if (choice->memory > 0)
        malloc_trim(0); /* what was freed before counts as used until then */
    uint64_t used = patron_usage_memory() + choice->reserved;
    uint64_t needed = used + bytes_needed(shard, choice, weighs, &least);
    uint64_t exceeds = choice->memory > 0 && needed > choice->memory ? 1 : 0;
    patron_comm_reduce_u64(comm, &exceeds, 1, PATRON_MAX);
    shard->is_streamed = exceeds != 0;
    if (!shard->is_streamed)
        return patron_comm_agree(comm, load_rows(&source, &shape, choice->progress, shard));
    patron_status status = PATRON_OK;
    if (used + least > choice->memory)
        status = patron_fail(PATRON_RESOURCE,
                             "--memory %" PRIu64 "M: at least %" PRIu64 "M are needed for %" PRIu64
                             " rows on this rank, also where they are "
                             "streamed",
                             choice->memory >> 20, ((used + least) >> 20) + 1, shard->range.count);
    if (status == PATRON_OK)
        status = patron_rows_stream(&source, &shape,
                                    choice->memory - used - shard->range.count * choice->row_bytes,
                                    &shard->rows);
    return patron_comm_agree(comm, status);
}

patron_status patron_shard_open(const patron_comm *comm, const patron_dataset *dataset,
                                const patron_shard_choice *choice, patron_shard *shard)
{
    *shard = (patron_shard){.range = patron_range_cut(patron_dataset_rows(dataset),
                                                      (uint64_t)comm->rank, (uint64_t)comm->size)};
    patron_status status = PATRON_OK;
    if (!patron_dataset_has_customers(dataset))
        status = patron_fail(PATRON_DATA, "%s: no customers in this dataset",
                             patron_dataset_path(dataset));
    if (status == PATRON_OK)
        status = create_reading(dataset, choice, shard);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = open_rows(comm, choice, shard);
    if (status == PATRON_OK && !shard->is_streamed)
        patron_feature_reader_close(&shard->reading->reader);
    return status;
}

patron_status patron_shard_transform(const patron_comm *comm, const patron_transform *transform,
                                     patron_shard *shard)
{
    if (!shard->is_streamed) {
        patron_span span = patron_meter_enter(PATRON_STEP_TRANSFORM);
        patron_status status = patron_transform_rows(transform, &shard->names, &shard->rows);
        patron_meter_leave(span, 0, 0);
        return patron_comm_agree(comm, status);
    }
    shard->reading->transform = patron_transform_is_identity(transform) ? NULL : transform;
    return PATRON_OK;
}

void patron_shard_free(patron_shard *shard)
{
    patron_rows_free(&shard->rows);
    if (shard->reading != NULL) {
        patron_feature_reader_close(&shard->reading->reader);
        free(shard->reading->column);
    }
    free(shard->reading);
    patron_texts_free(&shard->names);
    patron_texts_free(&shard->units);
    patron_texts_free(&shard->sources);
    *shard = (patron_shard){0};
}
