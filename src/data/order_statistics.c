/* SPDX-License-Identifier: Apache-2.0 */
/* Order statistics by distributed radix selection: histograms of the bits of an order-preserving
 * key, three passes, each reduced over ranks.  Exact, and the same however values are spread. */
#include "data/order_statistics.h"

#include "patron/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 3, MOST_BINS = 1 << 11 };

/* The digits of a key from the top: 11, 11 and 10 bits. */
static const struct {
    int shift, bits;
} digits[DIGITS] = {{21, 11}, {10, 11}, {0, 10}};

/* One query while it is answered: all values that share the digits found so far. */
typedef struct search {
    uint32_t column;
    uint64_t index; /* among those values */
    uint32_t prefix;
    uint64_t leader; /* the first search that looks among the same values, whose bins it shares */
} search;

typedef struct select_pass {
    const patron_rows *rows;
    const patron_row_groups *groups;
    const search *searches;
    uint64_t count;
    int digit;
    uint64_t *bins; /* threads x count x MOST_BINS */
} select_pass;

/* Keys order as the values do: negative ones have all bits flipped, the others the sign bit. */
static uint32_t key_of(float value)
{
    uint32_t bits = 0;
    value += 0.0F; /* -0 counts as 0 */
    memcpy(&bits, &value, sizeof bits);
    return (bits >> 31) != 0 ? ~bits : bits | UINT32_C(1) << 31;
}

static float value_of(uint32_t key)
{
    uint32_t bits = (key >> 31) != 0 ? key & ~(UINT32_C(1) << 31) : ~key;
    float value = 0.0F;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void count_block(void *argument, int thread, const patron_block *block)
{
    const select_pass *pass = argument;
    int shift = digits[pass->digit].shift, bits = digits[pass->digit].bits;
    uint32_t mask = (UINT32_C(1) << bits) - 1, columns = pass->rows->columns;
    uint32_t group = UINT32_MAX;
    uint64_t lanes = 0;
    for (uint64_t s = 0; s < pass->count; ++s) {
        const search *one = &pass->searches[s];
        if (one->leader != s)
            continue;
        if (one->column / columns != group) { /* neighbours mostly are of one group */
            group = one->column / columns;
            lanes = patron_row_groups_lanes(pass->groups, pass->rows, block, group);
        }
        const float *values = block->values + (uint64_t)(one->column % columns) * PATRON_BLOCK;
        uint64_t *bins = pass->bins + ((uint64_t)thread * pass->count + s) * MOST_BINS;
        for (uint64_t left = lanes; left != 0; left &= left - 1) {
            float value = values[__builtin_ctzll(left)];
            uint32_t key = key_of(value);
            /* the first digit has no prefix, and 32 bits can't be shifted out */
            if (!isnan(value) && (uint64_t)key >> (shift + bits) == one->prefix)
                ++bins[(key >> shift) & mask];
        }
    }
}

/* Takes the bin that the index falls into. */
static void narrow(search *one, const uint64_t *bins, int bits)
{
    uint64_t bin = 0, last = (UINT64_C(1) << bits) - 1;
    while (bin < last && one->index >= bins[bin])
        one->index -= bins[bin++];
    one->prefix = one->prefix << bits | (uint32_t)bin;
}

/* Neighbours that look among the same values count them once. */
static void share_bins(search *searches, uint64_t count)
{
    for (uint64_t s = 0; s < count; ++s) {
        bool is_same = s > 0 && searches[s].column == searches[s - 1].column &&
                       searches[s].prefix == searches[s - 1].prefix;
        searches[s].leader = is_same ? searches[s - 1].leader : s;
    }
}

static patron_status select_digit(const patron_comm *comm, const patron_rows *rows,
                                  search *searches, select_pass *pass)
{
    uint64_t bins = pass->count * MOST_BINS;
    share_bins(searches, pass->count);
    memset(pass->bins, 0, (uint64_t)rows->threads * bins * sizeof *pass->bins);
    patron_status status = patron_comm_agree(comm, patron_rows_pass(rows, count_block, pass));
    if (status != PATRON_OK)
        return status;
    for (uint64_t i = bins; i < bins * (uint64_t)rows->threads; ++i)
        pass->bins[i % bins] += pass->bins[i];
    patron_comm_reduce_u64(comm, pass->bins, bins, PATRON_SUM);
    for (uint64_t s = 0; s < pass->count; ++s)
        narrow(&searches[s], pass->bins + searches[s].leader * MOST_BINS, digits[pass->digit].bits);
    return PATRON_OK;
}

patron_status patron_order_statistics(const patron_comm *comm, const patron_rows *rows,
                                      patron_order_query *queries, uint64_t count)
{
    return patron_order_statistics_of_groups(comm, rows, NULL, queries, count);
}

patron_status patron_order_statistics_of_groups(const patron_comm *comm, const patron_rows *rows,
                                                const patron_row_groups *groups,
                                                patron_order_query *queries, uint64_t count)
{
    search *searches = patron_allocate(count, sizeof *searches);
    select_pass pass = {.rows = rows, .groups = groups, .searches = searches, .count = count};
    pass.bins = patron_allocate(count * (uint64_t)rows->threads, MOST_BINS * sizeof *pass.bins);
    patron_status status = searches == NULL || pass.bins == NULL ? PATRON_RESOURCE : PATRON_OK;
    status = patron_comm_agree(comm, status);
    for (uint64_t s = 0; status == PATRON_OK && s < count; ++s)
        searches[s] = (search){.column = queries[s].column, .index = queries[s].index};
    for (pass.digit = 0; status == PATRON_OK && pass.digit < DIGITS; ++pass.digit)
        status = select_digit(comm, rows, searches, &pass);
    for (uint64_t s = 0; status == PATRON_OK && s < count; ++s)
        queries[s].value = value_of(searches[s].prefix);
    free(searches);
    free(pass.bins);
    return status;
}

uint64_t patron_order_statistics_batch(const patron_comm *comm, const patron_rows *rows,
                                       uint64_t memory, uint64_t queries, uint64_t columns)
{
    uint64_t bytes = queries * MOST_BINS * sizeof(uint64_t) * (uint64_t)rows->threads;
    uint64_t batch = memory / bytes;
    patron_comm_reduce_u64(comm, &batch, 1, PATRON_MIN);
    batch = batch < columns ? batch : columns;
    return batch == 0 ? 1 : batch;
}
