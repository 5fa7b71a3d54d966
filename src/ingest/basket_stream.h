/* SPDX-License-Identifier: Apache-2.0 */
/* Baskets that one rank reads, one after the other, dealt to all as they come, so that no rank
 * holds more than its share of them and a block: for text that cannot be cut into ranges. */
#ifndef PATRON_INGEST_BASKET_STREAM_H
#define PATRON_INGEST_BASKET_STREAM_H

#include "ingest/fimi_ranges.h"

typedef struct patron_basket_sink patron_basket_sink;

/* Adds the next basket, of items[count] as they are numbered so far, repeated ones too.  RESOURCE,
 * also where another rank has no room. */
patron_status patron_basket_sink_add(patron_basket_sink *sink, const uint32_t *items,
                                     uint64_t count);

/* Reads all baskets into the sink, on rank 0 alone; then the item numbered i is number (*rank)[i]
 * of *names, which are sorted.  Both are the caller's to free, whatever is returned. */
typedef struct patron_basket_reader {
    void *context;
    patron_status (*read)(void *context, patron_basket_sink *sink, patron_texts *names,
                          uint32_t **rank);
} patron_basket_reader;

/* Ranks get ranges of baskets in the order of the text, each basket's items sorted, each once;
 * those that do not read sleep until there is something for them.  Collective; RESOURCE, and what
 * the reader fails with. */
patron_status patron_basket_stream_read(const patron_comm *comm, const patron_basket_reader *reader,
                                        patron_basket_range *range);

#endif
