/* SPDX-License-Identifier: Apache-2.0 */
/* How many segments: rules that choose among fits by their figures.  docs/choosing-k.md tells what
 * each rule is worth.  Nothing here is collective. */
#ifndef PATRON_QUALITY_CHOOSE_K_H
#define PATRON_QUALITY_CHOOSE_K_H

#include <stdbool.h>
#include <stdint.h>

/* Figures of one k; NaN where there is none (most for one segment). */
typedef struct patron_sweep_row {
    uint32_t k;        /* asked for */
    uint32_t segments; /* found: fewer where there are too few distinct rows */
    uint32_t iterations, converged;
    double inertia;
    double silhouette, silhouette_error; /* simplified; the standard error is 0 where all rows were
                                            judged */
    double pair_silhouette, pair_silhouette_error; /* by all pairs of rows, likewise */
    double calinski_harabasz, davies_bouldin;
    double bic; /* description.h */
    double gap, gap_error;
    double jaccard;       /* mean over segments of their stability */
    double jaccard_least; /* the least of a segment */
    double adjusted_rand; /* mean over pairs of halves */
} patron_sweep_row;

typedef enum patron_sweep_rule {
    PATRON_SWEEP_COMBINED, /* greatest silhouette + bic */
    PATRON_SWEEP_ELBOW,
    PATRON_SWEEP_SILHOUETTE,
    PATRON_SWEEP_PAIR_SILHOUETTE,
    PATRON_SWEEP_CALINSKI_HARABASZ,
    PATRON_SWEEP_DAVIES_BOULDIN,
    PATRON_SWEEP_BIC,
    PATRON_SWEEP_GAP,
    PATRON_SWEEP_STABILITY,
    PATRON_SWEEP_RULES
} patron_sweep_rule;

/* Names of the rules, as options and models have them. */
extern const char *const patron_sweep_rule_names[PATRON_SWEEP_RULES];

enum { PATRON_SWEEP_REASON = 512 };

/* What tells data without clusters. */
typedef struct patron_cluster_test {
    double single;    /* bic of one segment */
    double reference; /* the most that rows without clusters gained by any k (description.h) */
    double gain;      /* the most that these rows gain */
    double needed;    /* filled: what would show clusters */
    bool has_clusters;
} patron_cluster_test;

/* Adds what a fit gains over one segment, and what a fit of rows without clusters does: NaN where
 * there is none. */
void patron_cluster_test_add(patron_cluster_test *test, double gain, double reference);

/* Fills the test by what was added; without anything it finds no clusters. */
void patron_cluster_test_run(patron_cluster_test *test);

/* Index of the row that the rule chooses, of those with as many segments as were asked for; the
 * first where there is none.  Ties go to the lowest k.  `reason` tells why, in words. */
uint32_t patron_sweep_choose(const patron_sweep_row *rows, uint32_t count, patron_sweep_rule rule,
                             const patron_cluster_test *test, char reason[PATRON_SWEEP_REASON]);

#endif
