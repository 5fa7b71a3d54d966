/* SPDX-License-Identifier: Apache-2.0 */
/* Distinct values of columns, counted exactly up to a limit.  Each thread keeps a set of the values
 * that it has seen until it holds more than the limit; what is left of the threads' sets is dealt
 * to ranks by hash, where equal values meet. */
#include "data/profile.h"

#include "data/deal.h"
#include "patron/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- sets ---- */

enum { FIRST_SLOTS = 64 };
static const uint32_t EMPTY = UINT32_MAX; /* the bits of a NaN, which is no value */

/* Open addressing, at most half full. */
typedef struct value_set {
    uint32_t *slots; /* bits of values; NULL: none yet, or dropped */
    uint32_t room, count;
    bool is_over; /* more than the limit: nothing is kept any more */
    bool out_of_memory;
} value_set;

/* The finalizer of SplitMix64: a bijection that spreads its bits. */
static uint64_t hash_of(uint64_t value)
{
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

static uint32_t *slot_of(uint32_t *slots, uint32_t room, uint32_t bits)
{
    uint32_t at = (uint32_t)hash_of(bits) & (room - 1);
    while (slots[at] != EMPTY && slots[at] != bits)
        at = (at + 1) & (room - 1);
    return &slots[at];
}

static bool grow(value_set *set)
{
    uint32_t room = set->room == 0 ? FIRST_SLOTS : 2 * set->room;
    uint32_t *slots = patron_allocate(room, sizeof *slots);
    if (slots == NULL)
        return false;
    memset(slots, 0xFF, room * sizeof *slots);
    for (uint32_t i = 0; i < set->room; ++i)
        if (set->slots[i] != EMPTY)
            *slot_of(slots, room, set->slots[i]) = set->slots[i];
    free(set->slots);
    set->slots = slots;
    set->room = room;
    return true;
}

static void drop(value_set *set)
{
    free(set->slots);
    set->slots = NULL;
    set->room = set->count = 0;
}

static void add(value_set *set, uint32_t bits)
{
    if (2 * set->count >= set->room && !grow(set)) {
        set->out_of_memory = set->is_over = true;
        drop(set);
        return;
    }
    uint32_t *slot = slot_of(set->slots, set->room, bits);
    set->count += *slot == EMPTY ? 1 : 0;
    *slot = bits;
    if (set->count > PATRON_PROFILE_DISTINCT) {
        set->is_over = true;
        drop(set);
    }
}

/* ---- a rank's values ---- */

typedef struct distinct_pass {
    uint32_t first, columns;
    value_set *sets; /* threads x columns */
} distinct_pass;

static void collect_block(void *argument, int thread, const patron_block *block)
{
    const distinct_pass *pass = argument;
    for (uint32_t c = 0; c < pass->columns; ++c) {
        const float *values = block->values + (uint64_t)(pass->first + c) * PATRON_BLOCK;
        value_set *set = &pass->sets[(uint64_t)thread * pass->columns + c];
        for (uint64_t left = block->lanes; left != 0 && !set->is_over; left &= left - 1) {
            float value = values[__builtin_ctzll(left)] + 0.0F; /* -0 counts as 0 */
            uint32_t bits = 0;
            memcpy(&bits, &value, sizeof bits);
            if (!isnan(value))
                add(set, bits);
        }
    }
}

/* Moves what `from` holds into `into`. */
static void unite(value_set *into, value_set *from)
{
    into->is_over = into->is_over || from->is_over;
    into->out_of_memory = into->out_of_memory || from->out_of_memory;
    for (uint32_t i = 0; i < from->room && !into->is_over; ++i)
        if (from->slots[i] != EMPTY)
            add(into, from->slots[i]);
    drop(from);
    if (into->is_over)
        drop(into);
}

/* Leaves the sets of all threads in the first thread's. */
static patron_status unite_threads(const distinct_pass *pass, int threads)
{
    bool out_of_memory = false;
    for (uint64_t i = pass->columns; i < (uint64_t)threads * pass->columns; ++i)
        unite(&pass->sets[i % pass->columns], &pass->sets[i]);
    for (uint32_t c = 0; c < pass->columns; ++c)
        out_of_memory = out_of_memory || pass->sets[c].out_of_memory;
    return out_of_memory ? PATRON_RESOURCE : PATRON_OK;
}

/* ---- all ranks' values ---- */

/* A value of a column; equal hashes mean equal values of one column. */
typedef struct hashed_value {
    uint64_t hash;
    uint64_t column;
} hashed_value;

static int compare_hashes(const void *a, const void *b)
{
    const hashed_value *x = a, *y = b;
    return x->hash < y->hash ? -1 : x->hash > y->hash ? 1 : 0;
}

/* This rank's values, sorted; to free(). */
static hashed_value *list_values(const distinct_pass *pass, uint64_t *count)
{
    uint64_t total = 0, used = 0;
    for (uint32_t c = 0; c < pass->columns; ++c)
        total += pass->sets[c].count;
    hashed_value *values = patron_allocate(total, sizeof *values);
    *count = total;
    for (uint32_t c = 0; values != NULL && c < pass->columns; ++c)
        for (uint32_t i = 0; i < pass->sets[c].room; ++i)
            if (pass->sets[c].slots[i] != EMPTY)
                values[used++] =
                    (hashed_value){hash_of((uint64_t)c << 32 | pass->sets[c].slots[i]), c};
    if (values != NULL)
        qsort(values, total, sizeof *values, compare_hashes);
    return values;
}

/* Distinct values of all ranks into counts[columns]. */
static patron_status count_over_ranks(const patron_comm *comm, const distinct_pass *pass,
                                      uint64_t *counts)
{
    void *dealt = NULL;
    uint64_t count = 0, dealt_count = 0;
    hashed_value *values = list_values(pass, &count);
    patron_status status = patron_comm_agree(comm, values == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        status = patron_deal_by_hash(comm, values, count, sizeof *values, &dealt, &dealt_count);
    if (status == PATRON_OK) {
        const hashed_value *met = dealt;
        qsort(dealt, dealt_count, sizeof *met, compare_hashes);
        for (uint64_t i = 0; i < dealt_count; ++i)
            counts[met[i].column] += i == 0 || met[i].hash != met[i - 1].hash ? 1 : 0;
        patron_comm_reduce_u64(comm, counts, pass->columns, PATRON_SUM);
    }
    free(values);
    free(dealt);
    return status;
}

patron_status patron_profile_distinct(const patron_comm *comm, const patron_rows *rows,
                                      uint32_t first, uint32_t count, patron_rows_profile *profile)
{
    const uint64_t more = PATRON_PROFILE_DISTINCT + 1;
    uint64_t sets = (uint64_t)rows->threads * count;
    distinct_pass pass = {.first = first, .columns = count};
    pass.sets = patron_allocate(sets, sizeof *pass.sets);
    uint64_t *counts = patron_allocate(count, sizeof *counts);
    patron_status status = pass.sets == NULL || counts == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK)
        status = patron_rows_pass(rows, collect_block, &pass);
    if (status == PATRON_OK)
        status = unite_threads(&pass, rows->threads);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = count_over_ranks(comm, &pass, counts);
    for (uint32_t c = 0; status == PATRON_OK && c < count; ++c) {
        uint64_t is_over = pass.sets[c].is_over ? 1 : 0;
        patron_comm_reduce_u64(comm, &is_over, 1, PATRON_MAX);
        profile->column[first + c].distinct = is_over || counts[c] > more ? more : counts[c];
    }
    for (uint64_t i = 0; pass.sets != NULL && i < sets; ++i)
        free(pass.sets[i].slots);
    free(pass.sets);
    free(counts);
    return status;
}
