/* SPDX-License-Identifier: Apache-2.0 */
/* Indices of agreement.  Counts are exact integers; each index is then computed in one order of
 * operations, sums over cells as the exact sum of their terms, rounded once. */
#include "quality/agreement.h"

#include "patron/exactsum.h"
#include "patron/memory.h"
#include "quality/information.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

__extension__ typedef unsigned __int128 wide;

/* ---- pairs of rows ---- */

/* Ordered pairs of different rows, by whether a labelling has them in one segment. */
typedef struct pair_counts {
    wide both, first, second, neither; /* first: in one of the first labelling only */
} pair_counts;

static wide sum_squares(const uint64_t *sums, uint64_t count)
{
    wide total = 0;
    for (uint64_t i = 0; i < count; ++i)
        total += (wide)sums[i] * sums[i];
    return total;
}

static pair_counts count_pairs(const patron_contingency *table)
{
    wide cells = 0, n = table->total;
    for (uint64_t i = 0; i < table->cell_count; ++i)
        cells += (wide)table->cell[i].count * table->cell[i].count;
    pair_counts pairs = {.both = cells - n,
                         .first = sum_squares(table->row_sum, table->rows) - cells,
                         .second = sum_squares(table->column_sum, table->columns) - cells};
    pairs.neither = n * n - cells - pairs.first - pairs.second;
    return pairs;
}

/* Hubert and Arabie, "Comparing partitions", Journal of Classification 2 (1985); Rand, "Objective
 * criteria for the evaluation of clustering methods", JASA 66 (1971); Fowlkes and Mallows, "A
 * method for comparing two hierarchical clusterings", JASA 78 (1983). */
static void compute_pairs(const pair_counts *pairs, patron_agreement *agreement)
{
    double both = (double)pairs->both, neither = (double)pairs->neither;
    double first = (double)pairs->first, second = (double)pairs->second;
    double in_first = (double)(pairs->both + pairs->first);
    double in_second = (double)(pairs->both + pairs->second);
    double not_first = (double)(pairs->neither + pairs->second);
    double not_second = (double)(pairs->neither + pairs->first);
    bool is_same = pairs->first == 0 && pairs->second == 0;
    double together = (double)(pairs->both + pairs->first + pairs->second);
    double all = (double)(pairs->both + pairs->first + pairs->second + pairs->neither);
    agreement->adjusted_rand = is_same ? 1.0
                                       : 2.0 * (both * neither - first * second) /
                                             (in_first * not_second + in_second * not_first);
    agreement->rand = is_same ? 1.0 : (double)(pairs->both + pairs->neither) / all;
    agreement->jaccard = is_same ? 1.0 : both / together;
    agreement->fowlkes_mallows =
        pairs->both == 0 ? 0.0 : sqrt(both / in_first) * sqrt(both / in_second);
}

double patron_agreement_adjusted_rand(const patron_contingency *table)
{
    const pair_counts pairs = count_pairs(table);
    patron_agreement agreement = {0};
    compute_pairs(&pairs, &agreement);
    return agreement.adjusted_rand;
}

/* ---- purity ---- */

/* Rows in the largest cell of each column, and of each row, of all.  Manning, Raghavan and
 * Schuetze, "Introduction to Information Retrieval" (2008), section 16.3. */
static patron_status compute_purity(const patron_contingency *table, patron_agreement *agreement)
{
    uint64_t in_rows = 0, in_columns = 0, most = 0;
    uint64_t *largest = patron_allocate(table->columns, sizeof *largest);
    if (largest == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < table->cell_count; ++i) {
        const patron_contingency_cell *cell = &table->cell[i];
        most = cell->count > most ? cell->count : most;
        if (i + 1 == table->cell_count || table->cell[i + 1].row != cell->row) {
            in_rows += most;
            most = 0;
        }
        if (cell->count > largest[cell->column])
            largest[cell->column] = cell->count;
    }
    for (uint64_t j = 0; j < table->columns; ++j)
        in_columns += largest[j];
    agreement->purity = (double)in_columns / (double)table->total;
    agreement->inverse_purity = (double)in_rows / (double)table->total;
    free(largest);
    return PATRON_OK;
}

/* ---- information ---- */

/* count/n log(a b / (c d)) */
static double term(uint64_t count, uint64_t n, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    return (double)count / (double)n * patron_log_ratio(a, b, c, d);
}

/* The logarithm is that of a cell which is a whole row and a whole column, so that the mutual
 * information of equal labellings is their entropy to the bit. */
static double entropy(const uint64_t *sums, uint64_t count, uint64_t n)
{
    patron_exactsum sum = {0};
    for (uint64_t i = 0; i < count; ++i)
        if (sums[i] > 0)
            patron_exactsum_add(&sum, term(sums[i], n, n, sums[i], sums[i], sums[i]));
    return patron_exactsum_round(&sum);
}

static void compute_information(const patron_contingency *table, patron_agreement *agreement)
{
    patron_exactsum mutual = {0}, conditional = {0};
    uint64_t n = table->total;
    for (uint64_t i = 0; i < table->cell_count; ++i) {
        const patron_contingency_cell *cell = &table->cell[i];
        uint64_t m = cell->count, a = table->row_sum[cell->row],
                 b = table->column_sum[cell->column];
        patron_exactsum_add(&mutual, term(m, n, n, m, a, b));
        patron_exactsum_add(&conditional, term(m, n, a, 1, m, 1));
        patron_exactsum_add(&conditional, term(m, n, b, 1, m, 1));
    }
    agreement->mutual_information = fmax(patron_exactsum_round(&mutual), 0.0);
    agreement->variation_of_information = patron_exactsum_round(&conditional);
    agreement->entropy_first = entropy(table->row_sum, table->rows, n);
    agreement->entropy_second = entropy(table->column_sum, table->columns, n);
}

/* Rosenberg and Hirschberg, "V-Measure: a conditional entropy-based external cluster evaluation
 * measure", EMNLP-CoNLL 2007.  The V-measure is the normalized mutual information, by the
 * arithmetic mean of the entropies. */
static void compute_v_measure(patron_agreement *agreement)
{
    double mutual = agreement->mutual_information;
    double first = agreement->entropy_first, second = agreement->entropy_second;
    double h = first > 0.0 ? fmin(mutual / first, 1.0) : 1.0;
    double c = second > 0.0 ? fmin(mutual / second, 1.0) : 1.0;
    agreement->homogeneity = h;
    agreement->completeness = c;
    agreement->v_measure = h + c > 0.0 ? 2.0 * h * c / (h + c) : 0.0;
    agreement->normalized_mutual_information =
        first + second > 0.0 ? fmin(mutual / (0.5 * (first + second)), 1.0) : 1.0;
}

/* ---- adjusted for chance ---- */

static uint64_t count_filled(const uint64_t *sums, uint64_t count)
{
    uint64_t filled = 0;
    for (uint64_t i = 0; i < count; ++i)
        filled += sums[i] > 0 ? 1 : 0;
    return filled;
}

/* Where a labelling is one segment, or one a row, every way to deal rows to its segments gives the
 * same mutual information: chance explains all of it. */
static bool is_trivial(uint64_t segments, uint64_t total)
{
    return segments == 1 || segments == total;
}

static patron_status adjust(const patron_comm *comm, const patron_contingency *table, int threads,
                            patron_agreement *agreement)
{
    uint64_t rows = count_filled(table->row_sum, table->rows);
    uint64_t columns = count_filled(table->column_sum, table->columns);
    double *expected = &agreement->expected_mutual_information;
    bool is_same = table->cell_count == rows && table->cell_count == columns;
    bool is_chance = is_trivial(rows, table->total) || is_trivial(columns, table->total);
    *expected = agreement->mutual_information;
    patron_status status =
        is_chance ? PATRON_OK : patron_expected_information(comm, table, threads, expected);
    double mean = 0.5 * (agreement->entropy_first + agreement->entropy_second);
    agreement->adjusted_mutual_information =
        is_chance
            ? 0.0
            : (agreement->mutual_information - *expected) / fmax(mean - *expected, DBL_EPSILON);
    if (is_same)
        agreement->adjusted_mutual_information = 1.0;
    return status;
}

patron_status patron_agreement_compute(const patron_comm *comm, const patron_contingency *table,
                                       int threads, patron_agreement *agreement)
{
    pair_counts pairs = count_pairs(table);
    *agreement = (patron_agreement){0};
    compute_pairs(&pairs, agreement);
    compute_information(table, agreement);
    compute_v_measure(agreement);
    patron_status status = patron_comm_agree(comm, compute_purity(table, agreement));
    return status == PATRON_OK ? adjust(comm, table, threads, agreement) : status;
}
