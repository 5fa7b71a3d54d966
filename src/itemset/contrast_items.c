/* SPDX-License-Identifier: Apache-2.0 */
/* Items are counted group by group over the whole dictionary, once to see which are frequent in
 * some group, and again for their counts, of which each rank keeps its share. */
#include "itemset/contrast.h"

#include "patron/memory.h"
#include "runtime/meter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double patron_itemset_contrast_lift(uint64_t baskets, uint64_t support_count,
                                    uint64_t antecedent_count, uint64_t consequent_count)
{
    if (antecedent_count == 0 || consequent_count == 0)
        return (double)NAN;
    return patron_itemset_measure(baskets, support_count, antecedent_count, consequent_count).lift;
}

void patron_itemset_item_contrast_free(patron_itemset_item_contrast *contrast)
{
    free(contrast->items);
    free(contrast->held);
    free(contrast->held_by_all);
    *contrast = (patron_itemset_item_contrast){0};
}

/* Baskets of all ranks' that hold each item, of one group.  Collective. */
static void count_group(const patron_comm *comm, const patron_itemset_groups *groups,
                        uint32_t group, uint64_t *counts)
{
    memset(counts, 0, groups->item_count * sizeof *counts);
    uint64_t end = groups->offsets[groups->first[group + 1]];
    for (uint64_t i = groups->offsets[groups->first[group]]; i < end; ++i)
        ++counts[groups->items[i]];
    patron_comm_reduce_u64(comm, counts, groups->item_count, PATRON_SUM);
}

/* What lives while items are counted. */
typedef struct item_count {
    const patron_comm *comm;
    const patron_itemset_groups *groups;
    uint64_t *counts; /* of the dictionary, in the group at hand */
    bool *is_wanted;  /* of the dictionary */
} item_count;

/* Sets is_wanted[], the same on every rank; returns how many are.  Collective. */
static uint64_t find_wanted(const item_count *c, const uint64_t *min_counts,
                            const patron_itemset_options *options)
{
    uint64_t wanted = 0;
    for (uint32_t g = 0; g < c->groups->count; ++g) {
        count_group(c->comm, c->groups, g, c->counts);
        for (uint64_t i = 0; i < c->groups->item_count; ++i)
            c->is_wanted[i] = c->is_wanted[i] || c->counts[i] >= min_counts[g];
    }
    for (uint32_t i = 0; i < options->exclude_count; ++i)
        c->is_wanted[options->exclude[i]] = false;
    for (uint64_t i = 0; i < c->groups->item_count; ++i)
        wanted += c->is_wanted[i];
    return wanted;
}

/* Fills the slice's items and counts.  Collective. */
static void fill_slice(const item_count *c, patron_itemset_item_contrast *contrast)
{
    uint64_t groups = c->groups->count, number = 0, filled = 0;
    for (uint64_t i = 0; filled < contrast->count; ++i) {
        if (c->is_wanted[i] && number >= contrast->first)
            contrast->items[filled++] = (uint32_t)i;
        number += c->is_wanted[i];
    }
    for (uint32_t g = 0; g < groups; ++g) {
        count_group(c->comm, c->groups, g, c->counts);
        for (uint64_t i = 0; i < contrast->count; ++i) {
            contrast->held[i * groups + g] = c->counts[contrast->items[i]];
            contrast->held_by_all[i] += c->counts[contrast->items[i]];
        }
    }
}

static patron_status allocate_slice(const patron_comm *comm, uint64_t total, uint64_t groups,
                                    patron_itemset_item_contrast *contrast)
{
    uint64_t rank = (uint64_t)comm->rank, ranks = (uint64_t)comm->size;
    contrast->total = total;
    contrast->first = total * rank / ranks;
    contrast->count = total * (rank + 1) / ranks - contrast->first;
    contrast->items = patron_allocate(contrast->count, sizeof *contrast->items);
    contrast->held = patron_allocate(contrast->count, groups * sizeof *contrast->held);
    contrast->held_by_all = patron_allocate(contrast->count, sizeof *contrast->held_by_all);
    bool short_of_memory =
        contrast->items == NULL || contrast->held == NULL || contrast->held_by_all == NULL;
    return short_of_memory ? PATRON_RESOURCE : PATRON_OK;
}

patron_status patron_itemset_contrast_items(const patron_comm *comm,
                                            const patron_itemset_groups *groups,
                                            const uint64_t *min_counts,
                                            const patron_itemset_options *options,
                                            patron_itemset_item_contrast *contrast)
{
    item_count c = {.comm = comm,
                    .groups = groups,
                    .counts = patron_allocate(groups->item_count, sizeof *c.counts),
                    .is_wanted = patron_allocate(groups->item_count, sizeof *c.is_wanted)};
    bool short_of_memory = c.counts == NULL || c.is_wanted == NULL;
    patron_span span = patron_meter_enter(PATRON_STEP_CONTRAST);
    patron_status status = patron_comm_agree(comm, short_of_memory ? PATRON_RESOURCE : PATRON_OK);
    *contrast = (patron_itemset_item_contrast){0};
    if (status == PATRON_OK) {
        uint64_t total = find_wanted(&c, min_counts, options);
        status = patron_comm_agree(comm, allocate_slice(comm, total, groups->count, contrast));
    }
    if (status == PATRON_OK)
        fill_slice(&c, contrast);
    free(c.counts);
    free(c.is_wanted);
    patron_meter_leave(span, 0, 0);
    return status;
}
