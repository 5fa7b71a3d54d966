/* SPDX-License-Identifier: Apache-2.0 */
/* New names of all ranks are gathered, and taken in in the order of ranks and threads. */
#include "ingest/dictionary.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

/* The names of own[threads] without a common number, each behind its length. */
static patron_status lay_new(patron_own_items *const *own, int threads, char **bytes,
                             uint64_t *length)
{
    uint64_t room = 0;
    *length = 0;
    for (int t = 0; t < threads; ++t)
        for (uint64_t i = own[t]->known; i < own[t]->names.texts.count; ++i) {
            const patron_texts *texts = &own[t]->names.texts;
            uint64_t bytes_of = patron_texts_length(texts, i);
            char *grown = patron_grow(*bytes, *length + sizeof bytes_of + bytes_of, &room, 1);
            if (grown == NULL)
                return PATRON_RESOURCE;
            *bytes = grown;
            memcpy(grown + *length, &bytes_of, sizeof bytes_of);
            memcpy(grown + *length + sizeof bytes_of, patron_texts_at(texts, i), bytes_of);
            *length += sizeof bytes_of + bytes_of;
        }
    return PATRON_OK;
}

static patron_status take_in(patron_dictionary *dictionary, const char *bytes, uint64_t length)
{
    patron_status status = PATRON_OK;
    for (uint64_t at = 0; status == PATRON_OK && at < length;) {
        uint32_t number = 0;
        patron_slice name = {.bytes = bytes + at + sizeof name.length};
        memcpy(&name.length, bytes + at, sizeof name.length);
        status = patron_interner_find(&dictionary->names, name, &number);
        at += sizeof name.length + name.length;
    }
    return status;
}

/* Learns the common numbers of a thread's new names. */
static patron_status learn(patron_dictionary *dictionary, patron_own_items *own)
{
    const patron_texts *texts = &own->names.texts;
    uint32_t *common = patron_grow(own->common, texts->count, &own->room, sizeof *common);
    if (common == NULL)
        return PATRON_RESOURCE;
    own->common = common;
    patron_status status = PATRON_OK;
    for (; status == PATRON_OK && own->known < texts->count; ++own->known) {
        patron_slice name = {.bytes = patron_texts_at(texts, own->known),
                             .length = patron_texts_length(texts, own->known)};
        status = patron_interner_find(&dictionary->names, name, &common[own->known]);
    }
    return status;
}

patron_status patron_dictionary_meet(const patron_comm *comm, patron_dictionary *dictionary,
                                     patron_own_items *const *own, int threads)
{
    char *mine = NULL;
    void *all = NULL;
    uint64_t length = 0, total = 0;
    patron_status status = lay_new(own, threads, &mine, &length);
    status = patron_comm_gather(comm, status, mine, length, &all, &total);
    free(mine);
    if (status == PATRON_OK && total > 0) {
        status = take_in(dictionary, all, total);
        for (int t = 0; status == PATRON_OK && t < threads; ++t)
            status = learn(dictionary, own[t]);
        status = patron_comm_agree(comm, status);
    }
    free(all);
    return status;
}

patron_status patron_dictionary_sort(patron_dictionary *dictionary)
{
    return patron_interner_sort(&dictionary->names, &dictionary->place);
}

void patron_own_items_free(patron_own_items *own)
{
    patron_interner_free(&own->names);
    free(own->common);
    *own = (patron_own_items){0};
}

void patron_dictionary_free(patron_dictionary *dictionary)
{
    patron_interner_free(&dictionary->names);
    free(dictionary->place);
    *dictionary = (patron_dictionary){0};
}
