/* SPDX-License-Identifier: Apache-2.0 */
/* The second reading of a table: rows become features and are sorted by key over the lanes of all
 * ranks.  A record to sort has the key, and as its value the row's place in the text (8 bytes) and
 * the features. */
#include "ingest/table.h"
#include "patron/memory.h"
#include "shuffle/held_key.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The places of two rows with the same id; UINT64_MAX: there are none. */
typedef struct twins {
    uint64_t first, second;
} twins;

/* What one thread reads. */
typedef struct reader {
    patron_table_ingest *table;
    const patron_scan *scan;
    int thread;
    patron_table_keys keys;
    char *value; /* place and features */
    float *features;
    uint64_t rows, no_consent, missing;
    twins wanted; /* of which the lines are to be found, where the reading is for that */
    uint64_t lines[2];
} reader;

typedef struct table_reading {
    patron_table_ingest *table;
    patron_scan scan;
    reader *readers;
    void **contexts;
} table_reading;

/* ---- rows ---- */

static patron_status take(void *context, const patron_csv_record *record)
{
    reader *r = context;
    const patron_table_ingest *table = r->table;
    patron_slice key;
    if (!patron_table_agrees(table, record)) {
        ++r->no_consent;
        return PATRON_OK;
    }
    uint64_t place = patron_table_offset(r->scan, r->thread, record), missing = 0;
    patron_status status = patron_table_key(&r->keys, record, place, &key);
    if (status == PATRON_OK)
        status = patron_columns_convert(table->columns, &table->options->forms, record, r->features,
                                        &missing);
    if (status != PATRON_OK)
        return status;
    uint64_t bytes = table->columns->width * sizeof(float);
    memcpy(r->value, &place, sizeof place);
    memcpy(r->value + sizeof place, r->features, bytes);
    ++r->rows;
    r->missing += missing;
    const patron_record row = {.key = key.bytes,
                               .key_length = (uint32_t)key.length,
                               .value = r->value,
                               .value_length = (uint32_t)(sizeof place + bytes)};
    uint64_t lane = patron_splitters_range(&table->cuts, key.bytes, key.length);
    return patron_shuffle_put(table->rows, r->thread, lane, &row);
}

/* Of the reading that finds the lines of an id that comes twice. */
static patron_status take_twins(void *context, const patron_csv_record *record)
{
    reader *r = context;
    const patron_blocks *blocks = &r->scan->blocks;
    uint64_t place = patron_table_offset(r->scan, r->thread, record);
    if (place != r->wanted.first && place != r->wanted.second)
        return PATRON_OK;
    return patron_blocks_line(blocks, place - blocks->offset,
                              &r->lines[place == r->wanted.first ? 0 : 1]);
}

/* ---- reading ---- */

static patron_status create_readers(table_reading *g)
{
    patron_table_ingest *table = g->table;
    uint64_t width = table->columns->width;
    g->readers = patron_allocate((uint64_t)table->threads, sizeof *g->readers);
    g->contexts = patron_allocate((uint64_t)table->threads, sizeof *g->contexts);
    patron_status status = g->readers == NULL || g->contexts == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (int t = 0; status == PATRON_OK && t < table->threads; ++t) {
        reader *r = &g->readers[t];
        g->contexts[t] = r;
        *r = (reader){.table = table,
                      .scan = &g->scan,
                      .thread = t,
                      .keys = patron_table_keys_create(table),
                      .value = patron_allocate(sizeof(uint64_t) + width * sizeof(float), 1),
                      .features = patron_allocate(width, sizeof(float))};
        status = r->value == NULL || r->features == NULL ? PATRON_RESOURCE : PATRON_OK;
    }
    return patron_comm_agree(table->comm, status);
}

static void free_reading(table_reading *g)
{
    for (int t = 0; g->readers != NULL && t < g->table->threads; ++t) {
        patron_table_keys_free(&g->readers[t].keys);
        free(g->readers[t].value);
        free(g->readers[t].features);
    }
    free(g->readers);
    free(g->contexts);
    patron_scan_end(&g->scan);
}

static bool is_full(const patron_table_ingest *table)
{
    for (int t = 0; t < table->threads; ++t)
        if (patron_shuffle_is_full(table->rows, t))
            return true;
    return false;
}

static patron_status read_rounds(table_reading *g)
{
    patron_status status = PATRON_OK;
    for (bool is_last = false; status == PATRON_OK && !is_last;) {
        while (status == PATRON_OK && !g->scan.is_done && !is_full(g->table))
            status = patron_scan_step(&g->scan);
        status = patron_scan_meet(&g->scan, status, &is_last);
        if (status == PATRON_OK)
            status = patron_shuffle_exchange(g->table->rows);
    }
    return status;
}

static uint64_t add_up(table_reading *g)
{
    patron_table_ingest *table = g->table;
    uint64_t sums[2] = {0}, rows = 0;
    for (int t = 0; t < table->threads; ++t) {
        rows += g->readers[t].rows + g->readers[t].no_consent;
        sums[0] += g->readers[t].no_consent;
        sums[1] += g->readers[t].missing;
    }
    patron_comm_reduce_u64(table->comm, sums, 2, PATRON_SUM);
    table->no_consent = sums[0];
    table->missing = sums[1];
    return rows;
}

static patron_status read_rows(patron_table_ingest *table)
{
    table_reading g = {.table = table};
    patron_rejects rejects = {0};
    const patron_rejects_options *wanted = table->options->rejects;
    patron_status status = create_readers(&g);
    if (status == PATRON_OK && wanted != NULL)
        status = patron_rejects_create(table->comm, table->sources, wanted, &rejects);
    patron_scan_options options = patron_table_scan(table, take, g.contexts);
    options.rejects = wanted == NULL ? NULL : &rejects;
    if (status == PATRON_OK)
        status = patron_scan_begin(table->comm, table->sources, &options, &g.scan);
    if (status == PATRON_OK)
        status = read_rounds(&g);
    if (status == PATRON_OK) {
        uint64_t rows = add_up(&g);
        if (wanted != NULL)
            status = patron_rejects_conclude(&rejects, rows);
        table->rejected = rejects.count;
    }
    free_reading(&g);
    patron_rejects_free(&rejects);
    return status;
}

/* Reads once more, to tell the lines of rows with the same id; rows at fault are passed over where
 * that is asked for. */
static patron_status tell_twins(patron_table_ingest *table, twins wanted)
{
    const patron_columns *columns = table->columns;
    uint64_t lines[2] = {0};
    table_reading g = {.table = table};
    patron_status status = create_readers(&g);
    for (int t = 0; status == PATRON_OK && t < table->threads; ++t)
        g.readers[t].wanted = wanted;
    patron_scan_options options = patron_table_scan(table, take_twins, g.contexts);
    if (status == PATRON_OK)
        status = patron_scan_begin(table->comm, table->sources, &options, &g.scan);
    if (status == PATRON_OK)
        status = patron_scan_rest(&g.scan);
    for (int t = 0; status == PATRON_OK && t < table->threads; ++t)
        for (int i = 0; i < 2; ++i)
            lines[i] = g.readers[t].lines[i] > 0 ? g.readers[t].lines[i] : lines[i];
    free_reading(&g);
    if (status != PATRON_OK)
        return status;
    patron_comm_reduce_u64(table->comm, lines, 2, PATRON_MAX);
    return patron_fail(PATRON_DATA,
                       "%s, lines %" PRIu64 " and %" PRIu64
                       ", column '%.*s': the same id; each customer may have one row",
                       table->name, lines[0], lines[1],
                       (int)patron_texts_length(&columns->names, columns->id),
                       patron_texts_at(&columns->names, columns->id));
}

/* ---- lanes ---- */

/* What is known while a lane's rows go by. */
typedef struct lane_walk {
    patron_table_ingest *table;
    int lane;
    patron_held_key key; /* of the row before */
    twins same;          /* the rows with this key that come first */
    twins told;          /* those of any key of which the second comes first */
} lane_walk;

static patron_status note_key(lane_walk *w, const patron_record *row, bool *is_new)
{
    uint64_t place = 0;
    memcpy(&place, row->value, sizeof place);
    *is_new = !patron_held_key_is(&w->key, row);
    if (!*is_new) {
        bool is_first = place < w->same.first;
        uint64_t later = is_first ? w->same.first : place;
        w->same.first = is_first ? place : w->same.first;
        w->same.second = later < w->same.second ? later : w->same.second;
        if (w->same.second <= w->told.second)
            w->told = w->same;
        return PATRON_OK;
    }
    w->same = (twins){place, UINT64_MAX};
    return patron_held_key_take(&w->key, row);
}

static patron_status walk_lane(lane_walk *w)
{
    const patron_table_ingest *table = w->table;
    patron_lane *lane = &table->lists->lanes[w->lane];
    patron_sorter *sorter = patron_shuffle_lane(table->rows, w->lane);
    bool found = true, has_id = table->columns->id != UINT32_MAX;
    patron_status status = PATRON_OK;
    while (status == PATRON_OK && found) {
        patron_record row;
        bool is_new = false;
        status = patron_sorter_next(sorter, &row, &found);
        if (status != PATRON_OK || !found)
            break;
        status = note_key(w, &row, &is_new);
        if (status == PATRON_OK && is_new && has_id)
            status = patron_lane_write_id(lane, PATRON_COLUMN_CUSTOMER_ID, row.key, row.key_length,
                                          &lane->customer_width);
        if (status == PATRON_OK && is_new)
            status = patron_lane_write(lane, PATRON_COLUMN_FEATURES, row.value + sizeof(uint64_t),
                                       row.value_length - sizeof(uint64_t));
        lane->customers += is_new ? 1 : 0;
    }
    free(w->key.bytes);
    patron_shuffle_close_lane(table->rows, w->lane);
    return status;
}

static patron_status walk_lanes(patron_table_ingest *table)
{
    int threads = table->threads;
    twins told = {UINT64_MAX, UINT64_MAX};
    uint64_t rows = 0;
    patron_status status = PATRON_OK;
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int lane = 0; lane < threads; ++lane) {
        lane_walk w = {.table = table, .lane = lane, .told = {UINT64_MAX, UINT64_MAX}};
        patron_status one = walk_lane(&w);
#pragma omp critical(patron_table)
        {
            status = one == PATRON_OK ? status : one;
            told = w.told.second < told.second ? w.told : told;
        }
    }
    status = patron_comm_agree(table->comm, status);
    if (status != PATRON_OK)
        return status;
    uint64_t second = told.second;
    patron_comm_reduce_u64(table->comm, &second, 1, PATRON_MIN);
    if (second != UINT64_MAX) {
        told.first = told.second == second ? told.first : UINT64_MAX;
        patron_comm_reduce_u64(table->comm, &told.first, 1, PATRON_MIN);
        return tell_twins(table, (twins){told.first, second});
    }
    for (int lane = 0; lane < threads; ++lane)
        rows += table->lists->lanes[lane].customers;
    patron_comm_reduce_u64(table->comm, &rows, 1, PATRON_SUM);
    table->lists->frame.rows = rows;
    return PATRON_OK;
}

/* Row numbers as ids, all of the same width, so that their order is the rows'. */
static patron_status number_rows(patron_table_ingest *table)
{
    char id[32];
    uint64_t own = 0;
    patron_status status = PATRON_OK;
    int digits = snprintf(id, sizeof id, "%" PRIu64, table->lists->frame.rows - 1);
    for (int lane = 0; lane < table->threads; ++lane)
        own += table->lists->lanes[lane].customers;
    uint64_t row = patron_comm_prefix_u64(table->comm, own);
    for (int l = 0; l < table->threads; ++l) {
        patron_lane *lane = &table->lists->lanes[l];
        for (uint64_t i = 0; status == PATRON_OK && i < lane->customers; ++i) {
            int length = snprintf(id, sizeof id, "%0*" PRIu64, digits, row++);
            status = patron_lane_write_id(lane, PATRON_COLUMN_CUSTOMER_ID, id, (uint64_t)length,
                                          &lane->customer_width);
        }
    }
    return patron_comm_agree(table->comm, status);
}

patron_status patron_table_read(patron_table_ingest *table)
{
    patron_status status = read_rows(table);
    if (status == PATRON_OK)
        status = patron_shuffle_finish(table->rows);
    if (status == PATRON_OK)
        status = walk_lanes(table);
    if (status == PATRON_OK && table->lists->frame.rows > 0 && table->columns->id == UINT32_MAX)
        status = number_rows(table);
    return status;
}
