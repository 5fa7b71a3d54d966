/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of supports and rules: fixed float64 formulas, so that any program can repeat them. */
#include "patron/itemset.h"

#include <math.h>

uint64_t patron_itemset_min_count(double support, uint64_t baskets)
{
    uint64_t low = 1;
    uint64_t high = baskets > 1 ? baskets : 1;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if ((double)middle / (double)baskets >= support)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

patron_itemset_measures patron_itemset_measure(uint64_t baskets, uint64_t support_count,
                                               uint64_t antecedent_count, uint64_t consequent_count)
{
    double all = (double)baskets;
    double antecedent = (double)antecedent_count / all;
    double consequent = (double)consequent_count / all;
    patron_itemset_measures m = {.support = (double)support_count / all};
    m.confidence = (double)support_count / (double)antecedent_count;
    m.lift = m.confidence / consequent;
    m.leverage = m.support - antecedent * consequent;
    m.conviction = support_count == antecedent_count ? (double)INFINITY
                                                     : (1.0 - consequent) / (1.0 - m.confidence);
    double together = m.support * (1.0 - antecedent);
    double apart = antecedent * (consequent - m.support);
    double larger = together > apart ? together : apart;
    m.zhangs_metric = larger == 0.0 ? 0.0 : m.leverage / larger;
    m.jaccard = m.support / (antecedent + consequent - m.support);
    double x = (double)antecedent_count;
    double y = (double)consequent_count;
    double apart_from_chance = all * (double)support_count - x * y;
    m.chi_squared =
        antecedent_count == baskets || consequent_count == baskets
            ? (double)NAN
            : all * apart_from_chance * apart_from_chance / (x * (all - x) * (y * (all - y)));
    return m;
}

double patron_itemset_measure_value(const patron_itemset_measures *measures,
                                    patron_itemset_measure_kind kind)
{
    const double values[PATRON_MEASURES] = {[PATRON_MEASURE_SUPPORT] = measures->support,
                                            [PATRON_MEASURE_CONFIDENCE] = measures->confidence,
                                            [PATRON_MEASURE_LIFT] = measures->lift,
                                            [PATRON_MEASURE_LEVERAGE] = measures->leverage,
                                            [PATRON_MEASURE_CONVICTION] = measures->conviction,
                                            [PATRON_MEASURE_ZHANGS_METRIC] =
                                                measures->zhangs_metric,
                                            [PATRON_MEASURE_JACCARD] = measures->jaccard,
                                            [PATRON_MEASURE_CHI_SQUARED] = measures->chi_squared};
    return values[kind];
}
