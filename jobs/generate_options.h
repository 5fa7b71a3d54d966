/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the generate job. */
#ifndef PATRON_JOBS_GENERATE_OPTIONS_H
#define PATRON_JOBS_GENERATE_OPTIONS_H

#include "cli/option.h"
#include "generate/baskets.h"

enum { GENERATE_OPTIONS = 28 };

typedef struct generate_options {
    uint32_t parts;
    uint64_t rows;
    uint32_t columns, clusters, lognormal;
    double separation, spread, imbalance, noise, missing;
    bool weights;
    const char *quest;
    uint64_t baskets;
    uint32_t items, patterns;
    double basket_length, pattern_length, correlation, corruption, corruption_variance;
    bool dense;
    double density, density_spread;
    double affinity, days;
    const char *start;
    const char *transactions;
    double dirt;
} generate_options;

extern const patron_option generate_option_table[GENERATE_OPTIONS];

/* What options must be together; `argument` is a generate_options.  USAGE. */
patron_status generate_options_check(const patron_options *given, const void *argument);

/* Mixture and baskets as the options, checked before, ask for them. */
patron_mixture_options generate_mixture_options(const generate_options *options, uint64_t seed);
patron_basket_options generate_basket_options(const generate_options *options, uint64_t seed);

#endif
