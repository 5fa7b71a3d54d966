/* SPDX-License-Identifier: Apache-2.0 */
/* Words of eight bytes are taken in by a product of 128 bits, whose halves are folded together
 * (Wang Yi et al., "Modern Non-Cryptographic Hash Function and Pseudorandom Number Generator",
 * 2021). */
#include "ingest/row_hash.h"

#include <string.h>

__extension__ typedef unsigned __int128 wide;

/* Odd numbers whose bits are mixed well, as there. */
static const uint64_t FIRST = UINT64_C(0xa0761d6478bd642f), SECOND = UINT64_C(0xe7037ed1a0b428db);

static uint64_t fold(uint64_t left, uint64_t right)
{
    wide product = (wide)left * right;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t take_in(uint64_t hash, uint64_t word)
{
    return fold(hash ^ FIRST, word ^ SECOND);
}

static uint64_t take_field(uint64_t hash, patron_slice field)
{
    uint64_t at = 0, word = 0;
    hash = take_in(hash, field.length);
    for (; at + sizeof word <= field.length; at += sizeof word) {
        memcpy(&word, field.bytes + at, sizeof word);
        hash = take_in(hash, word);
    }
    for (word = 0; at < field.length; ++at)
        word = word << 8 | (unsigned char)field.bytes[at];
    return take_in(hash, word);
}

uint64_t patron_row_hash(const patron_csv_record *record)
{
    uint64_t hash = record->count;
    for (uint32_t f = 0; f < record->count; ++f)
        hash = take_field(hash, record->fields[f]);
    return hash;
}
