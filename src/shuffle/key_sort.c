/* SPDX-License-Identifier: Apache-2.0 */
/* Eight bytes of the keys at a time; runs of equal words go on with the next eight. */
#include "shuffle/key_sort.h"

#include "shuffle/record.h"

#include <stdbool.h>

/* Keys are equal before byte `at`.  As none ends with NUL, those that are equal in all words are
 * equal. */
static void sort_from(const char *bytes, patron_radix_entry *entries, uint64_t count,
                      patron_radix_entry *spare, uint64_t at)
{
    bool goes_on = false;
    for (uint64_t i = 0; i < count; ++i) {
        patron_record record = patron_record_at(bytes + entries[i].place);
        entries[i].word = patron_key_word(record.key, record.key_length, at);
        goes_on |= record.key_length > at + sizeof(uint64_t);
    }
    patron_radix_sort(entries, count, spare);
    for (uint64_t start = 0; goes_on && start < count;) {
        uint64_t end = start + 1;
        while (end < count && entries[end].word == entries[start].word)
            ++end;
        if (end - start > 1)
            sort_from(bytes, entries + start, end - start, spare, at + sizeof(uint64_t));
        start = end;
    }
}

void shuffle_key_sort(const char *bytes, patron_radix_entry *entries, uint64_t count,
                      patron_radix_entry *spare)
{
    sort_from(bytes, entries, count, spare, 0);
}
