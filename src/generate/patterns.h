/* SPDX-License-Identifier: Apache-2.0 */
/* The patterns that Quest baskets are made of: sets of items that are bought together, how often
 * each is, and how much of it is left out.  The same on every rank.  Nothing here is collective. */
#ifndef PATRON_GENERATE_PATTERNS_H
#define PATRON_GENERATE_PATTERNS_H

#include "generate/choice.h"

typedef struct patron_pattern_options {
    uint32_t items, patterns; /* |N| and |L|; at least 1 */
    double length;            /* |I|, the mean; at least 1, at most PATRON_POISSON_MOST */
    double correlation;       /* mean share of a pattern's items that are of the one before */
    double corruption;        /* mean level */
    double corruption_variance;
    uint32_t classes; /* 0, or what patterns are dealt to in turn: at most one a pattern */
    uint64_t seed;
} patron_pattern_options;

/* Pattern p holds items[offsets[p]] ... items[offsets[p + 1] - 1], all different. */
typedef struct patron_patterns {
    uint32_t count, longest, classes;
    uint64_t *offsets;
    uint32_t *items;
    double *corruption;      /* levels in [0, 1): the chance that one more item is left out */
    patron_choice all;       /* of all patterns */
    patron_choice *of_class; /* classes: the i-th of class c is pattern c + i * classes */
} patron_patterns;

/* RESOURCE; release in any case. */
patron_status patron_patterns_create(const patron_pattern_options *options,
                                     patron_patterns *patterns);
void patron_patterns_free(patron_patterns *patterns);

#endif
