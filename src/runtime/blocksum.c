/* SPDX-License-Identifier: Apache-2.0 */
/* Exact sums of terms whose exponents lie close together. */
#include "runtime/blocksum.h"

#include <math.h>
#include <string.h>

#define BLOCKSUM_TARGET
#define BLOCKSUM_WIDTH 2
#include "runtime/blocksum_body.h"

enum {
    PART_BITS = 40,     /* of the greatest term in the coarse unit, and of that in the fine one */
    SLACK = 4,          /* powers of two by which terms may grow before units change */
    MOST_BLOCKS = 1024, /* 2^13 terms a lane: 13 + PART_BITS bits fit a double */
    MOST_EXPONENT = 900
};

patron_blocksum_outcome patron_blocksum_plain(patron_blocksum *total, const double *terms,
                                              double *rest)
{
    return blocksum_add(total, terms, rest);
}

void patron_blocksum_flush(patron_blocksum *total)
{
    for (int lane = 0; lane < PATRON_BLOCKSUM_LANES; ++lane) {
        patron_exactsum_add(&total->sum, total->high[lane]);
        patron_exactsum_add(&total->sum, total->low[lane]);
    }
    memset(total->high, 0, sizeof total->high);
    memset(total->low, 0, sizeof total->low);
    total->blocks = 0;
    total->limit = 0.0; /* units are chosen anew: terms may have become smaller */
}

static double anchor_of_unit(int exponent)
{
    return ldexp(1.5, exponent + 52);
}

static double greatest_of(const double *terms)
{
    double greatest = 0.0;
    for (int i = 0; i < PATRON_BLOCKSUM_TERMS; ++i)
        greatest = fabs(terms[i]) > greatest ? fabs(terms[i]) : greatest;
    return greatest;
}

/* Chooses units for terms up to `greatest`; false where it is too close to the ends of doubles. */
static bool choose_units(patron_blocksum *total, double greatest)
{
    int exponent = 0;
    (void)frexp(greatest, &exponent);
    exponent += SLACK;
    if (exponent > MOST_EXPONENT || exponent < -MOST_EXPONENT)
        return false;
    patron_blocksum_flush(total);
    total->limit = ldexp(1.0, exponent);
    total->anchors[0] = anchor_of_unit(exponent - PART_BITS);
    total->anchors[1] = anchor_of_unit(exponent - 2 * PART_BITS);
    return true;
}

static void add_singly(patron_blocksum *total, const double *terms)
{
    for (int i = 0; i < PATRON_BLOCKSUM_TERMS; ++i)
        if (terms[i] != 0.0)
            patron_exactsum_add(&total->sum, terms[i]);
}

void patron_blocksum_add(patron_blocksum *total, patron_blocksum_kernel *kernel,
                         const double *terms)
{
    double rest[PATRON_BLOCKSUM_TERMS];
    patron_blocksum_outcome outcome = kernel(total, terms, rest);
    if (outcome == PATRON_BLOCKSUM_ABOVE) {
        double greatest = greatest_of(terms);
        if (greatest == 0.0)
            return;
        if (!choose_units(total, greatest)) {
            add_singly(total, terms);
            return;
        }
        outcome = kernel(total, terms, rest);
    }
    if (outcome == PATRON_BLOCKSUM_RESTS)
        add_singly(total, rest);
    if (++total->blocks == MOST_BLOCKS)
        patron_blocksum_flush(total);
}
