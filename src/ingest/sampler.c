/* SPDX-License-Identifier: Apache-2.0 */
/* Doubling the distance when there are too many. */
#include "ingest/sampler.h"

enum { MOST_KEYS = 4096 };

bool patron_sampler_wants(patron_sampler *sampler)
{
    if (sampler->step == 0)
        sampler->step = 1;
    return sampler->seen++ % sampler->step == 0;
}

static patron_status thin_out(patron_sampler *sampler)
{
    patron_texts kept = {0};
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < sampler->keys.count; i += 2)
        status = patron_texts_append(&kept, patron_texts_at(&sampler->keys, i),
                                     patron_texts_length(&sampler->keys, i));
    patron_texts_free(&sampler->keys);
    sampler->keys = kept;
    sampler->step *= 2;
    return status;
}

patron_status patron_sampler_add(patron_sampler *sampler, const char *key, uint64_t length)
{
    patron_status status = patron_texts_append(&sampler->keys, key, length);
    return status == PATRON_OK && sampler->keys.count == MOST_KEYS ? thin_out(sampler) : status;
}

patron_status patron_sampler_append(const patron_sampler *sampler, patron_texts *texts)
{
    const patron_texts *keys = &sampler->keys;
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < keys->count; ++i)
        status = patron_texts_append(texts, patron_texts_at(keys, i), patron_texts_length(keys, i));
    return status;
}

void patron_sampler_free(patron_sampler *sampler)
{
    patron_texts_free(&sampler->keys);
    *sampler = (patron_sampler){0};
}
