/* SPDX-License-Identifier: Apache-2.0 */
/* Customers of two datasets meet on the rank that the hash of their id belongs to.  Hashes are cut
 * into slices, which are dealt one after the other, so that few are held at a time. */
#include "data/customer_pairs.h"

#include "data/dataset.h"
#include "data/deal.h"
#include "data/id_hash.h"
#include "patron/memory.h"
#include "runtime/radix.h"

#include <stdlib.h>
#include <string.h>

enum {
    PIECE_IDS = 1 << 18, /* hashed at a time */
    VISITOR_BYTES = 96   /* of a visitor, with all that sorting and dealing takes */
};

/* What travels of a customer. */
typedef struct visitor {
    uint64_t hash[2];
    int32_t label;
    uint32_t side; /* 0: of the first dataset, 1: of the second */
} visitor;

typedef struct visitor_list {
    visitor *visitors;
    uint64_t count, room;
} visitor_list;

/* Of all hashes those of a slice: one in so many. */
typedef struct hash_slice {
    uint64_t index, slices;
} hash_slice;

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
    if (!is_short && count > 0)
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

static patron_status append_visitors(const patron_id_hash *ids, const int32_t *labels,
                                     uint64_t count, uint32_t side, hash_slice slice,
                                     visitor_list *list)
{
    for (uint64_t i = 0; i < count; ++i) {
        if (ids[i].hash[1] % slice.slices != slice.index)
            continue;
        visitor *visitors =
            patron_grow(list->visitors, list->count + 1, &list->room, sizeof *visitors);
        if (visitors == NULL)
            return PATRON_RESOURCE;
        list->visitors = visitors;
        visitors[list->count++] =
            (visitor){.hash = {ids[i].hash[0], ids[i].hash[1]}, .label = labels[i], .side = side};
    }
    return PATRON_OK;
}

static patron_status list_visitors(const patron_labelled_dataset *one, patron_range range,
                                   uint32_t side, hash_slice slice, visitor_list *list)
{
    uint64_t most = range.count < PIECE_IDS ? range.count : PIECE_IDS;
    patron_id_hash *ids = patron_allocate(most, sizeof *ids);
    patron_status status = ids == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (uint64_t done = 0, count = 0; status == PATRON_OK && done < range.count; done += count) {
        count = range.count - done < most ? range.count - done : most;
        status =
            patron_dataset_hash_ids(one->dataset, (patron_range){range.first + done, count}, ids);
        if (status == PATRON_OK)
            status = append_visitors(ids, one->labels + done, count, side, slice, list);
    }
    free(ids);
    return status;
}

/* The visitors of this rank's rows that are of a slice, sorted. */
static patron_status prepare(const patron_comm *comm, const patron_labelled_dataset *first,
                             const patron_labelled_dataset *second, hash_slice slice,
                             visitor_list *list)
{
    patron_status status = list_visitors(first, range_of(comm, first), 0, slice, list);
    if (status == PATRON_OK)
        status = list_visitors(second, range_of(comm, second), 1, slice, list);
    return status == PATRON_OK ? sort_visitors(list->visitors, list->count) : status;
}

/* ---- from visitors to pairs ---- */

static bool is_same_customer(const visitor *a, const visitor *b)
{
    return a->hash[0] == b->hash[0] && a->hash[1] == b->hash[1];
}

/* Makes room for `more` pairs. */
static patron_status grow_pairs(patron_customer_pairs *pairs, uint64_t more)
{
    uint64_t wanted = pairs->count + more, first_room = pairs->room, second_room = pairs->room;
    int32_t *first = patron_grow(pairs->first, wanted, &first_room, sizeof *first);
    pairs->first = first == NULL ? pairs->first : first;
    int32_t *second = patron_grow(pairs->second, wanted, &second_room, sizeof *second);
    pairs->second = second == NULL ? pairs->second : second;
    if (first == NULL || second == NULL)
        return PATRON_RESOURCE;
    pairs->room = first_room;
    return PATRON_OK;
}

static patron_status pair_up(const patron_labelled_dataset *first,
                             const patron_labelled_dataset *second, const visitor *visitors,
                             uint64_t count, patron_customer_pairs *pairs)
{
    patron_status status = grow_pairs(pairs, count);
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i) {
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
    return status;
}

/* Deals the visitors of a slice, and appends the pairs that meet here. */
static patron_status pair_slice(const patron_comm *comm, const patron_labelled_dataset *first,
                                const patron_labelled_dataset *second, hash_slice slice,
                                patron_customer_pairs *pairs)
{
    visitor_list list = {0};
    void *dealt = NULL;
    uint64_t dealt_count = 0;
    patron_status status = patron_comm_agree(comm, prepare(comm, first, second, slice, &list));
    if (status == PATRON_OK)
        status = patron_deal_by_hash(comm, list.visitors, list.count, sizeof *list.visitors, &dealt,
                                     &dealt_count);
    free(list.visitors);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, sort_visitors(dealt, dealt_count));
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, pair_up(first, second, dealt, dealt_count, pairs));
    free(dealt);
    return status;
}

patron_status patron_customer_pairs_find(const patron_comm *comm,
                                         const patron_labelled_dataset *first,
                                         const patron_labelled_dataset *second, uint64_t memory,
                                         patron_customer_pairs *pairs)
{
    uint64_t longest = range_of(comm, first).count + range_of(comm, second).count;
    *pairs = (patron_customer_pairs){0};
    if (first->dataset->head.has_text_ids != second->dataset->head.has_text_ids)
        return patron_fail(
            PATRON_DATA, "/customers/id: texts in %s, numbers in %s",
            first->dataset->head.has_text_ids ? first->dataset->path : second->dataset->path,
            first->dataset->head.has_text_ids ? second->dataset->path : first->dataset->path);
    patron_comm_reduce_u64(comm, &longest, 1, PATRON_MAX);
    hash_slice slice = {.slices = longest / (memory / VISITOR_BYTES + 1) + 1};
    patron_status status = PATRON_OK;
    for (; status == PATRON_OK && slice.index < slice.slices; ++slice.index)
        status = pair_slice(comm, first, second, slice, pairs);
    return status;
}

void patron_customer_pairs_free(patron_customer_pairs *pairs)
{
    free(pairs->first);
    free(pairs->second);
    *pairs = (patron_customer_pairs){0};
}
