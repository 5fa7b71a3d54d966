/* SPDX-License-Identifier: Apache-2.0 */
/* A branch is mined from rows with two items at least that may extend it, and no others of theirs
 * matter to it.  Where baskets are sparse most pairs of items are not frequent, so that this is
 * a small part of a row. */
#include "itemset/partners.h"

#include "itemset/bitmap.h"
#include "patron/memory.h"

#include <stdlib.h>

/* The words of an item's branch at most, where it has so many partners, which are so often beside
 * it; it needs two of them. */
static uint64_t words_of(uint64_t count, uint32_t partners, uint64_t beside)
{
    static const uint64_t MASKED_WORDS = 4, OTHER_WORDS = 2;
    if (partners < 2)
        return 0;
    return partners <= ITEMSET_MASK_ITEMS ? MASKED_WORDS * count : OTHER_WORDS * count + beside;
}

bool itemset_partners_are_few(const itemset_node *node, const itemset_pairs *pairs,
                              uint64_t min_count, bool whole, uint64_t ranks)
{
    uint64_t items = 0, words = 0;
    for (uint32_t item = 0; item < pairs->width; ++item) {
        const uint32_t *below = itemset_pairs_below(pairs, item);
        uint64_t beside = 0;
        uint32_t partners = 0;
        for (uint32_t other = 0; other < item; ++other) {
            partners += below[other] >= min_count;
            beside += below[other] >= min_count ? below[other] : 0;
        }
        items += node->counts[item];
        words +=
            words_of(node->counts[item], whole ? 2 * partners : partners, (whole ? 2 : 1) * beside);
    }
    return words < ranks * items;
}

static void set_bit(itemset_partners *p, uint64_t item, uint32_t other)
{
    p->bits[item * p->words + other / 64] |= UINT64_C(1) << other % 64;
}

static void set_bits(const itemset_pairs *pairs, uint64_t min_count, itemset_partners *p)
{
    for (uint32_t item = 0; item < pairs->width; ++item) {
        const uint32_t *below = itemset_pairs_below(pairs, item);
        for (uint32_t other = 0; other < item; ++other) {
            if (below[other] < min_count)
                continue;
            set_bit(p, item, other);
            if (p->whole)
                set_bit(p, other, item);
        }
    }
}

patron_status itemset_partners_create(const itemset_pairs *pairs, uint64_t min_count, bool whole,
                                      itemset_partners *partners)
{
    itemset_pick_kernel kernels[ITEMSET_MOST_PICK_KERNELS];
    uint64_t words = itemset_row_words(pairs->width), all = pairs->width * words;
    *partners = (itemset_partners){.width = pairs->width, .words = words, .whole = whole};
    itemset_pick_kernels(kernels);
    partners->pick = kernels[0];
    partners->bits = patron_allocate(all, sizeof *partners->bits);
    partners->offsets = patron_allocate(pairs->width + UINT64_C(1), sizeof *partners->offsets);
    if (partners->bits == NULL || partners->offsets == NULL)
        return PATRON_RESOURCE;
    set_bits(pairs, min_count, partners);
    partners->items =
        patron_allocate(itemset_count_bits(partners->bits, all), sizeof *partners->items);
    if (partners->items == NULL)
        return PATRON_RESOURCE;
    for (uint32_t item = 0; item < pairs->width; ++item) {
        const uint64_t *all_items = partners->bits + item * words; /* as a row that has all */
        uint64_t used = partners->offsets[item];
        partners->offsets[item + 1] =
            used + itemset_partners_held(partners, item, all_items, partners->items + used);
    }
    return PATRON_OK;
}

void itemset_partners_free(itemset_partners *partners)
{
    free(partners->bits);
    free(partners->offsets);
    free(partners->items);
    *partners = (itemset_partners){0};
}
