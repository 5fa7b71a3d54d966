/* SPDX-License-Identifier: Apache-2.0 */
/* Ids from all over the text, to cut lanes by.  What does not parse is passed over: samples only
 * tell how even the lanes are.  Nothing here is collective. */
#ifndef PATRON_INGEST_SAMPLES_H
#define PATRON_INGEST_SAMPLES_H

#include "ingest/blocks.h"
#include "ingest/clean.h"
#include "patron/texts.h"

typedef struct patron_samples {
    patron_texts customers, baskets;
} patron_samples;

/* Draws from the plain files of this rank's share, and from the block at hand of a stream. */
patron_status patron_samples_draw(const patron_blocks *blocks, bool has_block,
                                  const patron_cleaning *cleaning, patron_samples *samples);

void patron_samples_free(patron_samples *samples);

#endif
