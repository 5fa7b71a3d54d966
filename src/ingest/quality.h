/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of /quality, added to a dataset one by one.  `name` outlives it.  Nothing here is
 * collective; RESOURCE where memory is short. */
#ifndef PATRON_INGEST_QUALITY_H
#define PATRON_INGEST_QUALITY_H

#include "patron/data.h"

patron_status patron_quality_add_count(patron_dataset_content *content, const char *name,
                                       uint64_t count);
patron_status patron_quality_add_real(patron_dataset_content *content, const char *name,
                                      double real);

/* "dropped_price 3, dropped_quantity 1" of names[count], for a message: those that have hit. */
void patron_quality_list(const char *const *names, const uint64_t *counts, int count, char *list,
                         uint64_t capacity);

#endif
