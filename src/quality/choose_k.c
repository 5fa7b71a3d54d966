/* SPDX-License-Identifier: Apache-2.0 */
/* Rules.  Elbow: Satopaa et al., "Finding a 'kneedle' in a haystack", ICDCS Workshops 2011.  Gap:
 * Tibshirani, Walther and Hastie, "Estimating the number of clusters in a data set via the gap
 * statistic", Journal of the Royal Statistical Society B 63 (2001).  Stability: Hennig,
 * "Cluster-wise assessment of cluster stability", Computational Statistics & Data Analysis 52
 * (2007), whose bound of 0.85 for highly stable clusters is taken. */
#include "quality/choose_k.h"

#include <math.h>
#include <stdio.h>

static const double LEAST_GAIN = 0.02; /* nats a row, above that of rows without clusters */
static const double STABLE = 0.85;

const char *const patron_sweep_rule_names[PATRON_SWEEP_RULES] = {
    "combined",       "elbow", "silhouette", "pair-silhouette", "calinski-harabasz",
    "davies-bouldin", "bic",   "gap",        "stability"};

static bool is_candidate(const patron_sweep_row *row)
{
    return row->segments == row->k;
}

/* ---- scores, the greater the better ---- */

static double combined_of(const patron_sweep_row *row)
{
    return row->silhouette + row->bic;
}

static double silhouette_of(const patron_sweep_row *row)
{
    return row->silhouette;
}

static double pair_silhouette_of(const patron_sweep_row *row)
{
    return row->pair_silhouette;
}

static double calinski_harabasz_of(const patron_sweep_row *row)
{
    return row->calinski_harabasz;
}

static double davies_bouldin_of(const patron_sweep_row *row)
{
    return -row->davies_bouldin;
}

static double bic_of(const patron_sweep_row *row)
{
    return row->bic;
}

static double gap_of(const patron_sweep_row *row)
{
    return row->gap;
}

static double jaccard_of(const patron_sweep_row *row)
{
    return row->jaccard;
}

typedef double score_function(const patron_sweep_row *row);

/* The candidate of the greatest score but `without`; UINT32_MAX where no score is a number. */
static uint32_t best_by(const patron_sweep_row *rows, uint32_t count, score_function *score,
                        uint32_t without)
{
    uint32_t best = UINT32_MAX;
    for (uint32_t i = 0; i < count; ++i)
        if (i != without && is_candidate(&rows[i]) && !isnan(score(&rows[i])) &&
            (best == UINT32_MAX || score(&rows[i]) > score(&rows[best])))
            best = i;
    return best;
}

static uint32_t first_candidate(const patron_sweep_row *rows, uint32_t count)
{
    for (uint32_t i = 0; i < count; ++i)
        if (is_candidate(&rows[i]))
            return i;
    return 0;
}

/* ---- one function a rule ---- */

static uint32_t choose_best(const patron_sweep_row *rows, uint32_t count, score_function *score,
                            const char *what, bool is_least, char reason[PATRON_SWEEP_REASON])
{
    uint32_t best = best_by(rows, count, score, UINT32_MAX);
    if (best == UINT32_MAX) {
        best = first_candidate(rows, count);
        snprintf(reason, PATRON_SWEEP_REASON, "k = %u is the first; none has a %s", rows[best].k,
                 what);
        return best;
    }
    uint32_t next = best_by(rows, count, score, best);
    double sign = is_least ? -1.0 : 1.0;
    int used = snprintf(reason, PATRON_SWEEP_REASON, "k = %u has the %s %s, %.4g", rows[best].k,
                        is_least ? "least" : "greatest", what, sign * score(&rows[best]));
    if (next != UINT32_MAX)
        snprintf(reason + used, (size_t)(PATRON_SWEEP_REASON - used),
                 "; then comes k = %u with %.4g", rows[next].k, sign * score(&rows[next]));
    return best;
}

/* The point of the inertia's curve that lies farthest below the line from its first to its last. */
static uint32_t choose_elbow(const patron_sweep_row *rows, uint32_t count,
                             char reason[PATRON_SWEEP_REASON])
{
    uint32_t first = first_candidate(rows, count), last = first, best = first;
    double farthest = 0.0;
    for (uint32_t i = first; i < count; ++i)
        last = is_candidate(&rows[i]) ? i : last;
    double width = (double)rows[last].k - (double)rows[first].k;
    double height = rows[first].inertia - rows[last].inertia;
    for (uint32_t i = first; width > 0.0 && height > 0.0 && i <= last; ++i) {
        double below = (rows[first].inertia - rows[i].inertia) / height -
                       ((double)rows[i].k - (double)rows[first].k) / width;
        if (is_candidate(&rows[i]) && below > farthest) {
            farthest = below;
            best = i;
        }
    }
    snprintf(reason, PATRON_SWEEP_REASON,
             "k = %u is the elbow of the inertia: it lies farthest below the line from k = %u to "
             "k = %u",
             rows[best].k, rows[first].k, rows[last].k);
    return best;
}

static uint32_t choose_gap(const patron_sweep_row *rows, uint32_t count,
                           char reason[PATRON_SWEEP_REASON])
{
    for (uint32_t i = 0; i + 1 < count; ++i)
        if (is_candidate(&rows[i]) && is_candidate(&rows[i + 1]) &&
            rows[i].gap >= rows[i + 1].gap - rows[i + 1].gap_error) {
            snprintf(reason, PATRON_SWEEP_REASON,
                     "k = %u is the first whose gap, %.4g, is within a standard error of the next "
                     "one's, %.4g - %.2g",
                     rows[i].k, rows[i].gap, rows[i + 1].gap, rows[i + 1].gap_error);
            return i;
        }
    return choose_best(rows, count, gap_of, "gap", false, reason);
}

static uint32_t choose_stable(const patron_sweep_row *rows, uint32_t count,
                              char reason[PATRON_SWEEP_REASON])
{
    for (uint32_t i = count; i-- > 0;)
        if (is_candidate(&rows[i]) && rows[i].jaccard >= STABLE) {
            snprintf(reason, PATRON_SWEEP_REASON,
                     "k = %u is the greatest whose segments are found again in halves of the rows: "
                     "mean Jaccard %.3f, at least %.2f wanted",
                     rows[i].k, rows[i].jaccard, STABLE);
            return i;
        }
    return choose_best(rows, count, jaccard_of, "stability (no k reaches 0.85)", false, reason);
}

/* ---- data without clusters ---- */

void patron_cluster_test_add(patron_cluster_test *test, double gain, double reference)
{
    test->gain = gain > test->gain ? gain : test->gain;
    test->reference = reference > test->reference ? reference : test->reference;
}

void patron_cluster_test_run(patron_cluster_test *test)
{
    test->needed = test->reference + LEAST_GAIN;
    test->has_clusters = test->gain > test->needed;
}

static void tell_no_clusters(const patron_sweep_row *row, const patron_cluster_test *test,
                             char reason[PATRON_SWEEP_REASON])
{
    char chosen[PATRON_SWEEP_REASON / 2];
    snprintf(chosen, sizeof chosen, "%.*s", (int)sizeof chosen - 1, reason);
    snprintf(reason, PATRON_SWEEP_REASON,
             "no clusters found: any k describes the rows better than one segment by at most %.3g "
             "nats a row, and %.3g would show clusters; %s%s",
             test->gain, test->needed, row->k == 1 ? "k = 1 is in the range" : "of the range, ",
             row->k == 1 ? "" : chosen);
}

static uint32_t choose_by_rule(const patron_sweep_row *rows, uint32_t count, patron_sweep_rule rule,
                               char reason[PATRON_SWEEP_REASON])
{
    switch (rule) {
    case PATRON_SWEEP_ELBOW:
        return choose_elbow(rows, count, reason);
    case PATRON_SWEEP_GAP:
        return choose_gap(rows, count, reason);
    case PATRON_SWEEP_STABILITY:
        return choose_stable(rows, count, reason);
    case PATRON_SWEEP_SILHOUETTE:
        return choose_best(rows, count, silhouette_of, "silhouette", false, reason);
    case PATRON_SWEEP_PAIR_SILHOUETTE:
        return choose_best(rows, count, pair_silhouette_of, "silhouette by pairs", false, reason);
    case PATRON_SWEEP_CALINSKI_HARABASZ:
        return choose_best(rows, count, calinski_harabasz_of, "Calinski-Harabasz index", false,
                           reason);
    case PATRON_SWEEP_DAVIES_BOULDIN:
        return choose_best(rows, count, davies_bouldin_of, "Davies-Bouldin index", true, reason);
    case PATRON_SWEEP_BIC:
        return choose_best(rows, count, bic_of, "bic", false, reason);
    default:
        return choose_best(rows, count, combined_of, "sum of silhouette and bic", false, reason);
    }
}

uint32_t patron_sweep_choose(const patron_sweep_row *rows, uint32_t count, patron_sweep_rule rule,
                             const patron_cluster_test *test, char reason[PATRON_SWEEP_REASON])
{
    uint32_t chosen = choose_by_rule(rows, count, rule, reason);
    if (test->has_clusters)
        return chosen;
    if (rule == PATRON_SWEEP_COMBINED && rows[0].k == 1)
        chosen = 0;
    tell_no_clusters(&rows[chosen], test, reason);
    return chosen;
}
