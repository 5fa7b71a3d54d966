/* SPDX-License-Identifier: Apache-2.0 */
/* Eight bytes of the keys at a time: sorted by radix from the least byte (by insertion where few),
 * bytes that all share passed over; runs of equal words go on with the next eight. */
#include "shuffle/key_sort.h"

#include "shuffle/record.h"

#include <stdbool.h>

enum { INSERTION_LIMIT = 32, DIGIT_BITS = 8, DIGITS = 1 << DIGIT_BITS };

static void sort_by_insertion(shuffle_entry *entries, uint64_t count)
{
    for (uint64_t i = 1; i < count; ++i) {
        shuffle_entry entry = entries[i];
        uint64_t place = i;
        for (; place > 0 && entries[place - 1].word > entry.word; --place)
            entries[place] = entries[place - 1];
        entries[place] = entry;
    }
}

static void sort_by_digit(const shuffle_entry *from, shuffle_entry *to, uint64_t count, int shift)
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

static void sort_by_word(shuffle_entry *entries, uint64_t count, shuffle_entry *spare)
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
    shuffle_entry *from = entries, *to = spare;
    for (int shift = 0; shift < 64; shift += DIGIT_BITS) {
        if (((any ^ all) >> shift) % DIGITS == 0)
            continue;
        sort_by_digit(from, to, count, shift);
        shuffle_entry *swap = from;
        from = to;
        to = swap;
    }
    if (from != entries)
        memcpy(entries, from, count * sizeof *entries);
}

/* Keys are equal before byte `at`.  As none ends with NUL, those that are equal in all words are
 * equal. */
static void sort_from(const char *bytes, shuffle_entry *entries, uint64_t count,
                      shuffle_entry *spare, uint64_t at)
{
    bool goes_on = false;
    for (uint64_t i = 0; i < count; ++i) {
        patron_record record = patron_record_at(bytes + entries[i].offset);
        entries[i].word = patron_key_word(record.key, record.key_length, at);
        goes_on |= record.key_length > at + sizeof(uint64_t);
    }
    sort_by_word(entries, count, spare);
    for (uint64_t start = 0; goes_on && start < count;) {
        uint64_t end = start + 1;
        while (end < count && entries[end].word == entries[start].word)
            ++end;
        if (end - start > 1)
            sort_from(bytes, entries + start, end - start, spare, at + sizeof(uint64_t));
        start = end;
    }
}

void shuffle_key_sort(const char *bytes, shuffle_entry *entries, uint64_t count,
                      shuffle_entry *spare)
{
    sort_from(bytes, entries, count, spare, 0);
}
