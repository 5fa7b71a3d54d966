/* SPDX-License-Identifier: Apache-2.0 */
/* The subset exchange.  All ranks walk through their sets length by length in the same number of
 * rounds; a round's records have one size: the subset's items, the dropped item, the count. */
#include "itemset/subsets.h"

#include "patron/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT_WORDS = sizeof(uint64_t) / sizeof(uint32_t) };

/* Words that a rank sends in a round, or fewer where the communicator's pieces are smaller; it gets
 * as many from each rank at the very most. */
static const uint64_t BATCH_WORDS = UINT64_C(1) << 20;

typedef struct exchange {
    const patron_comm *comm;
    const patron_itemset_sets *sets;
    int threads;
    const itemset_index *index;
    itemset_subset_visit visit;
    itemset_subset_round after_round;
    void *context;
    uint64_t *bytes_to; /* by rank */
    uint64_t *bytes_from;
    uint64_t *places; /* where the next record for a rank goes */
} exchange;

/* Sets first ... first + count - 1, all of `length` items, and their records. */
typedef struct batch {
    uint64_t first;
    uint64_t count;
    uint64_t length;
    uint32_t *made; /* in the order of the sets */
    int *owners;    /* by record */
    uint32_t *sent; /* in the order of their owners */
    uint32_t *come;
    uint64_t come_count;
    uint64_t *found; /* by record that came: the subset */
} batch;

static uint64_t record_words(uint64_t length)
{
    return length + COUNT_WORDS;
}

static void free_batch(batch *b)
{
    if (b->come != b->made)
        free(b->come);
    free(b->made);
    free(b->owners);
    free(b->sent);
    free(b->found);
}

static patron_status allocate_batch(const exchange *x, batch *b)
{
    bool alone = x->comm->size == 1;
    uint64_t records = b->count * b->length;
    uint64_t travelling = alone ? 0 : records;
    b->made = patron_allocate(records * record_words(b->length), sizeof *b->made);
    b->sent = patron_allocate(travelling * record_words(b->length), sizeof *b->sent);
    b->owners = patron_allocate(travelling, sizeof *b->owners);
    bool short_of_memory = b->made == NULL || b->sent == NULL || b->owners == NULL;
    return short_of_memory ? PATRON_RESOURCE : PATRON_OK;
}

/* The record of a set without its item at `place`. */
static void make_record(const exchange *x, uint64_t set, uint64_t length, uint64_t place,
                        uint32_t *record)
{
    const uint32_t *items = x->sets->items + x->sets->offsets[set];
    memcpy(record, items, place * sizeof *items);
    memcpy(record + place, items + place + 1, (length - place - 1) * sizeof *items);
    record[length - 1] = items[place];
    memcpy(record + length, &x->sets->support_count[set], sizeof(uint64_t));
}

static void make_records(const exchange *x, batch *b)
{
    uint64_t length = b->length;
    uint64_t words = record_words(length);
    bool alone = x->comm->size == 1;
#pragma omp parallel for schedule(static) num_threads(x->threads)
    for (uint64_t i = 0; i < b->count; ++i) {
        for (uint64_t place = 0; place < length; ++place) {
            uint64_t at = i * length + place;
            uint32_t *record = b->made + at * words;
            make_record(x, b->first + i, length, place, record);
            if (!alone)
                b->owners[at] = itemset_sets_owner(x->comm, record, length - 1);
        }
    }
}

/* Puts the records into the order of their owners. */
static void sort_records(const exchange *x, const batch *b)
{
    uint64_t words = record_words(b->length);
    uint64_t records = b->count * b->length;
    memset(x->bytes_to, 0, (uint64_t)x->comm->size * sizeof *x->bytes_to);
    for (uint64_t i = 0; i < records; ++i)
        ++x->bytes_to[b->owners[i]];
    uint64_t before = 0;
    for (int rank = 0; rank < x->comm->size; ++rank) {
        x->places[rank] = before;
        before += x->bytes_to[rank];
        x->bytes_to[rank] *= words * sizeof(uint32_t);
    }
    for (uint64_t i = 0; i < records; ++i)
        memcpy(b->sent + x->places[b->owners[i]]++ * words, b->made + i * words,
               words * sizeof *b->sent);
}

/* Sends the records to their owners. */
static patron_status exchange_records(const exchange *x, batch *b)
{
    if (x->comm->size == 1) {
        b->come = b->made;
        b->come_count = b->count * b->length;
        return PATRON_OK;
    }
    uint64_t bytes = 0;
    sort_records(x, b);
    patron_comm_exchange_counts(x->comm, x->bytes_to, x->bytes_from);
    for (int rank = 0; rank < x->comm->size; ++rank)
        bytes += x->bytes_from[rank];
    b->come_count = bytes / (record_words(b->length) * sizeof(uint32_t));
    b->come = patron_allocate(bytes, 1);
    patron_status status = b->come == NULL ? PATRON_RESOURCE : PATRON_OK;
    status = patron_comm_agree(x->comm, status);
    if (status == PATRON_OK)
        patron_comm_exchange(x->comm, b->sent, x->bytes_to, b->come, x->bytes_from);
    return status;
}

static patron_status visit_records(const exchange *x, batch *b)
{
    uint64_t length = b->length;
    uint64_t words = record_words(length);
    b->found = patron_allocate(b->come_count, sizeof *b->found);
    if (b->found == NULL)
        return PATRON_RESOURCE;
#pragma omp parallel for schedule(static) num_threads(x->threads)
    for (uint64_t i = 0; i < b->come_count; ++i)
        b->found[i] = itemset_index_find(x->index, b->come + i * words, length - 1);
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; i < b->come_count && status == PATRON_OK; ++i) {
        const uint32_t *record = b->come + i * words;
        uint64_t count;
        memcpy(&count, record + length, sizeof count);
        if (b->found[i] != ITEMSET_NOT_FOUND)
            status = x->visit(x->context, b->found[i], record[length - 1], count);
    }
    return status;
}

static patron_status run_round(const exchange *x, uint64_t first, uint64_t count, uint64_t length)
{
    batch b = {.first = first, .count = count, .length = length};
    patron_status status = patron_comm_agree(x->comm, allocate_batch(x, &b));
    if (status == PATRON_OK) {
        make_records(x, &b);
        status = exchange_records(x, &b);
    }
    if (status == PATRON_OK)
        status = patron_comm_agree(x->comm, visit_records(x, &b));
    free_batch(&b);
    return status == PATRON_OK ? x->after_round(x->context, count) : status;
}

/* First set of this slice that has `length` items or more. */
static uint64_t first_of_length(const patron_itemset_sets *sets, uint64_t length)
{
    uint64_t low = 0;
    uint64_t high = sets->count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (sets->offsets[middle + 1] - sets->offsets[middle] < length)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint64_t itemset_subsets_single(const patron_itemset_sets *sets)
{
    return first_of_length(sets, 2);
}

static patron_status visit_length(const exchange *x, uint64_t length)
{
    uint64_t next = first_of_length(x->sets, length);
    uint64_t end = first_of_length(x->sets, length + 1);
    uint64_t piece = (uint64_t)x->comm->piece;
    uint64_t batch_words = piece < BATCH_WORDS ? piece : BATCH_WORDS;
    uint64_t most = batch_words / (length * record_words(length)) + 1;
    uint64_t rounds = (end - next + most - 1) / most;
    patron_status status = PATRON_OK;
    patron_comm_reduce_u64(x->comm, &rounds, 1, PATRON_MAX);
    for (uint64_t round = 0; round < rounds && status == PATRON_OK; ++round) {
        uint64_t count = end - next < most ? end - next : most;
        status = run_round(x, next, count, length);
        next += count;
    }
    return status;
}

patron_status itemset_subsets_visit(const itemset_slice *slice, itemset_subset_visit visit,
                                    itemset_subset_round after_round, void *context)
{
    const patron_comm *comm = slice->comm;
    const patron_itemset_sets *sets = slice->sets;
    exchange x = {.comm = comm,
                  .sets = sets,
                  .threads = slice->threads,
                  .index = slice->index,
                  .visit = visit,
                  .after_round = after_round,
                  .context = context};
    uint64_t ranks = (uint64_t)comm->size;
    uint64_t longest = 0;
    patron_status status = PATRON_OK;
    x.bytes_to = patron_allocate(ranks, sizeof *x.bytes_to);
    x.bytes_from = patron_allocate(ranks, sizeof *x.bytes_from);
    x.places = patron_allocate(ranks, sizeof *x.places);
    if (x.bytes_to == NULL || x.bytes_from == NULL || x.places == NULL)
        status = PATRON_RESOURCE;
    status = patron_comm_agree(comm, status);
    if (status != PATRON_OK)
        goto cleanup;
    if (sets->count > 0)
        longest = sets->offsets[sets->count] - sets->offsets[sets->count - 1];
    patron_comm_reduce_u64(comm, &longest, 1, PATRON_MAX);
    for (uint64_t length = 2; length <= longest && status == PATRON_OK; ++length)
        status = visit_length(&x, length);

cleanup:
    free(x.bytes_to);
    free(x.bytes_from);
    free(x.places);
    return status;
}
