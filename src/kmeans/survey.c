/* SPDX-License-Identifier: Apache-2.0 */
/* One pass that counts rows, finds the magnitudes of columns and weights, and keeps a sample. */
#include "kmeans/survey.h"

#include <stdlib.h>
#include <string.h>

/* One thread's findings. */
typedef struct finding {
    uint64_t rows, positive;
    kmeans_span weight;
    int32_t *least, *greatest; /* columns x KMEANS_PATTERNS: of magnitudes that are not 0 */
} finding;

typedef struct survey {
    patron_kmeans *engine;
    finding *findings;   /* threads */
    int32_t *magnitudes; /* threads x 2 x columns x KMEANS_PATTERNS */
    kmeans_span *spans;  /* columns + 1 */
} survey;

static void keep_sample(patron_kmeans *engine, const patron_block *block)
{
    kmeans_sample *sample = &engine->sample;
    uint64_t number = block->index / sample->stride;
    uint64_t cells = (uint64_t)engine->rows->columns * PATRON_BLOCK;
    if (block->index % sample->stride != 0 || number >= sample->count)
        return;
    memcpy(sample->values + number * cells, block->values, cells * sizeof *sample->values);
    sample->lanes[number] = block->lanes;
}

static void survey_block(void *argument, int thread, const patron_block *block)
{
    const survey *run = argument;
    finding *mine = &run->findings[thread];
    uint64_t rows = (uint64_t)__builtin_popcountll(block->lanes);
    mine->rows += rows;
    run->engine->kernels.widen(block->values, run->engine->rows->columns, mine->least,
                               mine->greatest);
    keep_sample(run->engine, block);
    if (block->weight == NULL) {
        mine->positive += rows;
        return;
    }
    for (uint64_t left = block->lanes; left != 0; left &= left - 1) {
        float weight = block->weight[__builtin_ctzll(left)];
        mine->positive += weight > 0.0F ? 1 : 0;
        kmeans_span_widen(&mine->weight, weight);
    }
}

static void begin_findings(survey *run)
{
    uint64_t patterns = (uint64_t)run->engine->rows->columns * KMEANS_PATTERNS;
    for (int t = 0; t < run->engine->rows->threads; ++t) {
        finding *mine = &run->findings[t];
        mine->least = run->magnitudes + (uint64_t)t * 2 * patterns;
        mine->greatest = mine->least + patterns;
        mine->weight = kmeans_span_none;
        for (uint64_t i = 0; i < patterns; ++i)
            mine->least[i] = INT32_MAX;
    }
}

/* The span of a column's magnitudes that all threads found. */
static kmeans_span span_of_column(const survey *run, uint64_t column)
{
    int32_t least = INT32_MAX, greatest = 0;
    for (int t = 0; t < run->engine->rows->threads; ++t)
        for (uint64_t i = column * KMEANS_PATTERNS; i < (column + 1) * KMEANS_PATTERNS; ++i) {
            const finding *mine = &run->findings[t];
            least = mine->least[i] < least ? mine->least[i] : least;
            greatest = mine->greatest[i] > greatest ? mine->greatest[i] : greatest;
        }
    return kmeans_span_of_patterns(least, greatest);
}

static void merge_findings(survey *run)
{
    patron_kmeans *engine = run->engine;
    uint64_t columns = engine->rows->columns;
    finding *all = &run->findings[0];
    for (int t = 1; t < engine->rows->threads; ++t) {
        const finding *mine = &run->findings[t];
        all->rows += mine->rows;
        all->positive += mine->positive;
        all->weight.low = mine->weight.low < all->weight.low ? mine->weight.low : all->weight.low;
        all->weight.minus_high = mine->weight.minus_high < all->weight.minus_high
                                     ? mine->weight.minus_high
                                     : all->weight.minus_high;
    }
    for (uint64_t j = 0; j < columns; ++j)
        run->spans[j] = span_of_column(run, j);
    if (!engine->rows->weighs && all->rows > 0)
        kmeans_span_widen(&all->weight, 1.0F);
    run->spans[columns] = all->weight;
    uint64_t counts[3] = {all->rows, all->positive, engine->rows->count - all->rows};
    patron_comm_reduce_u64(engine->comm, counts, 3, PATRON_SUM);
    engine->total_rows = counts[0];
    engine->positive_rows = counts[1];
    engine->has_dropped = counts[2] > 0;
}

/* The sample's mean, where it lies farther from the origin than rows from it.  Scores are the
 * better the smaller the numbers; results don't depend on it. */
static void choose_shift(patron_kmeans *engine)
{
    uint64_t columns = engine->rows->columns;
    const kmeans_sample *sample = &engine->sample;
    double squared_mean = 0.0, variance = 0.0;
    for (uint64_t j = 0; j < columns; ++j) {
        double sum = 0.0, squares = 0.0, lanes = (double)(sample->count * PATRON_BLOCK);
        for (int pass = 0; pass < 2; ++pass)
            for (uint64_t i = 0; i < sample->count * PATRON_BLOCK; ++i) {
                uint64_t at = (i / PATRON_BLOCK * columns + j) * PATRON_BLOCK + i % PATRON_BLOCK;
                double value = (double)sample->values[at];
                if (pass == 0)
                    sum += value;
                else
                    squares += (value - sum / lanes) * (value - sum / lanes);
            }
        double mean = lanes > 0.0 ? sum / lanes : 0.0;
        engine->shift[j] = (float)mean;
        squared_mean += mean * mean;
        variance += lanes > 0.0 ? squares / lanes : 0.0;
    }
    engine->is_shifted = squared_mean > variance;
    if (!engine->is_shifted)
        memset(engine->shift, 0, columns * sizeof *engine->shift);
}

static patron_status create_sample(patron_kmeans *engine)
{
    uint64_t blocks = engine->rows->blocks;
    kmeans_sample *sample = &engine->sample;
    sample->count = blocks < KMEANS_SAMPLE_BLOCKS ? blocks : KMEANS_SAMPLE_BLOCKS;
    sample->stride = sample->count > 0 ? blocks / sample->count : 1;
    sample->values = patron_allocate_aligned(
        sample->count, (uint64_t)engine->rows->columns * PATRON_BLOCK * sizeof *sample->values,
        &sample->memory);
    return sample->values == NULL ? PATRON_RESOURCE : PATRON_OK;
}

patron_status kmeans_survey(patron_kmeans *engine)
{
    uint64_t columns = engine->rows->columns, threads = (uint64_t)engine->rows->threads;
    survey run = {.engine = engine,
                  .findings = patron_allocate(threads, sizeof *run.findings),
                  .magnitudes = patron_allocate(threads, 2 * columns * KMEANS_PATTERNS *
                                                             sizeof *run.magnitudes),
                  .spans = patron_allocate(columns + 1, sizeof *run.spans)};
    patron_status status = create_sample(engine);
    if (run.findings == NULL || run.magnitudes == NULL || run.spans == NULL)
        status = PATRON_RESOURCE;
    status = patron_comm_agree(engine->comm, status);
    if (status != PATRON_OK)
        goto cleanup;
    begin_findings(&run);
    status = kmeans_visit(engine, survey_block, &run);
    if (status != PATRON_OK)
        goto cleanup;
    merge_findings(&run);
    choose_shift(engine);
    status = kmeans_layout_create(engine->comm, engine->rows->columns, engine->rows->weighs,
                                  run.spans, &engine->layout);
cleanup:
    free(run.findings);
    free(run.magnitudes);
    free(run.spans);
    return status;
}
