/* SPDX-License-Identifier: Apache-2.0 */
/* fit ISA: fits k-means to made data with these kernels, and prints a hash of each result's bits, a
 * line a fit.  Without MPI, so that it can be built for another processor. */
#include "kmeans_plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a. */
static uint64_t hash_bytes(uint64_t hash, const void *bytes, uint64_t count)
{
    const unsigned char *byte = bytes;
    for (uint64_t i = 0; i < count; ++i)
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t hash_of(const test_fit *fit, uint64_t rows)
{
    const patron_kmeans_result *result = &fit->result;
    uint64_t hash = UINT64_C(0xcbf29ce484222325), k = result->k;
    hash = hash_bytes(hash, result->centroids, k * result->columns * sizeof(double));
    hash = hash_bytes(hash, result->segment_inertia, k * sizeof(double));
    hash = hash_bytes(hash, result->history, result->iterations * sizeof *result->history);
    return hash_bytes(hash, fit->labels, rows * sizeof(int32_t));
}

static int fit_all(patron_kmeans_isa isa)
{
    static const struct {
        uint64_t rows;
        uint32_t columns, k;
    } shapes[] = {{700, 3, 13}, {333, 17, 30}, {400, 16, 64}, {130, 40, 25}, {64, 1, 9}};
    const patron_comm self = patron_comm_self();
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; ++s)
        for (int values = TEST_VALUES_SMOOTH; values <= TEST_VALUES_FEW; ++values)
            for (int init = PATRON_KMEANS_PARALLEL; init <= PATRON_KMEANS_RANDOM; ++init) {
                test_table table =
                    test_table_make(shapes[s].rows, shapes[s].columns, (test_values)values,
                                    (test_weights)(init % 3), s);
                const patron_kmeans_options options = {.k = shapes[s].k,
                                                       .init = (patron_kmeans_init)init,
                                                       .max_iterations = 20,
                                                       .tolerance = 1e-4,
                                                       .restarts = 1,
                                                       .seed = s};
                test_fit fit = test_fit_table(&self, &table, 0, table.count, 2, isa, &options);
                if (fit.status != PATRON_OK)
                    return 1;
                printf("%zu %d %d %016llx\n", s, values, init,
                       (unsigned long long)hash_of(&fit, table.count));
                test_fit_free(&fit);
                test_table_free(&table);
            }
    return 0;
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"auto", "generic", "avx2", "avx512", "avx512vnni"};
    for (int isa = 0; argc == 2 && isa < (int)(sizeof names / sizeof names[0]); ++isa)
        if (strcmp(argv[1], names[isa]) == 0)
            return fit_all((patron_kmeans_isa)isa);
    return 2;
}
