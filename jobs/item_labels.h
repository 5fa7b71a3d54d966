/* SPDX-License-Identifier: Apache-2.0 */
/* Items as people read them. */
#ifndef PATRON_JOBS_ITEM_LABELS_H
#define PATRON_JOBS_ITEM_LABELS_H

#include "patron/texts.h"

/* Appends one text to `joined`: the labels of items[count] (names where there is none), joined by
 * " + ".  `labels` may be NULL or empty.  RESOURCE. */
patron_status patron_item_labels_join(const patron_texts *names, const patron_texts *labels,
                                      const uint32_t *items, uint32_t count, patron_texts *joined);

#endif
