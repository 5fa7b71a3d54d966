/* SPDX-License-Identifier: Apache-2.0 */
/* One reading of a source; each thread holds the ids that it meets once, and ranks put theirs
 * together at the end. */
#include "ingest/consent.h"

#include "ingest/csv.h"
#include "ingest/scan.h"
#include "patron/memory.h"

#include <stdlib.h>

typedef struct consent_reading {
    const patron_comm *comm;
    const patron_consent_options *options;
    uint32_t customer, consent; /* columns of the file at hand; UINT32_MAX: there is none */
    struct reader *readers;
    void **contexts; /* the same, for the scan */
    patron_scan scan;
} consent_reading;

/* What one thread reads. */
typedef struct reader {
    const consent_reading *all;
    patron_own_items refused;
} reader;

static patron_status find_columns(void *context, const patron_csv_record *header)
{
    consent_reading *g = context;
    const patron_consent_options *o = g->options;
    patron_status status = PATRON_OK;
    if (o->table != NULL) {
        patron_columns columns = {0};
        status = patron_columns_read(o->table, header, &columns);
        g->customer = columns.id;
        g->consent = columns.consent;
        patron_columns_free(&columns);
        return status;
    }
    status = patron_csv_find(header, o->customer, &g->customer);
    if (status == PATRON_OK)
        status = patron_csv_find(header, o->privacy->consent, &g->consent);
    return status;
}

static patron_status take(void *context, const patron_csv_record *record)
{
    reader *r = context;
    const consent_reading *g = r->all;
    uint32_t number = 0;
    if (g->customer == UINT32_MAX || g->consent == UINT32_MAX ||
        patron_slice_equal(record->fields[g->consent], g->options->privacy->consent_value))
        return PATRON_OK;
    patron_slice customer = record->fields[g->customer];
    if (patron_value_is_no_text(&g->options->forms, customer))
        return PATRON_OK;
    return patron_interner_find(&r->refused.names, customer, &number);
}

static patron_status begin(consent_reading *g, const patron_sources *sources)
{
    enum { BLOCK = 1 << 18 };
    const patron_consent_options *o = g->options;
    uint64_t threads = (uint64_t)o->threads;
    g->readers = patron_allocate(threads, sizeof *g->readers);
    g->contexts = patron_allocate(threads, sizeof *g->contexts);
    bool is_short = g->readers == NULL || g->contexts == NULL;
    for (uint64_t t = 0; !is_short && t < threads; ++t) {
        g->readers[t].all = g;
        g->contexts[t] = &g->readers[t];
    }
    const patron_scan_options options = {
        .blocks = {.threads = o->threads,
                   .piece = BLOCK,
                   .header = {.dialect = o->dialect, .take = find_columns, .context = g}},
        .take = take,
        .contexts = g->contexts,
        .passes_over = o->passes_over,
        .progress = o->progress};
    patron_status status = patron_comm_agree(g->comm, is_short ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        status = patron_scan_begin(g->comm, sources, &options, &g->scan);
    return status;
}

/* Puts the ids of all threads and ranks together. */
static patron_status meet(consent_reading *g, patron_dictionary *refused)
{
    int threads = g->options->threads;
    patron_own_items **own = patron_allocate((uint64_t)threads, sizeof(patron_own_items *));
    patron_status status = patron_comm_agree(g->comm, own == NULL ? PATRON_RESOURCE : PATRON_OK);
    for (int t = 0; status == PATRON_OK && t < threads; ++t)
        own[t] = &g->readers[t].refused;
    if (status == PATRON_OK)
        status = patron_dictionary_meet(g->comm, refused, own, threads);
    free(own);
    return status;
}

patron_status patron_consent_read(const patron_comm *comm, const patron_sources *sources,
                                  const patron_consent_options *options, patron_dictionary *refused)
{
    consent_reading g = {
        .comm = comm, .options = options, .customer = UINT32_MAX, .consent = UINT32_MAX};
    patron_status status = begin(&g, sources);
    if (status == PATRON_OK)
        status = patron_scan_rest(&g.scan);
    if (status == PATRON_OK)
        status = meet(&g, refused);
    for (int t = 0; g.readers != NULL && t < options->threads; ++t)
        patron_own_items_free(&g.readers[t].refused);
    free(g.readers);
    free(g.contexts);
    patron_scan_end(&g.scan);
    return status;
}
