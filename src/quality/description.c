/* SPDX-License-Identifier: Apache-2.0 */
/* Classification likelihood of Gaussians with a common shape and sizes of their own (VEE in the
 * names of Celeux and Govaert, "Gaussian parsimonious clustering models", Pattern Recognition 28,
 * 1995; after Banfield and Raftery, "Model-based Gaussian and non-Gaussian clustering", Biometrics
 * 49, 1993), in one step: the shape is that of the pooled covariance.  Penalty: Schwarz,
 * "Estimating the dimension of a model", Annals of Statistics 6 (1978).  The assignment's entropy
 * counts against many segments, as in Biernacki, Celeux and Govaert, "Assessing a mixture model for
 * clustering with the integrated completed likelihood", IEEE PAMI 22 (2000). */
#include "quality/description.h"

#include "patron/elementary.h"
#include "patron/memory.h"
#include "quality/principal.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const double LOG_TWO_PI = 0x1.d67f1c864beb5p+0;
static const double LEAST_SHARE = 1e-4; /* of the whole variance, that a direction is given */

static double distance_to(const float *row, const double *centroid, uint32_t columns)
{
    double sum = 0.0;
    for (uint32_t j = 0; j < columns; ++j) {
        double difference = (double)row[j] - centroid[j];
        sum += difference * difference;
    }
    return sum;
}

static double weight_of(const patron_sampled_rows *rows, uint64_t row)
{
    return rows->weight == NULL ? 1.0 : (double)rows->weight[row];
}

double patron_sampled_label(const patron_sampled_rows *rows, const double *centroids, uint32_t k,
                            int32_t *labels)
{
    double inertia = 0.0;
    for (uint64_t i = 0; i < rows->count; ++i) {
        double least = (double)INFINITY;
        for (uint32_t c = 0; c < k; ++c) {
            double distance = distance_to(rows->values + i * rows->columns,
                                          centroids + (uint64_t)c * rows->columns, rows->columns);
            if (distance < least) {
                least = distance;
                labels[i] = (int32_t)c;
            }
        }
        inertia += weight_of(rows, i) * least;
    }
    return inertia;
}

/* What is computed of the segments, each row labelled. */
typedef struct segments {
    const patron_sampled_rows *rows;
    bool is_diagonal; /* the shape is */
    int32_t *labels;  /* rows */
    uint32_t k;
    double total;   /* weight of all rows */
    double *weight; /* k */
    double *spread; /* k: weighted squared distances in the common shape */
    double *means;  /* k x columns */
    double *shape;  /* columns x columns, diagonal: columns; pooled covariance, then its factor */
    double *row;    /* columns */
} segments;

static patron_status segments_create(const patron_sampled_rows *rows, uint32_t k, segments *parts)
{
    uint64_t columns = rows->columns, shape = columns > PATRON_SHAPE_COLUMNS ? 1 : columns;
    *parts = (segments){.rows = rows, .is_diagonal = shape == 1, .k = k};
    parts->labels = patron_allocate(rows->count, sizeof *parts->labels);
    parts->weight = patron_allocate(k, sizeof *parts->weight);
    parts->spread = patron_allocate(k, sizeof *parts->spread);
    parts->means = patron_allocate(k, columns * sizeof *parts->means);
    parts->shape = patron_allocate(columns, shape * sizeof *parts->shape);
    parts->row = patron_allocate(columns, sizeof *parts->row);
    bool complete = parts->labels != NULL && parts->weight != NULL && parts->spread != NULL &&
                    parts->means != NULL && parts->shape != NULL && parts->row != NULL;
    return complete ? PATRON_OK : PATRON_RESOURCE;
}

static void segments_free(segments *parts)
{
    free(parts->labels);
    free(parts->weight);
    free(parts->spread);
    free(parts->means);
    free(parts->shape);
    free(parts->row);
}

static void take_means(segments *parts)
{
    const patron_sampled_rows *rows = parts->rows;
    uint64_t columns = rows->columns;
    for (uint64_t i = 0; i < rows->count; ++i) {
        double *mean = parts->means + (uint64_t)parts->labels[i] * columns;
        double weight = weight_of(rows, i);
        parts->weight[parts->labels[i]] += weight;
        parts->total += weight;
        for (uint64_t j = 0; j < columns; ++j)
            mean[j] += weight * (double)rows->values[i * columns + j];
    }
    for (uint64_t c = 0; c < parts->k; ++c)
        for (uint64_t j = 0; parts->weight[c] > 0.0 && j < columns; ++j)
            parts->means[c * columns + j] /= parts->weight[c];
}

static double *shape_at(const segments *parts, uint64_t row, uint64_t column)
{
    return &parts->shape[parts->is_diagonal ? row : row * parts->rows->columns + column];
}

/* The row less its segment's mean, in parts->row. */
static void deviate(const segments *parts, uint64_t row)
{
    uint64_t columns = parts->rows->columns;
    const double *mean = parts->means + (uint64_t)parts->labels[row] * columns;
    for (uint64_t j = 0; j < columns; ++j)
        parts->row[j] = (double)parts->rows->values[row * columns + j] - mean[j];
}

/* The mean over columns of the variance of all rows. */
static double whole_variance(const segments *parts)
{
    uint64_t columns = parts->rows->columns;
    double sum = 0.0;
    for (uint64_t j = 0; j < columns; ++j) {
        double mean = 0.0, square = 0.0;
        for (uint64_t i = 0; i < parts->rows->count; ++i)
            mean += weight_of(parts->rows, i) * (double)parts->rows->values[i * columns + j];
        mean /= parts->total;
        for (uint64_t i = 0; i < parts->rows->count; ++i) {
            double difference = (double)parts->rows->values[i * columns + j] - mean;
            square += weight_of(parts->rows, i) * difference * difference;
        }
        sum += square / parts->total;
    }
    return sum / (double)columns;
}

/* The pooled covariance's lower half, or its diagonal alone. */
static void take_shape(const segments *parts)
{
    uint64_t columns = parts->rows->columns;
    double least = LEAST_SHARE * whole_variance(parts);
    for (uint64_t i = 0; i < parts->rows->count; ++i) {
        double weight = weight_of(parts->rows, i);
        deviate(parts, i);
        for (uint64_t j = 0; j < columns; ++j)
            for (uint64_t a = parts->is_diagonal ? j : 0; a <= j; ++a)
                *shape_at(parts, j, a) += weight * parts->row[j] * parts->row[a];
    }
    for (uint64_t j = 0; j < columns; ++j) {
        for (uint64_t a = parts->is_diagonal ? j : 0; a <= j; ++a)
            *shape_at(parts, j, a) /= parts->total;
        *shape_at(parts, j, j) += least;
    }
}

/* Makes the shape its factor; returns the logarithm of its determinant. */
static double factor_shape(const segments *parts)
{
    uint32_t columns = parts->rows->columns;
    double log_determinant = 0.0;
    if (!parts->is_diagonal)
        return patron_cholesky(parts->shape, columns);
    for (uint32_t j = 0; j < columns; ++j) {
        log_determinant += patron_log(parts->shape[j]);
        parts->shape[j] = sqrt(parts->shape[j]);
    }
    return log_determinant;
}

/* Each segment's squared distances by the shape's factor. */
static void measure_by_shape(const segments *parts)
{
    uint64_t columns = parts->rows->columns;
    for (uint64_t i = 0; i < parts->rows->count; ++i) {
        double sum = 0.0;
        deviate(parts, i);
        for (uint64_t j = 0; j < columns; ++j) {
            for (uint64_t a = parts->is_diagonal ? j : 0; a < j; ++a)
                parts->row[j] -= *shape_at(parts, j, a) * parts->row[a];
            parts->row[j] /= *shape_at(parts, j, j);
            sum += parts->row[j] * parts->row[j];
        }
        parts->spread[parts->labels[i]] += weight_of(parts->rows, i) * sum;
    }
}

static double likelihood(const segments *parts, double log_determinant)
{
    double columns = (double)parts->rows->columns, rows = (double)parts->rows->count;
    double sum = -0.5 * log_determinant - 0.5 * columns * LOG_TWO_PI;
    for (uint32_t c = 0; c < parts->k; ++c) {
        if (!(parts->weight[c] > 0.0))
            continue;
        double share = parts->weight[c] / parts->total, count = share * rows;
        double spread = parts->spread[c] / parts->weight[c]; /* of a row */
        /* as if one more row lay as rows do on average: few rows may lie on one point */
        double size = (spread * count + columns) / (columns * (count + 1.0));
        sum += share * (patron_log(share) - 0.5 * columns * patron_log(size) - 0.5 * spread / size);
    }
    return sum;
}

patron_status patron_description_compute(const patron_sampled_rows *rows, const double *centroids,
                                         uint32_t k, double *bic)
{
    segments parts;
    patron_status status = segments_create(rows, k, &parts);
    if (status == PATRON_OK) {
        double count = (double)rows->count;
        /* a share, a size and a mean a segment; what the shape has is the same for every k */
        double parameters = (double)k * ((double)rows->columns + 2.0) - 1.0;
        patron_sampled_label(rows, centroids, k, parts.labels);
        take_means(&parts);
        take_shape(&parts);
        double log_determinant = factor_shape(&parts);
        measure_by_shape(&parts);
        *bic = likelihood(&parts, log_determinant) - 0.5 * parameters * patron_log(count) / count;
    }
    segments_free(&parts);
    return status;
}

/* ---- what several segments gain over one ---- */

/* Segments of fewer rows than half of the mean, and than one in a hundred, are outliers that were
 * set apart, no clusters. */
static bool is_large(double weight, double total, uint32_t k)
{
    const double hundred = 100.0, half = 2.0;
    return weight * hundred >= total || weight * half * (double)k >= total;
}

/* Rows of large segments, and these segments' centroids; with room for all. */
typedef struct large_segments {
    float *values, *weight;
    double *centroids;
    uint64_t rows;
    uint32_t count;
} large_segments;

static patron_status large_create(const patron_sampled_rows *rows, uint32_t k,
                                  large_segments *large)
{
    uint64_t columns = rows->columns;
    *large = (large_segments){.values = patron_allocate(rows->count, columns * sizeof(float)),
                              .weight = patron_allocate(rows->count, sizeof(float)),
                              .centroids = patron_allocate(k, columns * sizeof(double))};
    bool complete = large->values != NULL && large->weight != NULL && large->centroids != NULL;
    return complete ? PATRON_OK : PATRON_RESOURCE;
}

static void large_free(large_segments *large)
{
    free(large->values);
    free(large->weight);
    free(large->centroids);
}

static patron_status take_large(const patron_sampled_rows *rows, const double *centroids,
                                uint32_t k, large_segments *large)
{
    uint64_t columns = rows->columns;
    int32_t *labels = patron_allocate(rows->count, sizeof *labels);
    double *held = patron_allocate(k, sizeof *held), total = 0.0;
    patron_status status = labels == NULL || held == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status != PATRON_OK)
        goto cleanup;
    patron_sampled_label(rows, centroids, k, labels);
    for (uint64_t i = 0; i < rows->count; ++i) {
        held[labels[i]] += weight_of(rows, i);
        total += weight_of(rows, i);
    }
    for (uint32_t c = 0; c < k; ++c)
        if (is_large(held[c], total, k))
            memcpy(large->centroids + (uint64_t)large->count++ * columns, centroids + c * columns,
                   columns * sizeof *centroids);
    for (uint64_t i = 0; i < rows->count; ++i) {
        if (!is_large(held[labels[i]], total, k))
            continue;
        memcpy(large->values + large->rows * columns, rows->values + i * columns,
               columns * sizeof *large->values);
        large->weight[large->rows++] = (float)weight_of(rows, i);
    }
cleanup:
    free(labels);
    free(held);
    return status;
}

patron_status patron_description_gain(const patron_sampled_rows *rows, const double *centroids,
                                      uint32_t k, double *gain)
{
    large_segments large;
    double one = 0.0;
    *gain = 0.0;
    patron_status status = large_create(rows, k, &large);
    if (status == PATRON_OK)
        status = take_large(rows, centroids, k, &large);
    if (status == PATRON_OK && large.count > 1) {
        const patron_sampled_rows some = {large.values, large.weight, large.rows, rows->columns};
        status = patron_description_compute(&some, large.centroids, large.count, gain);
        if (status == PATRON_OK)
            status = patron_description_compute(&some, large.centroids, 1, &one);
        *gain -= one;
    }
    large_free(&large);
    return status;
}
