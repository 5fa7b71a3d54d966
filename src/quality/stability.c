/* SPDX-License-Identifier: Apache-2.0 */
/* Siddiqi, "Credit risk scorecards" (2006); it is the symmetric divergence of Kullback and Leibler,
 * "On information and sufficiency", Annals of Mathematical Statistics 22 (1951).  What can be
 * expected of it by chance: Yurdakul and Naranjo, "Statistical properties of the population
 * stability index", Journal of Risk Model Validation 14 (2020). */
#include "quality/stability.h"

#include "patron/elementary.h"
#include "patron/exactsum.h"

#include <math.h>

static uint64_t sum_of(const uint64_t *counts, uint64_t bins)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < bins; ++i)
        sum += counts[i];
    return sum;
}

static double share_of(uint64_t count, uint64_t total)
{
    return (count > 0 ? (double)count : 0.5) / (double)total;
}

double patron_stability_index(const uint64_t *old_counts, const uint64_t *new_counts, uint64_t bins)
{
    uint64_t old_total = sum_of(old_counts, bins), new_total = sum_of(new_counts, bins);
    patron_exactsum sum = {0};
    if (old_total == 0 || new_total == 0)
        return (double)NAN;
    for (uint64_t i = 0; i < bins; ++i) {
        if (old_counts[i] == 0 && new_counts[i] == 0)
            continue;
        double before = share_of(old_counts[i], old_total);
        double after = share_of(new_counts[i], new_total);
        patron_exactsum_add(&sum, (after - before) * patron_log(after / before));
    }
    return patron_exactsum_round(&sum);
}
