/* SPDX-License-Identifier: Apache-2.0 */
/* The first stage: all ranks read their share of the text in rounds, and exchange between them. */
#include "ingest/events_stages.h"

#include "ingest/csv.h"
#include "ingest/pseudonym.h"
#include "ingest/samples.h"
#include "ingest/scan.h"
#include "ingest/show.h"
#include "patron/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DAY = 86400 };

typedef enum event_role {
    ROLE_CUSTOMER,
    ROLE_TIME,
    ROLE_KIND,
    ROLE_VALUE,
    ROLE_CONSENT,
    ROLES
} event_role;

/* Where the columns are in the file at hand. */
typedef struct columns {
    const patron_ingest_events_options *options;
    uint32_t column[ROLES];
} columns;

/* A row that is kept. */
typedef struct event {
    patron_slice customer, kind;
    patron_event_tail tail;
} event;

/* What one thread reads. */
typedef struct reader {
    const patron_events *events;
    const columns *columns;
    int thread;
    patron_event_counts counts;
    patron_kinds kinds;
    patron_pseudonymiser pseudonymiser;
    char *key;
    uint64_t key_room;
} reader;

typedef struct gathering {
    patron_events *events;
    columns columns;
    patron_scan scan;
    reader *readers;
    void **contexts; /* the same, for the scan */
} gathering;

/* ---- a row ---- */

static const char *column_name(const columns *c, event_role role)
{
    const patron_ingest_events_options *o = c->options;
    const char *const names[ROLES] = {o->customer, o->time, o->kind, o->value, o->privacy.consent};
    return names[role];
}

static patron_status find_columns(void *context, const patron_csv_record *header)
{
    columns *c = context;
    patron_status status = PATRON_OK;
    for (int role = 0; status == PATRON_OK && role < ROLES; ++role)
        if (column_name(c, role) != NULL)
            status = patron_csv_find(header, column_name(c, role), &c->column[role]);
    return status;
}

static patron_slice text_of(const columns *c, const patron_csv_record *record, event_role role)
{
    const patron_slice none = {.bytes = ""};
    patron_slice field = record->fields[c->column[role]];
    return patron_value_is_no_text(&c->options->forms, field) ? none : field;
}

static bool agrees(const columns *c, const patron_csv_record *record, patron_slice customer)
{
    const patron_ingest_privacy *privacy = &c->options->privacy;
    if (privacy->consent == NULL)
        return true;
    return patron_slice_equal(record->fields[c->column[ROLE_CONSENT]], privacy->consent_value) &&
           (privacy->refused == NULL || !patron_interner_has(privacy->refused, customer));
}

static patron_event_rule judge(const columns *c, const patron_csv_record *record, event *row)
{
    const patron_ingest_events_options *o = c->options;
    row->customer = text_of(c, record, ROLE_CUSTOMER);
    if (!agrees(c, record, row->customer))
        return PATRON_EVENT_NO_CONSENT;
    if (row->customer.length == 0)
        return PATRON_EVENT_NO_CUSTOMER;
    row->kind = o->kind == NULL ? patron_slice_of("events") : text_of(c, record, ROLE_KIND);
    return row->kind.length == 0 ? PATRON_EVENT_NO_KIND : PATRON_EVENT_KEEP;
}

static patron_status fail_field(const columns *c, const patron_csv_record *record, event_role role,
                                const char *expected)
{
    char told[PATRON_TOLD_CAPACITY];
    return patron_csv_fail(record, ", column '%s': found %s, expected %s", column_name(c, role),
                           patron_slice_tell(record->fields[c->column[role]], told), expected);
}

static patron_status read_value(const columns *c, const patron_csv_record *record,
                                patron_event_tail *tail)
{
    const patron_value_forms *forms = &c->options->forms;
    if (c->options->value == NULL ||
        patron_value_is_missing(forms, record->fields[c->column[ROLE_VALUE]]))
        return PATRON_OK;
    if (!patron_value_number(forms, record->fields[c->column[ROLE_VALUE]], &tail->value) ||
        !isfinite(tail->value))
        return fail_field(c, record, ROLE_VALUE, "a number such as 12 or 3.50, or nothing");
    tail->value += 0.0; /* -0 is 0 */
    tail->has_value = true;
    return PATRON_OK;
}

/* Keeps the record as *row, or says in *rule which rule leaves it out. */
static patron_status clean(const columns *c, const patron_csv_record *record, event *row,
                           patron_event_rule *rule)
{
    const patron_ingest_events_options *o = c->options;
    *row = (event){0};
    *rule = judge(c, record, row);
    if (*rule != PATRON_EVENT_KEEP)
        return PATRON_OK;
    if (row->kind.length > PATRON_KIND_LENGTH)
        return patron_csv_fail(record, ", column '%s': a kind has at most %d bytes",
                               column_name(c, ROLE_KIND), (int)PATRON_KIND_LENGTH);
    if (!patron_value_time(&o->forms, record->fields[c->column[ROLE_TIME]], &row->tail.time))
        return fail_field(c, record, ROLE_TIME, patron_value_time_expected(&o->forms));
    patron_status status = read_value(c, record, &row->tail);
    if (o->retain_days > 0 && row->tail.time < o->as_of - (int64_t)o->retain_days * DAY)
        *rule = PATRON_EVENT_TOO_OLD;
    return status;
}

/* ---- rows ---- */

static patron_status put(reader *r, const event *row)
{
    uint64_t customer = row->customer.length, kind = row->kind.length;
    uint64_t length = customer + 1 + kind + 1 + PATRON_EVENT_TAIL;
    char *key = patron_grow(r->key, length, &r->key_room, 1);
    if (key == NULL)
        return PATRON_RESOURCE;
    r->key = key;
    memcpy(key, row->customer.bytes, customer);
    key[customer] = '\0';
    memcpy(key + customer + 1, row->kind.bytes, kind);
    key[customer + 1 + kind] = '\0';
    patron_event_tail_lay(&row->tail, key + length - PATRON_EVENT_TAIL);
    const patron_record record = {.key = key, .key_length = (uint32_t)length, .value = key};
    return patron_shuffle_put(r->events->rows, r->thread,
                              patron_splitters_range(&r->events->cuts, key, customer), &record);
}

static patron_status take(void *context, const patron_csv_record *record)
{
    reader *r = context;
    event row;
    patron_event_rule rule = PATRON_EVENT_KEEP;
    patron_status status = clean(r->columns, record, &row, &rule);
    if (status != PATRON_OK)
        return status;
    ++r->counts.read;
    if (rule != PATRON_EVENT_KEEP) {
        ++r->counts.dropped[rule];
        return PATRON_OK;
    }
    int64_t time = row.tail.time;
    ++r->counts.kept;
    r->counts.first_time = time < r->counts.first_time ? time : r->counts.first_time;
    r->counts.last_time = time > r->counts.last_time ? time : r->counts.last_time;
    status = patron_kinds_add(&r->kinds, row.kind, row.tail.has_value);
    if (r->events->options.only_kinds)
        return status;
    if (status == PATRON_OK)
        status = patron_pseudonymise(&r->pseudonymiser, row.customer, &row.customer);
    return status == PATRON_OK ? put(r, &row) : status;
}

/* ---- lanes ---- */

/* Ids of rows from all over the text. */
typedef struct id_samples {
    columns columns; /* of the file that they are drawn from */
    patron_pseudonymiser pseudonymiser;
    patron_texts customers;
} id_samples;

static patron_status sample_header(void *context, const patron_csv_record *header)
{
    id_samples *samples = context;
    return find_columns(&samples->columns, header);
}

static patron_status take_sample(void *context, const patron_csv_record *record)
{
    id_samples *s = context;
    event row;
    patron_event_rule rule = PATRON_EVENT_KEEP;
    patron_status status = clean(&s->columns, record, &row, &rule);
    if (status != PATRON_OK || rule != PATRON_EVENT_KEEP)
        return status;
    status = patron_pseudonymise(&s->pseudonymiser, row.customer, &row.customer);
    return status == PATRON_OK
               ? patron_texts_append(&s->customers, row.customer.bytes, row.customer.length)
               : status;
}

/* Looks ahead, so that lanes get about as much each. */
static patron_status cut_lanes(gathering *g)
{
    patron_events *events = g->events;
    id_samples samples = {.columns = g->columns,
                          .pseudonymiser =
                              patron_pseudonymiser_create(events->options.privacy.secret)};
    patron_status status = PATRON_OK;
    if (events->lanes > 1)
        status = patron_samples_draw(&g->scan.blocks, g->scan.has_block, sample_header, take_sample,
                                     &samples);
    status = patron_comm_agree(events->comm, status);
    if (status == PATRON_OK)
        status =
            patron_splitters_choose(events->comm, &samples.customers, events->lanes, &events->cuts);
    patron_pseudonymiser_free(&samples.pseudonymiser);
    patron_texts_free(&samples.customers);
    return status;
}

/* ---- the stage ---- */

static patron_status create_readers(gathering *g)
{
    const patron_events *events = g->events;
    g->readers = patron_allocate((uint64_t)events->threads, sizeof *g->readers);
    g->contexts = patron_allocate((uint64_t)events->threads, sizeof *g->contexts);
    if (g->readers == NULL || g->contexts == NULL)
        return PATRON_RESOURCE;
    for (int t = 0; t < events->threads; ++t) {
        g->contexts[t] = &g->readers[t];
        g->readers[t] =
            (reader){.events = events,
                     .columns = &g->columns,
                     .thread = t,
                     .pseudonymiser = patron_pseudonymiser_create(events->options.privacy.secret),
                     .counts = {.first_time = INT64_MAX, .last_time = INT64_MIN}};
    }
    return PATRON_OK;
}

/* Rows that are rejected go to `rejects`; NULL: the first ends the reading. */
static patron_status start(gathering *g, patron_rejects *rejects)
{
    enum { BLOCK = 1 << 18 };
    patron_events *events = g->events;
    patron_status status = patron_comm_agree(events->comm, create_readers(g));
    const patron_scan_options options = {.blocks = {.threads = events->threads,
                                                    .piece = BLOCK,
                                                    .header = {.dialect = events->options.dialect,
                                                               .take = find_columns,
                                                               .context = &g->columns}},
                                         .take = take,
                                         .contexts = g->contexts,
                                         .rejects = rejects,
                                         .progress = events->options.progress};
    if (status == PATRON_OK)
        status = patron_scan_begin(events->comm, events->sources, &options, &g->scan);
    return status;
}

static bool is_full(const patron_events *events)
{
    for (int t = 0; t < events->threads; ++t)
        if (patron_shuffle_is_full(events->rows, t))
            return true;
    return false;
}

static patron_status run_rounds(gathering *g)
{
    patron_status status = PATRON_OK;
    for (bool is_last = false; status == PATRON_OK && !is_last;) {
        while (status == PATRON_OK && !g->scan.is_done && !is_full(g->events))
            status = patron_scan_step(&g->scan);
        status = patron_scan_meet(&g->scan, status, &is_last);
        if (status == PATRON_OK)
            status = patron_shuffle_exchange(g->events->rows);
    }
    return status;
}

/* Adds up what all threads and ranks have counted. */
static patron_status add_up(gathering *g)
{
    patron_events *events = g->events;
    const patron_comm *comm = events->comm;
    patron_event_counts *sum = &events->counts;
    patron_status status = PATRON_OK;
    for (int t = 0; t < events->threads; ++t) {
        const patron_event_counts *own = &g->readers[t].counts;
        sum->read += own->read;
        sum->kept += own->kept;
        for (int rule = 0; rule < PATRON_EVENT_RULES; ++rule)
            sum->dropped[rule] += own->dropped[rule];
        sum->first_time = own->first_time < sum->first_time ? own->first_time : sum->first_time;
        sum->last_time = own->last_time > sum->last_time ? own->last_time : sum->last_time;
        if (status == PATRON_OK)
            status = patron_kinds_merge(&events->kinds, &g->readers[t].kinds);
    }
    patron_comm_reduce_u64(comm, &sum->read, 1, PATRON_SUM);
    patron_comm_reduce_u64(comm, &sum->kept, 1, PATRON_SUM);
    patron_comm_reduce_u64(comm, sum->dropped, PATRON_EVENT_RULES, PATRON_SUM);
    patron_comm_reduce_i64(comm, &sum->first_time, 1, PATRON_MIN);
    patron_comm_reduce_i64(comm, &sum->last_time, 1, PATRON_MAX);
    status = patron_comm_agree(comm, status);
    return status == PATRON_OK ? patron_kinds_share(comm, &events->kinds) : status;
}

static void free_gathering(gathering *g)
{
    for (int t = 0; g->readers != NULL && t < g->events->threads; ++t) {
        patron_kinds_free(&g->readers[t].kinds);
        patron_pseudonymiser_free(&g->readers[t].pseudonymiser);
        free(g->readers[t].key);
    }
    free(g->readers);
    free(g->contexts);
    patron_scan_end(&g->scan);
}

/* Rows of this rank that were read and not rejected. */
static uint64_t rows_read(const gathering *g)
{
    uint64_t rows = 0;
    for (int t = 0; t < g->events->threads; ++t)
        rows += g->readers[t].counts.read;
    return rows;
}

patron_status patron_events_gather(patron_events *events)
{
    gathering g = {.events = events, .columns = {.options = &events->options}};
    patron_rejects rejects = {0};
    const patron_rejects_options *wanted = events->options.rejects;
    patron_status status = PATRON_OK;
    if (wanted != NULL)
        status = patron_rejects_create(events->comm, events->sources, wanted, &rejects);
    if (status == PATRON_OK)
        status = start(&g, wanted == NULL ? NULL : &rejects);
    if (status == PATRON_OK)
        status = cut_lanes(&g);
    if (status == PATRON_OK)
        status = run_rounds(&g);
    if (status == PATRON_OK && wanted != NULL)
        status = patron_rejects_conclude(&rejects, rows_read(&g));
    if (status == PATRON_OK) {
        events->counts.rejected = rejects.count;
        status = add_up(&g);
    }
    free_gathering(&g);
    patron_rejects_free(&rejects);
    return status;
}
