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

/* A table of rows, numbered from 0, as the engine's rows are made of. */
typedef struct test_table {
    uint64_t count;
    uint32_t columns;
    float *values; /* count x columns */
    float *weight; /* count; NULL: all 1 */
} test_table;

/* Release with test_table_free.  MIXED weights span 20 orders of magnitude, SPARSE ones are mostly
 * 0. */
test_table test_table_make(uint64_t count, uint32_t columns, test_values values,
                           test_weights weights, uint64_t seed);
void test_table_free(test_table *table);

/* Rows [first, first + count) of the table, for `threads`; release with patron_rows_free. */
patron_rows test_rows_of(const test_table *table, uint64_t first, uint64_t count, int threads);

/* An engine alone over a whole table; the members must not move while it is used. */
typedef struct test_engine {
    patron_comm self;
    patron_rows rows;
    patron_kmeans *engine;
} test_engine;

/* Rows are numbered from `first`; release with test_engine_free in any case. */
patron_status test_engine_create(const test_table *table, uint64_t first, int threads,
                                 patron_kmeans_isa isa, test_engine *made);
void test_engine_free(test_engine *made);

/* k rows of the data as a start, with repetitions where `repeat`; the caller frees it. */
double *test_start(const test_table *table, uint32_t k, bool repeat);

/* What a fit comes to. */
typedef struct test_fit {
    patron_status status;
    patron_kmeans_result result;
    int32_t *labels; /* of the rows fitted */
} test_fit;

void test_fit_free(test_fit *fit);

/* Lloyd from options->start, by plain loops over the whole table. */
test_fit test_fit_plainly(const test_table *rows, const patron_kmeans_options *options);

/* The engine's fit of this rank's rows. */
test_fit test_fit_rows(const patron_comm *comm, const patron_rows *rows, patron_kmeans_isa isa,
                       const patron_kmeans_options *options);

/* The same of rows [first, first + count) of the table. */
test_fit test_fit_table(const patron_comm *comm, const test_table *table, uint64_t first,
                        uint64_t count, int threads, patron_kmeans_isa isa,
                        const patron_kmeans_options *options);

/* The name of the first member in which two fits differ, NULL if none; labels[count] of `right`
 * are compared from `first` on with those of `left`. */
const char *test_fit_difference(const test_fit *left, const test_fit *right, uint64_t first,
                                uint64_t count);

#endif
