/* SPDX-License-Identifier: Apache-2.0 */
/* Overlap of labellings by their whole table, for samples. */
#include "quality/overlap.h"

#include "patron/memory.h"

#include <math.h>
#include <stdlib.h>

patron_status patron_overlap_count(const int32_t *first_labels, uint32_t first,
                                   const int32_t *second_labels, uint32_t second, uint64_t rows,
                                   patron_overlap *overlap)
{
    *overlap = (patron_overlap){.first = first, .second = second, .rows = rows};
    overlap->count = patron_allocate((uint64_t)first * second, sizeof *overlap->count);
    overlap->first_size = patron_allocate(first, sizeof *overlap->first_size);
    overlap->second_size = patron_allocate(second, sizeof *overlap->second_size);
    if (overlap->count == NULL || overlap->first_size == NULL || overlap->second_size == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < rows; ++i) {
        ++overlap->count[(uint64_t)first_labels[i] * second + (uint64_t)second_labels[i]];
        ++overlap->first_size[first_labels[i]];
        ++overlap->second_size[second_labels[i]];
    }
    return PATRON_OK;
}

void patron_overlap_free(patron_overlap *overlap)
{
    free(overlap->count);
    free(overlap->first_size);
    free(overlap->second_size);
    *overlap = (patron_overlap){0};
}

static double pairs_of(const uint64_t *sizes, uint64_t count)
{
    double sum = 0.0; /* exact: samples have fewer than 2^26 rows */
    for (uint64_t i = 0; i < count; ++i)
        if (sizes[i] > 1)
            sum += 0.5 * (double)sizes[i] * (double)(sizes[i] - 1);
    return sum;
}

double patron_overlap_adjusted_rand(const patron_overlap *overlap)
{
    double both = pairs_of(overlap->count, (uint64_t)overlap->first * overlap->second);
    double first = pairs_of(overlap->first_size, overlap->first);
    double second = pairs_of(overlap->second_size, overlap->second);
    double all = pairs_of(&overlap->rows, 1);
    double expected = all > 0.0 ? first * second / all : 0.0;
    double most = 0.5 * (first + second);
    return both == first && both == second ? 1.0 : (both - expected) / (most - expected);
}

double patron_overlap_jaccard(const patron_overlap *overlap, uint32_t label)
{
    double best = 0.0;
    if (overlap->first_size[label] == 0)
        return (double)NAN;
    for (uint64_t other = 0; other < overlap->second; ++other) {
        uint64_t common = overlap->count[(uint64_t)label * overlap->second + other];
        uint64_t either = overlap->first_size[label] + overlap->second_size[other] - common;
        double share = common > 0 ? (double)common / (double)either : 0.0;
        best = share > best ? share : best;
    }
    return best;
}
