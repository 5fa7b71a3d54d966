/* SPDX-License-Identifier: Apache-2.0 */
/* A feature table on its way. */
#ifndef PATRON_INGEST_TABLE_H
#define PATRON_INGEST_TABLE_H

#include "ingest/columns.h"
#include "ingest/ingest.h"
#include "ingest/pseudonym.h"
#include "ingest/scan.h"
#include "shuffle/shuffle.h"
#include "shuffle/splitters.h"

typedef struct patron_table_ingest {
    const patron_comm *comm;
    const patron_sources *sources;
    const patron_ingest_table_options *options;
    char name[256]; /* of the input, for messages */
    patron_columns *columns;
    int threads;           /* and lanes of this rank */
    uint64_t lanes;        /* of all ranks */
    patron_splitters cuts; /* of lanes */
    patron_shuffle *rows;
    uint64_t rejected, no_consent, missing; /* of all ranks, when rows are read */
    patron_ingested *lists;
} patron_table_ingest;

/* The key that a record is sorted by: its id or pseudonym; without ids its place in the text.  It
 * is there until the next is made. */
typedef struct patron_table_keys {
    const patron_table_ingest *table;
    patron_pseudonymiser pseudonymiser;
    char place[24];
} patron_table_keys;

patron_table_keys patron_table_keys_create(const patron_table_ingest *table);
void patron_table_keys_free(patron_table_keys *keys);

/* `offset`: of the record in the file.  DATA, told as patron_csv_fail does, where an id is empty;
 * RESOURCE. */
patron_status patron_table_key(patron_table_keys *keys, const patron_csv_record *record,
                               uint64_t offset, patron_slice *key);

/* Whether the record's customer has agreed. */
bool patron_table_agrees(const patron_table_ingest *table, const patron_csv_record *record);

/* Where a record of a thread stands in its file. */
uint64_t patron_table_offset(const patron_scan *scan, int thread, const patron_csv_record *record);

/* How text is read, by contexts of the threads. */
patron_scan_options patron_table_scan(patron_table_ingest *table, patron_csv_take *take,
                                      void *const *contexts);

/* Looks at all rows: facts of columns, the plan, samples of keys.  Collective. */
patron_status patron_table_look(patron_table_ingest *table);

/* Reads all rows, sorted by key, into the lists.  Collective; needs the look. */
patron_status patron_table_read(patron_table_ingest *table);

#endif
