/* SPDX-License-Identifier: Apache-2.0 */
/* Centroids laid out for the filter, and its bound.  The numbers in parentheses are the steps of
 * docs/kmeans-filter.md. */
#include "kmeans/filter.h"

#include "patron/memory.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static const double FLOAT_UNIT = 0x1p-24;
static const double DOUBLE_UNIT = 0x1p-53;
static const double LEAST_NORMAL = 0x1p-126;
static const double GREATEST = 0x1p120;         /* of norms, and of sums in a score (2) */
static const double ROUNDED_UP = 1.0 + 0x1p-20; /* covers the roundings of the bound itself (8) */
static const uint32_t MOST_COLUMNS = 1U << 16;  /* (1) */

patron_status kmeans_filter_create(kmeans_filter *filter, uint64_t capacity, uint32_t columns)
{
    *filter = (kmeans_filter){.columns = columns};
    filter->tiles = patron_allocate(capacity, ((uint64_t)columns + 1) * sizeof *filter->tiles);
    return filter->tiles == NULL ? PATRON_RESOURCE : PATRON_OK;
}

void kmeans_filter_free(kmeans_filter *filter)
{
    free(filter->tiles);
    *filter = (kmeans_filter){0};
}

void kmeans_filter_fill(kmeans_filter *filter, const double *centroids, uint32_t k,
                        const float *shift)
{
    uint64_t columns = filter->columns;
    double greatest = 0.0;
    filter->k = k;
    for (uint64_t c = 0; c < k; ++c) {
        uint64_t first = c - c % KMEANS_TILE;
        uint64_t width = k - first < KMEANS_TILE ? k - first : KMEANS_TILE;
        float *lane = filter->tiles + first * (columns + 1) + c % KMEANS_TILE;
        double norm = 0.0;
        for (uint64_t j = 0; j < columns; ++j) {
            double value = centroids[c * columns + j] - (double)shift[j];
            norm += value * value;
            lane[(j + 1) * width] = (float)-value;
        }
        lane[0] = (float)(0.5 * norm);
        greatest = norm > greatest ? norm : greatest;
    }
    filter->radius = sqrt(greatest) * ROUNDED_UP + sqrt((double)columns) * 0x1p-500;
}

/* m * unit / (1 - m * unit), the relative error of m roundings. */
static double roundings(double m, double unit)
{
    return m * unit / (1.0 - m * unit);
}

double kmeans_filter_error(const kmeans_filter *filter, double radius)
{
    double columns = (double)filter->columns;
    double sum = 0.5 * filter->radius * filter->radius + radius * filter->radius; /* (2) */
    bool is_in_range = radius < GREATEST && filter->radius < GREATEST && sum < GREATEST;
    if (!is_in_range || filter->columns > MOST_COLUMNS)
        return (double)INFINITY;
    double float_error = roundings(columns + 6.0, FLOAT_UNIT) * sum; /* (4) */
    double both = radius + filter->radius;
    double underflow = 8.0 * (columns + 1.0) * (1.0 + both) * LEAST_NORMAL; /* (5) */
    return (float_error + underflow) * ROUNDED_UP;
}

float kmeans_filter_gap(const kmeans_filter *filter, double radius)
{
    double error = kmeans_filter_error(filter, radius);
    if (!(error < (double)INFINITY))
        return INFINITY;
    double both = radius + filter->radius;
    double double_error =
        roundings((double)filter->columns + 2.0, DOUBLE_UNIT) * both * both; /* (6) */
    double gap = 2.0 * error + double_error;                                 /* (7) */
    return nextafterf((float)(gap * ROUNDED_UP), INFINITY);                  /* (8) */
}
