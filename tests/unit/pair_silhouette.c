/* SPDX-License-Identifier: Apache-2.0 */
/* Silhouettes of pairs by hand, and against a matrix of distances in long double. */
#include "quality/pair_silhouette.h"
#include "runtime/stop.h"

#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 131, COLUMNS = 5, SEGMENTS = 7, EMPTY = 3, ALONE = 5 };

static patron_status find(int threads, const patron_sampled_rows *rows, const int32_t *labels,
                          uint32_t k, double *silhouette)
{
    const patron_comm alone = patron_comm_self();
    const patron_row_labelling labelling = {k, labels, silhouette};
    const patron_pair_silhouette_work work = {.threads = threads};
    return patron_pair_silhouettes_find(&alone, &work, rows, &labelling, 1);
}

static void assert_near(double found, double expected)
{
    assert_true(fabs(found - expected) < 1e-13);
}

/* Rows at 0, 1, 4 and 10: two, one and one. */
static void test_by_hand(void **state)
{
    const float values[] = {0.0F, 10.0F, 1.0F, 4.0F};
    const int32_t labels[] = {0, 2, 0, 1};
    const patron_sampled_rows rows = {values, NULL, 4, 1};
    double silhouette[4];
    (void)state;
    assert_int_equal(find(1, &rows, labels, 3, silhouette), PATRON_OK);
    assert_near(silhouette[0], 3.0 / 4.0);
    assert_near(silhouette[2], 2.0 / 3.0);
    assert_true(silhouette[1] == 0.0 && silhouette[3] == 0.0);
}

static void test_nothing_to_compare(void **state)
{
    const float values[] = {2.0F, 2.0F, 2.0F, 2.0F};
    const int32_t one[] = {1, 1, 1, 1}, two[] = {0, 1, 0, 1};
    const patron_sampled_rows rows = {values, NULL, 4, 1};
    double silhouette[4];
    (void)state;
    assert_int_equal(find(1, &rows, one, 3, silhouette), PATRON_OK);
    for (int i = 0; i < 4; ++i)
        assert_true(isnan(silhouette[i]));
    assert_int_equal(find(1, &rows, two, 2, silhouette), PATRON_OK);
    for (int i = 0; i < 4; ++i)
        assert_true(silhouette[i] == 0.0);
}

static long double distance(const float *x, const float *y)
{
    long double sum = 0.0L;
    for (int j = 0; j < COLUMNS; ++j)
        sum += ((long double)x[j] - (long double)y[j]) * ((long double)x[j] - (long double)y[j]);
    return sqrtl(sum);
}

/* By the definition, row against row. */
static double expected(const float *values, const int32_t *labels, int row)
{
    long double sum[SEGMENTS] = {0}, other = INFINITY;
    int count[SEGMENTS] = {0};
    for (int i = 0; i < ROWS; ++i) {
        ++count[labels[i]];
        sum[labels[i]] +=
            distance(values + (ptrdiff_t)row * COLUMNS, values + (ptrdiff_t)i * COLUMNS);
    }
    int own = labels[row];
    for (int c = 0; c < SEGMENTS; ++c)
        if (c != own && count[c] > 0)
            other = fminl(other, sum[c] / count[c]);
    long double within = count[own] > 1 ? sum[own] / (count[own] - 1) : 0.0L;
    return count[own] > 1 ? (double)((other - within) / fmaxl(other, within)) : 0.0;
}

/* Segments of odd sizes, one without rows and one of a single row, more rows than tiles hold. */
static void test_against_a_matrix(void **state)
{
    float values[ROWS * COLUMNS];
    int32_t labels[ROWS];
    double first[ROWS], silhouette[ROWS];
    const patron_sampled_rows rows = {values, NULL, ROWS, COLUMNS};
    uint32_t dice = 1;
    (void)state;
    for (int i = 0; i < ROWS; ++i) {
        labels[i] =
            i % SEGMENTS == EMPTY || (i % SEGMENTS == ALONE && i != ALONE) ? i % 3 : i % SEGMENTS;
        for (int j = 0; j < COLUMNS; ++j) {
            dice = dice * 1664525U + 1013904223U;
            values[i * COLUMNS + j] = (float)(dice >> 16) / 65536.0F + 0.2F * (float)labels[i];
        }
    }
    for (int threads = 1; threads < 5; ++threads) {
        assert_int_equal(find(threads, &rows, labels, SEGMENTS, silhouette), PATRON_OK);
        if (threads == 1)
            memcpy(first, silhouette, sizeof first);
        assert_memory_equal(first, silhouette, sizeof first);
    }
    for (int i = 0; i < ROWS; ++i)
        assert_near(silhouette[i], expected(values, labels, i));
    assert_true(silhouette[ALONE] == 0.0);
}

/* Labellings that are judged together have what each has alone, to the bit. */
static void test_several_labellings(void **state)
{
    enum { FITS = 3 };
    const patron_comm alone = patron_comm_self();
    const uint32_t k[FITS] = {2, SEGMENTS, 1};
    float values[ROWS * COLUMNS];
    int32_t labels[FITS][ROWS];
    double together[FITS][ROWS], single[ROWS];
    patron_row_labelling labelling[FITS];
    const patron_sampled_rows rows = {values, NULL, ROWS, COLUMNS};
    (void)state;
    for (int i = 0; i < ROWS * COLUMNS; ++i)
        values[i] = (float)((i * 7919) % 1009) / 100.0F;
    for (uint32_t f = 0; f < FITS; ++f) {
        for (uint32_t i = 0; i < ROWS; ++i)
            labels[f][i] = (int32_t)((i * i + f) % k[f]);
        labelling[f] = (patron_row_labelling){k[f], labels[f], together[f]};
    }
    const patron_pair_silhouette_work work = {.threads = 2};
    assert_int_equal(patron_pair_silhouettes_find(&alone, &work, &rows, labelling, FITS),
                     PATRON_OK);
    for (uint32_t f = 0; f + 1 < FITS; ++f) {
        assert_int_equal(find(1, &rows, labels[f], k[f], single), PATRON_OK);
        assert_memory_equal(single, together[f], sizeof single);
    }
    for (int i = 0; i < ROWS; ++i)
        assert_true(isnan(together[FITS - 1][i]));
}

static patron_status count_write(void *argument, const patron_checkpoint *checkpoint)
{
    (void)checkpoint;
    ++*(int *)argument;
    return PATRON_OK;
}

/* What a progress tells when the first piece is behind it. */
static void note_done(void *self, const patron_progress *progress, uint64_t done, const char *note)
{
    (void)note;
    if (progress->phase != NULL)
        *(double *)self = (double)done / (double)progress->total;
}

/* The wish lasts to the end of the process: this comes last. */
static void test_stop_is_heeded_between_pieces(void **state)
{
    enum { MANY = 40000, WIDE = 24 };
    const patron_comm alone = patron_comm_self();
    float *values = calloc(MANY * WIDE, sizeof *values);
    int32_t *labels = calloc(MANY, sizeof *labels);
    double *silhouette = calloc(MANY, sizeof *silhouette), share = 0.0;
    const patron_sampled_rows rows = {values, NULL, MANY, WIDE};
    const patron_row_labelling labelling = {2, labels, silhouette};
    const patron_progress_watcher watcher = {.look = note_done, .self = &share};
    patron_progress progress = patron_progress_create(PATRON_PROGRESS_NEVER, 0);
    int writes = 0;
    (void)state;
    for (int i = 0; i < MANY; ++i)
        labels[i] = i % 2;
    patron_progress_watch(&progress, &watcher);
    patron_checkpoint *checkpoint =
        patron_checkpoint_create(&alone, "kept", 3600.0, count_write, &writes);
    patron_stop_listen();
    raise(SIGUSR1);
    const patron_pair_silhouette_work work = {2, checkpoint, &progress};
    patron_status status = patron_pair_silhouettes_find(&alone, &work, &rows, &labelling, 1);
    assert_int_equal(status, PATRON_STOPPED);
    assert_int_equal(writes, 1);
    assert_true(share > 0.0 && share < 0.5);
    patron_checkpoint_free(checkpoint);
    free(values);
    free(labels);
    free(silhouette);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_several_labellings), cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_nothing_to_compare), cmocka_unit_test(test_against_a_matrix),
        cmocka_unit_test(test_stop_is_heeded_between_pieces)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
