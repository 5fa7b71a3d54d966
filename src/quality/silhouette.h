/* SPDX-License-Identifier: Apache-2.0 */
/* How compact segments are and how well they are separated, by distances of rows to centroids. */
#ifndef PATRON_QUALITY_SILHOUETTE_H
#define PATRON_QUALITY_SILHOUETTE_H

#include "patron/comm.h"
#include "patron/rows.h"

/* The simplified silhouette of a row is (b - a) / b: a is the distance to its centroid, the
 * nearest, b that to the next one; 0 where both are 0.  Means are weighted. */
typedef struct patron_silhouette {
    uint32_t k;
    double mean;           /* over all rows; NaN for one segment */
    double standard_error; /* of `mean`, as that of a random sample of its rows */
    double *by_segment;    /* k: mean over its rows; NaN where there are none */
    double *distance;      /* k: mean distance to the centroid; NaN where there are no rows */
} patron_silhouette;

/* Judges centroids[k x rows->columns], the same on every rank, by all ranks' rows.  Collective.
 * Release with patron_silhouette_free in any case.  RESOURCE; as patron_rows_pass. */
patron_status patron_silhouette_compute(const patron_comm *comm, const patron_rows *rows,
                                        const double *centroids, uint32_t k,
                                        patron_silhouette *silhouette);
void patron_silhouette_free(patron_silhouette *silhouette);

/* The index of Davies and Bouldin, "A cluster separation measure", IEEE Transactions on Pattern
 * Analysis and Machine Intelligence 1 (1979): the mean over segments of the greatest (s + s') / d,
 * s and s' being mean distances to centroids and d the distance of these; pairs of equal centroids,
 * and segments without rows, are passed over.  NaN for fewer than two segments.  Not collective. */
double patron_davies_bouldin(const patron_silhouette *silhouette, const double *centroids,
                             uint32_t columns);

/* The index of Calinski and Harabasz, "A dendrite method for cluster analysis", Communications in
 * Statistics 3 (1974): (between / (k - 1)) / (within / (rows - k)), of inertias.  NaN for one
 * segment, or no more rows than segments.  Not collective. */
double patron_calinski_harabasz(double between, double within, uint32_t k, uint64_t rows);

#endif
