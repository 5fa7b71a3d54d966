/* SPDX-License-Identifier: Apache-2.0 */
/* Exact figures of segments. */
#include "kmeans/tally.h"

#include "patron/memory.h"

#include <math.h>
#include <stdlib.h>

enum {
    PART_BITS = 40,   /* of the greatest term in the coarse unit, and of that in the fine one */
    SLACK = 4,        /* powers of two by which terms may grow before units change */
    MOST_ROWS = 4096, /* 12 + PART_BITS bits fit a double */
    BLOCK_ROWS = 64,
    MOST_EXPONENT = 900
};

static patron_status create_figures(uint64_t k, kmeans_figures *figures)
{
    figures->size = patron_allocate(k, sizeof *figures->size);
    figures->positive = patron_allocate(k, sizeof *figures->positive);
    figures->inertia = patron_allocate(k, sizeof *figures->inertia);
    figures->weight = patron_allocate(k, sizeof *figures->weight);
    figures->high = patron_allocate(k, sizeof *figures->high);
    figures->low = patron_allocate(k, sizeof *figures->low);
    if (figures->size == NULL || figures->positive == NULL || figures->inertia == NULL ||
        figures->weight == NULL || figures->high == NULL || figures->low == NULL)
        return PATRON_RESOURCE;
    return PATRON_OK;
}

patron_status kmeans_tally_create(uint32_t k, int threads, kmeans_tally *tally)
{
    *tally = (kmeans_tally){.k = k, .threads = threads};
    tally->part = patron_allocate((uint64_t)threads, sizeof *tally->part);
    patron_status status = tally->part == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (int t = 0; status == PATRON_OK && t < threads; ++t)
        status = create_figures(k, &tally->part[t]);
    return status;
}

void kmeans_tally_free(kmeans_tally *tally)
{
    for (int t = 0; tally->part != NULL && t < tally->threads; ++t) {
        free(tally->part[t].size);
        free(tally->part[t].positive);
        free(tally->part[t].inertia);
        free(tally->part[t].weight);
        free(tally->part[t].high);
        free(tally->part[t].low);
    }
    free(tally->part);
    *tally = (kmeans_tally){0};
}

/* Empties the pairs of doubles into the exact sums. */
static void flush(const kmeans_tally *tally, kmeans_figures *part)
{
    for (uint32_t c = 0; c < tally->k; ++c) {
        patron_exactsum_add(&part->inertia[c], part->high[c]);
        patron_exactsum_add(&part->inertia[c], part->low[c]);
        part->high[c] = part->low[c] = 0.0;
    }
    part->pending = 0;
}

/* Chooses units for a term; false where it is too close to the ends of doubles. */
static bool choose_units(const kmeans_tally *tally, double term, kmeans_figures *part)
{
    int exponent = 0;
    (void)frexp(term, &exponent);
    exponent += SLACK;
    if (exponent > MOST_EXPONENT || exponent < -MOST_EXPONENT)
        return false;
    flush(tally, part);
    part->limit = ldexp(1.0, exponent);
    part->anchors[0] = ldexp(1.5, exponent - PART_BITS + 52);
    part->anchors[1] = ldexp(1.5, exponent - 2 * PART_BITS + 52);
    return true;
}

static void add_term(const kmeans_tally *tally, kmeans_figures *part, int32_t label, double term)
{
    if (term == 0.0)
        return;
    if (!(term < part->limit) && !choose_units(tally, term, part)) {
        patron_exactsum_add(&part->inertia[label], term);
        return;
    }
    double high = (term + part->anchors[0]) - part->anchors[0];
    double below = term - high;
    double low = (below + part->anchors[1]) - part->anchors[1];
    part->high[label] += high;
    part->low[label] += low;
    if (below != low)
        patron_exactsum_add(&part->inertia[label], below - low);
}

void kmeans_tally_add(kmeans_tally *tally, int thread, uint64_t lanes, const int32_t *labels,
                      const float *weight, const double *terms)
{
    kmeans_figures *part = &tally->part[thread];
    for (uint64_t left = lanes; left != 0; left &= left - 1) {
        int lane = __builtin_ctzll(left);
        int32_t label = labels[lane];
        ++part->size[label];
        part->positive[label] += weight == NULL || weight[lane] > 0.0F ? 1 : 0;
        if (weight != NULL)
            patron_exactsum_add(&part->weight[label], (double)weight[lane]);
        add_term(tally, part, label, terms[lane]);
    }
    part->pending += (uint64_t)__builtin_popcountll(lanes);
    if (part->pending > MOST_ROWS - BLOCK_ROWS)
        flush(tally, part);
}

void kmeans_tally_merge(const patron_comm *comm, kmeans_tally *tally)
{
    kmeans_figures *all = &tally->part[0];
    flush(tally, all);
    for (int t = 1; t < tally->threads; ++t) {
        kmeans_figures *other = &tally->part[t];
        flush(tally, other);
        for (uint32_t c = 0; c < tally->k; ++c) {
            all->size[c] += other->size[c];
            all->positive[c] += other->positive[c];
            patron_exactsum_merge(&all->inertia[c], &other->inertia[c]);
            patron_exactsum_merge(&all->weight[c], &other->weight[c]);
        }
    }
    patron_comm_reduce_i64(comm, all->size, tally->k, PATRON_SUM);
    patron_comm_reduce_i64(comm, all->positive, tally->k, PATRON_SUM);
    patron_exactsum_reduce(comm, all->inertia, tally->k);
    patron_exactsum_reduce(comm, all->weight, tally->k);
}
