/* SPDX-License-Identifier: Apache-2.0 */
/* Records from all over the text, to cut lanes by.  What does not parse is passed over: samples
 * only tell how even the lanes are.  Nothing here is collective. */
#ifndef PATRON_INGEST_SAMPLES_H
#define PATRON_INGEST_SAMPLES_H

#include "ingest/blocks.h"

/* Shows `take_record` records of the plain files of this rank's share, and of the block at hand of
 * a stream, where the context has the columns of that; before those of a plain file `header` is
 * shown its header.  DATA of either is passed over; RESOURCE. */
patron_status patron_samples_draw(const patron_blocks *blocks, bool has_block,
                                  patron_csv_take *header, patron_csv_take *take_record,
                                  void *context);

#endif
