/* SPDX-License-Identifier: Apache-2.0 */
/* Keys at equal distances in a sequence whose length is not known: of twice as many keys half as
 * many are kept.  Nothing here is collective. */
#ifndef PATRON_INGEST_SAMPLER_H
#define PATRON_INGEST_SAMPLER_H

#include "patron/texts.h"

#include <stdbool.h>

/* Start from a zeroed struct. */
typedef struct patron_sampler {
    patron_texts keys;
    uint64_t seen;
    uint64_t step; /* of so many keys one is kept; 0: 1 */
} patron_sampler;

/* Counts a key; true where it is to be added. */
bool patron_sampler_wants(patron_sampler *sampler);

/* RESOURCE. */
patron_status patron_sampler_add(patron_sampler *sampler, const char *key, uint64_t length);

/* Appends the keys to `texts`.  RESOURCE. */
patron_status patron_sampler_append(const patron_sampler *sampler, patron_texts *texts);

void patron_sampler_free(patron_sampler *sampler);

#endif
