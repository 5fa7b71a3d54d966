/* SPDX-License-Identifier: Apache-2.0 */
/* Seeds by chance alone: the k rows of positive weight whose random keys are least. */
#include "kmeans/engine.h"

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

/* The first entries of the rows that a thread has seen: a heap once it is full. */
typedef struct draw {
    uint64_t seed, capacity;
    uint64_t *count; /* threads */
    entry *kept;     /* threads x capacity */
} draw;

/* In descending order, entries are a heap whose root comes last. */
static void make_heap(entry *kept, uint64_t count)
{
    qsort(kept, count, sizeof *kept, compare_entries);
    for (uint64_t low = 0, high = count - 1; low < high; ++low, --high) {
        entry swapped = kept[low];
        kept[low] = kept[high];
        kept[high] = swapped;
    }
}

static void draw_block(void *argument, int thread, const patron_block *block)
{
    const draw *run = argument;
    entry *kept = run->kept + (uint64_t)thread * run->capacity;
    uint64_t *count = &run->count[thread];
    for (uint64_t left = block->lanes; left != 0; left &= left - 1) {
        int lane = __builtin_ctzll(left);
        uint64_t row = block->row + (uint64_t)lane;
        if (block->weight != NULL && !(block->weight[lane] > 0.0F))
            continue;
        entry fresh = {patron_random_bits(run->seed, PATRON_PURPOSE_SAMPLE_ROW, row, 0), row};
        if (*count < run->capacity) {
            kept[(*count)++] = fresh;
            if (*count == run->capacity)
                make_heap(kept, *count);
        } else if (comes_before(&fresh, &kept[0])) {
            replace_root(kept, *count, fresh);
        }
    }
}

/* Gathers the threads' entries at the front, in order; returns how many of them are kept. */
static uint64_t merge_threads(const draw *run, int threads)
{
    uint64_t total = 0;
    for (uint64_t t = 0; t < (uint64_t)threads; ++t)
        for (uint64_t i = 0; i < run->count[t]; ++i)
            run->kept[total++] = run->kept[t * run->capacity + i];
    qsort(run->kept, total, sizeof *run->kept, compare_entries);
    return total < run->capacity ? total : run->capacity;
}

/* All ranks' entries on every rank, sorted. */
static patron_status gather_entries(const patron_comm *comm, const entry *kept, uint64_t count,
                                    entry **all, uint64_t *total)
{
    void *gathered = NULL;
    uint64_t bytes = 0;
    patron_status status =
        patron_comm_gather(comm, PATRON_OK, kept, count * sizeof *kept, &gathered, &bytes);
    *all = gathered;
    *total = bytes / sizeof *kept;
    if (status == PATRON_OK)
        qsort(*all, *total, sizeof **all, compare_entries);
    return status;
}

patron_status kmeans_seed_random(const patron_kmeans *engine, uint64_t seed, uint32_t k,
                                 double *centroids, uint32_t *found)
{
    const patron_rows *rows = engine->rows;
    uint64_t threads = (uint64_t)rows->threads, total = 0;
    entry *all = NULL;
    draw run = {.seed = seed, .capacity = k < rows->count ? k : rows->count};
    run.count = patron_allocate(threads, sizeof *run.count);
    run.kept = patron_allocate(threads * run.capacity, sizeof *run.kept);
    uint64_t *wanted = patron_allocate(k, sizeof *wanted);
    patron_status status = PATRON_OK;
    if (run.count == NULL || run.kept == NULL || wanted == NULL)
        status = PATRON_RESOURCE;
    status = patron_comm_agree(engine->comm, status);
    if (status == PATRON_OK)
        status = kmeans_visit(engine, draw_block, &run);
    if (status == PATRON_OK)
        status = gather_entries(engine->comm, run.kept, merge_threads(&run, rows->threads), &all,
                                &total);
    if (status != PATRON_OK)
        goto cleanup;
    *found = total < k ? (uint32_t)total : k;
    for (uint32_t c = 0; c < *found; ++c)
        wanted[c] = all[c].row;
    status = kmeans_fetch_rows(engine, wanted, *found, centroids);
cleanup:
    free(all);
    free(run.count);
    free(run.kept);
    free(wanted);
    return status;
}
