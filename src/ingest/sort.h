/* SPDX-License-Identifier: Apache-2.0 */
/* Orders by content.  Nothing here is collective. */
#ifndef PATRON_INGEST_SORT_H
#define PATRON_INGEST_SORT_H

#include "ingest/text.h"
#include "patron/data.h"

/* The bytewise order: text order[i] is the i-th least; equal texts keep their order.  *order
 * (texts->count) is the caller's to free(). */
patron_status patron_texts_order(const patron_texts *texts, uint64_t **order);

/* Puts the texts into `order`, a permutation of them. */
patron_status patron_texts_permute(patron_texts *texts, const uint64_t *order);

/* The number of `wanted` in texts that are in bytewise order; texts->count where it is none. */
uint64_t patron_texts_search(const patron_texts *texts, patron_slice wanted);

/* Sorts values[count] ascending and leaves each once; returns how many are left. */
uint64_t patron_sort_unique(uint32_t *values, uint64_t count);

/* Sorts values[count] ascending. */
void patron_sort_u32(uint32_t *values, uint64_t count);

#endif
