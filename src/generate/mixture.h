/* SPDX-License-Identifier: Apache-2.0 */
/* Customers drawn from a mixture of Gaussians whose parameters, and each row's own cluster, are
 * known.  A row is a function of the options and its number alone.  Nothing here is collective. */
#ifndef PATRON_GENERATE_MIXTURE_H
#define PATRON_GENERATE_MIXTURE_H

#include "generate/choice.h"

#include <stdbool.h>

enum { PATRON_MIXTURE_MOST_CLUSTERS = 65536 };

typedef struct patron_mixture_options {
    uint32_t columns, clusters; /* at least 1 */
    double separation; /* two centroids lie at least so many sums of their deviations apart; >= 0 */
    double spread;     /* greatest deviation over the least, >= 1 */
    double imbalance;  /* greatest cluster over the least, >= 1 */
    double noise;      /* share of rows that belong to no cluster, uniform over the box of all */
    double missing;    /* share of values that are missing */
    uint32_t lognormal; /* so many of the last columns are exp() of what was drawn */
    uint64_t seed;
} patron_mixture_options;

/* Owned by it; release with patron_mixture_free. */
typedef struct patron_mixture {
    patron_mixture_options options;
    double *centres;    /* clusters x columns: means, before exp() */
    double *deviations; /* clusters, in every column, before exp() */
    double *shares;     /* clusters: of the rows that are no noise; falling, they add up to 1 */
    double *low, *high; /* columns: the box of noise */
    patron_choice choice;
} patron_mixture;

/* Draws the clusters.  Deviations are the powers of `spread` from -1/2 to 1/2, drawn evenly, shares
 * fall geometrically.  RESOURCE. */
patron_status patron_mixture_create(const patron_mixture_options *options, patron_mixture *mixture);
void patron_mixture_free(patron_mixture *mixture);

/* The cluster of a row, -1 for noise. */
int32_t patron_mixture_cluster(const patron_mixture *mixture, uint64_t row);

/* The weight of a row: exponential, of mean 1. */
float patron_mixture_weight(const patron_mixture *mixture, uint64_t row);

/* Room for the draws of one row, and of its missing values. */
uint64_t patron_mixture_scratch(uint32_t columns);

/* Values of a row, whose cluster is given, into values[columns], NaN where missing;
 * scratch[patron_mixture_scratch] is overwritten. */
void patron_mixture_row(const patron_mixture *mixture, uint64_t row, int32_t cluster,
                        double *scratch, float *values);

/* Mean and standard deviation of a cluster's column in the data's own units, exp() included. */
double patron_mixture_mean(const patron_mixture *mixture, uint32_t cluster, uint32_t column);
double patron_mixture_deviation(const patron_mixture *mixture, uint32_t cluster, uint32_t column);

#endif
