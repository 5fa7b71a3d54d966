/* SPDX-License-Identifier: Apache-2.0 */
/* K-means by the definitions of patron/kmeans.h and nothing else: one process, plain loops, no sums
 * carried over; and data to try it on. */
#ifndef PATRON_TEST_KMEANS_PLAIN_H
#define PATRON_TEST_KMEANS_PLAIN_H

#include "patron/kmeans.h"

typedef enum test_values {
    TEST_VALUES_SMOOTH,  /* many digits, around a few centres */
    TEST_VALUES_LATTICE, /* small integers: ties and equal rows */
    TEST_VALUES_EXTREME, /* columns of 1e30, 1e-40 and 1 */
    TEST_VALUES_FEW      /* three distinct rows */
} test_values;

typedef enum test_weights {
    TEST_WEIGHTS_NONE,
    TEST_WEIGHTS_MIXED,
    TEST_WEIGHTS_SPARSE
} test_weights;

/* All rows of a made data set, numbered from 0; release with test_rows_free.  MIXED weights span 20
 * orders of magnitude, SPARSE ones are mostly 0. */
patron_kmeans_rows test_rows_make(uint64_t count, uint32_t columns, test_values values,
                                  test_weights weights, uint64_t seed);
void test_rows_free(patron_kmeans_rows *rows);

/* k rows of the data as a start, with repetitions where `repeat`; the caller frees it. */
double *test_start(const patron_kmeans_rows *rows, uint32_t k, bool repeat);

/* Lloyd from options->start. */
void test_kmeans_plain(const patron_kmeans_rows *rows, const patron_kmeans_options *options,
                       patron_kmeans_result *result);

/* The name of the first member in which two results differ, NULL if none; labels[count] of `right`
 * are compared from `first` on with those of `left`. */
const char *test_result_difference(const patron_kmeans_result *left,
                                   const patron_kmeans_result *right, uint64_t first,
                                   uint64_t count);

#endif
