/* SPDX-License-Identifier: Apache-2.0 */
/* Baskets and labels from the rows that are kept. */
#include "ingest/transactions.h"

#include "ingest/sort.h"
#include "patron/memory.h"

#include <stdlib.h>

/* The customer of the earliest row that has one, the least on ties; the earliest time of all. */
static void describe_basket(const patron_transactions *t, const uint64_t *order, uint64_t count,
                            uint32_t *customer, int64_t *time)
{
    const patron_transaction *chosen = NULL;
    *time = t->rows[order[0]].time;
    for (uint64_t i = 0; i < count; ++i) {
        const patron_transaction *row = &t->rows[order[i]];
        uint32_t mine = row->key[PATRON_ROLE_CUSTOMER];
        if (row->time < *time)
            *time = row->time;
        if (mine == PATRON_INTERN_NONE)
            continue;
        if (chosen == NULL || row->time < chosen->time ||
            (row->time == chosen->time && mine < chosen->key[PATRON_ROLE_CUSTOMER]))
            chosen = row;
    }
    *customer = chosen == NULL ? PATRON_INTERN_NONE : chosen->key[PATRON_ROLE_CUSTOMER];
}

static patron_status allocate_baskets(const patron_transactions *t, uint64_t count,
                                      patron_dataset_content *content)
{
    content->baskets = count;
    content->basket_offsets = patron_allocate(count + 1, sizeof *content->basket_offsets);
    content->basket_items = patron_allocate(t->count, sizeof *content->basket_items);
    if (content->basket_offsets == NULL || content->basket_items == NULL)
        return PATRON_RESOURCE;
    if (t->has[PATRON_ROLE_CUSTOMER])
        content->basket_customer = patron_allocate(count, sizeof *content->basket_customer);
    if (t->has[PATRON_ROLE_CUSTOMER] && content->basket_customer == NULL)
        return PATRON_RESOURCE;
    if (t->has[PATRON_ROLE_TIME])
        content->basket_time = patron_allocate(count, sizeof *content->basket_time);
    return t->has[PATRON_ROLE_TIME] && content->basket_time == NULL ? PATRON_RESOURCE : PATRON_OK;
}

patron_status patron_transactions_baskets(const patron_transactions *transactions,
                                          patron_dataset_content *content)
{
    patron_groups groups = {0};
    patron_status status = patron_transactions_group(transactions, PATRON_ROLE_BASKET, &groups);
    if (status == PATRON_OK)
        status = allocate_baskets(transactions, groups.count, content);
    if (status != PATRON_OK)
        goto cleanup;
    uint64_t used = 0;
    for (uint64_t b = 0; b < groups.count; ++b) {
        const uint64_t *order = groups.order + groups.offsets[b];
        uint64_t count = groups.offsets[b + 1] - groups.offsets[b];
        uint32_t *items = content->basket_items + used;
        for (uint64_t i = 0; i < count; ++i)
            items[i] = transactions->rows[order[i]].key[PATRON_ROLE_ITEM];
        used += patron_sort_unique(items, count);
        content->basket_offsets[b + 1] = used;
        uint32_t customer = PATRON_INTERN_NONE;
        int64_t time = 0;
        describe_basket(transactions, order, count, &customer, &time);
        if (content->basket_customer != NULL)
            content->basket_customer[b] = customer == PATRON_INTERN_NONE ? UINT64_MAX : customer;
        if (content->basket_time != NULL)
            content->basket_time[b] = time;
    }
cleanup:
    patron_groups_free(&groups);
    return status;
}

/* The most frequent of the sorted labels, the least on ties; NONE (which sorts last) only where
 * there is no other. */
static uint32_t most_frequent(const uint32_t *labels, uint64_t count)
{
    uint32_t best = PATRON_INTERN_NONE;
    uint64_t most = 0;
    for (uint64_t first = 0, i = 1; i <= count; ++i) {
        if (i < count && labels[i] == labels[first])
            continue;
        if (i - first > most && labels[first] != PATRON_INTERN_NONE) {
            most = i - first;
            best = labels[first];
        }
        first = i;
    }
    return best;
}

static patron_status append_label(const patron_texts *labels, uint32_t label,
                                  patron_dataset_content *content)
{
    if (label == PATRON_INTERN_NONE)
        return patron_texts_append(&content->item_labels, "", 0);
    const uint64_t *offset = labels->offsets + label;
    return patron_texts_append(&content->item_labels, labels->bytes + offset[0],
                               offset[1] - offset[0]);
}

patron_status patron_transactions_labels(const patron_transactions *transactions,
                                         patron_dataset_content *content)
{
    patron_groups groups = {0};
    uint32_t *labels = NULL;
    patron_status status = patron_transactions_group(transactions, PATRON_ROLE_ITEM, &groups);
    if (status != PATRON_OK)
        goto cleanup;
    labels = patron_allocate(groups.largest, sizeof *labels);
    if (labels == NULL) {
        status = PATRON_RESOURCE;
        goto cleanup;
    }
    for (uint64_t item = 0; status == PATRON_OK && item < groups.count; ++item) {
        uint64_t first = groups.offsets[item], count = groups.offsets[item + 1] - first;
        for (uint64_t i = 0; i < count; ++i)
            labels[i] = transactions->rows[groups.order[first + i]].key[PATRON_ROLE_LABEL];
        patron_sort_u32(labels, count);
        status = append_label(&transactions->names[PATRON_ROLE_LABEL].texts,
                              most_frequent(labels, count), content);
    }
cleanup:
    free(labels);
    patron_groups_free(&groups);
    return status;
}
