/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of segments against its definition, worked out anew over all pairs at each join; ties;
 * cuts. */
#include "quality/tree.h"

#include "patron/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 40, COLUMNS = 3 };

/* All nodes of the plain way. */
typedef struct plain {
    double centroid[2 * MOST][COLUMNS], weight[2 * MOST];
    uint32_t count[2 * MOST], nodes;
    bool is_joined[2 * MOST];
} plain;

static double between(const plain *tree, uint32_t a, uint32_t b)
{
    double sum = 0.0;
    for (int j = 0; j < COLUMNS; ++j) {
        double difference = tree->centroid[a][j] - tree->centroid[b][j];
        sum += difference * difference;
    }
    return 2.0 * (tree->weight[a] * tree->weight[b] / (tree->weight[a] + tree->weight[b])) * sum;
}

/* The pair of the least distance, the lowest of several. */
static double find_pair(const plain *tree, uint32_t *least_a, uint32_t *least_b)
{
    double least = (double)INFINITY;
    for (uint32_t a = 0; a < tree->nodes; ++a)
        for (uint32_t b = a + 1; b < tree->nodes; ++b)
            if (!tree->is_joined[a] && !tree->is_joined[b] && between(tree, a, b) < least) {
                least = between(tree, a, b);
                *least_a = a;
                *least_b = b;
            }
    return least;
}

static void join(plain *tree, uint32_t a, uint32_t b)
{
    uint32_t made = tree->nodes++;
    double weight = tree->weight[a] + tree->weight[b];
    for (int j = 0; j < COLUMNS; ++j)
        tree->centroid[made][j] =
            (tree->weight[a] * tree->centroid[a][j] + tree->weight[b] * tree->centroid[b][j]) /
            weight;
    tree->weight[made] = weight;
    tree->count[made] = tree->count[a] + tree->count[b];
    tree->is_joined[a] = tree->is_joined[b] = true;
}

/* Few different coordinates and weights, so that many distances are equal. */
static uint32_t make(plain *tree, uint64_t trial)
{
    uint32_t k = 1 + (uint32_t)(patron_random_bits(trial, PATRON_PURPOSE_SEED, 0, 0) % MOST);
    uint64_t range = trial % 2 == 0 ? 4 : 100000;
    *tree = (plain){.nodes = k};
    for (uint32_t s = 0; s < k; ++s) {
        tree->count[s] = 1;
        tree->weight[s] =
            (double)(1 + patron_random_bits(trial, PATRON_PURPOSE_SEED, 1, s) % range);
        for (uint32_t j = 0; j < COLUMNS; ++j)
            tree->centroid[s][j] =
                (double)(patron_random_bits(trial, PATRON_PURPOSE_SEED, 2 + s, j) % range);
    }
    return k;
}

static void test_definition(void **state)
{
    static plain tree;
    (void)state;
    for (uint64_t trial = 0; trial < 600; ++trial) {
        patron_tree_join joins[MOST];
        uint32_t k = make(&tree, trial), a = 0, b = 0;
        double height = 0.0;
        assert_int_equal(patron_tree_build(tree.centroid[0], tree.weight, k, COLUMNS, joins),
                         PATRON_OK);
        for (uint32_t i = 0; i + 1 < k; ++i) {
            double least = sqrt(find_pair(&tree, &a, &b));
            height = least > height ? least : height;
            join(&tree, a, b);
            assert_true(joins[i].a == a && joins[i].b == b);
            assert_true(joins[i].height == height);
            assert_true(joins[i].count == tree.count[tree.nodes - 1]);
        }
    }
}

/* Four equal points, a fifth without weight. */
static void test_equal_points(void **state)
{
    (void)state;
    const double centroids[] = {1.0, 1.0, 1.0, 1.0, 9.0}, weight[] = {1.0, 2.0, 3.0, 4.0, 0.0};
    patron_tree_join joins[4];
    assert_int_equal(patron_tree_build(centroids, weight, 5, 1, joins), PATRON_OK);
    const patron_tree_join expected[] = {{0, 1, 0, 2}, {2, 3, 0, 2}, {4, 5, 0, 3}, {6, 7, 0, 5}};
    for (int i = 0; i < 4; ++i)
        assert_true(joins[i].a == expected[i].a && joins[i].b == expected[i].b &&
                    joins[i].height == 0.0 && joins[i].count == expected[i].count);
}

/* Each cut joins two groups of the one before; groups are numbered by their lowest segments. */
static void test_cuts(void **state)
{
    static plain tree;
    (void)state;
    for (uint64_t trial = 0; trial < 60; ++trial) {
        patron_tree_join joins[MOST];
        uint32_t finer[MOST], group[MOST], k = make(&tree, trial);
        assert_int_equal(patron_tree_build(tree.centroid[0], tree.weight, k, COLUMNS, joins),
                         PATRON_OK);
        for (uint32_t groups = k; groups > 0; --groups) {
            uint32_t seen = 0;
            assert_int_equal(patron_tree_cut(joins, k, groups, group), PATRON_OK);
            for (uint32_t s = 0; s < k; ++s) {
                assert_true(group[s] <= seen);
                seen += group[s] == seen ? 1 : 0;
                for (uint32_t t = 0; t < s && groups < k; ++t)
                    assert_true(finer[s] != finer[t] || group[s] == group[t]);
            }
            assert_int_equal(seen, groups);
            memcpy(finer, group, sizeof finer);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_definition),
                                       cmocka_unit_test(test_equal_points),
                                       cmocka_unit_test(test_cuts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
