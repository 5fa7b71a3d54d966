/* SPDX-License-Identifier: Apache-2.0 */
/* Quantiles of the normal distribution by rational functions.  Wichura, "Algorithm AS 241: The
 * percentage points of the normal distribution", Applied Statistics 37 (1988), PPND16.
 *
 * The centre, 85 of 100 values, has neither branch nor logarithm, so that a compiler can make
 * vectors of it over all values; a second pass puts the tails right. */
#include "patron/elementary.h"

#include <math.h>

static const double CENTRE = 0.425; /* |p - 1/2| up to it */
static const double FAR = 5.0;      /* sqrt(-log of the tail) above it */

/* `values` from the highest power on */
static double polynomial(const double values[8], double x)
{
    double sum = values[0];
    for (int i = 1; i < 8; ++i)
        sum = sum * x + values[i];
    return sum;
}

/* The quantile of 1/2 + q. */
static double central(double q)
{
    static const double above[8] = {2.5090809287301226727e3, 3.3430575583588128105e4,
                                    6.7265770927008700853e4, 4.5921953931549871457e4,
                                    1.3731693765509461125e4, 1.9715909503065514427e3,
                                    1.3314166789178437745e2, 3.387132872796366608e0};
    static const double below[8] = {5.226495278852854561e3,  2.8729085735721942674e4,
                                    3.9307895800092710610e4, 2.1213794301586595867e4,
                                    5.3941960214247511077e3, 6.8718700749205790830e2,
                                    4.2313330701600911252e1, 1.0};
    double r = 0.180625 - q * q; /* CENTRE squared */
    return q * polynomial(above, r) / polynomial(below, r);
}

/* The quantile of 1 - tail. */
static double upper(double tail)
{
    static const double near_above[8] = {7.74545014278341407640e-4, 2.27238449892691845833e-2,
                                         2.41780725177450611770e-1, 1.27045825245236838258e0,
                                         3.64784832476320460504e0,  5.76949722146069140550e0,
                                         4.63033784615654529590e0,  1.42343711074968357734e0};
    static const double near_below[8] = {1.05075007164441684324e-9, 5.47593808499534494600e-4,
                                         1.51986665636164571966e-2, 1.48103976427480074590e-1,
                                         6.89767334985100004550e-1, 1.67638483018380384940e0,
                                         2.05319162663775882187e0,  1.0};
    static const double far_above[8] = {2.01033439929228813265e-7, 2.71155556874348757815e-5,
                                        1.24266094738807843860e-3, 2.65321895265761230930e-2,
                                        2.96560571828504891230e-1, 1.78482653991729133580e0,
                                        5.46378491116411436990e0,  6.65790464350110377720e0};
    static const double far_below[8] = {2.04426310338993978564e-15, 1.42151175831644588870e-7,
                                        1.84631831751005468180e-5,  7.86869131145613259100e-4,
                                        1.48753612908506148525e-2,  1.36929880922735805310e-1,
                                        5.99832206555887937690e-1,  1.0};
    double r = sqrt(-patron_log(tail));
    if (r > FAR)
        return polynomial(far_above, r - FAR) / polynomial(far_below, r - FAR);
    return polynomial(near_above, r - 1.6) / polynomial(near_below, r - 1.6);
}

enum { GROUP = 64 }; /* values between the passes */

static void quantiles(int count, double *values)
{
    double middle[GROUP];
    for (int i = 0; i < count; ++i)
        middle[i] = central(values[i] - 0.5);
    for (int i = 0; i < count; ++i) {
        double p = values[i];
        values[i] = fabs(p - 0.5) <= CENTRE ? middle[i] : p < 0.5 ? -upper(p) : upper(1.0 - p);
    }
}

void patron_normal_quantiles(uint64_t count, double *values)
{
    for (uint64_t first = 0; first < count; first += GROUP)
        quantiles(count - first < GROUP ? (int)(count - first) : GROUP, values + first);
}
