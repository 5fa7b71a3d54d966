/* SPDX-License-Identifier: Apache-2.0 */
/* A sorted list; most entries are turned away by its last. */
#include "runtime/best.h"

#include "patron/memory.h"

#include <stdbool.h>
#include <stdlib.h>

patron_status patron_best_create(uint32_t most, patron_best *best)
{
    *best = (patron_best){.most = most};
    best->entries = patron_allocate(most, sizeof *best->entries);
    return best->entries == NULL ? PATRON_RESOURCE : PATRON_OK;
}

void patron_best_free(patron_best *best)
{
    free(best->entries);
    *best = (patron_best){0};
}

static bool is_better(const patron_best_entry *a, const patron_best_entry *b)
{
    for (int i = 0; i < PATRON_BEST_KEYS; ++i)
        if (a->key[i] != b->key[i])
            return a->key[i] > b->key[i];
    return a->number < b->number;
}

void patron_best_offer(patron_best *best, const patron_best_entry *entry)
{
    bool is_full = best->count == best->most;
    if (best->most == 0 || (is_full && !is_better(entry, &best->entries[best->count - 1])))
        return;
    uint32_t at = is_full ? best->count - 1 : best->count++;
    for (; at > 0 && is_better(entry, &best->entries[at - 1]); --at)
        best->entries[at] = best->entries[at - 1];
    best->entries[at] = *entry;
}

patron_status patron_best_merge(const patron_comm *comm, patron_best *best)
{
    void *gathered = NULL;
    uint64_t bytes = 0;
    patron_status status = patron_comm_gather(
        comm, PATRON_OK, best->entries, best->count * sizeof *best->entries, &gathered, &bytes);
    const patron_best_entry *all = gathered;
    if (status == PATRON_OK)
        best->count = 0;
    for (uint64_t i = 0; status == PATRON_OK && i < bytes / sizeof *all; ++i)
        patron_best_offer(best, &all[i]);
    free(gathered);
    return status;
}
