/* SPDX-License-Identifier: Apache-2.0 */
/* A program of someone else's that links the installed library: each rank has three customers and
 * three baskets of its own; test_install.py knows them too. */
#include <patron/itemset.h>
#include <patron/kmeans.h>
#include <patron/rows.h>

#include <inttypes.h>
#include <stdio.h>

enum { COLUMNS = 2, ROWS = 3, ITEMS = 3, K = 2 };

/* Customers near (0, 0) on even ranks, near (100, 100) on odd ones. */
static patron_status segment(const patron_comm *comm)
{
    float values[ROWS][COLUMNS];
    patron_rows rows = {0};
    patron_kmeans *kmeans = NULL;
    patron_kmeans_result fit = {0};
    for (int r = 0; r < ROWS; ++r)
        for (int c = 0; c < COLUMNS; ++c)
            values[r][c] = (float)(100 * (comm->rank % 2) + r + c);
    patron_rows_shape shape = {
        .first = ROWS * (uint64_t)comm->rank, .count = ROWS, .columns = COLUMNS, .threads = 1};
    patron_kmeans_options options = {
        .k = K, .init = PATRON_KMEANS_PLUSPLUS, .max_iterations = 100, .restarts = 1};
    patron_status status =
        patron_comm_agree(comm, patron_rows_pack(&values[0][0], NULL, &shape, &rows));
    if (status == PATRON_OK)
        status = patron_kmeans_create(comm, &rows, PATRON_KMEANS_ISA_AUTO, &kmeans);
    if (status == PATRON_OK)
        status = patron_kmeans_fit(kmeans, &options, &fit);
    for (uint32_t s = 0; comm->rank == 0 && s < fit.k; ++s)
        printf("segment %" PRId64 " %g %g %g\n", fit.size[s], fit.centroids[s * COLUMNS],
               fit.centroids[s * COLUMNS + 1], fit.segment_inertia[s]);
    patron_kmeans_result_free(&fit);
    patron_kmeans_free(kmeans);
    patron_rows_free(&rows);
    return status;
}

static void print_sets(const patron_itemset_sets *sets)
{
    for (uint64_t s = 0; s < sets->count; ++s) {
        printf("set");
        for (uint64_t i = sets->offsets[s]; i < sets->offsets[s + 1]; ++i)
            printf(" %" PRIu32, sets->items[i]);
        printf(" (%" PRIu64 ")\n", sets->support_count[s]);
    }
}

static patron_status mine(const patron_comm *comm)
{
    static const uint64_t offsets[] = {0, 2, 5, 6};
    static const uint32_t items[] = {0, 1, 0, 1, 2, 2};
    patron_itemset_baskets baskets = {
        .count = 3, .offsets = offsets, .items = items, .item_count = ITEMS};
    patron_itemset_options options = {.min_count = 4, .min_length = 1, .threads = 1};
    patron_itemset_result found = {0};
    patron_status status = patron_itemset_mine(comm, &baskets, &options, &found);
    if (status == PATRON_OK)
        print_sets(&found.sets);
    patron_itemset_result_free(&found);
    return status;
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    patron_comm comm = patron_comm_duplicate(MPI_COMM_WORLD);
    patron_status status = segment(&comm);
    if (status == PATRON_OK)
        status = mine(&comm);
    char text[PATRON_FAIL_CAPACITY];
    patron_fail_text(status, text, sizeof text);
    if (status != PATRON_OK && comm.rank == 0)
        fprintf(stderr, "%s\n", text);
    patron_comm_free(&comm);
    MPI_Finalize();
    return patron_status_exit_code(status);
}
