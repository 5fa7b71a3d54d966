/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the segment job. */
#ifndef PATRON_JOBS_SEGMENT_OPTIONS_H
#define PATRON_JOBS_SEGMENT_OPTIONS_H

#include "cli/option.h"
#include "data/transform.h"
#include "patron/kmeans.h"
#include "quality/choose_k.h"

enum { SEGMENT_OPTIONS = 24 };

typedef struct segment_options {
    patron_option_list inputs;
    uint32_t k, max_iter, n_init;
    const char *init;
    double tol;
    patron_scale scale;
    patron_missing missing;
    patron_option_list log1p, columns, exclude_columns;
    const char *weight;
    patron_kmeans_isa isa;
    uint64_t memory;
    double oversampling;
    uint32_t rounds, refine;
    bool validate;
    const char *outliers; /* a file, or how many; NULL: none */
    uint64_t min_group;
    const char *k_range; /* NULL: none */
    patron_sweep_rule k_rule;
    uint32_t gap_draws, stability_pairs;
    uint32_t silhouette_rows; /* 0: as many as are usual */
} segment_options;

extern const patron_option segment_option_table[SEGMENT_OPTIONS];
extern const patron_positional segment_input;

/* The way of seeding that `init` names; GIVEN where it is a model or a file. */
patron_kmeans_init segment_init_of(const char *init);

/* Reads "2..60", both at least 1 and ascending.  False where it is no range. */
bool segment_k_range_of(const char *text, uint32_t *first, uint32_t *last);

/* What options must be together; `argument` is a segment_options.  USAGE. */
patron_status segment_options_check(const patron_options *given, const void *argument);

#endif
