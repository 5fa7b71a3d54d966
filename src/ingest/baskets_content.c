/* SPDX-License-Identifier: Apache-2.0 */
/* See baskets_content.h. */
#include "ingest/baskets_content.h"

#include "ingest/quality.h"
#include "ingest/sort.h"

/* Returns how many entries are left. */
static uint64_t renumber(uint64_t *offsets, uint64_t baskets, uint32_t *items, const uint32_t *rank)
{
    uint64_t used = 0, first = 0;
    for (uint64_t b = 0; b < baskets; ++b) {
        uint64_t count = offsets[b + 1] - first;
        for (uint64_t i = 0; i < count; ++i)
            items[used + i] = rank[items[first + i]];
        first = offsets[b + 1];
        used += patron_sort_unique(items + used, count);
        offsets[b + 1] = used;
    }
    return used;
}

patron_status patron_baskets_conclude(uint64_t **offsets, uint64_t baskets, uint32_t **items,
                                      const uint32_t *rank, patron_dataset_content *content)
{
    const struct {
        const char *name;
        uint64_t count;
    } figures[] = {{"rows_read", baskets},
                   {"baskets", baskets},
                   {"items", content->item_names.count},
                   {"entries", renumber(*offsets, baskets, *items, rank)}};
    content->baskets = baskets;
    content->basket_offsets = *offsets;
    content->basket_items = *items;
    *offsets = NULL;
    *items = NULL;
    patron_status status = PATRON_OK;
    for (size_t i = 0; status == PATRON_OK && i < sizeof figures / sizeof figures[0]; ++i)
        status = patron_quality_add_count(content, figures[i].name, figures[i].count);
    return status;
}
