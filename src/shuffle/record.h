/* SPDX-License-Identifier: Apache-2.0 */
/* A record that is sorted: a key, compared bytewise, and a value that belongs to it.  Keys may hold
 * any bytes but do not end with NUL.  Laid down it is the two lengths, then the two texts of bytes.
 * Nothing here is collective. */
#ifndef PATRON_SHUFFLE_RECORD_H
#define PATRON_SHUFFLE_RECORD_H

#include <stdint.h>
#include <string.h>

typedef struct patron_record {
    const char *key, *value;
    uint32_t key_length, value_length;
} patron_record;

enum { PATRON_RECORD_HEAD = 2 * sizeof(uint32_t) };

static inline uint64_t patron_record_bytes(const patron_record *record)
{
    return (uint64_t)PATRON_RECORD_HEAD + record->key_length + record->value_length;
}

/* Lays `record` down at `bytes`. */
static inline void patron_record_lay(const patron_record *record, char *bytes)
{
    memcpy(bytes, &record->key_length, sizeof(uint32_t));
    memcpy(bytes + sizeof(uint32_t), &record->value_length, sizeof(uint32_t));
    memcpy(bytes + PATRON_RECORD_HEAD, record->key, record->key_length);
    if (record->value_length > 0)
        memcpy(bytes + PATRON_RECORD_HEAD + record->key_length, record->value,
               record->value_length);
}

/* The record that lies at `bytes`, its texts still there. */
static inline patron_record patron_record_at(const char *bytes)
{
    patron_record record = {.key = bytes + PATRON_RECORD_HEAD};
    memcpy(&record.key_length, bytes, sizeof(uint32_t));
    memcpy(&record.value_length, bytes + sizeof(uint32_t), sizeof(uint32_t));
    record.value = record.key + record.key_length;
    return record;
}

/* Bytes [at, at + 8) of a key as a big-endian number, zeros beyond its end. */
static inline uint64_t patron_key_word(const char *key, uint64_t length, uint64_t at)
{
    uint64_t word = 0;
    if (at + sizeof word <= length) {
        memcpy(&word, key + at, sizeof word);
        return __builtin_bswap64(word);
    }
    for (uint64_t i = 0; i < sizeof word; ++i)
        word = word << 8 | (at + i < length ? (unsigned char)key[at + i] : 0);
    return word;
}

/* Below, at or above 0 as the first key is below, at or above the second. */
static inline int patron_key_compare(const char *left, uint64_t left_length, const char *right,
                                     uint64_t right_length)
{
    uint64_t least = left_length < right_length ? left_length : right_length;
    int order = least == 0 ? 0 : memcmp(left, right, least);
    if (order != 0)
        return order;
    return left_length < right_length ? -1 : left_length > right_length ? 1 : 0;
}

#endif
