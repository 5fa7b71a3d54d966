/* SPDX-License-Identifier: Apache-2.0 */
/* Many short texts in one block of memory.  Nothing here is collective. */
#ifndef PATRON_TEXTS_H
#define PATRON_TEXTS_H

#include "patron/status.h"

#include <stdint.h>

/* Text i is bytes[offsets[i]] ... bytes[offsets[i+1] - 1], UTF-8, no NUL between or inside.  A
 * zeroed struct is an empty list; `offsets` is NULL until the first append. */
typedef struct patron_texts {
    uint64_t count;
    uint64_t *offsets; /* count + 1, offsets[0] = 0 */
    char *bytes;
} patron_texts;

/* Appends a copy of `length` bytes to a list that only appends have made.  RESOURCE where memory is
 * short. */
patron_status patron_texts_append(patron_texts *texts, const char *bytes, uint64_t length);

/* Length of text `index`, and the longest of all (0 of none). */
uint64_t patron_texts_length(const patron_texts *texts, uint64_t index);
uint64_t patron_texts_longest(const patron_texts *texts);

/* Start of text `index`; not ended by NUL. */
const char *patron_texts_at(const patron_texts *texts, uint64_t index);

/* Index of the first text equal to `text`, UINT64_MAX where there is none; a linear search. */
uint64_t patron_texts_find(const patron_texts *texts, const char *text);

/* Writes the texts into list[capacity], with commas between, for a message; "..." stands for those
 * that find no room. */
void patron_texts_list(const patron_texts *texts, char *list, unsigned long capacity);

void patron_texts_free(patron_texts *texts);

#endif
