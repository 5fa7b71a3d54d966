/* SPDX-License-Identifier: Apache-2.0 */
/* Fisher's exact test: a tail of the hypergeometric distribution.
 *
 * Its first term comes from factorials as Stirling's formula with its remainder, m! = (m/e)^m
 * sqrt(2 pi m) e^r(m).  The powers of all factorials together are exp(-sum of D(o, e)) over the
 * four cells, o what is there and e what is expected; D(o, e) = o log(o/e) + e - o is never below 0
 * (Loader, Fast and accurate computation of binomial probabilities, 2000): nothing cancels, however
 * many baskets there are.  The next terms follow by their ratios. */
#include "patron/itemset.h"

#include "patron/elementary.h"

#include <math.h>

static const double TWO_PI = 0x1.921fb54442d18p+2;
static const double HALF_LOG_TWO_PI = 0x1.d67f1c864beb5p-1;

enum { STIRLING_FROM = 16 };

/* r(m), m at least 1. */
static double stirling_remainder(double m)
{
    if (m < STIRLING_FROM) {
        double factorial = 1.0; /* exact */
        for (int i = 2; i <= (int)m; ++i)
            factorial *= i;
        return patron_log(factorial) - (m + 0.5) * patron_log(m) + m - HALF_LOG_TWO_PI;
    }
    double z = 1.0 / (m * m);
    return (1.0 / 12 - (1.0 / 360 - (1.0 / 1260 - (1.0 / 1680 - z / 1188) * z) * z) * z) / m;
}

/* log(m!) - (m log m - m) */
static double factorial_rest(double m)
{
    return m > 0.0 ? stirling_remainder(m) + 0.5 * patron_log(TWO_PI * m) : 0.0;
}

/* D(observed, expected).  With v = (o - e) / (o + e), log(o/e) = 2 atanh(v) and
 * D = (o - e) v + 2 o v (v^2/3 + v^4/5 + ...). */
static double deviance(double observed, double expected)
{
    if (observed == 0.0)
        return expected;
    double difference = observed - expected;
    double v = difference / (observed + expected);
    if (v > 0.1 || v < -0.1)
        return observed * patron_log(observed / expected) - difference;
    double z = v * v;
    double tail = 0.0;
    for (int n = 19; n >= 3; n -= 2)
        tail = (tail + 1.0 / n) * z;
    return difference * v + 2.0 * observed * v * tail;
}

/* Baskets by whether they hold antecedent and consequent. */
typedef struct fourfold {
    double both, antecedent_only, consequent_only, neither;
} fourfold;

/* log of the chance of just this table, given its margins.  The same bits where the sides change
 * places, as all here. */
static double log_chance(const fourfold *t)
{
    double with = t->both + t->antecedent_only, without = t->consequent_only + t->neither;
    double hit = t->both + t->consequent_only, missed = t->antecedent_only + t->neither;
    double all = with + without;
    double margins = (factorial_rest(with) + factorial_rest(hit)) +
                     (factorial_rest(without) + factorial_rest(missed));
    double cells = (factorial_rest(t->both) + factorial_rest(t->neither)) +
                   (factorial_rest(t->antecedent_only) + factorial_rest(t->consequent_only));
    double deviances =
        (deviance(t->both, with * hit / all) + deviance(t->neither, without * missed / all)) +
        (deviance(t->antecedent_only, with * missed / all) +
         deviance(t->consequent_only, without * hit / all));
    return margins - factorial_rest(all) - cells - deviances;
}

/* Sum of the chances of a table and of those further on, relative to its own; `step` moves towards
 * more baskets that hold both (1) or fewer (-1), away from the mean. */
static double relative_tail(fourfold t, double step)
{
    static const double NEGLIGIBLE = 0x1p-60;
    double term = 1.0;
    double sum = 1.0;
    while (term > sum * NEGLIGIBLE) {
        if (step > 0.0)
            term *= t.antecedent_only * t.consequent_only / ((t.both + 1.0) * (t.neither + 1.0));
        else
            term *= t.both * t.neither / ((t.antecedent_only + 1.0) * (t.consequent_only + 1.0));
        t.both += step;
        t.neither += step;
        t.antecedent_only -= step;
        t.consequent_only -= step;
        sum += term;
    }
    return sum;
}

double patron_itemset_p_value(uint64_t baskets, uint64_t support_count, uint64_t antecedent_count,
                              uint64_t consequent_count)
{
    uint64_t outside = baskets - antecedent_count;
    if (support_count == 0 || support_count + outside <= consequent_count)
        return 1.0; /* as few as can be */
    fourfold t = {.both = (double)support_count,
                  .antecedent_only = (double)(antecedent_count - support_count),
                  .consequent_only = (double)(consequent_count - support_count),
                  .neither = (double)(outside - (consequent_count - support_count))};
    double mean = (double)antecedent_count * (double)consequent_count / (double)baskets;
    double p;
    if (t.both > mean) {
        p = patron_exp(log_chance(&t)) * relative_tail(t, 1.0);
    } else {
        t = (fourfold){t.both - 1.0, t.antecedent_only + 1.0, t.consequent_only + 1.0,
                       t.neither - 1.0};
        p = 1.0 - patron_exp(log_chance(&t)) * relative_tail(t, -1.0);
    }
    return p < 1.0 ? p : 1.0;
}
