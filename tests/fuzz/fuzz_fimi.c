/* SPDX-License-Identifier: Apache-2.0 */
/* Both readers of FIMI text find the same baskets, at any number of threads. */
#include "fuzz_file.h"
#include "ingest/fimi_ranges.h"
#include "ingest/ingest.h"

#include <mpi.h>
#include <string.h>

static patron_comm comm;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    MPI_Init(argc, argv);
    comm = patron_comm_duplicate(MPI_COMM_WORLD);
    return 0;
}

static bool texts_equal(const patron_texts *a, const patron_texts *b)
{
    bool equal = a->count == b->count;
    for (uint64_t i = 0; equal && i < a->count; ++i)
        equal =
            patron_texts_length(a, i) == patron_texts_length(b, i) &&
            memcmp(patron_texts_at(a, i), patron_texts_at(b, i), patron_texts_length(a, i)) == 0;
    return equal;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const char *path = fuzz_file(data + 1, size - 1);
    patron_basket_range streamed = {0}, range = {0};
    bool is_plain = false;
    patron_status status = patron_ingest_baskets(&comm, path, NULL, &streamed);
    patron_status of_range =
        patron_basket_range_read(&comm, path, 1 + data[0] % 3, &is_plain, &range);
    fuzz_check(of_range == PATRON_OK, "reading by ranges ends well");
    if (is_plain) {
        fuzz_check(status == PATRON_OK, "what is read by ranges is well formed");
        fuzz_check(streamed.count == range.count, "as many baskets");
        fuzz_check(
            memcmp(streamed.offsets, range.offsets, (range.count + 1) * sizeof *range.offsets) == 0,
            "the same lengths");
        fuzz_check(memcmp(streamed.items, range.items,
                          range.offsets[range.count] * sizeof *range.items) == 0,
                   "the same items");
        fuzz_check(texts_equal(&streamed.names, &range.names), "the same names");
    }
    patron_basket_range_free(&range);
    patron_basket_range_free(&streamed);
    return 0;
}
