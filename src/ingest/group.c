/* SPDX-License-Identifier: Apache-2.0 */
/* Rows by one of their keys: a counting sort. */
#include "ingest/transactions.h"

#include "patron/memory.h"

#include <stdlib.h>

patron_status patron_transactions_renumber(patron_transactions *transactions)
{
    for (int key = 0; key < PATRON_KEYS; ++key) {
        uint32_t *rank = NULL;
        patron_status status = patron_interner_sort(&transactions->names[key], &rank);
        for (uint64_t i = 0; status == PATRON_OK && i < transactions->count; ++i) {
            uint32_t *number = &transactions->rows[i].key[key];
            *number = *number == PATRON_INTERN_NONE ? PATRON_INTERN_NONE : rank[*number];
        }
        free(rank);
        if (status != PATRON_OK)
            return status;
    }
    return PATRON_OK;
}

patron_status patron_transactions_group(const patron_transactions *transactions, patron_role key,
                                        patron_groups *groups)
{
    const patron_transaction *rows = transactions->rows;
    uint64_t count = transactions->names[key].texts.count;
    *groups = (patron_groups){.count = count};
    groups->offsets = patron_allocate(count + 2, sizeof *groups->offsets);
    groups->order = patron_allocate(transactions->count, sizeof *groups->order);
    if (groups->offsets == NULL || groups->order == NULL)
        return PATRON_RESOURCE;
    uint64_t *next = groups->offsets + 1; /* ends as the offsets of the groups that follow */
    for (uint64_t i = 0; i < transactions->count; ++i)
        if (rows[i].key[key] != PATRON_INTERN_NONE)
            ++next[rows[i].key[key] + 1];
    for (uint64_t g = 0; g < count; ++g) {
        if (next[g + 1] > groups->largest)
            groups->largest = next[g + 1];
        next[g + 1] += next[g];
    }
    for (uint64_t i = 0; i < transactions->count; ++i)
        if (rows[i].key[key] != PATRON_INTERN_NONE)
            groups->order[next[rows[i].key[key]]++] = i;
    return PATRON_OK;
}

void patron_groups_free(patron_groups *groups)
{
    free(groups->offsets);
    free(groups->order);
    *groups = (patron_groups){0};
}
