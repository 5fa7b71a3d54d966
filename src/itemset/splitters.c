/* SPDX-License-Identifier: Apache-2.0 */
/* Splitters of the slices, from samples of each rank's sorted sets. */
#include "itemset/slices_internal.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

/* Samples of a rank's share of the sets, and sets that a sample stands for at least: more samples
 * make slices more even.  Every rank sorts all of them, so that where ranks are many these are
 * fewer. */
enum { MOST_A_RANK = 128, LEAST_A_RANK = 8, MOST_SAMPLES = 1 << 14, LEAST_STEP = 16 };

/* How many sets a sample stands for. */
static uint64_t choose_step(uint64_t total, int ranks)
{
    uint64_t of_rank = MOST_SAMPLES / (uint64_t)ranks;
    of_rank = of_rank < MOST_A_RANK ? of_rank : MOST_A_RANK;
    of_rank = of_rank > LEAST_A_RANK ? of_rank : LEAST_A_RANK;
    uint64_t step = total / (of_rank * (uint64_t)ranks) + 1;
    return step > LEAST_STEP ? step : LEAST_STEP;
}

int itemset_compare(const uint32_t *left, uint64_t left_length, const uint32_t *right,
                    uint64_t right_length)
{
    if (left_length != right_length)
        return left_length < right_length ? -1 : 1;
    for (uint64_t i = 0; i < left_length; ++i)
        if (left[i] != right[i])
            return left[i] < right[i] ? -1 : 1;
    return 0;
}

int itemset_slices_owner(const itemset_splitters *splitters, const uint32_t *items, uint64_t length)
{
    uint64_t low = 0;
    uint64_t high = splitters->count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        const uint64_t *offset = splitters->offsets + middle;
        if (itemset_compare(splitters->items + offset[0], offset[1] - offset[0], items, length) <=
            0)
            low = middle + 1;
        else
            high = middle;
    }
    return (int)low;
}

void itemset_splitters_free(itemset_splitters *splitters)
{
    free(splitters->offsets);
    free(splitters->items);
    *splitters = (itemset_splitters){0};
}

/* A sample is its length, then its items. */
static int compare_samples(const void *left, const void *right)
{
    const uint32_t *a = *(const uint32_t *const *)left;
    const uint32_t *b = *(const uint32_t *const *)right;
    return itemset_compare(a + 1, a[0], b + 1, b[0]);
}

/* Evenly spaced samples, as many as the rank's share of all sets asks for.  Ranks begin at other
 * places, so that together they have some of the least and of the greatest. */
static patron_status take_samples(const patron_comm *comm, const patron_itemset_sets *sets,
                                  uint64_t total, uint32_t **samples, uint64_t *words)
{
    uint64_t step = choose_step(total, comm->size);
    uint64_t first = step * (uint64_t)comm->rank / (uint64_t)comm->size;
    *words = 0;
    for (uint64_t set = first; set < sets->count; set += step)
        *words += 1 + sets->offsets[set + 1] - sets->offsets[set];
    *samples = patron_allocate(*words, sizeof **samples);
    if (*samples == NULL)
        return PATRON_RESOURCE;
    uint32_t *out = *samples;
    for (uint64_t set = first; set < sets->count; set += step) {
        uint64_t length = sets->offsets[set + 1] - sets->offsets[set];
        *out++ = (uint32_t)length;
        memcpy(out, sets->items + sets->offsets[set], length * sizeof *out);
        out += length;
    }
    return PATRON_OK;
}

/* Every size-th part of the sorted samples starts a slice. */
static patron_status choose(const uint32_t *samples, uint64_t words, int size,
                            itemset_splitters *splitters)
{
    patron_status status = PATRON_RESOURCE;
    uint64_t count = 0;
    for (uint64_t word = 0; word < words; word += 1 + samples[word])
        ++count;
    const uint32_t **sorted = patron_allocate(count, sizeof *sorted);
    splitters->offsets = patron_allocate((uint64_t)size, sizeof *splitters->offsets);
    if (sorted == NULL || splitters->offsets == NULL)
        goto cleanup;
    count = 0;
    for (uint64_t word = 0; word < words; word += 1 + samples[word])
        sorted[count++] = samples + word;
    qsort(sorted, count, sizeof *sorted, compare_samples);
    splitters->count = count > 0 ? (uint64_t)size - 1 : 0;
    for (uint64_t i = 0; i < splitters->count; ++i)
        splitters->offsets[i + 1] =
            splitters->offsets[i] + sorted[(i + 1) * count / (uint64_t)size][0];
    splitters->items =
        patron_allocate(splitters->offsets[splitters->count], sizeof *splitters->items);
    if (splitters->items == NULL)
        goto cleanup;
    for (uint64_t i = 0; i < splitters->count; ++i) {
        const uint32_t *sample = sorted[(i + 1) * count / (uint64_t)size];
        memcpy(splitters->items + splitters->offsets[i], sample + 1, sample[0] * sizeof *sample);
    }
    status = PATRON_OK;

cleanup:
    free(sorted);
    return status;
}

patron_status itemset_splitters_choose(const patron_comm *comm, patron_status so_far,
                                       const patron_itemset_sets *sets,
                                       itemset_splitters *splitters)
{
    uint32_t *mine = NULL;
    void *all = NULL;
    uint64_t words = 0, bytes = 0;
    uint64_t total = sets->count;
    patron_comm_reduce_u64(comm, &total, 1, PATRON_SUM);
    if (so_far == PATRON_OK)
        so_far = take_samples(comm, sets, total, &mine, &words);
    patron_status status =
        patron_comm_gather(comm, so_far, mine, words * sizeof *mine, &all, &bytes);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, choose(all, bytes / sizeof *mine, comm->size, splitters));
    free(mine);
    free(all);
    return status;
}
