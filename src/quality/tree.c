/* SPDX-License-Identifier: Apache-2.0 */
/* Ward, "Hierarchical grouping to optimize an objective function", Journal of the American
 * Statistical Association 58 (1963), by the generic algorithm of Müllner, "Modern hierarchical,
 * agglomerative clustering algorithms", arXiv:1109.2378 (2011): every node keeps its nearest one of
 * a higher number.  Where that has been joined its distance is a lower bound, as joins only take
 * nodes apart, and is looked for again once it would be the least.  Memory grows with k, time with
 * k^2 unless very many distances are equal. */
#include "quality/tree.h"

#include "patron/memory.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct growing {
    uint32_t columns;
    uint32_t nodes;    /* so far */
    double *centroid;  /* a node: columns */
    double *weight;    /* a node */
    uint32_t *count;   /* a node: segments */
    bool *is_joined;   /* a node */
    double *distance;  /* a node: to its nearest, or less where that is joined; squared height */
    uint32_t *nearest; /* a node; itself where no node has a higher number */
} growing;

/* The squared height of a join. */
static double distance_between(const growing *tree, uint32_t a, uint32_t b)
{
    const double *x = tree->centroid + (uint64_t)a * tree->columns;
    const double *y = tree->centroid + (uint64_t)b * tree->columns;
    double sum = 0.0, weight = tree->weight[a] + tree->weight[b];
    for (uint32_t j = 0; j < tree->columns; ++j)
        sum += (x[j] - y[j]) * (x[j] - y[j]);
    return weight > 0.0 ? 2.0 * (tree->weight[a] * tree->weight[b] / weight) * sum : 0.0;
}

static void find_nearest(growing *tree, uint32_t node)
{
    tree->nearest[node] = node;
    tree->distance[node] = (double)INFINITY;
    for (uint32_t other = node + 1; other < tree->nodes; ++other) {
        if (tree->is_joined[other])
            continue;
        double distance = distance_between(tree, node, other);
        if (distance < tree->distance[node]) {
            tree->distance[node] = distance;
            tree->nearest[node] = other;
        }
    }
}

/* The lower node of the two to join. */
static uint32_t choose(growing *tree)
{
    for (;;) {
        uint32_t least = UINT32_MAX;
        for (uint32_t node = 0; node < tree->nodes; ++node)
            if (!tree->is_joined[node] &&
                (least == UINT32_MAX || tree->distance[node] < tree->distance[least]))
                least = node;
        if (!tree->is_joined[tree->nearest[least]])
            return least;
        find_nearest(tree, least);
    }
}

/* Makes a and b a new node, and offers it to all others. */
static void join(growing *tree, uint32_t a, uint32_t b)
{
    uint32_t made = tree->nodes++;
    uint64_t columns = tree->columns;
    const double *x = tree->centroid + a * columns, *y = tree->centroid + b * columns;
    double *mean = tree->centroid + made * columns, weight = tree->weight[a] + tree->weight[b];
    for (uint64_t j = 0; j < columns; ++j)
        mean[j] = weight > 0.0 ? (tree->weight[a] * x[j] + tree->weight[b] * y[j]) / weight : x[j];
    tree->weight[made] = weight;
    tree->count[made] = tree->count[a] + tree->count[b];
    tree->is_joined[a] = tree->is_joined[b] = true;
    tree->nearest[made] = made;
    tree->distance[made] = (double)INFINITY;
    for (uint32_t node = 0; node < made; ++node) {
        if (tree->is_joined[node])
            continue;
        double distance = distance_between(tree, node, made);
        if (distance < tree->distance[node]) {
            tree->distance[node] = distance;
            tree->nearest[node] = made;
        }
    }
}

static void grow(growing *tree, uint32_t k, patron_tree_join *joins)
{
    double height = 0.0;
    tree->nodes = k;
    for (uint32_t s = 0; s < k; ++s)
        tree->count[s] = 1;
    for (uint32_t s = 0; s < k; ++s)
        find_nearest(tree, s);
    for (uint32_t i = 0; i + 1 < k; ++i) {
        uint32_t a = choose(tree), b = tree->nearest[a];
        double own = sqrt(tree->distance[a]);
        height = own > height ? own : height; /* by rounding alone it could fall */
        join(tree, a, b);
        joins[i] = (patron_tree_join){a, b, height, tree->count[tree->nodes - 1]};
    }
}

patron_status patron_tree_build(const double *centroids, const double *weight, uint32_t k,
                                uint32_t columns, patron_tree_join *joins)
{
    uint64_t nodes = 2 * (uint64_t)k;
    growing tree = {.columns = columns,
                    .centroid = patron_allocate(nodes, columns * sizeof *tree.centroid),
                    .weight = patron_allocate(nodes, sizeof *tree.weight),
                    .count = patron_allocate(nodes, sizeof *tree.count),
                    .is_joined = patron_allocate(nodes, sizeof *tree.is_joined),
                    .distance = patron_allocate(nodes, sizeof *tree.distance),
                    .nearest = patron_allocate(nodes, sizeof *tree.nearest)};
    patron_status status = PATRON_RESOURCE;
    if (tree.centroid != NULL && tree.weight != NULL && tree.count != NULL &&
        tree.is_joined != NULL && tree.distance != NULL && tree.nearest != NULL) {
        memcpy(tree.centroid, centroids, (uint64_t)k * columns * sizeof *centroids);
        memcpy(tree.weight, weight, k * sizeof *weight);
        grow(&tree, k, joins);
        status = PATRON_OK;
    }
    free(tree.centroid);
    free(tree.weight);
    free(tree.count);
    free(tree.is_joined);
    free(tree.distance);
    free(tree.nearest);
    return status;
}

/* ---- cutting ---- */

patron_status patron_tree_cut(const patron_tree_join *joins, uint32_t k, uint32_t groups,
                              uint32_t *group)
{
    uint64_t nodes = 2 * (uint64_t)k;
    uint32_t known = 0;
    uint32_t *above = patron_allocate(nodes, sizeof *above);   /* the node that it became part of */
    uint32_t *number = patron_allocate(nodes, sizeof *number); /* of its group, from 1; 0: none */
    patron_status status = above == NULL || number == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status != PATRON_OK)
        goto cleanup;
    for (uint32_t node = 0; node < nodes; ++node)
        above[node] = node;
    for (uint32_t i = 0; i < k - groups; ++i)
        above[(uint32_t)joins[i].a] = above[(uint32_t)joins[i].b] = k + i;
    for (uint32_t node = 2 * k - 1; node-- > 0;) /* from the roots down */
        above[node] = above[above[node]];
    for (uint32_t s = 0; s < k; ++s) {
        if (number[above[s]] == 0)
            number[above[s]] = ++known;
        group[s] = number[above[s]] - 1;
    }
cleanup:
    free(above);
    free(number);
    return status;
}
