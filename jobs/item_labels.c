/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of sets of items. */
#include "item_labels.h"

#include "patron/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

patron_status patron_item_labels_join(const patron_texts *names, const patron_texts *labels,
                                      const uint32_t *items, uint32_t count, patron_texts *joined)
{
    bool labelled = labels != NULL && labels->count > 0;
    uint64_t length = 0, used = 0;
    for (uint32_t i = 0; i < count; ++i)
        length += 3 + patron_texts_length(names, items[i]) +
                  (labelled ? patron_texts_length(labels, items[i]) : 0);
    char *text = patron_allocate(length, 1);
    if (text == NULL)
        return PATRON_RESOURCE;
    for (uint32_t i = 0; i < count; ++i) {
        bool has_label = labelled && patron_texts_length(labels, items[i]) > 0;
        const patron_texts *texts = has_label ? labels : names;
        uint64_t bytes = patron_texts_length(texts, items[i]);
        if (i > 0) {
            memcpy(text + used, " + ", 3);
            used += 3;
        }
        memcpy(text + used, patron_texts_at(texts, items[i]), bytes);
        used += bytes;
    }
    patron_status status = patron_texts_append(joined, text, used);
    free(text);
    return status;
}
