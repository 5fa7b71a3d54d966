/* SPDX-License-Identifier: Apache-2.0 */
/* Rows that are equal: 128-bit hashes of rows are dealt to ranks by value and sorted there.  Hashes
 * are cut into slices, a slice a pass, so that few are held at a time. */
#include "data/profile.h"

#include "data/deal.h"
#include "patron/memory.h"

#include <math.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

typedef struct row_hash {
    uint64_t word[2];
} row_hash;

/* What one thread has hashed. */
typedef struct hash_list {
    row_hash *hashes;
    uint64_t count, room;
    uint64_t twins; /* hashes left out, as the list had them already */
    float *row;     /* columns */
    bool out_of_memory;
} hash_list;

typedef struct slice_pass {
    uint64_t columns;
    uint64_t slice, slices;
    int threads;
    hash_list *lists; /* threads */
} slice_pass;

static int compare_hashes(const void *a, const void *b)
{
    const row_hash *x = a, *y = b;
    if (x->word[0] != y->word[0])
        return x->word[0] < y->word[0] ? -1 : 1;
    return x->word[1] < y->word[1] ? -1 : x->word[1] > y->word[1] ? 1 : 0;
}

/* Sorts hashes[*count] and leaves out those that stand there already; how many. */
static uint64_t leave_out_twins(row_hash *hashes, uint64_t *count)
{
    uint64_t kept = 0, before = *count;
    qsort(hashes, before, sizeof *hashes, compare_hashes);
    for (uint64_t i = 0; i < before; ++i)
        if (kept == 0 || compare_hashes(&hashes[kept - 1], &hashes[i]) != 0)
            hashes[kept++] = hashes[i];
    *count = kept;
    return before - kept;
}

/* A full list is first rid of twins, so that it grows with the rows that differ alone. */
static void append(hash_list *list, row_hash hash)
{
    if (list->count == list->room) {
        list->twins += leave_out_twins(list->hashes, &list->count);
        uint64_t wanted = list->count > list->room / 2 ? list->room + 1 : list->room;
        row_hash *hashes = patron_grow(list->hashes, wanted, &list->room, sizeof *hashes);
        list->out_of_memory = hashes == NULL;
        list->hashes = hashes == NULL ? list->hashes : hashes;
    }
    if (!list->out_of_memory)
        list->hashes[list->count++] = hash;
}

/* One form for each value: 0 for -0, one NaN. */
static void take_row(const patron_block *block, uint64_t columns, uint64_t lane, float *row)
{
    for (uint64_t j = 0; j < columns; ++j) {
        float value = block->values[j * PATRON_BLOCK + lane] + 0.0F;
        row[j] = isnan(value) ? NAN : value;
    }
}

static void hash_block(void *argument, int thread, const patron_block *block)
{
    const slice_pass *pass = argument;
    hash_list *list = &pass->lists[thread];
    for (uint64_t left = block->lanes; left != 0 && !list->out_of_memory; left &= left - 1) {
        row_hash hash;
        take_row(block, pass->columns, (uint64_t)__builtin_ctzll(left), list->row);
        crypto_generichash((unsigned char *)&hash, sizeof hash, (const unsigned char *)list->row,
                           pass->columns * sizeof *list->row, NULL, 0);
        if (hash.word[1] % pass->slices == pass->slice)
            append(list, hash);
    }
}

/* All threads' hashes without twins, sorted, in the first thread's list. */
static patron_status gather_threads(const slice_pass *pass)
{
    hash_list *all = &pass->lists[0];
    bool out_of_memory = false;
    uint64_t total = 0;
    for (int t = 0; t < pass->threads; ++t) {
        total += pass->lists[t].count;
        out_of_memory = out_of_memory || pass->lists[t].out_of_memory;
    }
    row_hash *hashes =
        out_of_memory ? NULL : patron_grow(all->hashes, total, &all->room, sizeof *hashes);
    if (hashes == NULL)
        return PATRON_RESOURCE;
    all->hashes = hashes;
    for (int t = 1; t < pass->threads; ++t) {
        hash_list *list = &pass->lists[t];
        memcpy(hashes + all->count, list->hashes, list->count * sizeof *hashes);
        all->count += list->count;
        all->twins += list->twins;
    }
    all->twins += leave_out_twins(hashes, &all->count);
    return PATRON_OK;
}

/* Adds the duplicates of one slice that meet on this rank. */
static patron_status count_slice(const patron_comm *comm, const patron_rows *rows, slice_pass *pass,
                                 uint64_t *duplicates)
{
    void *dealt = NULL;
    uint64_t dealt_count = 0;
    for (int t = 0; t < pass->threads; ++t)
        pass->lists[t].count = pass->lists[t].twins = 0;
    patron_status status = patron_rows_pass(rows, hash_block, pass);
    if (status == PATRON_OK)
        status = gather_threads(pass);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = patron_deal_by_hash(comm, pass->lists[0].hashes, pass->lists[0].count,
                                     sizeof(row_hash), &dealt, &dealt_count);
    if (status == PATRON_OK)
        *duplicates += pass->lists[0].twins + leave_out_twins(dealt, &dealt_count);
    free(dealt);
    return status;
}

static patron_status create_lists(slice_pass *pass)
{
    pass->lists = patron_allocate((uint64_t)pass->threads, sizeof *pass->lists);
    if (pass->lists == NULL)
        return PATRON_RESOURCE;
    for (int t = 0; t < pass->threads; ++t) {
        pass->lists[t].row = patron_allocate(pass->columns, sizeof(float));
        pass->lists[t].hashes = patron_grow(NULL, 1, &pass->lists[t].room, sizeof(row_hash));
        if (pass->lists[t].row == NULL || pass->lists[t].hashes == NULL)
            return PATRON_RESOURCE;
    }
    return PATRON_OK;
}

static void free_lists(slice_pass *pass)
{
    for (int t = 0; pass->lists != NULL && t < pass->threads; ++t) {
        free(pass->lists[t].row);
        free(pass->lists[t].hashes);
    }
    free(pass->lists);
}

patron_status patron_profile_duplicates(const patron_comm *comm, const patron_rows *rows,
                                        uint64_t most, uint64_t *duplicates)
{
    uint64_t longest = rows->count;
    patron_comm_reduce_u64(comm, &longest, 1, PATRON_MAX);
    slice_pass pass = {
        .columns = rows->columns, .slices = longest / most + 1, .threads = rows->threads};
    *duplicates = 0;
    patron_status status = patron_comm_agree(comm, create_lists(&pass));
    for (pass.slice = 0; status == PATRON_OK && pass.slice < pass.slices; ++pass.slice)
        status = count_slice(comm, rows, &pass, duplicates);
    if (status == PATRON_OK)
        patron_comm_reduce_u64(comm, duplicates, 1, PATRON_SUM);
    free_lists(&pass);
    return status;
}
