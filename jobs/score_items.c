/* SPDX-License-Identifier: Apache-2.0 */
/* What each row has.  Of customers that is the union of their baskets: ranks read ranges of
 * baskets, in pieces, and send each basket to the rank that has its customer.  A basket as a row
 * has what it holds. */
#include "score_run.h"

#include "data/basket_columns.h"
#include "itemset/mail.h"
#include "patron/memory.h"
#include "runtime/radix.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t PIECE = UINT64_C(1) << 16; /* baskets that are sent at a time */

enum { WORDS = sizeof(uint64_t) / sizeof(uint32_t) };

/* What this rank's customers bought, row among its own << 32 | item, in no order. */
typedef struct bought {
    patron_radix_entry *entries;
    uint64_t count, capacity;
} bought;

static patron_status post_baskets(const score_run *run, const uint64_t *customers, uint64_t count,
                                  const uint64_t *offsets, const uint32_t *items,
                                  itemset_mail *mail)
{
    patron_status status = PATRON_OK;
    for (uint64_t b = 0; status == PATRON_OK && b < count; ++b) {
        uint64_t length = offsets[b + 1] - offsets[b];
        if (customers[b] == PATRON_NO_CUSTOMER || length == 0)
            continue;
        uint32_t *words = itemset_mail_begin(mail, WORDS + length);
        if (words == NULL)
            return PATRON_RESOURCE;
        memcpy(words, &customers[b], sizeof customers[b]);
        memcpy(words + WORDS, items + offsets[b], length * sizeof *items);
        status = itemset_mail_post(
            mail, (int)patron_range_owner(run->rows, customers[b], (uint64_t)mail->comm->size));
    }
    return status;
}

static patron_status take_letters(const score_run *run, const itemset_mail *mail, bought *all)
{
    for (uint64_t i = 0; i < mail->come_count; ++i) {
        const uint32_t *words = mail->come + mail->come_places[i];
        uint64_t customer = 0, length = words[-1] - WORDS;
        memcpy(&customer, words, sizeof customer);
        patron_radix_entry *grown =
            patron_grow(all->entries, all->count + length, &all->capacity, sizeof *all->entries);
        if (grown == NULL)
            return PATRON_RESOURCE;
        all->entries = grown;
        for (uint64_t j = 0; j < length; ++j)
            all->entries[all->count++].word =
                (customer - run->range.first) << 32 | words[WORDS + j];
    }
    return PATRON_OK;
}

/* Baskets of `range` to the ranks of their customers.  Collective. */
static patron_status send_piece(const score_run *run, patron_range range, bought *all)
{
    const patron_comm *comm = run->context->comm;
    itemset_mail mail = {.comm = comm};
    uint64_t *offsets = NULL, *customers = patron_allocate(range.count, sizeof *customers);
    uint32_t *items = NULL;
    patron_status status = customers == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK)
        status = patron_dataset_read_baskets(run->dataset, range, &offsets, &items);
    if (status == PATRON_OK)
        status = patron_dataset_read_basket_customers(run->dataset, range, customers);
    if (status == PATRON_OK)
        status = post_baskets(run, customers, range.count, offsets, items, &mail);
    status = itemset_mail_send(&mail, status);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, take_letters(run, &mail, all));
    itemset_mail_free(&mail);
    free(offsets);
    free(items);
    free(customers);
    return status;
}

/* Sorts what was bought into lists of customers, each item once. */
static patron_status make_lists(const score_run *run, bought *all, score_items *lists)
{
    uint64_t rows = run->range.count;
    patron_radix_entry *spare = patron_allocate(all->count, sizeof *spare);
    lists->offsets = patron_allocate(rows + 1, sizeof *lists->offsets);
    lists->items = patron_allocate(all->count, sizeof *lists->items);
    patron_status status = spare == NULL || lists->offsets == NULL || lists->items == NULL
                               ? PATRON_RESOURCE
                               : PATRON_OK;
    uint64_t used = 0, at = 0;
    if (status == PATRON_OK && all->count > 0)
        patron_radix_sort(all->entries, all->count, spare);
    for (uint64_t row = 0; status == PATRON_OK && row < rows; ++row) {
        for (; at < all->count && all->entries[at].word >> 32 == row; ++at)
            if (at == 0 || all->entries[at].word != all->entries[at - 1].word)
                lists->items[used++] = (uint32_t)all->entries[at].word;
        lists->offsets[row + 1] = used;
    }
    free(spare);
    return status;
}

static patron_status read_of_customers(const score_run *run, score_items *lists)
{
    const patron_comm *comm = run->context->comm;
    const patron_range own = patron_range_cut(patron_dataset_baskets(run->dataset),
                                              (uint64_t)comm->rank, (uint64_t)comm->size);
    bought all = {0};
    uint64_t most = own.count;
    patron_status status = PATRON_OK;
    patron_comm_reduce_u64(comm, &most, 1, PATRON_MAX);
    for (uint64_t done = 0; status == PATRON_OK && done < most; done += PIECE) {
        uint64_t from = done < own.count ? done : own.count;
        uint64_t left = own.count - from;
        const patron_range range = {.first = own.first + from,
                                    .count = left < PIECE ? left : PIECE};
        status = send_piece(run, range, &all);
    }
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, make_lists(run, &all, lists));
    free(all.entries);
    return status;
}

patron_status score_items_read(const score_run *run, score_items *lists)
{
    if (!run->options->baskets)
        return read_of_customers(run, lists);
    return patron_comm_agree(
        run->context->comm,
        patron_dataset_read_baskets(run->dataset, run->range, &lists->offsets, &lists->items));
}

void score_items_free(score_items *lists)
{
    free(lists->offsets);
    free(lists->items);
    *lists = (score_items){0};
}
