/* SPDX-License-Identifier: Apache-2.0 */
/* What customers have that is the reason of their offers: the antecedents of the rules that this
 * rank's rows are offered something by, as rules go by. */
#include "score_run.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

static patron_status add(const patron_offer_rules *rules, uint64_t rule, score_reasons *reasons)
{
    uint64_t from = rules->antecedent_offsets[rule], to = rules->antecedent_offsets[rule + 1];
    uint64_t used = reasons->count == 0 ? 0 : reasons->ends[reasons->count - 1];
    uint64_t *ranks = patron_grow(reasons->ranks, reasons->count + 1, &reasons->rank_capacity,
                                  sizeof *reasons->ranks);
    if (ranks == NULL)
        return PATRON_RESOURCE;
    reasons->ranks = ranks;
    uint64_t *ends = patron_grow(reasons->ends, reasons->count + 1, &reasons->end_capacity,
                                 sizeof *reasons->ends);
    if (ends == NULL)
        return PATRON_RESOURCE;
    reasons->ends = ends;
    uint32_t *items = patron_grow(reasons->items, used + (to - from), &reasons->item_capacity,
                                  sizeof *reasons->items);
    if (items == NULL)
        return PATRON_RESOURCE;
    reasons->items = items;
    memcpy(items + used, rules->antecedent_items + from, (to - from) * sizeof *items);
    ranks[reasons->count] = rules->before + rule + 1;
    ends[reasons->count++] = used + (to - from);
    return PATRON_OK;
}

patron_status score_reasons_take(const patron_offer_places *places, const patron_offer_rules *rules,
                                 score_reasons *reasons)
{
    uint8_t *is_used = patron_allocate(rules->count, sizeof *is_used);
    patron_status status = is_used == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < places->rows * places->most; ++i)
        if (places->rank[i] > rules->before)
            is_used[places->rank[i] - rules->before - 1] = 1;
    for (uint64_t rule = 0; status == PATRON_OK && rule < rules->count; ++rule)
        if (is_used[rule])
            status = add(rules, rule, reasons);
    free(is_used);
    return status;
}

const uint32_t *score_reasons_find(const score_reasons *reasons, uint64_t rank, uint64_t *count)
{
    uint64_t low = 0, high = reasons->count;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (reasons->ranks[middle] <= rank)
            low = middle;
        else
            high = middle;
    }
    uint64_t from = low == 0 ? 0 : reasons->ends[low - 1];
    *count = reasons->ends[low] - from;
    return reasons->items + from;
}

void score_reasons_free(score_reasons *reasons)
{
    free(reasons->ranks);
    free(reasons->ends);
    free(reasons->items);
    *reasons = (score_reasons){0};
}
