/* SPDX-License-Identifier: Apache-2.0 */
/* The key of a record that has gone by, to tell whether the next one has it too.  Nothing here is
 * collective. */
#ifndef PATRON_SHUFFLE_HELD_KEY_H
#define PATRON_SHUFFLE_HELD_KEY_H

#include "patron/memory.h"
#include "patron/status.h"
#include "shuffle/record.h"

#include <stdbool.h>

/* Zeroed it is no record's key; `bytes` is to be freed. */
typedef struct patron_held_key {
    char *bytes;
    uint64_t length, room;
} patron_held_key;

static inline bool patron_held_key_is(const patron_held_key *key, const patron_record *record)
{
    return key->bytes != NULL && key->length == record->key_length &&
           memcmp(key->bytes, record->key, record->key_length) == 0;
}

/* Holds the record's key.  RESOURCE. */
static inline patron_status patron_held_key_take(patron_held_key *key, const patron_record *record)
{
    char *bytes = patron_grow(key->bytes, (uint64_t)record->key_length + 1, &key->room, 1);
    if (bytes == NULL)
        return PATRON_RESOURCE;
    memcpy(bytes, record->key, record->key_length);
    key->bytes = bytes;
    key->length = record->key_length;
    return PATRON_OK;
}

#endif
