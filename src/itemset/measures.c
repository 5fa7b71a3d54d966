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
    return m;
}
