/* SPDX-License-Identifier: Apache-2.0 */
/* See partners.h. */
#include "itemset/partners.h"

#include "patron/memory.h"
#include "runtime/clones.h"

#include <stdlib.h>
#include <string.h>

void itemset_partners_free(itemset_partners *partners)
{
    free(partners->counts);
    free(partners->bits);
    free(partners->labels);
    free(partners->label_room);
    *partners = (itemset_partners){0};
}

/* The low bits of eight bytes, each 0 or 1, side by side. */
static uint64_t bits_of_bytes(const uint8_t *bytes)
{
    uint64_t all;
    memcpy(&all, bytes, sizeof all);
    return all * UINT64_C(0x0102040810204080) >> 56;
}

/* itemset_is_partner of up to 64 items below one that `all` rows hold, a bit each. */
PATRON_VECTOR_CLONES
static uint64_t partners_of(const uint32_t *both, uint32_t count, uint32_t all, uint32_t least)
{
    uint8_t are[ITEMSET_MASK_ITEMS] = {0};
    uint64_t bits = 0;
    for (uint32_t i = 0; i < count; ++i)
        are[i] = both[i] >= least && both[i] != all;
    for (uint32_t i = 0; i < ITEMSET_MASK_ITEMS; i += 8)
        bits |= bits_of_bytes(are + i) << i;
    return bits;
}

static void find_partners_below(const itemset_node *node, const itemset_pairs *pairs,
                                uint64_t min_count, itemset_partners *p)
{
    if (min_count > UINT32_MAX) /* more than two items are counted in */
        return;
    uint32_t least = (uint32_t)min_count;
    for (uint32_t item = 0; item < p->width; ++item) {
        uint64_t *bits = p->bits + item * p->words, count = node->counts[item];
        const uint32_t *below = itemset_pairs_below(pairs, item);
        uint32_t all = count > UINT32_MAX ? least - 1 : (uint32_t)count;
        for (uint32_t first = 0; first < item; first += ITEMSET_MASK_ITEMS) {
            uint32_t left = item - first;
            bits[first / ITEMSET_MASK_ITEMS] = partners_of(
                below + first, left < ITEMSET_MASK_ITEMS ? left : ITEMSET_MASK_ITEMS, all, least);
        }
        p->counts[item] = (uint32_t)itemset_count_bits(bits, p->words);
    }
}

/* Those that branches have passed.  Where one is in all rows of a branch, nothing is found there.
 */
static void find_passed(const itemset_node *node, const itemset_pairs *pairs, uint64_t min_count,
                        itemset_partners *p)
{
    for (uint32_t passed = 0; passed < p->width; ++passed) {
        const uint32_t *below = itemset_pairs_below(pairs, passed);
        for (uint32_t item = 0; item < passed; ++item) {
            if (below[item] < min_count || p->counts[item] == 0)
                continue;
            p->bits[item * p->words + passed / ITEMSET_MASK_ITEMS] |=
                UINT64_C(1) << passed % ITEMSET_MASK_ITEMS;
            p->counts[item] = below[item] == node->counts[item] ? 0 : p->counts[item] + 1;
        }
    }
}

/* Places of partners for the branches that have too many for a mask. */
static patron_status label_partners(itemset_partners *p)
{
    uint64_t many = 0;
    for (uint32_t item = 0; item < p->width; ++item)
        many += p->counts[item] > ITEMSET_MASK_ITEMS;
    p->labels = patron_allocate(p->width, sizeof *p->labels);
    p->label_room = patron_allocate(many * p->width, sizeof *p->label_room);
    if (p->labels == NULL || p->label_room == NULL)
        return PATRON_RESOURCE;
    uint16_t *labels = p->label_room;
    for (uint32_t item = 0; item < p->width; ++item) {
        if (p->counts[item] <= ITEMSET_MASK_ITEMS)
            continue;
        const uint64_t *bits = p->bits + item * p->words;
        uint16_t place = 0;
        for (uint32_t other = 0; other < p->width; ++other) {
            uint64_t is_one = bits[other / ITEMSET_MASK_ITEMS] >> other % ITEMSET_MASK_ITEMS & 1;
            labels[other] = is_one != 0 ? place++ : (uint16_t)ITEMSET_NO_TOKEN;
        }
        p->labels[item] = labels;
        labels += p->width;
    }
    return PATRON_OK;
}

patron_status itemset_partners_create(const itemset_node *node, const itemset_pairs *pairs,
                                      uint64_t min_count, bool judged, itemset_partners *partners)
{
    itemset_partners *p = partners;
    *p = (itemset_partners){
        .width = pairs->width, .words = itemset_row_words(pairs->width), .judged = judged};
    p->counts = patron_allocate(p->width, sizeof *p->counts);
    p->bits = patron_allocate(p->width * p->words, sizeof *p->bits);
    if (p->counts == NULL || p->bits == NULL)
        return PATRON_RESOURCE;
    uint64_t items = 1;
    for (uint32_t item = 0; item < p->width; ++item)
        items += node->counts[item];
    p->item_bytes = 1 + itemset_partners_bytes(node, pairs, min_count, judged) / items;
    find_partners_below(node, pairs, min_count, p);
    if (judged)
        find_passed(node, pairs, min_count, p);
    for (uint32_t item = 0; item < p->width && !judged; ++item)
        if (p->counts[item] == 1) /* the pair's own count is all that there is */
            p->counts[item] = 0;
    return label_partners(p);
}

uint64_t itemset_partners_bytes(const itemset_node *node, const itemset_pairs *pairs,
                                uint64_t min_count, bool judged)
{
    uint64_t bytes = 0, sides = judged ? 2 : 1;
    for (uint32_t item = 0; item < pairs->width; ++item) {
        const itemset_pair_sums below = itemset_pairs_sum_frequent(pairs, item, min_count);
        if (sides * below.pairs <= ITEMSET_MASK_ITEMS)
            bytes += below.pairs > 0 ? node->counts[item] * sizeof(uint64_t) : 0;
        else
            bytes += sides * below.counts * sizeof(uint16_t);
    }
    return bytes;
}
