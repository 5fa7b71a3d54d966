/* SPDX-License-Identifier: Apache-2.0 */
/* The first reading of a table: what its columns are, and where its rows are cut into lanes. */
#include "ingest/sampler.h"
#include "ingest/table.h"
#include "patron/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one thread looks at. */
typedef struct looker {
    patron_table_ingest *table;
    const patron_scan *scan;
    int thread;
    patron_column_facts *facts; /* of each column; NULL before its first row */
    patron_table_keys keys;
    patron_sampler samples;
} looker;

/* ---- what both readings do ---- */

bool patron_table_agrees(const patron_table_ingest *table, const patron_csv_record *record)
{
    const patron_ingest_privacy *privacy = &table->options->privacy;
    const patron_columns *columns = table->columns;
    if (privacy->consent == NULL)
        return true;
    bool has_refused = privacy->refused != NULL && columns->id != UINT32_MAX &&
                       patron_interner_has(privacy->refused, record->fields[columns->id]);
    return !has_refused &&
           patron_slice_equal(record->fields[columns->consent], privacy->consent_value);
}

uint64_t patron_table_offset(const patron_scan *scan, int thread, const patron_csv_record *record)
{
    return scan->blocks.offset + scan->blocks.cuts[thread] + record->offset;
}

patron_table_keys patron_table_keys_create(const patron_table_ingest *table)
{
    return (patron_table_keys){.table = table,
                               .pseudonymiser =
                                   patron_pseudonymiser_create(table->options->privacy.secret)};
}

void patron_table_keys_free(patron_table_keys *keys)
{
    patron_pseudonymiser_free(&keys->pseudonymiser);
}

patron_status patron_table_key(patron_table_keys *keys, const patron_csv_record *record,
                               uint64_t offset, patron_slice *key)
{
    const patron_columns *columns = keys->table->columns;
    if (columns->id == UINT32_MAX) {
        int length = snprintf(keys->place, sizeof keys->place, "%016" PRIx64, offset);
        *key = (patron_slice){keys->place, (uint64_t)length};
        return PATRON_OK;
    }
    *key = record->fields[columns->id];
    if (key->length == 0)
        return patron_csv_fail(record, ", column '%.*s': the id is empty",
                               (int)patron_texts_length(&columns->names, columns->id),
                               patron_texts_at(&columns->names, columns->id));
    return patron_pseudonymise(&keys->pseudonymiser, *key, key);
}

/* ---- the header ---- */

static patron_status take_header(void *context, const patron_csv_record *header)
{
    const patron_table_ingest *table = context;
    if (table->columns->count > 0)
        return PATRON_OK; /* the second reading finds what the first found */
    return patron_columns_read(&table->options->columns, header, table->columns);
}

patron_scan_options patron_table_scan(patron_table_ingest *table, patron_csv_take *take,
                                      void *const *contexts)
{
    enum { BLOCK = 1 << 18 };
    return (patron_scan_options){.blocks = {.threads = table->threads,
                                            .piece = BLOCK,
                                            .header = {.dialect = table->options->dialect,
                                                       .take = take_header,
                                                       .context = table}},
                                 .take = take,
                                 .contexts = contexts,
                                 .passes_over = table->options->rejects != NULL,
                                 .progress = table->options->progress};
}

/* The names of the columns as a header record on ranks that have read none.  Collective. */
static patron_status share_header(const patron_table_ingest *table)
{
    const patron_comm *comm = table->comm;
    patron_columns *columns = table->columns;
    uint64_t rank = columns->count > 0 ? (uint64_t)comm->rank : UINT64_MAX;
    patron_comm_reduce_u64(comm, &rank, 1, PATRON_MIN);
    uint64_t head[2] = {columns->count,
                        columns->count > 0 ? columns->names.offsets[columns->count] : 0};
    patron_comm_broadcast(comm, head, sizeof head, (int)rank);
    uint64_t *offsets = patron_allocate(head[0] + 1, sizeof *offsets);
    char *bytes = patron_allocate(head[1] + 1, 1);
    patron_slice *fields = patron_allocate(head[0], sizeof *fields);
    bool is_short = offsets == NULL || bytes == NULL || fields == NULL;
    patron_status status = patron_comm_agree(comm, is_short ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK) {
        if (rank == (uint64_t)comm->rank) {
            memcpy(offsets, columns->names.offsets, (head[0] + 1) * sizeof *offsets);
            memcpy(bytes, columns->names.bytes, head[1]);
        }
        patron_comm_broadcast(comm, offsets, (head[0] + 1) * sizeof *offsets, (int)rank);
        patron_comm_broadcast(comm, bytes, head[1], (int)rank);
        for (uint64_t i = 0; i < head[0]; ++i)
            fields[i] = (patron_slice){bytes + offsets[i], offsets[i + 1] - offsets[i]};
        patron_csv_fault fault = {0};
        const patron_csv_record header = {
            .fields = fields, .count = (uint32_t)head[0], .fault = &fault};
        if (columns->count == 0)
            status = patron_columns_read(&table->options->columns, &header, columns);
        status = patron_comm_agree(comm, status);
    }
    free(offsets);
    free(bytes);
    free(fields);
    return status;
}

/* ---- rows ---- */

static patron_status take_sample(looker *l, const patron_csv_record *record)
{
    patron_slice key;
    if (!patron_sampler_wants(&l->samples))
        return PATRON_OK;
    patron_status status =
        patron_table_key(&l->keys, record, patron_table_offset(l->scan, l->thread, record), &key);
    return status == PATRON_OK ? patron_sampler_add(&l->samples, key.bytes, key.length) : status;
}

static patron_status look_at_record(void *context, const patron_csv_record *record)
{
    looker *l = context;
    const patron_columns *columns = l->table->columns;
    if (!patron_table_agrees(l->table, record))
        return PATRON_OK;
    if (l->facts == NULL) {
        l->facts = patron_allocate(columns->count, sizeof *l->facts);
        if (l->facts == NULL)
            return PATRON_RESOURCE;
    }
    patron_status status = take_sample(l, record);
    for (uint32_t c = 0; status == PATRON_OK && c < columns->count; ++c)
        if (columns->plans[c].kind != PATRON_KIND_IGNORE &&
            columns->plans[c].kind != PATRON_KIND_ID)
            status =
                patron_column_facts_add(&l->facts[c], &l->table->options->forms, record->fields[c]);
    return status;
}

/* Brings together what threads and ranks have seen.  Collective. */
static patron_status conclude(patron_table_ingest *table, looker *lookers)
{
    patron_columns *columns = table->columns;
    patron_texts samples = {0};
    patron_status status = share_header(table);
    if (status != PATRON_OK)
        return status;
    for (int t = 0; status == PATRON_OK && t < table->threads; ++t) {
        looker *l = &lookers[t];
        for (uint32_t c = 0; status == PATRON_OK && l->facts != NULL && c < columns->count; ++c)
            status = patron_column_facts_merge(&columns->facts[c], &l->facts[c]);
        if (status == PATRON_OK)
            status = patron_sampler_append(&l->samples, &samples);
    }
    status = patron_comm_agree(table->comm, status);
    if (status == PATRON_OK)
        status = patron_column_facts_share(table->comm, columns->facts, columns->count);
    if (status == PATRON_OK)
        status = patron_columns_plan(&table->options->columns, columns);
    status = patron_comm_agree(table->comm, status);
    if (status == PATRON_OK)
        status = patron_splitters_choose(table->comm, &samples, table->lanes, &table->cuts);
    patron_texts_free(&samples);
    return status;
}

static patron_status read_all(patron_table_ingest *table, looker *lookers, void *const *contexts)
{
    patron_scan scan = {0};
    const patron_scan_options options = patron_table_scan(table, look_at_record, contexts);
    for (int t = 0; t < table->threads; ++t)
        lookers[t] = (looker){
            .table = table, .scan = &scan, .thread = t, .keys = patron_table_keys_create(table)};
    patron_status status = patron_scan_begin(table->comm, table->sources, &options, &scan);
    if (status == PATRON_OK)
        status = patron_scan_rest(&scan);
    patron_scan_end(&scan);
    return status;
}

patron_status patron_table_look(patron_table_ingest *table)
{
    looker *lookers = patron_allocate((uint64_t)table->threads, sizeof *lookers);
    void **contexts = patron_allocate((uint64_t)table->threads, sizeof *contexts);
    bool is_short = lookers == NULL || contexts == NULL;
    patron_status status = patron_comm_agree(table->comm, is_short ? PATRON_RESOURCE : PATRON_OK);
    for (int t = 0; status == PATRON_OK && t < table->threads; ++t)
        contexts[t] = &lookers[t];
    if (status == PATRON_OK)
        status = read_all(table, lookers, contexts);
    if (status == PATRON_OK)
        status = conclude(table, lookers);
    for (int t = 0; !is_short && t < table->threads; ++t) {
        for (uint32_t c = 0; lookers[t].facts != NULL && c < table->columns->count; ++c)
            patron_column_facts_free(&lookers[t].facts[c]);
        free(lookers[t].facts);
        patron_sampler_free(&lookers[t].samples);
        patron_table_keys_free(&lookers[t].keys);
    }
    free(lookers);
    free(contexts);
    return status;
}
