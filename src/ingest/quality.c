/* SPDX-License-Identifier: Apache-2.0 */
/* The list of figures. */
#include "ingest/quality.h"

#include "patron/memory.h"

#include <inttypes.h>
#include <stdio.h>

static patron_status add(patron_dataset_content *content, patron_quality figure)
{
    patron_quality *quality =
        patron_reallocate(content->quality, (uint64_t)content->quality_count + 1, sizeof *quality);
    if (quality == NULL)
        return PATRON_RESOURCE;
    content->quality = quality;
    quality[content->quality_count++] = figure;
    return PATRON_OK;
}

patron_status patron_quality_add_count(patron_dataset_content *content, const char *name,
                                       uint64_t count)
{
    return add(content, (patron_quality){.name = name, .count = count});
}

patron_status patron_quality_add_real(patron_dataset_content *content, const char *name,
                                      double real)
{
    return add(content, (patron_quality){.name = name, .is_real = true, .real = real});
}

void patron_quality_list(const char *const *names, const uint64_t *counts, int count, char *list,
                         uint64_t capacity)
{
    uint64_t used = 0;
    list[0] = '\0';
    for (int i = 0; i < count && used < capacity; ++i)
        if (counts[i] > 0) {
            int wrote = snprintf(list + used, capacity - used, "%s%s %" PRIu64,
                                 used == 0 ? "" : ", ", names[i], counts[i]);
            used += wrote > 0 ? (uint64_t)wrote : 0;
        }
}
