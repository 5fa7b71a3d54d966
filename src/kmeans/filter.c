/* SPDX-License-Identifier: Apache-2.0 */
/* Centroids laid out for the filter, and its bounds.  The numbers in parentheses are the steps of
 * docs/kmeans-filter.md. */
#include "kmeans/filter.h"

#include <math.h>
#include <stdlib.h>

static const double FLOAT_UNIT = 0x1p-24;
static const double DOUBLE_UNIT = 0x1p-53;
static const double LEAST_NORMAL = 0x1p-126;
static const double GREATEST = 0x1p120;         /* of norms, and of sums in a score (2) */
static const double LEAST = 0x1p-80;            /* of the product of radii of coarse scores (13) */
static const double ROUNDED_UP = 1.0 + 0x1p-20; /* covers the roundings of the bound itself (8) */
static const uint32_t MOST_COLUMNS = 1U << 16;  /* (1) */
static const double MOST_STEPS = 32766.0;       /* of a coarse value (13) */
static const uint32_t MOST_NUMBERS = 1U << 16;  /* of centroids with coarse scores (15) */

patron_status kmeans_filter_create(kmeans_filter *filter, uint64_t capacity, uint32_t columns,
                                   int coarse_threads)
{
    const uint64_t line = PATRON_ALIGNMENT / sizeof *filter->room;
    uint64_t threads = (uint64_t)coarse_threads;
    *filter = (kmeans_filter){.columns = columns,
                              .root = sqrt((double)columns),
                              .room_stride = (capacity + line - 1) / line * line};
    filter->tiles = patron_allocate(capacity, ((uint64_t)columns + 1) * sizeof *filter->tiles);
    if (filter->tiles == NULL)
        return PATRON_RESOURCE;
    if (coarse_threads == 0)
        return PATRON_OK;
    filter->coarse = patron_allocate(capacity, kmeans_pairs(columns) * sizeof *filter->coarse);
    filter->half = patron_allocate(capacity, sizeof *filter->half);
    filter->room = patron_allocate_aligned(filter->room_stride, threads * sizeof *filter->room,
                                           &filter->memory);
    if (filter->coarse == NULL || filter->half == NULL || filter->room == NULL)
        return PATRON_RESOURCE;
    return PATRON_OK;
}

void kmeans_filter_free(kmeans_filter *filter)
{
    free(filter->tiles);
    free(filter->coarse);
    free(filter->half);
    free(filter->memory);
    *filter = (kmeans_filter){0};
}

/* Where centroid c lies: the first of its tile, its place in it, and the tile's width. */
typedef struct place {
    uint64_t first, lane, width;
} place;

static place place_of(uint64_t c, uint64_t k)
{
    uint64_t first = c - c % KMEANS_TILE;
    uint64_t width = k - first < KMEANS_TILE ? k - first : KMEANS_TILE;
    return (place){first, c % KMEANS_TILE, width};
}

static void fill_fine(kmeans_filter *filter, const double *centroids, const float *shift)
{
    uint64_t columns = filter->columns;
    double greatest = 0.0;
    for (uint64_t c = 0; c < filter->k; ++c) {
        place at = place_of(c, filter->k);
        float *lane = filter->tiles + at.first * (columns + 1) + at.lane;
        double norm = 0.0;
        for (uint64_t j = 0; j < columns; ++j) {
            double value = centroids[c * columns + j] - (double)shift[j];
            norm += value * value;
            lane[(j + 1) * at.width] = (float)-value;
        }
        lane[0] = (float)(0.5 * norm);
        greatest = norm > greatest ? norm : greatest;
    }
    filter->radius = sqrt(greatest) * ROUNDED_UP + sqrt((double)columns) * 0x1p-500;
}

/* The negated value in steps of 1 / inverse, as the bits of 16. */
static uint32_t coarse_bits(double value, double inverse)
{
    return (uint32_t)(int32_t)nearbyint(-value * inverse) & 0xffffU;
}

static void fill_coarse(kmeans_filter *filter, const double *centroids, const float *shift)
{
    uint64_t columns = filter->columns, pairs = kmeans_pairs(columns);
    bool is_in_range =
        filter->radius > 0x1p-100 && filter->radius < GREATEST && filter->k <= MOST_NUMBERS;
    filter->number_mask = 0;
    while ((uint64_t)filter->number_mask + 1 < filter->k)
        filter->number_mask = filter->number_mask * 2 + 1;
    filter->unit = is_in_range ? filter->radius / MOST_STEPS : 0.0;
    if (!is_in_range)
        return;
    double inverse = filter->inverse = 1.0 / filter->unit;
    for (uint64_t c = 0; c < filter->k; ++c) {
        place at = place_of(c, filter->k);
        int32_t *lane = filter->coarse + at.first * pairs + at.lane;
        double norm = 0.0;
        for (uint64_t pair = 0; pair < pairs; ++pair) {
            uint32_t bits = 0;
            for (uint64_t j = 2 * pair; j < 2 * pair + 2 && j < columns; ++j) {
                double value = centroids[c * columns + j] - (double)shift[j];
                norm += value * value;
                bits |= coarse_bits(value, inverse) << (j % 2 == 0 ? 0 : 16);
            }
            lane[pair * at.width] = (int32_t)bits;
        }
        filter->half[c] = (float)(0.5 * norm * inverse);
    }
}

void kmeans_filter_fill(kmeans_filter *filter, const double *centroids, uint32_t k,
                        const float *shift)
{
    filter->k = k;
    fill_fine(filter, centroids, shift);
    if (filter->coarse != NULL)
        fill_coarse(filter, centroids, shift);
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

/* At least what the float64 loop errs by, on two squared distances together (6). */
static double loop_error(const kmeans_filter *filter, double radius)
{
    double both = radius + filter->radius;
    return roundings((double)filter->columns + 2.0, DOUBLE_UNIT) * both * both;
}

float kmeans_filter_gap(const kmeans_filter *filter, double radius)
{
    double error = kmeans_filter_error(filter, radius);
    if (!(error < (double)INFINITY))
        return INFINITY;
    double gap = 2.0 * error + loop_error(filter, radius);  /* (7) */
    return nextafterf((float)(gap * ROUNDED_UP), INFINITY); /* (8) */
}

kmeans_grid kmeans_filter_grid(const kmeans_filter *filter, double radius)
{
    const double rest = 1024.0; /* (15), (17) */
    double columns = (double)filter->columns;
    double reach = radius > filter->radius ? radius : filter->radius;
    double product = reach * filter->radius;
    if (filter->unit == 0.0 || !(reach < GREATEST && product < GREATEST && product > LEAST) ||
        filter->columns > MOST_COLUMNS)
        return (kmeans_grid){0};
    double inverse = MOST_STEPS / reach;
    double unit = reach * (1.0 / MOST_STEPS);
    double score = unit * filter->unit;
    double steps = 0.5 * filter->root * (MOST_STEPS + radius * inverse); /* (14) */
    double error = (steps + 0.25 * columns + rest + (double)filter->number_mask) * ROUNDED_UP;
    double gap =
        2.0 * error + loop_error(filter, radius) * inverse * filter->inverse + 2.0; /* (16) */
    if (!(gap < 0x1p30))
        return (kmeans_grid){0};
    return (kmeans_grid){.unit = unit,
                         .inverse = (float)inverse,
                         .score = score,
                         .gap = (int32_t)gap,
                         .error = error * score * ROUNDED_UP};
}
