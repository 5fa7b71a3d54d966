/* SPDX-License-Identifier: Apache-2.0 */
/* The clusters of a mixture, and the rows drawn from it.
 *
 * Centroids are drawn one after the other, evenly from a cube; one that lies too near to another is
 * drawn again.  The cube starts as one that has room for two, and grows whenever draws fail in a
 * row; so the nearest centroids are about as far apart as was asked for, in any number of columns.
 * Normal values are quantiles (patron/elementary.h) of uniform ones: one of 2^32 that lie within
 * 6.4 deviations. */
#include "generate/mixture.h"

#include "generate/draws.h"
#include "patron/elementary.h"
#include "patron/memory.h"

#include <math.h>
#include <stdlib.h>

enum { LANES = 4 };               /* words of a block */
static const double MARGIN = 3.0; /* deviations from the outer centroids to the box's side */
static const double GROWTH = 1.1; /* of the cube, */
static const int PATIENCE = 50;   /* after so many draws that failed */
static const double WORD_COUNT = 0x1p32;
static const double FARTHEST = 6.4;     /* deviations of any value from its centroid */
static const double LARGEST_LOG = 88.0; /* exp() of it is a float32 */

/* ---- clusters ---- */

static bool lies_apart(const patron_mixture *mixture, uint32_t cluster)
{
    uint64_t columns = mixture->options.columns;
    const double *one = mixture->centres + cluster * columns;
    for (uint32_t k = 0; k < cluster; ++k) {
        const double *other = mixture->centres + k * columns;
        double least =
            mixture->options.separation * (mixture->deviations[cluster] + mixture->deviations[k]);
        double square = 0.0;
        for (uint64_t j = 0; j < columns && square < least * least; ++j)
            square += (one[j] - other[j]) * (one[j] - other[j]);
        if (square < least * least)
            return false;
    }
    return true;
}

static void place_centres(patron_mixture *mixture)
{
    const patron_mixture_options *options = &mixture->options;
    double width = 2.0 * (options->separation + 1.0) / sqrt((double)options->columns);
    for (uint32_t k = 0; k < options->clusters; ++k) {
        patron_draws draws = patron_draws_of(options->seed, PATRON_PURPOSE_CLUSTER, k);
        double *centre = mixture->centres + (uint64_t)k * options->columns;
        int failed = 0;
        patron_draws_bits(&draws); /* that of the deviation */
        do {
            if (failed > 0 && failed % PATIENCE == 0)
                width *= GROWTH;
            for (uint32_t j = 0; j < options->columns; ++j)
                centre[j] = (patron_draws_unit(&draws) - 0.5) * width;
            ++failed;
        } while (!lies_apart(mixture, k));
    }
}

static void draw_deviations(patron_mixture *mixture)
{
    double range = patron_log(mixture->options.spread);
    for (uint32_t k = 0; k < mixture->options.clusters; ++k) {
        patron_draws draws = patron_draws_of(mixture->options.seed, PATRON_PURPOSE_CLUSTER, k);
        mixture->deviations[k] = patron_exp((patron_draws_unit(&draws) - 0.5) * range);
    }
}

static void set_shares(patron_mixture *mixture)
{
    uint32_t clusters = mixture->options.clusters;
    double steps = clusters > 1 ? (double)(clusters - 1) : 1.0, sum = 0.0;
    for (uint32_t k = 0; k < clusters; ++k) {
        mixture->shares[k] =
            patron_exp(-patron_log(mixture->options.imbalance) * (double)k / steps);
        sum += mixture->shares[k];
    }
    for (uint32_t k = 0; k < clusters; ++k)
        mixture->shares[k] /= sum;
}

static void set_box(patron_mixture *mixture)
{
    uint64_t columns = mixture->options.columns;
    for (uint64_t j = 0; j < columns; ++j) {
        double low = (double)INFINITY, high = -(double)INFINITY;
        for (uint32_t k = 0; k < mixture->options.clusters; ++k) {
            double centre = mixture->centres[k * columns + j];
            low = fmin(low, centre - MARGIN * mixture->deviations[k]);
            high = fmax(high, centre + MARGIN * mixture->deviations[k]);
        }
        mixture->low[j] = low;
        mixture->high[j] = high;
    }
}

static bool is_lognormal(const patron_mixture *mixture, uint32_t column)
{
    return column >= mixture->options.columns - mixture->options.lognormal;
}

/* exp() must not become infinite. */
static patron_status check_lognormal(const patron_mixture *mixture)
{
    for (uint32_t j = 0; j < mixture->options.columns; ++j)
        for (uint32_t k = 0; is_lognormal(mixture, j) && k < mixture->options.clusters; ++k) {
            double centre = mixture->centres[(uint64_t)k * mixture->options.columns + j];
            double greatest = centre + FARTHEST * mixture->deviations[k];
            if (greatest > LARGEST_LOG)
                return patron_fail(PATRON_USAGE,
                                   "lognormal columns: exp(%.3g) is no float32: fewer or nearer "
                                   "clusters, or a lower spread, are expected",
                                   greatest);
        }
    return PATRON_OK;
}

patron_status patron_mixture_create(const patron_mixture_options *options, patron_mixture *mixture)
{
    uint64_t columns = options->columns, clusters = options->clusters;
    *mixture = (patron_mixture){.options = *options};
    mixture->centres = patron_allocate(clusters * columns, sizeof *mixture->centres);
    mixture->deviations = patron_allocate(clusters, sizeof *mixture->deviations);
    mixture->shares = patron_allocate(clusters, sizeof *mixture->shares);
    mixture->low = patron_allocate(columns, sizeof *mixture->low);
    mixture->high = patron_allocate(columns, sizeof *mixture->high);
    if (mixture->centres == NULL || mixture->deviations == NULL || mixture->shares == NULL ||
        mixture->low == NULL || mixture->high == NULL)
        return PATRON_RESOURCE;
    draw_deviations(mixture);
    place_centres(mixture);
    set_shares(mixture);
    set_box(mixture);
    patron_status status = check_lognormal(mixture);
    if (status == PATRON_OK)
        status = patron_choice_create(mixture->shares, options->clusters, &mixture->choice);
    return status;
}

void patron_mixture_free(patron_mixture *mixture)
{
    free(mixture->centres);
    free(mixture->deviations);
    free(mixture->shares);
    free(mixture->low);
    free(mixture->high);
    patron_choice_free(&mixture->choice);
    *mixture = (patron_mixture){0};
}

double patron_mixture_mean(const patron_mixture *mixture, uint32_t cluster, uint32_t column)
{
    double centre = mixture->centres[(uint64_t)cluster * mixture->options.columns + column];
    double deviation = mixture->deviations[cluster];
    if (!is_lognormal(mixture, column))
        return centre;
    return patron_exp(centre + 0.5 * deviation * deviation);
}

double patron_mixture_deviation(const patron_mixture *mixture, uint32_t cluster, uint32_t column)
{
    double deviation = mixture->deviations[cluster];
    if (!is_lognormal(mixture, column))
        return deviation;
    return patron_mixture_mean(mixture, cluster, column) *
           sqrt(patron_expm1(deviation * deviation));
}

/* ---- rows ---- */

int32_t patron_mixture_cluster(const patron_mixture *mixture, uint64_t row)
{
    uint32_t words[LANES];
    patron_random_words(mixture->options.seed, PATRON_PURPOSE_CUSTOMER, row, 0, words);
    if (patron_random_word_to_unit(words[2]) < mixture->options.noise)
        return -1;
    double unit = patron_random_to_unit((uint64_t)words[1] << 32 | words[0]);
    return (int32_t)patron_choice_draw(&mixture->choice, unit);
}

float patron_mixture_weight(const patron_mixture *mixture, uint64_t row)
{
    return (float)-patron_log(
        patron_random_unit(mixture->options.seed, PATRON_PURPOSE_CUSTOMER, row, 1));
}

uint64_t patron_mixture_scratch(uint32_t columns)
{
    return ((uint64_t)columns + LANES - 1) / LANES * LANES;
}

/* A uniform number a column, and some more up to a whole block. */
static void draw_units(const patron_mixture *mixture, uint64_t row, double *units)
{
    uint32_t blocks = (uint32_t)(patron_mixture_scratch(mixture->options.columns) / LANES);
    uint32_t words[LANES];
    for (uint32_t b = 0; b < blocks; ++b) {
        patron_random_words(mixture->options.seed, PATRON_PURPOSE_FEATURE, row, b, words);
        for (uint32_t i = 0; i < LANES; ++i)
            units[(uint64_t)b * LANES + i] = patron_random_word_to_unit(words[i]);
    }
}

static void place(const patron_mixture *mixture, int32_t cluster, double *units)
{
    uint32_t columns = mixture->options.columns;
    if (cluster < 0) {
        for (uint32_t j = 0; j < columns; ++j)
            units[j] = mixture->low[j] + (mixture->high[j] - mixture->low[j]) * units[j];
    } else {
        const double *centre = mixture->centres + (uint64_t)cluster * columns;
        patron_normal_quantiles(columns, units);
        for (uint32_t j = 0; j < columns; ++j)
            units[j] = centre[j] + mixture->deviations[cluster] * units[j];
    }
}

static void leave_out(const patron_mixture *mixture, uint64_t row, float *values)
{
    uint32_t words[LANES];
    for (uint32_t j = 0; j < mixture->options.columns; ++j) {
        if (j % LANES == 0)
            patron_random_words(mixture->options.seed, PATRON_PURPOSE_MISSING, row, j / LANES,
                                words);
        if ((double)words[j % LANES] < mixture->options.missing * WORD_COUNT)
            values[j] = (float)NAN;
    }
}

void patron_mixture_row(const patron_mixture *mixture, uint64_t row, int32_t cluster,
                        double *scratch, float *values)
{
    uint32_t columns = mixture->options.columns;
    draw_units(mixture, row, scratch);
    place(mixture, cluster, scratch);
    for (uint32_t j = columns - mixture->options.lognormal; j < columns; ++j)
        scratch[j] = patron_exp(scratch[j]);
    for (uint32_t j = 0; j < columns; ++j)
        values[j] = (float)scratch[j];
    if (mixture->options.missing > 0.0)
        leave_out(mixture, row, values);
}
