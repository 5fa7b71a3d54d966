/* SPDX-License-Identifier: Apache-2.0 */
/* By radix from the least byte, bytes that all words share passed over; by insertion where few. */
#include "runtime/radix.h"

#include <string.h>

enum { INSERTION_LIMIT = 24, DIGIT_BITS = 8, DIGITS = 1 << DIGIT_BITS, WORD_BITS = 64 };

static void sort_by_insertion(patron_radix_entry *entries, uint64_t count)
{
    for (uint64_t i = 1; i < count; ++i) {
        patron_radix_entry entry = entries[i];
        uint64_t place = i;
        for (; place > 0 && entries[place - 1].word > entry.word; --place)
            entries[place] = entries[place - 1];
        entries[place] = entry;
    }
}

static void sort_by_digit(const patron_radix_entry *from, patron_radix_entry *to, uint64_t count,
                          int shift)
{
    uint64_t starts[DIGITS] = {0};
    for (uint64_t i = 0; i < count; ++i)
        ++starts[(from[i].word >> shift) % DIGITS];
    uint64_t before = 0;
    for (int digit = 0; digit < DIGITS; ++digit) {
        uint64_t here = starts[digit];
        starts[digit] = before;
        before += here;
    }
    for (uint64_t i = 0; i < count; ++i)
        to[starts[(from[i].word >> shift) % DIGITS]++] = from[i];
}

void patron_radix_sort(patron_radix_entry *entries, uint64_t count, patron_radix_entry *spare)
{
    if (count <= INSERTION_LIMIT) {
        sort_by_insertion(entries, count);
        return;
    }
    uint64_t any = 0, all = UINT64_MAX;
    for (uint64_t i = 0; i < count; ++i) {
        any |= entries[i].word;
        all &= entries[i].word;
    }
    patron_radix_entry *from = entries, *to = spare;
    for (int shift = 0; shift < WORD_BITS; shift += DIGIT_BITS) {
        if (((any ^ all) >> shift) % DIGITS == 0)
            continue;
        sort_by_digit(from, to, count, shift);
        patron_radix_entry *swap = from;
        from = to;
        to = swap;
    }
    if (from != entries)
        memcpy(entries, from, count * sizeof *entries);
}
