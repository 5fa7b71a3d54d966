/* SPDX-License-Identifier: Apache-2.0 */
/* How good one fit is, by itself: compactness, separation, connectedness, silhouettes, stability.
 */
#ifndef PATRON_SWEEP_VALIDATE_H
#define PATRON_SWEEP_VALIDATE_H

#include "patron/kmeans.h"

/* Of one segment; NaN where there is none. */
typedef struct patron_validated_segment {
    double compactness;     /* mean distance to the centroid */
    double separation;      /* distance of the centroid to the nearest other one */
    double silhouette;      /* simplified: silhouette.h */
    double pair_silhouette; /* by all pairs: pair_silhouette.h */
    double connectedness;   /* 1 - mean penalty of its rows over the most a row can have */
    double stability;       /* greatest Jaccard overlap with a segment of a half's fit, mean */
    uint32_t nearest;       /* number of that other segment; its own where there is none */
} patron_validated_segment;

typedef struct patron_validation {
    uint32_t k;
    patron_validated_segment *segments; /* k */
    double silhouette, silhouette_error;
    double pair_silhouette, pair_silhouette_error; /* 0 where all rows were paired */
    double davies_bouldin, calinski_harabasz;
    double connectivity; /* mean penalty of a row: connectivity.h */
    double connectedness;
    double adjusted_rand; /* of labels by two halves, mean over pairs */
    uint64_t judged_rows, resampled_rows, paired_rows; /* of the samples */
} patron_validation;

typedef struct patron_validate_options {
    const patron_kmeans_options *fit; /* its seed and limits of iteration are taken */
    uint32_t pairs;                   /* of halves, at least 1 */
    uint64_t paired_rows;             /* as `most` of patron_paired_judge */
} patron_validate_options;

/* Judges a fit of `rows`, for which `kmeans` was made, the same on every rank; the labels in
 * `kmeans` are those of the fit afterwards.  Collective.  Release with
 * patron_validation_free in any case.  RESOURCE; as patron_kmeans_fit. */
patron_status patron_validate(const patron_comm *comm, patron_kmeans *kmeans,
                              const patron_rows *rows, const patron_kmeans_result *fit,
                              const patron_validate_options *options,
                              patron_validation *validation);
void patron_validation_free(patron_validation *validation);

#endif
