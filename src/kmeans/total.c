/* SPDX-License-Identifier: Apache-2.0 */
/* Exact sums of terms whose exponents lie close together. */
#include "kmeans/total.h"

#include <math.h>
#include <string.h>

enum {
    PART_BITS = 40,     /* of the greatest term in the coarse unit, and of that in the fine one */
    SLACK = 4,          /* powers of two by which terms may grow before units change */
    MOST_BLOCKS = 1024, /* 2^13 terms a lane: 13 + PART_BITS bits fit a double */
    MOST_EXPONENT = 900
};

void kmeans_total_flush(kmeans_total *total)
{
    for (int lane = 0; lane < KMEANS_TOTAL_LANES; ++lane) {
        patron_exactsum_add(&total->sum, total->high[lane]);
        patron_exactsum_add(&total->sum, total->low[lane]);
    }
    memset(total->high, 0, sizeof total->high);
    memset(total->low, 0, sizeof total->low);
    total->blocks = 0;
}

static double anchor_of_unit(int exponent)
{
    return ldexp(1.5, exponent + 52);
}

/* Chooses units for terms up to `greatest`; false where it is too close to the ends of doubles. */
static bool choose_units(kmeans_total *total, double greatest)
{
    int exponent = 0;
    (void)frexp(greatest, &exponent);
    exponent += SLACK;
    if (exponent > MOST_EXPONENT || exponent < -MOST_EXPONENT)
        return false;
    kmeans_total_flush(total);
    total->limit = ldexp(1.0, exponent);
    total->anchors[0] = anchor_of_unit(exponent - PART_BITS);
    total->anchors[1] = anchor_of_unit(exponent - 2 * PART_BITS);
    return true;
}

static void add_singly(kmeans_total *total, const double *terms)
{
    for (int i = 0; i < KMEANS_BLOCK; ++i)
        if (terms[i] != 0.0)
            patron_exactsum_add(&total->sum, terms[i]);
}

void kmeans_total_add(kmeans_total *total, const kmeans_kernel_set *kernels, const double *terms)
{
    double rest[KMEANS_BLOCK];
    double greatest = kernels->greatest(terms);
    if (!(greatest < total->limit) && !choose_units(total, greatest)) {
        add_singly(total, terms);
        return;
    }
    if (kernels->split(terms, total->anchors, total->high, total->low, rest))
        add_singly(total, rest);
    if (++total->blocks == MOST_BLOCKS)
        kmeans_total_flush(total);
}
