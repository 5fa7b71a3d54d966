/* SPDX-License-Identifier: Apache-2.0 */
/* Exact sums by a long integer accumulator.
 * Kulisch and Miranker, "The arithmetic of the digital computer", SIAM Review 28 (1986); limbs with
 * spare carry bits after Neal, "Fast exact summation using small and large superaccumulators",
 * arXiv:1505.05571 (2015). */
#include "patron/exactsum.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum {
    LIMB_BITS = 32,
    MANTISSA_BITS = 53,
    MULTIPLE_BITS = 63,
    EXPONENT_BIAS = 1075, /* of a mantissa taken as an integer */
    LEAST_EXPONENT = -1074,
    HIGH_EXPONENT = 1024,
    SPARE_BITS = 62
};
static const uint64_t LIMB_MASK = 0xffffffffU;
static const uint64_t CARRY_AFTER = UINT64_C(1) << 30;

patron_exact_window patron_exact_window_between(int low, int high)
{
    if (low < LEAST_EXPONENT)
        low = LEAST_EXPONENT;
    int bits = high - low + SPARE_BITS;
    /* a term may touch the two limbs above the one its least bit falls in */
    int touched = (high - low) / LIMB_BITS + 3;
    int needed = (bits + LIMB_BITS - 1) / LIMB_BITS;
    return (patron_exact_window){.low = low, .limbs = touched > needed ? touched : needed};
}

patron_exact_window patron_exact_window_full(void)
{
    return (patron_exact_window){.low = LEAST_EXPONENT, .limbs = PATRON_EXACT_FULL_LIMBS};
}

void patron_exact_add(patron_exact_window window, int64_t *limbs, double term)
{
    uint64_t bits = 0;
    memcpy(&bits, &term, sizeof bits);
    int biased = (int)(bits >> 52) & 0x7ff;
    uint64_t mantissa = bits & ((UINT64_C(1) << 52) - 1);
    if (biased != 0)
        mantissa |= UINT64_C(1) << 52;
    else
        biased = 1;
    int position = biased - EXPONENT_BIAS - window.low;
    if (position < 0) { /* the bits below the window are zeros */
        mantissa = position > -MANTISSA_BITS ? mantissa >> -position : 0;
        position = 0;
    }
    if (mantissa == 0)
        return;
    int64_t *limb = limbs + position / LIMB_BITS;
    int shift = position % LIMB_BITS;
    int64_t piece0 = (int64_t)((mantissa << shift) & LIMB_MASK);
    int64_t piece1 = (int64_t)((mantissa >> (LIMB_BITS - shift)) & LIMB_MASK);
    int64_t piece2 = shift == 0 ? 0 : (int64_t)(mantissa >> (2 * LIMB_BITS - shift));
    int64_t sign = (bits >> 63) != 0 ? -1 : 1;
    limb[0] += sign * piece0;
    limb[1] += sign * piece1;
    limb[2] += sign * piece2;
}

void patron_exact_add_multiple(patron_exact_window window, int64_t *limbs, int64_t count,
                               int exponent)
{
    int position = exponent - window.low;
    if (position < 0) { /* the bits below the window are zeros */
        count = position > -MULTIPLE_BITS ? count / ((int64_t)1 << -position) : 0;
        position = 0;
    }
    int64_t sign = count < 0 ? -1 : 1;
    uint64_t magnitude = (uint64_t)(sign * count);
    int64_t *limb = limbs + position / LIMB_BITS;
    int shift = position % LIMB_BITS;
    if (count == 0)
        return;
    limb[0] += sign * (int64_t)((magnitude << shift) & LIMB_MASK);
    limb[1] += sign * (int64_t)((magnitude >> (LIMB_BITS - shift)) & LIMB_MASK);
    limb[2] += sign * (shift == 0 ? 0 : (int64_t)(magnitude >> (2 * LIMB_BITS - shift)));
}

void patron_exact_carry(patron_exact_window window, int64_t *limbs)
{
    for (int i = 0; i + 1 < window.limbs; ++i) {
        int64_t rest = (int64_t)((uint64_t)limbs[i] & LIMB_MASK);
        limbs[i + 1] += (limbs[i] - rest) / ((int64_t)1 << LIMB_BITS);
        limbs[i] = rest;
    }
}

/* Bit `index` of carried, non-negative limbs; bits above the window are zeros. */
static int bit_at(const int64_t *limbs, int count, int index)
{
    int limb = index / LIMB_BITS < count ? index / LIMB_BITS : count - 1;
    return index < 0 ? 0 : (int)(((uint64_t)limbs[limb] >> (index - limb * LIMB_BITS)) & 1);
}

/* Rounds carried, non-negative limbs whose highest set bit is `top`. */
static double round_magnitude(patron_exact_window window, const int64_t *limbs, int top)
{
    int least = top - (MANTISSA_BITS - 1);
    if (least < LEAST_EXPONENT - window.low)
        least = LEAST_EXPONENT - window.low;
    uint64_t mantissa = 0;
    for (int i = top; i >= least; --i)
        mantissa = mantissa << 1 | (uint64_t)bit_at(limbs, window.limbs, i);
    if (bit_at(limbs, window.limbs, least - 1)) {
        int sticky = 0;
        for (int i = 0; i < least - 1 && !sticky; ++i)
            sticky = bit_at(limbs, window.limbs, i);
        if (sticky || (mantissa & 1))
            ++mantissa;
    }
    return ldexp((double)mantissa, least + window.low);
}

double patron_exact_round(patron_exact_window window, int64_t *limbs)
{
    patron_exact_carry(window, limbs);
    int count = window.limbs;
    int64_t magnitude[PATRON_EXACT_FULL_LIMBS] = {0};
    bool negative = limbs[count - 1] < 0;
    for (int i = 0; i < count; ++i)
        magnitude[i] = negative ? -limbs[i] : limbs[i];
    patron_exact_carry(window, magnitude);
    int limb = count - 1;
    while (limb > 0 && magnitude[limb] == 0)
        --limb;
    if (magnitude[limb] == 0)
        return 0.0;
    int top = limb * LIMB_BITS + 63 - __builtin_clzll((uint64_t)magnitude[limb]);
    double value = round_magnitude(window, magnitude, top);
    return negative ? -value : value;
}

void patron_exact_reduce(const patron_comm *comm, patron_exact_window window, int64_t *limbs,
                         uint64_t count)
{
    uint64_t stride = (uint64_t)window.limbs;
    for (uint64_t i = 0; i < count; ++i)
        patron_exact_carry(window, limbs + i * stride);
    patron_comm_reduce_i64(comm, limbs, count * stride, PATRON_SUM);
    for (uint64_t i = 0; i < count; ++i)
        patron_exact_carry(window, limbs + i * stride);
}

static void carry_sum(patron_exactsum *sum)
{
    patron_exact_carry(patron_exact_window_full(), sum->limbs);
    sum->pending = 0;
}

void patron_exactsum_add(patron_exactsum *sum, double term)
{
    if (++sum->pending >= CARRY_AFTER)
        carry_sum(sum);
    patron_exact_add(patron_exact_window_full(), sum->limbs, term);
}

void patron_exactsum_merge(patron_exactsum *sum, patron_exactsum *other)
{
    carry_sum(sum);
    carry_sum(other);
    for (int i = 0; i < PATRON_EXACT_FULL_LIMBS; ++i)
        sum->limbs[i] += other->limbs[i];
    carry_sum(sum);
}

double patron_exactsum_round(patron_exactsum *sum)
{
    sum->pending = 0;
    return patron_exact_round(patron_exact_window_full(), sum->limbs);
}

void patron_exactsum_reduce(const patron_comm *comm, patron_exactsum *sums, uint64_t count)
{
    _Static_assert(sizeof *sums == (PATRON_EXACT_FULL_LIMBS + 1) * sizeof(int64_t),
                   "limbs and the count of terms lie side by side");
    for (uint64_t i = 0; i < count; ++i)
        carry_sum(&sums[i]);
    patron_comm_reduce_i64(comm, (int64_t *)(void *)sums, count * (PATRON_EXACT_FULL_LIMBS + 1),
                           PATRON_SUM);
    for (uint64_t i = 0; i < count; ++i)
        carry_sum(&sums[i]);
}
