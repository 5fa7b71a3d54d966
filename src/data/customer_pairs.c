/* SPDX-License-Identifier: Apache-2.0 */
/* Customers of two datasets meet on the rank that the hash of their id belongs to. */
#include "data/customer_pairs.h"

#include "data/dataset.h"
#include "data/deal.h"
#include "data/id_hash.h"
#include "patron/memory.h"
#include "runtime/radix.h"

#include <stdlib.h>
#include <string.h>

/* What travels of a customer. */
typedef struct visitor {
    uint64_t hash[2];
    int32_t label;
    uint32_t side; /* 0: of the first dataset, 1: of the second */
} visitor;

/* Of visitors whose hashes begin alike. */
static int compare_visitors(const void *a, const void *b)
{
    const visitor *x = a, *y = b;
    if (x->hash[1] != y->hash[1])
        return x->hash[1] < y->hash[1] ? -1 : 1;
    return x->side < y->side ? -1 : x->side > y->side;
}

/* ---- sorting ---- */

/* Sorts by the first word of the hash, and the few that share it by the rest. */
static patron_status sort_visitors(visitor *visitors, uint64_t count)
{
    patron_radix_entry *entries = patron_allocate(count, sizeof *entries);
    patron_radix_entry *spare = patron_allocate(count, sizeof *spare);
    visitor *sorted = patron_allocate(count, sizeof *sorted);
    bool is_short = entries == NULL || spare == NULL || sorted == NULL;
    for (uint64_t i = 0; !is_short && i < count; ++i)
        entries[i] = (patron_radix_entry){.word = visitors[i].hash[0], .place = i};
    if (!is_short)
        patron_radix_sort(entries, count, spare);
    for (uint64_t i = 0; !is_short && i < count; ++i)
        sorted[i] = visitors[entries[i].place];
    for (uint64_t from = 0, to = 0; !is_short && from < count; from = to) {
        while (to < count && sorted[to].hash[0] == sorted[from].hash[0])
            ++to;
        if (to - from > 1)
            qsort(sorted + from, to - from, sizeof *sorted, compare_visitors);
    }
    if (!is_short)
        memcpy(visitors, sorted, count * sizeof *sorted);
    free(entries);
    free(spare);
    free(sorted);
    return is_short ? PATRON_RESOURCE : PATRON_OK;
}

/* ---- from datasets to visitors ---- */

static patron_range range_of(const patron_comm *comm, const patron_labelled_dataset *one)
{
    return patron_range_cut(patron_dataset_rows(one->dataset), (uint64_t)comm->rank,
                            (uint64_t)comm->size);
}

static patron_status list_visitors(const patron_labelled_dataset *one, patron_range range,
                                   uint32_t side, visitor *visitors)
{
    patron_id_hash *ids = patron_allocate(range.count, sizeof *ids);
    patron_status status =
        ids == NULL ? PATRON_RESOURCE : patron_dataset_hash_ids(one->dataset, range, ids);
    for (uint64_t i = 0; status == PATRON_OK && i < range.count; ++i)
        visitors[i] = (visitor){
            .hash = {ids[i].hash[0], ids[i].hash[1]}, .label = one->labels[i], .side = side};
    free(ids);
    return status;
}

/* The visitors of this rank's rows, sorted. */
static patron_status prepare(const patron_comm *comm, const patron_labelled_dataset *first,
                             const patron_labelled_dataset *second, visitor **visitors,
                             uint64_t *count)
{
    patron_range here = range_of(comm, first), there = range_of(comm, second);
    if (first->dataset->head.has_text_ids != second->dataset->head.has_text_ids)
        return patron_fail(
            PATRON_DATA, "/customers/id: texts in %s, numbers in %s",
            first->dataset->head.has_text_ids ? first->dataset->path : second->dataset->path,
            first->dataset->head.has_text_ids ? second->dataset->path : first->dataset->path);
    *count = here.count + there.count;
    *visitors = patron_allocate(*count, sizeof **visitors);
    patron_status status =
        *visitors == NULL ? PATRON_RESOURCE : list_visitors(first, here, 0, *visitors);
    if (status == PATRON_OK)
        status = list_visitors(second, there, 1, *visitors + here.count);
    return status == PATRON_OK ? sort_visitors(*visitors, *count) : status;
}

/* ---- from visitors to pairs ---- */

static bool is_same_customer(const visitor *a, const visitor *b)
{
    return a->hash[0] == b->hash[0] && a->hash[1] == b->hash[1];
}

static patron_status pair_up(const patron_labelled_dataset *first,
                             const patron_labelled_dataset *second, const visitor *visitors,
                             uint64_t count, patron_customer_pairs *pairs)
{
    pairs->first = patron_allocate(count, sizeof *pairs->first);
    pairs->second = patron_allocate(count, sizeof *pairs->second);
    if (pairs->first == NULL || pairs->second == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < count; ++i) {
        const visitor *one = &visitors[i], *before = i > 0 ? one - 1 : NULL;
        bool is_known = before != NULL && is_same_customer(before, one);
        if (is_known && before->side == one->side)
            return patron_fail(PATRON_DATA, "%s: /customers/id: two rows have the same id",
                               (one->side == 0 ? first : second)->dataset->path);
        if (!is_known) {
            pairs->first[pairs->count] = PATRON_LABEL_ABSENT;
            pairs->second[pairs->count++] = PATRON_LABEL_ABSENT;
        }
        (one->side == 0 ? pairs->first : pairs->second)[pairs->count - 1] = one->label;
    }
    return PATRON_OK;
}

patron_status patron_customer_pairs_find(const patron_comm *comm,
                                         const patron_labelled_dataset *first,
                                         const patron_labelled_dataset *second,
                                         patron_customer_pairs *pairs)
{
    visitor *visitors = NULL;
    void *dealt = NULL;
    uint64_t count = 0, dealt_count = 0;
    *pairs = (patron_customer_pairs){0};
    patron_status status = patron_comm_agree(comm, prepare(comm, first, second, &visitors, &count));
    if (status == PATRON_OK)
        status = patron_deal_by_hash(comm, visitors, count, sizeof *visitors, &dealt, &dealt_count);
    free(visitors);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, sort_visitors(dealt, dealt_count));
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, pair_up(first, second, dealt, dealt_count, pairs));
    free(dealt);
    return status;
}

void patron_customer_pairs_free(patron_customer_pairs *pairs)
{
    free(pairs->first);
    free(pairs->second);
    *pairs = (patron_customer_pairs){0};
}
