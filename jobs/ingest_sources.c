/* SPDX-License-Identifier: Apache-2.0 */
/* From options to the reading of sources, and to their join. */
#include "ingest_sources.h"

#include "audit.h"
#include "ingest_dialect.h"
#include "ingest_table.h"

#include "ingest/consent.h"
#include "ingest/join.h"

#include <stdlib.h>

static patron_ingest_transactions_options transaction_rules(const ingest_setting *setting)
{
    const ingest_options *options = setting->options;
    patron_ingest_transactions_options rules = patron_ingest_transactions_defaults();
    rules.customer = options->customer;
    rules.basket = options->basket;
    rules.item = options->item;
    rules.label = options->label;
    rules.quantity = options->quantity;
    rules.price = options->price;
    rules.time = options->time;
    rules.dialect = ingest_dialect(options);
    rules.forms = ingest_forms(options);
    rules.drop_no_customer = !options->keep_no_customer;
    rules.cancelled_prefix = options->cancelled_prefix;
    rules.drop_quantity = !options->keep_quantity;
    rules.drop_price = !options->keep_price;
    rules.has_as_of = options->as_of != NULL;
    if (rules.has_as_of)
        patron_ingest_parse_time(options->as_of, &rules.as_of);
    rules.retain_days = options->retain_days;
    rules.privacy = setting->privacy;
    rules.drop_basket_ids = options->drop_basket_ids;
    rules.rejects = setting->rejects;
    rules.threads = setting->context->threads;
    rules.memory = setting->memory;
    rules.folder = setting->folder;
    rules.output = setting->context->common->output;
    rules.progress = &setting->context->progress;
    return rules;
}

static patron_ingest_events_options event_rules(const ingest_setting *setting)
{
    const ingest_options *options = setting->options;
    patron_ingest_events_options rules = {.customer = options->event_customer,
                                          .time = options->event_time,
                                          .kind = options->event_kind,
                                          .value = options->event_value,
                                          .dialect = ingest_dialect(options),
                                          .forms = ingest_forms(options),
                                          .most_kinds = options->max_kinds,
                                          .min_rows = options->min_level,
                                          .has_as_of = options->as_of != NULL,
                                          .retain_days = options->retain_days,
                                          .privacy = setting->privacy,
                                          .rejects = setting->rejects,
                                          .threads = setting->context->threads,
                                          .memory = setting->memory,
                                          .folder = setting->folder,
                                          .output = setting->context->common->output,
                                          .progress = &setting->context->progress};
    if (rules.has_as_of)
        patron_ingest_parse_time(options->as_of, &rules.as_of);
    return rules;
}

/* The files of one source, unless they were found before.  Collective. */
static patron_status find(const ingest_setting *setting, ingest_input input,
                          patron_sources *sources)
{
    const patron_comm *comm = setting->context->comm;
    const char **names = NULL;
    uint32_t count = 0;
    if (sources->count > 0)
        return PATRON_OK;
    patron_status status =
        patron_comm_agree(comm, ingest_list_names(setting->options, input, &names, &count));
    if (status == PATRON_OK)
        status = patron_sources_find(comm, names, count, sources);
    for (uint32_t i = 0; i < sources->count; ++i)
        patron_job_audit_input(setting->context, sources->files[i].path);
    free(names);
    return status;
}

/* ---- reading ---- */

enum { SOURCES = INGEST_EVENTS + 1 };

/* Sources on their way to one. */
typedef struct reading {
    ingest_setting setting; /* `rejects` are of the next source */
    patron_rejects_options more_rejects;
    patron_sources files[SOURCES];
    patron_dictionary refused; /* ids of customers who are in no source */
    patron_events *events;
    patron_ingested lists[SOURCES];
} reading;

/* The next source's bad rows go behind those of this one. */
static void go_on(reading *r)
{
    if (r->setting.rejects == NULL)
        return;
    r->more_rejects = *r->setting.rejects;
    r->more_rejects.is_more = true;
    r->setting.rejects = &r->more_rejects;
}

patron_status ingest_events_read(const ingest_setting *setting, bool only_kinds,
                                 patron_sources *files, patron_events **events)
{
    patron_ingest_events_options rules = event_rules(setting);
    rules.only_kinds = only_kinds;
    patron_status status = find(setting, INGEST_EVENTS, files);
    if (status == PATRON_OK)
        status = patron_events_read(setting->context->comm, files, &rules, events);
    return status;
}

/* Events before others tell their last time, to which ages count. */
static patron_status begin_events(reading *r)
{
    patron_status status =
        ingest_events_read(&r->setting, false, &r->files[INGEST_EVENTS], &r->events);
    go_on(r);
    return status;
}

static patron_status read_transactions(reading *r)
{
    patron_ingest_transactions_options rules = transaction_rules(&r->setting);
    const patron_comm *comm = r->setting.context->comm;
    patron_sources *files = &r->files[INGEST_TRANSACTIONS];
    if (r->events != NULL)
        rules.others_last = patron_events_last_time(r->events);
    patron_status status = find(&r->setting, INGEST_TRANSACTIONS, files);
    if (status == PATRON_OK)
        status = patron_ingest_transactions(comm, files, &rules, &r->lists[INGEST_TRANSACTIONS]);
    go_on(r);
    return status;
}

static patron_status end_events(reading *r)
{
    const patron_ingested *others = &r->lists[INGEST_TRANSACTIONS];
    int64_t last = others->count > 0 ? others->last_time : INT64_MIN;
    patron_status status = patron_events_lists(r->events, last, &r->lists[INGEST_EVENTS]);
    patron_events_free(r->events);
    r->events = NULL;
    return status;
}

/* Adds those who refuse in transactions or events, where these have customers. */
static patron_status find_refused_in(reading *r, ingest_input input, const char *customer)
{
    const ingest_setting *setting = &r->setting;
    const patron_comm *comm = setting->context->comm;
    patron_sources *files = &r->files[input];
    const patron_consent_options options = {.customer = customer,
                                            .privacy = &setting->privacy,
                                            .dialect = ingest_dialect(setting->options),
                                            .forms = ingest_forms(setting->options),
                                            .passes_over = setting->rejects != NULL,
                                            .threads = setting->context->threads,
                                            .progress = &setting->context->progress};
    patron_status status = customer == NULL ? PATRON_OK : find(setting, input, files);
    if (status == PATRON_OK)
        status = patron_sources_keep(comm, setting->folder, setting->context->common->output,
                                     options.dialect.plain_quotes, files);
    if (status == PATRON_OK && customer != NULL)
        status = patron_consent_read(comm, files, &options, &r->refused);
    return status;
}

/* Of several sources each is read for who refuses before any is read for its rows. */
static patron_status find_refused(reading *r)
{
    const ingest_options *options = r->setting.options;
    patron_status status = PATRON_OK;
    if (options->events.count > 0)
        status = find_refused_in(r, INGEST_EVENTS, options->event_customer);
    if (status == PATRON_OK && options->transactions.count > 0)
        status = find_refused_in(r, INGEST_TRANSACTIONS, options->customer);
    if (status == PATRON_OK && options->features.count > 0)
        status = ingest_table_refused(&r->setting, &r->files[INGEST_FEATURES], &r->refused);
    r->setting.privacy.refused = &r->refused.names;
    return status;
}

static patron_status read_all(reading *r)
{
    const ingest_options *options = r->setting.options;
    patron_status status = PATRON_OK;
    if (r->setting.privacy.consent != NULL && ingest_count_sources(options) > 1)
        status = find_refused(r);
    if (status != PATRON_OK)
        return status;
    if (options->events.count > 0)
        status = begin_events(r);
    if (status == PATRON_OK && options->transactions.count > 0)
        status = read_transactions(r);
    if (status == PATRON_OK && options->features.count > 0)
        status =
            ingest_table_read(&r->setting, &r->files[INGEST_FEATURES], &r->lists[INGEST_FEATURES]);
    if (status == PATRON_OK && options->events.count > 0)
        status = end_events(r);
    return status;
}

static patron_status join(reading *r, uint64_t memory, patron_ingested *lists)
{
    static const char *const names[SOURCES] = {"transactions", "features", "events"};
    static const char *const unmatched[SOURCES] = {"unmatched_transactions", "unmatched_features",
                                                   "unmatched_events"};
    const patron_join_options options = {.fill = (patron_join_fill)r->setting.options->fill,
                                         .has_consent = r->setting.privacy.consent != NULL,
                                         .refused = r->refused.names.texts.count,
                                         .memory = memory,
                                         .folder = r->setting.folder,
                                         .output = r->setting.context->common->output};
    char files[SOURCES][256];
    patron_join_source sources[SOURCES];
    uint32_t count = 0;
    for (int s = 0; s < SOURCES; ++s) {
        if (r->lists[s].count == 0)
            continue;
        patron_sources_name(&r->files[s], files[s], sizeof files[s]);
        sources[count++] = (patron_join_source){names[s], unmatched[s], files[s], &r->lists[s]};
    }
    return patron_ingested_join(r->setting.context->comm, &options, sources, count, lists);
}

patron_status ingest_sources_read(const ingest_setting *setting, patron_ingested *lists)
{
    static const uint64_t STANDARD_MEMORY = UINT64_C(1) << 31;
    const ingest_options *options = setting->options;
    reading r = {.setting = *setting};
    bool is_join = ingest_count_sources(options) > 1;
    uint64_t memory = options->memory == 0 ? STANDARD_MEMORY : options->memory;
    /* of what a source has read up to a quarter of its share waits for the others */
    r.setting.memory = is_join ? memory / 2 : memory;
    patron_status status = read_all(&r);
    for (int s = 0; !is_join && s < SOURCES; ++s)
        if (status == PATRON_OK && r.lists[s].count > 0) {
            *lists = r.lists[s];
            r.lists[s] = (patron_ingested){0};
        }
    if (status == PATRON_OK && is_join)
        status = join(&r, memory / 2, lists);
    patron_events_free(r.events);
    patron_dictionary_free(&r.refused);
    for (int s = 0; s < SOURCES; ++s) {
        patron_ingested_free(&r.lists[s]);
        patron_sources_free(&r.files[s]);
    }
    return status;
}
