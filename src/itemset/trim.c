/* SPDX-License-Identifier: Apache-2.0 */
/* See trim.h. */
#include "itemset/trim.h"

/* The lowest `count` bits. */
static uint64_t low_bits(uint32_t count)
{
    return count < ITEMSET_MASK_ITEMS ? (UINT64_C(1) << count) - 1 : UINT64_MAX;
}

void itemset_masks_trim(itemset_masks *masks, const itemset_candidates *candidates,
                        itemset_part part)
{
    uint64_t before = low_bits(itemset_part_first(part, candidates->count));
    uint64_t kept = low_bits(itemset_part_end(part, candidates->count)), used = 0;
    for (uint64_t row = 0; row < masks->count; ++row) {
        uint64_t mask = masks->masks[row] & kept;
        masks->masks[used] = mask;
        masks->weights[used] = masks->weights[row];
        used += (mask & ~before) != 0 && (mask & (mask - 1)) != 0;
    }
    masks->count = used;
}

/* Copies the labels below `end` of the row at `row` to `out`, and says how many; *next: behind it.
 */
static uint64_t copy_below(const uint16_t *row, uint32_t end, uint16_t *out, const uint16_t **next)
{
    uint64_t used = 0;
    bool is_last;
    do {
        uint16_t label = *row & (ITEMSET_LAST_TOKEN - 1);
        is_last = (*row++ & ITEMSET_LAST_TOKEN) != 0;
        out[used] = label;
        used += label < end;
    } while (!is_last);
    *next = row;
    return used;
}

void itemset_tokens_trim(itemset_tokens *tokens, uint64_t *weights, uint64_t *rows,
                         const itemset_candidates *candidates, itemset_part part)
{
    uint32_t first = itemset_part_first(part, candidates->count);
    uint32_t end = itemset_part_end(part, candidates->count);
    const uint16_t *next = tokens->labels;
    uint16_t *out = tokens->labels;
    uint64_t kept = 0;
    for (uint64_t row = 0; row < *rows; ++row) {
        uint64_t used = copy_below(next, end, out, &next);
        if (used < 2 || out[used - 1] < first)
            continue;
        out[used - 1] |= ITEMSET_LAST_TOKEN;
        out += used;
        weights[kept++] = weights[row];
    }
    tokens->count = (uint64_t)(out - tokens->labels);
    *rows = kept;
}
