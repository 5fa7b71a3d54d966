/* SPDX-License-Identifier: Apache-2.0 */
/* Order statistics of all segments at once by distributed radix selection: a pass for each byte of
 * an order-preserving key, from the top, counts the values of a segment that share the bytes found
 * so far with a wanted one.  Outliers by the fences of Tukey, "Exploratory Data Analysis" (1977).
 */
#include "quality/spread.h"

#include "patron/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LEVELS = PATRON_SPREAD_LEVELS,
    BYTES = sizeof(float),
    BINS = 256,
    BATCH = 2048 /* segments whose bins are held at a time */
};

const uint32_t patron_spread_percents[LEVELS] = {25, 50, 75, 90, 95, 99, 100};

/* One wanted value: all values of its segment that share the bytes found so far. */
typedef struct search {
    uint64_t index;  /* among those */
    uint32_t prefix; /* of the key: distances are not negative, so their bits order as they do */
    int leader;      /* level of the first one that looks among the same values */
} search;

typedef struct selecting {
    const patron_comm *comm;
    const patron_rows *rows;
    const int32_t *labels;
    patron_spread *spread;
    uint32_t first, count; /* segments of the batch */
    uint64_t *size;        /* k: rows */
    search *searches;      /* BATCH x LEVELS */
    uint64_t *bins;        /* threads x BATCH x LEVELS x BINS */
} selecting;

/* ---- distances ---- */

typedef struct measuring {
    const patron_rows *rows;
    const int32_t *labels;
    const double *centroids;
    float *distance;
} measuring;

static void measure_block(void *argument, int thread, const patron_block *block)
{
    const measuring *run = argument;
    uint64_t columns = run->rows->columns, first = block->row - run->rows->first;
    (void)thread;
    for (uint64_t left = block->lanes; left != 0; left &= left - 1) {
        uint64_t lane = (uint64_t)__builtin_ctzll(left);
        if (run->labels[first + lane] < 0)
            continue;
        const double *centroid = run->centroids + (uint64_t)run->labels[first + lane] * columns;
        double sum = 0.0;
        for (uint64_t j = 0; j < columns; ++j) {
            double difference = (double)block->values[j * PATRON_BLOCK + lane] - centroid[j];
            sum += difference * difference;
        }
        run->distance[first + lane] = (float)sqrt(sum);
    }
}

static patron_status measure(const patron_rows *rows, const int32_t *labels,
                             const double *centroids, patron_spread *spread)
{
    measuring run = {rows, labels, centroids, spread->distance};
    for (uint64_t i = 0; i < rows->count; ++i)
        spread->distance[i] = (float)NAN;
    return patron_rows_pass(rows, measure_block, &run);
}

/* ---- order statistics ---- */

static uint32_t key_of(float distance)
{
    uint32_t key = 0;
    memcpy(&key, &distance, sizeof key);
    return key;
}

static float distance_of(uint32_t key)
{
    float distance = 0.0F;
    memcpy(&distance, &key, sizeof distance);
    return distance;
}

static void count_row(const selecting *run, uint64_t row, int byte, uint64_t *bins)
{
    int64_t label = run->labels[row], first = run->first;
    if (label < first || label >= first + run->count)
        return;
    uint64_t place = (uint64_t)(label - first);
    uint32_t key = key_of(run->spread->distance[row]);
    int shift = 8 * (BYTES - 1 - byte);
    for (int level = 0; level < LEVELS; ++level) {
        const search *one = &run->searches[place * LEVELS + (uint64_t)level];
        if (one->leader == level && (uint64_t)key >> (shift + 8) == one->prefix)
            ++bins[(place * LEVELS + (uint64_t)level) * BINS + ((key >> shift) & (BINS - 1))];
    }
}

static void narrow(const selecting *run, uint64_t place, search *one)
{
    const uint64_t *bins = run->bins + (place * LEVELS + (uint64_t)one->leader) * BINS;
    uint32_t bin = 0;
    while (bin < BINS - 1 && one->index >= bins[bin])
        one->index -= bins[bin++];
    one->prefix = one->prefix << 8 | bin;
}

/* Levels that look among the same values count them once. */
static void share_bins(search *levels)
{
    for (int level = 0; level < LEVELS; ++level)
        levels[level].leader = level > 0 && levels[level].prefix == levels[level - 1].prefix
                                   ? levels[level - 1].leader
                                   : level;
}

static void select_byte(const selecting *run, int byte)
{
    uint64_t each = (uint64_t)run->count * LEVELS * BINS;
    int threads = run->rows->threads;
    for (uint64_t place = 0; place < run->count; ++place)
        share_bins(run->searches + place * LEVELS);
    memset(run->bins, 0, (uint64_t)threads * each * sizeof *run->bins);
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int t = 0; t < threads; ++t) {
        uint64_t stretch = run->rows->count / (uint64_t)threads + 1;
        uint64_t from = (uint64_t)t * stretch, to = from + stretch;
        for (uint64_t row = from; row < to && row < run->rows->count; ++row)
            count_row(run, row, byte, run->bins + (uint64_t)t * each);
    }
    for (uint64_t i = each; i < each * (uint64_t)threads; ++i)
        run->bins[i % each] += run->bins[i];
    patron_comm_reduce_u64(run->comm, run->bins, each, PATRON_SUM);
    for (uint64_t place = 0; place < run->count; ++place)
        for (int level = 0; level < LEVELS; ++level)
            narrow(run, place, &run->searches[place * LEVELS + (uint64_t)level]);
}

static void select_batch(const selecting *run)
{
    for (uint64_t i = 0; i < (uint64_t)run->count * LEVELS; ++i) {
        uint64_t size = run->size[run->first + i / LEVELS];
        uint64_t rank = (size * patron_spread_percents[i % LEVELS] + 99) / 100;
        run->searches[i] = (search){.index = rank > 0 ? rank - 1 : 0};
    }
    for (int byte = 0; byte < BYTES; ++byte)
        select_byte(run, byte);
    for (uint64_t i = 0; i < (uint64_t)run->count * LEVELS; ++i)
        run->spread->quantile[(uint64_t)run->first * LEVELS + i] =
            run->size[run->first + i / LEVELS] > 0 ? (double)distance_of(run->searches[i].prefix)
                                                   : (double)NAN;
}

static void select_all(selecting *run)
{
    uint32_t k = run->spread->k;
    for (uint64_t row = 0; row < run->rows->count; ++row)
        if (run->labels[row] >= 0)
            ++run->size[run->labels[row]];
    patron_comm_reduce_u64(run->comm, run->size, k, PATRON_SUM);
    for (run->first = 0; run->first < k; run->first += run->count) {
        run->count = k - run->first < BATCH ? k - run->first : BATCH;
        select_batch(run);
    }
}

/* ---- thresholds ---- */

double patron_spread_threshold(const double quantile[LEVELS])
{
    const double fence = 1.5;
    double upper = quantile[PATRON_SPREAD_UPPER_QUARTILE];
    return upper + fence * (upper - quantile[PATRON_SPREAD_LOWER_QUARTILE]);
}

static void judge(const selecting *run)
{
    patron_spread *spread = run->spread;
    for (uint64_t s = 0; s < spread->k; ++s)
        spread->threshold[s] = patron_spread_threshold(spread->quantile + s * LEVELS);
    for (uint64_t row = 0; row < run->rows->count; ++row)
        if (run->labels[row] >= 0 &&
            (double)spread->distance[row] > spread->threshold[run->labels[row]])
            ++spread->beyond[run->labels[row]];
    patron_comm_reduce_i64(run->comm, spread->beyond, spread->k, PATRON_SUM);
}

patron_status patron_spread_measure(const patron_comm *comm, const patron_rows *rows,
                                    const int32_t *labels, const double *centroids, uint32_t k,
                                    patron_spread *spread)
{
    uint64_t batch = (k < BATCH ? k : BATCH) * (uint64_t)LEVELS;
    *spread = (patron_spread){.k = k,
                              .distance = patron_allocate(rows->count, sizeof *spread->distance),
                              .quantile = patron_allocate(k, LEVELS * sizeof *spread->quantile),
                              .threshold = patron_allocate(k, sizeof *spread->threshold),
                              .beyond = patron_allocate(k, sizeof *spread->beyond)};
    selecting run = {.comm = comm,
                     .rows = rows,
                     .labels = labels,
                     .spread = spread,
                     .size = patron_allocate(k, sizeof *run.size),
                     .searches = patron_allocate(batch, sizeof *run.searches),
                     .bins =
                         patron_allocate((uint64_t)rows->threads * batch, BINS * sizeof *run.bins)};
    patron_status status = PATRON_OK;
    if (spread->distance == NULL || spread->quantile == NULL || spread->threshold == NULL ||
        spread->beyond == NULL || run.size == NULL || run.searches == NULL || run.bins == NULL)
        status = PATRON_RESOURCE;
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, measure(rows, labels, centroids, spread));
    if (status == PATRON_OK) {
        select_all(&run);
        judge(&run);
    }
    free(run.size);
    free(run.searches);
    free(run.bins);
    return status;
}

void patron_spread_free(patron_spread *spread)
{
    free(spread->distance);
    free(spread->quantile);
    free(spread->threshold);
    free(spread->beyond);
    *spread = (patron_spread){0};
}
