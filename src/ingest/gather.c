/* SPDX-License-Identifier: Apache-2.0 */
/* The first stage: all ranks read their share of the text in rounds.  In a round threads split and
 * clean blocks until their outboxes are full; then ranks agree on the items that are new, and
 * exchange. */
#include "ingest/transactions.h"

#include "ingest/labels.h"
#include "ingest/piece.h"
#include "ingest/row_ids.h"
#include "ingest/samples.h"
#include "ingest/scan.h"
#include "patron/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one thread reads. */
typedef struct reader {
    patron_transactions *all;
    int thread;
    patron_row_counts counts;
    patron_own_items items;
    patron_label_counts labels;
    patron_piece piece;
    patron_row_ids ids;
} reader;

typedef struct gathering {
    patron_transactions *all;
    patron_scan scan;
    reader *readers;
    void **contexts; /* the same, for the scan */
} gathering;

/* ---- rows ---- */

static patron_status put_piece(void *context)
{
    reader *r = context;
    patron_transactions *all = r->all;
    patron_piece *piece = &r->piece;
    if (piece->count == 0)
        return PATRON_OK;
    bool has_customer = piece->customer_length > 0;
    patron_record record = patron_piece_record(piece, all->cleaning.has_value);
    const patron_splitters *splitters = has_customer ? &all->customers : &all->baskets;
    uint64_t lane = patron_splitters_range(
        splitters, record.key, has_customer ? piece->customer_length : record.key_length);
    piece->count = 0;
    return patron_shuffle_put(has_customer ? all->by_customer : all->by_basket, r->thread, lane,
                              &record);
}

static patron_status keep(reader *r, const patron_row *row)
{
    uint32_t item = 0;
    patron_status status =
        patron_interner_find(&r->items.names, row->text[PATRON_ROLE_ITEM], &item);
    if (status == PATRON_OK && row->text[PATRON_ROLE_LABEL].length > 0)
        status = patron_label_counts_add(&r->labels, item, row->text[PATRON_ROLE_LABEL]);
    if (status == PATRON_OK && !patron_piece_takes(&r->piece, row)) {
        status = put_piece(r);
        if (status == PATRON_OK)
            status = patron_piece_start(&r->piece, row);
    }
    if (status != PATRON_OK)
        return status;
    patron_piece_add(&r->piece, row, item);
    ++r->counts.kept;
    if (row->time > r->counts.last_time)
        r->counts.last_time = row->time;
    if (r->all->cleaning.has_value)
        patron_exactsum_add(&r->counts.revenue, row->value);
    return PATRON_OK;
}

static patron_status take(void *context, const patron_csv_record *record)
{
    reader *r = context;
    patron_row row;
    patron_rule rule = PATRON_RULE_KEEP;
    patron_status status = patron_clean(&r->all->cleaning, record, &row, &rule);
    if (status != PATRON_OK)
        return status;
    ++r->counts.read;
    if (rule != PATRON_RULE_KEEP) {
        ++r->counts.dropped[rule];
        return PATRON_OK;
    }
    status = patron_row_ids_make(&r->ids, &r->all->cleaning, &row);
    return status == PATRON_OK ? keep(r, &row) : status;
}

/* Of the reading that finds the last time. */
static patron_status take_time(void *context, const patron_csv_record *record)
{
    reader *r = context;
    patron_row row;
    patron_rule rule = PATRON_RULE_KEEP;
    patron_status status = patron_clean(&r->all->cleaning, record, &row, &rule);
    if (status == PATRON_OK && rule == PATRON_RULE_KEEP && row.time > r->counts.last_time)
        r->counts.last_time = row.time;
    return status;
}

/* ---- rounds ---- */

static bool is_full(const gathering *g)
{
    for (int t = 0; t < g->all->threads; ++t)
        if (patron_shuffle_is_full(g->all->by_basket, t) ||
            (g->all->by_customer != NULL && patron_shuffle_is_full(g->all->by_customer, t)))
            return true;
    return false;
}

/* Reads until it is time to exchange; nothing is ever full of a reading for the last time. */
static patron_status read_round(gathering *g)
{
    patron_status status = PATRON_OK;
    while (status == PATRON_OK && !g->scan.is_done && !is_full(g))
        status = patron_scan_step(&g->scan);
    return status;
}

/* ---- between rounds ---- */

/* How the values of an outbox name items. */
typedef struct renaming {
    const uint32_t *common;
    uint32_t row_bytes;
} renaming;

static void rename_items(void *context, char *value, uint32_t length)
{
    const renaming *r = context;
    uint32_t count = patron_piece_count(length, r->row_bytes);
    for (uint32_t i = 0; i < count; ++i) {
        char *at = value + PATRON_PIECE_HEAD + i * sizeof(uint32_t);
        memcpy(at, &r->common[patron_piece_u32(at, 0)], sizeof(uint32_t));
    }
}

static patron_status put_labels(gathering *g, reader *r, bool is_last)
{
    patron_transactions *all = g->all;
    if (!is_last && patron_label_counts_bytes(&r->labels) < all->shares.labels)
        return PATRON_OK;
    return patron_label_counts_put(&r->labels, r->items.common, all->by_item, r->thread,
                                   all->lanes);
}

/* Gives items their common numbers, in what waits in the outboxes too. */
static patron_status settle_items(gathering *g, bool is_last)
{
    patron_transactions *all = g->all;
    int threads = all->threads;
    patron_own_items **own = patron_allocate((uint64_t)threads, sizeof(patron_own_items *));
    patron_status status = patron_comm_agree(all->comm, own == NULL ? PATRON_RESOURCE : PATRON_OK);
    for (int t = 0; status == PATRON_OK && t < threads; ++t)
        own[t] = &g->readers[t].items;
    if (status == PATRON_OK)
        status = patron_dictionary_meet(all->comm, &all->items, own, threads);
    free(own);
    if (status != PATRON_OK)
        return status;
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int t = 0; t < threads; ++t) {
        renaming r = {g->readers[t].items.common, patron_piece_row_bytes(all->cleaning.has_value)};
        if (all->by_customer != NULL)
            patron_shuffle_visit(all->by_customer, t, rename_items, &r);
        r.row_bytes = sizeof(uint32_t);
        patron_shuffle_visit(all->by_basket, t, rename_items, &r);
    }
    for (int t = 0; status == PATRON_OK && all->by_item != NULL && t < threads; ++t)
        status = put_labels(g, &g->readers[t], is_last);
    return patron_comm_agree(all->comm, status);
}

static patron_status exchange(const patron_transactions *all)
{
    patron_shuffle *const shuffles[] = {all->by_customer, all->by_basket, all->by_item};
    patron_status status = PATRON_OK;
    for (int i = 0; status == PATRON_OK && i < 3; ++i)
        if (shuffles[i] != NULL)
            status = patron_shuffle_exchange(shuffles[i]);
    return status;
}

static patron_status run_rounds(gathering *g)
{
    patron_status status = PATRON_OK;
    bool is_last = false;
    while (status == PATRON_OK && !is_last) {
        status = patron_scan_meet(&g->scan, read_round(g), &is_last);
        if (g->scan.options.take != take)
            continue;
        if (status == PATRON_OK)
            status = settle_items(g, is_last);
        if (status == PATRON_OK)
            status = exchange(g->all);
    }
    return status;
}

/* ---- the stage ---- */

static patron_status create_readers(gathering *g)
{
    const patron_transactions *all = g->all;
    g->readers = patron_allocate((uint64_t)all->threads, sizeof *g->readers);
    g->contexts = patron_allocate((uint64_t)all->threads, sizeof *g->contexts);
    if (g->readers == NULL || g->contexts == NULL)
        return PATRON_RESOURCE;
    for (int t = 0; t < all->threads; ++t) {
        g->contexts[t] = &g->readers[t];
        g->readers[t].all = g->all;
        g->readers[t].thread = t;
        g->readers[t].counts.last_time = INT64_MIN;
        g->readers[t].ids = patron_row_ids_create(all->options->privacy.secret);
    }
    return PATRON_OK;
}

/* Rows that are rejected go to `rejects`; NULL: they are passed over where that is allowed. */
static patron_status start(gathering *g, patron_csv_take *take_record, patron_rejects *rejects)
{
    patron_transactions *all = g->all;
    patron_status status = patron_comm_agree(all->comm, create_readers(g));
    const patron_scan_options options = {.blocks = {.threads = all->threads,
                                                    .piece = all->shares.block,
                                                    .header = {.dialect = all->options->dialect,
                                                               .take = patron_cleaning_header,
                                                               .context = &all->cleaning}},
                                         .take = take_record,
                                         .end = put_piece,
                                         .contexts = g->contexts,
                                         .rejects = rejects,
                                         .passes_over = all->options->rejects != NULL,
                                         .progress = all->options->progress};
    if (status == PATRON_OK)
        status = patron_scan_begin(all->comm, all->sources, &options, &g->scan);
    return status;
}

/* Ids of rows from all over the text. */
typedef struct id_samples {
    patron_cleaning cleaning; /* with the columns of the file that they are drawn from */
    patron_row_ids ids;
    patron_texts customers, baskets;
} id_samples;

static patron_status sample_header(void *context, const patron_csv_record *header)
{
    id_samples *samples = context;
    return patron_cleaning_header(&samples->cleaning, header);
}

static patron_status take_sample(void *context, const patron_csv_record *record)
{
    id_samples *s = context;
    patron_row row;
    patron_rule rule = PATRON_RULE_KEEP;
    patron_status status = patron_clean(&s->cleaning, record, &row, &rule);
    if (status != PATRON_OK || rule != PATRON_RULE_KEEP)
        return status;
    status = patron_row_ids_make(&s->ids, &s->cleaning, &row);
    const patron_slice customer = row.text[PATRON_ROLE_CUSTOMER];
    const patron_slice basket = row.text[PATRON_ROLE_BASKET];
    if (status == PATRON_OK && customer.length > 0)
        status = patron_texts_append(&s->customers, customer.bytes, customer.length);
    if (status == PATRON_OK)
        status = patron_texts_append(&s->baskets, basket.bytes, basket.length);
    return status;
}

/* Looks ahead, so that lanes get about as much each. */
static patron_status cut_lanes(gathering *g)
{
    patron_transactions *all = g->all;
    id_samples samples = {.cleaning = all->cleaning,
                          .ids = patron_row_ids_create(all->options->privacy.secret)};
    patron_status status = PATRON_OK;
    if (all->lanes > 1)
        status = patron_samples_draw(&g->scan.blocks, g->scan.has_block, sample_header, take_sample,
                                     &samples);
    status = patron_comm_agree(all->comm, status);
    if (status == PATRON_OK)
        status = patron_transactions_cut_lanes(all, &samples.customers, &samples.baskets);
    patron_row_ids_free(&samples.ids);
    patron_texts_free(&samples.customers);
    patron_texts_free(&samples.baskets);
    return status;
}

/* Adds up the counts of all threads and ranks. */
static void add_up(gathering *g)
{
    patron_row_counts *sum = &g->all->counts;
    const patron_comm *comm = g->all->comm;
    sum->last_time = INT64_MIN;
    for (int t = 0; t < g->all->threads; ++t) {
        patron_row_counts *own = &g->readers[t].counts;
        sum->read += own->read;
        sum->kept += own->kept;
        for (int rule = 0; rule < PATRON_RULES; ++rule)
            sum->dropped[rule] += own->dropped[rule];
        patron_exactsum_merge(&sum->revenue, &own->revenue);
        if (own->last_time > sum->last_time)
            sum->last_time = own->last_time;
    }
    patron_comm_reduce_u64(comm, &sum->read, 1, PATRON_SUM);
    patron_comm_reduce_u64(comm, &sum->kept, 1, PATRON_SUM);
    patron_comm_reduce_u64(comm, sum->dropped, PATRON_RULES, PATRON_SUM);
    patron_comm_reduce_i64(comm, &sum->last_time, 1, PATRON_MAX);
    patron_exactsum_reduce(comm, &sum->revenue, 1);
}

static void free_readers(gathering *g)
{
    for (int t = 0; g->readers != NULL && t < g->all->threads; ++t) {
        reader *r = &g->readers[t];
        patron_own_items_free(&r->items);
        patron_label_counts_free(&r->labels);
        patron_piece_free(&r->piece);
        patron_row_ids_free(&r->ids);
    }
    free(g->readers);
    free(g->contexts);
    patron_scan_end(&g->scan);
}

/* Rows of this rank that were read and not rejected. */
static uint64_t rows_read(const gathering *g)
{
    uint64_t rows = 0;
    for (int t = 0; t < g->all->threads; ++t)
        rows += g->readers[t].counts.read;
    return rows;
}

patron_status patron_transactions_gather(patron_transactions *transactions)
{
    gathering g = {.all = transactions};
    patron_rejects rejects = {0};
    const patron_rejects_options *wanted = transactions->options->rejects;
    patron_status status = PATRON_OK;
    if (wanted != NULL)
        status = patron_rejects_create(transactions->comm, transactions->sources, wanted, &rejects);
    if (status == PATRON_OK)
        status = start(&g, take, wanted == NULL ? NULL : &rejects);
    if (status == PATRON_OK)
        status = cut_lanes(&g);
    if (status == PATRON_OK)
        status = run_rounds(&g);
    if (status == PATRON_OK && wanted != NULL)
        status = patron_rejects_conclude(&rejects, rows_read(&g));
    if (status == PATRON_OK) {
        add_up(&g);
        transactions->counts.rejected = rejects.count;
    }
    free_readers(&g);
    patron_rejects_free(&rejects);
    return status;
}

patron_status patron_transactions_last_time(patron_transactions *transactions, int64_t *last)
{
    gathering g = {.all = transactions};
    patron_status status = start(&g, take_time, NULL);
    if (status == PATRON_OK)
        status = run_rounds(&g);
    *last = INT64_MIN;
    for (int t = 0; status == PATRON_OK && t < transactions->threads; ++t)
        if (g.readers[t].counts.last_time > *last)
            *last = g.readers[t].counts.last_time;
    patron_comm_reduce_i64(transactions->comm, last, 1, PATRON_MAX);
    free_readers(&g);
    return status;
}
