/* SPDX-License-Identifier: Apache-2.0 */
/* How well two labellings agree, from their contingency table.  docs/compare.md has the
 * definitions. The result is the same bits everywhere. */
#ifndef PATRON_QUALITY_AGREEMENT_H
#define PATRON_QUALITY_AGREEMENT_H

#include "quality/contingency.h"

/* Entropies and informations are in nats. */
typedef struct patron_agreement {
    double adjusted_rand, adjusted_mutual_information, normalized_mutual_information;
    double homogeneity, completeness, v_measure;
    double purity, inverse_purity;
    double rand, jaccard, fowlkes_mallows;
    double variation_of_information;
    double mutual_information, expected_mutual_information, entropy_first, entropy_second;
} patron_agreement;

/* `table`, the same on every rank, counts at least one row; ranks, and `threads` of each, share the
 * work.  Collective.  RESOURCE. */
patron_status patron_agreement_compute(const patron_comm *comm, const patron_contingency *table,
                                       int threads, patron_agreement *agreement);

/* Its adjusted Rand index alone.  Not collective. */
double patron_agreement_adjusted_rand(const patron_contingency *table);

#endif
