/* SPDX-License-Identifier: Apache-2.0 */
/* log, log1p, expm1 and exp from additions, multiplications and divisions alone, which IEEE 754
 * rounds in one way everywhere (the build forbids contraction).
 *
 * log(2^e (1 + f)) = e log 2 + 2 atanh(s), s = f / (2 + f), 1 + f in [1/sqrt 2, sqrt 2]; the odd
 * series of atanh converges as s^2 <= 0.0295.  The part of the result that the series adds to f is
 * small, so the rounding errors of the series hardly show. */
#include "patron/elementary.h"

#include <math.h>

static const double LOG2_HIGH = 0x1.62e42feep-1; /* 33 bits: e * LOG2_HIGH is exact */
static const double LOG2_LOW = 0x1.a39ef35793c76p-33;
static const double SQRT2 = 0x1.6a09e667f3bcdp+0;
static const double EXPM1_GREATEST = 0x1.62e42fefa39efp+9; /* above it exp is above every double */
static const double EXP_LEAST = -746.0;                    /* below it exp(x) rounds to 0 */
static const double EXPM1_FLAT = -40.0;                    /* below it exp(x) - 1 rounds to -1 */

/* log(1 + f) - f for 1 + f in [1/sqrt 2, sqrt 2]: 2 atanh(s) = 2 s + 2 s^3/3 + ..., with
 * 2 s = f - s f, and s f = f^2/2 - s f^2/2. */
static double log_excess(double f)
{
    double s = f / (2.0 + f);
    double z = s * s;
    double tail = 0.0;
    for (int n = 27; n >= 3; n -= 2)
        tail = (tail + 2.0 / n) * z;
    double half_square = 0.5 * f * f;
    return s * (half_square + tail) - half_square;
}

/* e log 2 + log(1 + f) + correction */
static double compose(int e, double f, double correction)
{
    double scale = (double)e;
    return scale * LOG2_HIGH + (f + (log_excess(f) + (scale * LOG2_LOW + correction)));
}

double patron_log(double x)
{
    int e = 0;
    double m = 2.0 * frexp(x, &e);
    --e;
    if (m > SQRT2) {
        m *= 0.5;
        ++e;
    }
    return compose(e, m - 1.0, 0.0);
}

double patron_log1p(double x)
{
    if (x > -0.25 && x < 0.25)
        return x + log_excess(x);
    double sum = 1.0 + x;
    double lost = x >= 1.0 ? 1.0 - (sum - x) : x - (sum - 1.0);
    int e = 0;
    double m = 2.0 * frexp(sum, &e);
    --e;
    if (m > SQRT2) {
        m *= 0.5;
        ++e;
    }
    return compose(e, m - 1.0, lost / sum);
}

/* exp(x) - 1 = 2^e (expm1(r) + 1) - 1 with x = e log 2 + r, and the Taylor series of expm1. */
double patron_expm1(double x)
{
    if (x > EXPM1_GREATEST)
        return (double)INFINITY;
    if (x < EXPM1_FLAT)
        return -1.0;
    double e = floor(x / (LOG2_HIGH + LOG2_LOW) + 0.5);
    double high = x - e * LOG2_HIGH;
    double low = e * LOG2_LOW;
    double r = high - low;
    double lost = (high - r) - low;
    double tail = 0.0;
    for (int n = 20; n >= 2; --n)
        tail = (tail + 1.0) * r / n;
    double excess = r + (tail * r + lost);
    if (e == 0.0)
        return excess;
    if (e > 60.0) /* the -1 is lost, and 2^1024 is not a double */
        return ldexp(1.0 + excess, (int)e);
    return ldexp(excess, (int)e) + (ldexp(1.0, (int)e) - 1.0);
}

double patron_exp(double x)
{
    if (x > EXPM1_GREATEST)
        return (double)INFINITY;
    if (x < EXP_LEAST)
        return 0.0;
    double e = floor(x / (LOG2_HIGH + LOG2_LOW) + 0.5);
    double r = (x - e * LOG2_HIGH) - e * LOG2_LOW;
    return ldexp(1.0 + patron_expm1(r), (int)e);
}
