/* SPDX-License-Identifier: Apache-2.0 */
/* From baskets as one process has read them to the content of a dataset.  Nothing here is
 * collective. */
#ifndef PATRON_INGEST_BASKETS_CONTENT_H
#define PATRON_INGEST_BASKETS_CONTENT_H

#include "patron/data.h"

/* Basket b holds items[offsets[b]] ... items[offsets[b + 1] - 1], as they were interned; the item
 * interned as i is number rank[i] of content->item_names, which are there.  Sorts the items of each
 * basket by their numbers, each once, and gives the baskets to `content`, whose *offsets and *items
 * are from then on; records how many there are under /quality.  RESOURCE. */
patron_status patron_baskets_conclude(uint64_t **offsets, uint64_t baskets, uint32_t **items,
                                      const uint32_t *rank, patron_dataset_content *content);

#endif
