/* SPDX-License-Identifier: Apache-2.0 */
/* The expected mutual information of Vinh, Epps and Bailey, "Information theoretic measures for
 * clusterings comparison", JMLR 11 (2010), equation 24: the overlap m of segments of a and b rows
 * among n is hypergeometric, and E = sum over pairs of segments of E[m/n log(n m / (a b))].
 *
 * Its probabilities need no factorials: from one m to the next they change by the factor
 * (a - m)(b - m) / ((m + 1)(n - a - b + m + 1)).  So weights are counted from 1 at the mode outward
 * to both sides, until they are below 2^-80 (they fall ever faster), and divided by their sum. What
 * is added is then accurate to a few units in the last place for any n, where differences of
 * logarithms of factorials lose as many digits as n log n has; and a pair takes about sqrt(n)
 * steps, not n.  Segments of the same sizes are computed once, each rank does some pairs, and the
 * sum over all is exact.
 *
 * Of small segments log m comes from a table and log(a b / n) is taken away: that is off by an ulp
 * of the two, times m/n.  All pairs of at most 2^-10 n^2 together are so off by some ulps of the
 * smaller entropy, and as there may be millions of them it pays. */
#include "quality/information.h"

#include "patron/elementary.h"
#include "patron/exactsum.h"
#include "patron/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 wide;
__extension__ typedef __int128 signed_wide;

static const double NEGLIGIBLE = 0x1p-80;

double patron_log_ratio(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    wide above = (wide)a * b, below = (wide)c * d;
    double excess = (double)(signed_wide)(above - below) / (double)below;
    return excess > -0.5 && excess < 1.0 ? patron_log1p(excess)
                                         : patron_log((double)above / (double)below);
}

/* ---- one pair of sizes ---- */

/* logs[m] = log m for 1 <= m < count. */
typedef struct log_table {
    uint64_t count;
    double *logs;
} log_table;

/* Two segments among `n` rows. */
typedef struct size_pair {
    uint64_t n, a, b;
    const double *logs; /* log m of each overlap m; NULL: not from the table */
    double log_mean;    /* log(a b / n), where they are */
} size_pair;

static size_pair make_pair(const log_table *table, uint64_t n, uint64_t a, uint64_t b)
{
    const double small = 0x1p-10;
    double share = (double)a / (double)n * ((double)b / (double)n);
    bool is_small = share <= small && (a < b ? a : b) < table->count;
    return (size_pair){.n = n,
                       .a = a,
                       .b = b,
                       .logs = is_small ? table->logs : NULL,
                       .log_mean = is_small ? patron_log_ratio(a, b, n, 1) : 0.0};
}

/* Sums over m, weighted as at the mode 1. */
typedef struct overlap_sums {
    double weight, information;
} overlap_sums;

static void add_overlap(const size_pair *pair, uint64_t m, double weight, overlap_sums *sums)
{
    sums->weight += weight;
    if (m > 0)
        sums->information +=
            weight *
            ((double)m * (pair->logs != NULL ? pair->logs[m] - pair->log_mean
                                             : patron_log_ratio(pair->n, m, pair->a, pair->b)));
}

/* E[m/n log(n m / (a b))] */
static double expected_of(const size_pair *pair)
{
    uint64_t n = pair->n, a = pair->a, b = pair->b;
    uint64_t least = a + b > n ? a + b - n : 0, most = a < b ? a : b;
    uint64_t mode = (uint64_t)((wide)(a + 1) * (b + 1) / (n + 2));
    overlap_sums sums = {0.0, 0.0};
    mode = mode < least ? least : mode;
    mode = mode > most ? most : mode;
    add_overlap(pair, mode, 1.0, &sums);
    double weight = 1.0;
    for (uint64_t m = mode; m < most && weight > NEGLIGIBLE; ++m) {
        weight *=
            (double)(a - m) * (double)(b - m) / ((double)(m + 1) * (double)(n + m + 1 - a - b));
        add_overlap(pair, m + 1, weight, &sums);
    }
    weight = 1.0;
    for (uint64_t m = mode; m > least && weight > NEGLIGIBLE; --m) {
        weight *= (double)m * (double)(n + m - a - b) / ((double)(a + 1 - m) * (double)(b + 1 - m));
        add_overlap(pair, m - 1, weight, &sums);
    }
    return sums.information / (sums.weight * (double)n);
}

/* ---- all pairs ---- */

typedef struct size_count {
    uint64_t size, segments;
} size_count;

static int compare_sizes(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* The different sizes above 0 among sums[count], ascending, and how many segments have each; to
 * free().  NULL: out of memory, recorded. */
static size_count *count_sizes(const uint64_t *sums, uint64_t count, uint64_t *found)
{
    uint64_t *sorted = patron_allocate(count, sizeof *sorted);
    size_count *sizes = patron_allocate(count, sizeof *sizes);
    *found = 0;
    if (sorted == NULL || sizes == NULL) {
        free(sorted);
        free(sizes);
        return NULL;
    }
    memcpy(sorted, sums, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare_sizes);
    for (uint64_t i = 0; i < count; ++i) {
        if (sorted[i] == 0)
            continue;
        if (*found == 0 || sizes[*found - 1].size != sorted[i])
            sizes[(*found)++].size = sorted[i];
        ++sizes[*found - 1].segments;
    }
    free(sorted);
    return sizes;
}

/* Of pairs of small segments only the smaller one bounds the overlap. */
static patron_status fill_logs(const size_count *row, uint64_t rows, const size_count *column,
                               uint64_t columns, log_table *table)
{
    const uint64_t most = UINT64_C(1) << 20;
    uint64_t greatest = 0;
    if (rows > 0 && columns > 0)
        greatest = row[rows - 1].size < column[columns - 1].size ? row[rows - 1].size
                                                                 : column[columns - 1].size;
    table->count = greatest < most ? greatest + 1 : most;
    table->logs = patron_allocate(table->count, sizeof *table->logs);
    for (uint64_t m = 1; table->logs != NULL && m < table->count; ++m)
        table->logs[m] = patron_log((double)m);
    return table->logs == NULL ? PATRON_RESOURCE : PATRON_OK;
}

patron_status patron_expected_information(const patron_comm *comm, const patron_contingency *table,
                                          int threads, double *expected)
{
    uint64_t row_sizes = 0, column_sizes = 0;
    patron_exactsum sum = {0};
    log_table logs = {0};
    size_count *row = count_sizes(table->row_sum, table->rows, &row_sizes);
    size_count *column = count_sizes(table->column_sum, table->columns, &column_sizes);
    patron_status status = row == NULL || column == NULL
                               ? PATRON_RESOURCE
                               : fill_logs(row, row_sizes, column, column_sizes, &logs);
    status = patron_comm_agree(comm, status);
    *expected = 0;
    if (status != PATRON_OK || row_sizes == 0 || column_sizes == 0)
        goto cleanup;
    uint64_t ranks = (uint64_t)comm->size, rank = (uint64_t)comm->rank;
#pragma omp parallel num_threads(threads)
    {
        patron_exactsum own = {0};
#pragma omp for schedule(dynamic, 64)
        for (uint64_t p = rank; p < row_sizes * column_sizes; p += ranks) {
            const size_count *a = &row[p / column_sizes], *b = &column[p % column_sizes];
            size_pair pair = make_pair(&logs, table->total, a->size, b->size);
            patron_exactsum_add(&own,
                                (double)a->segments * (double)b->segments * expected_of(&pair));
        }
#pragma omp critical
        patron_exactsum_merge(&sum, &own);
    }
    patron_exactsum_reduce(comm, &sum, 1);
    *expected = patron_exactsum_round(&sum);
cleanup:
    free(row);
    free(column);
    free(logs.logs);
    return status;
}
