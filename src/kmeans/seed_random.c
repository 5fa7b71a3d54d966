/* SPDX-License-Identifier: Apache-2.0 */
/* Seeds by chance alone: the k rows of positive weight whose random keys are least. */
#include "kmeans/engine.h"

#include "patron/memory.h"
#include "patron/random.h"

#include <stdlib.h>

typedef struct entry {
    uint64_t key;
    uint64_t row;
} entry;

static bool comes_before(const entry *a, const entry *b)
{
    return a->key < b->key || (a->key == b->key && a->row < b->row);
}

static int compare_entries(const void *a, const void *b)
{
    return comes_before(a, b) ? -1 : comes_before(b, a) ? 1 : 0;
}

/* Puts `fresh` in place of the last of a heap whose root comes last. */
static void replace_root(entry *kept, uint64_t count, entry fresh)
{
    uint64_t at = 0;
    for (;;) {
        uint64_t child = 2 * at + 1;
        if (child >= count)
            break;
        if (child + 1 < count && comes_before(&kept[child], &kept[child + 1]))
            ++child;
        if (!comes_before(&fresh, &kept[child]))
            break;
        kept[at] = kept[child];
        at = child;
    }
    kept[at] = fresh;
}

/* The `capacity` first of this rank's entries, in order; returns how many there are. */
static uint64_t keep_first(const patron_kmeans_rows *rows, uint64_t seed, uint64_t capacity,
                           entry *kept)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < rows->count; ++i) {
        uint64_t row = rows->row[i];
        if (!(kmeans_weight(rows, i) > 0.0F))
            continue;
        entry fresh = {patron_random_bits(seed, PATRON_PURPOSE_SAMPLE_ROW, row, 0), row};
        if (count < capacity) {
            kept[count++] = fresh;
            if (count == capacity) { /* in descending order the entries are such a heap */
                qsort(kept, count, sizeof *kept, compare_entries);
                for (uint64_t low = 0, high = count - 1; low < high; ++low, --high) {
                    entry swapped = kept[low];
                    kept[low] = kept[high];
                    kept[high] = swapped;
                }
            }
        } else if (comes_before(&fresh, &kept[0])) {
            replace_root(kept, count, fresh);
        }
    }
    qsort(kept, count, sizeof *kept, compare_entries);
    return count;
}

/* All ranks' entries on every rank, sorted. */
static patron_status gather_entries(const patron_comm *comm, const entry *kept, uint64_t count,
                                    entry **all, uint64_t *total)
{
    uint64_t ranks = (uint64_t)comm->size;
    uint64_t *bytes_of = patron_allocate(ranks, sizeof *bytes_of);
    patron_status status = patron_comm_agree(comm, bytes_of == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status != PATRON_OK)
        goto cleanup;
    patron_comm_gather_u64(comm, count * sizeof *kept, bytes_of);
    *total = 0;
    for (uint64_t r = 0; r < ranks; ++r)
        *total += bytes_of[r] / sizeof *kept;
    *all = patron_allocate(*total, sizeof **all);
    status = patron_comm_agree(comm, *all == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status != PATRON_OK)
        goto cleanup;
    patron_comm_gather_bytes(comm, kept, bytes_of, *all);
    qsort(*all, *total, sizeof **all, compare_entries);
cleanup:
    free(bytes_of);
    return status;
}

patron_status kmeans_seed_random(const kmeans_engine *engine, uint64_t seed, uint32_t k,
                                 double *centroids, uint32_t *found)
{
    const patron_kmeans_rows *rows = engine->rows;
    uint64_t capacity = k < rows->count ? k : rows->count;
    uint64_t total = 0;
    entry *all = NULL;
    entry *kept = patron_allocate(capacity, sizeof *kept);
    uint64_t *wanted = patron_allocate(k, sizeof *wanted);
    patron_status status = kept == NULL || wanted == NULL ? PATRON_RESOURCE : PATRON_OK;
    status = patron_comm_agree(engine->comm, status);
    if (status != PATRON_OK)
        goto cleanup;
    uint64_t count = keep_first(rows, seed, capacity, kept);
    status = gather_entries(engine->comm, kept, count, &all, &total);
    if (status != PATRON_OK)
        goto cleanup;
    *found = total < k ? (uint32_t)total : k;
    for (uint32_t c = 0; c < *found; ++c)
        wanted[c] = all[c].row;
    status = kmeans_fetch_rows(engine, wanted, *found, centroids);
cleanup:
    free(all);
    free(kept);
    free(wanted);
    return status;
}
