/* SPDX-License-Identifier: Apache-2.0 */
/* The list of figures. */
#include "ingest/quality.h"

#include "patron/memory.h"

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
