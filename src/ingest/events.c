/* SPDX-License-Identifier: Apache-2.0 */
/* Events to lists: the stages one after the other, and what is told of all. */
#include "ingest/events_stages.h"

#include "ingest/pseudonym.h"
#include "ingest/quality.h"
#include "patron/memory.h"
#include "runtime/meter.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t STANDARD_MEMORY = UINT64_C(1) << 31;

static const char *const rule_figure[PATRON_EVENT_RULES] = {
    "dropped_no_consent", "dropped_no_customer", "dropped_no_kind", "dropped_too_old"};

/* ---- reading ---- */

static patron_status fail_nothing_kept(const patron_events *events)
{
    const patron_event_counts *c = &events->counts;
    char list[256];
    patron_quality_list(rule_figure, c->dropped, PATRON_EVENT_RULES, list, sizeof list);
    bool has_any = list[0] != '\0';
    return patron_fail(PATRON_DATA, "%s: no event is kept of %" PRIu64 " read%s%s%s", events->name,
                       c->read, has_any ? " (" : "", list, has_any ? ")" : "");
}

static patron_status choose_kinds(patron_events *events)
{
    const patron_ingest_events_options *o = &events->options;
    patron_status status = patron_kinds_choose(&events->kinds, o->most_kinds, o->min_rows);
    if (status == PATRON_OK && events->kinds.slot_count == 0)
        status = patron_fail(PATRON_DATA,
                             "%s: no kind of event has %" PRIu64
                             " rows (--min-level), nor have all together",
                             events->name, o->min_rows);
    return status;
}

patron_status patron_events_read(const patron_comm *comm, const patron_sources *sources,
                                 const patron_ingest_events_options *options,
                                 patron_events **events)
{
    patron_events *all = patron_allocate(1, sizeof *all);
    *events = all;
    patron_status status = patron_comm_agree(comm, all == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status != PATRON_OK)
        return status;
    uint64_t threads = (uint64_t)options->threads; /* lanes are as many on every rank */
    uint64_t memory = options->memory == 0 ? STANDARD_MEMORY : options->memory;
    patron_comm_reduce_u64(comm, &threads, 1, PATRON_MIN);
    *all = (patron_events){.comm = comm,
                           .sources = sources,
                           .options = *options,
                           .threads = (int)threads,
                           .lanes = threads * (uint64_t)comm->size,
                           .counts = {.first_time = INT64_MAX, .last_time = INT64_MIN}};
    patron_sources_name(sources, all->name, sizeof all->name);
    const patron_shuffle_options of_rows = {.threads = all->threads,
                                            .folder = options->folder,
                                            .name = options->output,
                                            .sorted = memory / 2,
                                            .on_the_way = memory / 8};
    status = patron_shuffle_create(comm, &of_rows, &all->rows);
    patron_span span = patron_meter_enter(PATRON_STEP_PARSE);
    if (status == PATRON_OK)
        status = patron_events_gather(all);
    patron_meter_leave(span, 0, 0);
    if (status == PATRON_OK && all->counts.kept == 0)
        status = fail_nothing_kept(all);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, choose_kinds(all));
    return status;
}

int64_t patron_events_last_time(const patron_events *events)
{
    return events->counts.last_time;
}

const patron_kinds *patron_events_kinds(const patron_events *events)
{
    return &events->kinds;
}

void patron_events_free(patron_events *events)
{
    if (events == NULL)
        return;
    patron_shuffle_free(events->rows);
    patron_splitters_free(&events->cuts);
    patron_kinds_free(&events->kinds);
    free(events);
}

/* ---- what is told ---- */

static patron_status name_features(const patron_events *events, patron_ingested *lists)
{
    static const struct {
        const char *name, *unit;
    } of_slot[] = {{"count", "events"},
                   {"per_day", "events a day"},
                   {"recency_days", "days"},
                   {"sum", ""},
                   {"mean", ""}};
    enum { MOST = sizeof of_slot / sizeof of_slot[0] };
    const float absent[MOST] = {0, 0, (float)patron_events_window(events), 0, NAN};
    patron_dataset_content *frame = &lists->frame;
    char name[PATRON_KIND_LENGTH + 16];
    lists->absent = patron_allocate((uint64_t)events->kinds.slot_count * MOST, sizeof(float));
    patron_status status = lists->absent == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (uint32_t s = 0; status == PATRON_OK && s < events->kinds.slot_count; ++s) {
        patron_slice kind = patron_kinds_slot_name(&events->kinds, s);
        uint32_t width = patron_events_slot_width(&events->kinds, s);
        for (uint32_t f = 0; status == PATRON_OK && f < width; ++f) {
            int length = snprintf(name, sizeof name, "%.*s.%s", (int)kind.length, kind.bytes,
                                  of_slot[f].name);
            const char *unit = of_slot[f].unit;
            status = patron_texts_append(&frame->column_names, name, (uint64_t)length);
            if (status == PATRON_OK)
                status = patron_texts_append(&frame->column_units, unit, strlen(unit));
            if (status == PATRON_OK)
                status = patron_texts_append(&frame->column_sources, "events", 6);
            lists->absent[frame->columns++] = absent[f];
        }
    }
    return status;
}

static patron_status add_figures(const patron_events *events, patron_dataset_content *frame)
{
    const patron_event_counts *c = &events->counts;
    const patron_ingest_events_options *o = &events->options;
    uint64_t kinds = events->kinds.names.texts.count;
    const bool in_force[PATRON_EVENT_RULES] = {o->privacy.consent != NULL, true, o->kind != NULL,
                                               o->retain_days > 0};
    patron_status status = patron_quality_add_count(frame, "rows_read", c->read + c->rejected);
    if (status == PATRON_OK && o->rejects != NULL)
        status = patron_quality_add_count(frame, "rows_rejected", c->rejected);
    if (status == PATRON_OK)
        status = patron_quality_add_count(frame, "rows_kept", c->kept);
    for (int rule = 0; status == PATRON_OK && rule < PATRON_EVENT_RULES; ++rule)
        if (in_force[rule])
            status = patron_quality_add_count(frame, rule_figure[rule], c->dropped[rule]);
    const struct {
        const char *name;
        uint64_t count;
    } figures[] = {{"duplicate_rows", events->sums.duplicates},
                   {"customers", frame->rows},
                   {"kinds", kinds},
                   {"kinds_joined", kinds - events->kinds.own_count},
                   {"filled_recency_days", events->sums.filled},
                   {"missing_means", events->sums.missing}};
    for (size_t i = 0; status == PATRON_OK && i < sizeof figures / sizeof figures[0]; ++i)
        status = patron_quality_add_count(frame, figures[i].name, figures[i].count);
    return status;
}

static patron_status find_as_of(patron_events *events, int64_t others_last)
{
    int64_t last = events->counts.last_time;
    events->as_of = last > others_last ? last : others_last;
    if (!events->options.has_as_of)
        return PATRON_OK;
    events->as_of = events->options.as_of;
    return patron_as_of_check(events->name, events->as_of, last);
}

patron_status patron_events_lists(patron_events *events, int64_t others_last,
                                  patron_ingested *lists)
{
    const patron_ingest_events_options *o = &events->options;
    uint64_t memory = o->memory == 0 ? STANDARD_MEMORY : o->memory;
    *lists = (patron_ingested){0};
    patron_status status = find_as_of(events, others_last);
    if (status == PATRON_OK)
        status =
            patron_comm_agree(events->comm, patron_ingested_create(o->folder, o->output, memory / 4,
                                                                   events->threads, lists));
    patron_span span = patron_meter_enter(PATRON_STEP_CUSTOMERS);
    if (status == PATRON_OK)
        status = patron_events_walk(events, lists);
    patron_meter_leave(span, 0, 0);
    if (status == PATRON_OK) {
        patron_pseudonym_note(o->privacy.secret, &lists->frame);
        lists->last_time = events->counts.last_time;
        status = name_features(events, lists);
        if (status == PATRON_OK)
            status = add_figures(events, &lists->frame);
        status = patron_comm_agree(events->comm, status);
    }
    if (status != PATRON_OK)
        patron_ingested_free(lists);
    return status;
}
