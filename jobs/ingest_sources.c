/* SPDX-License-Identifier: Apache-2.0 */
/* From options to the reading of transactions and events. */
#include "ingest_sources.h"

#include "audit.h"
#include "ingest_dialect.h"
#include "ingest_table.h"

#include "ingest/events.h"

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
    rules.memory = options->memory;
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
                                          .memory = options->memory,
                                          .folder = setting->folder,
                                          .output = setting->context->common->output,
                                          .progress = &setting->context->progress};
    if (rules.has_as_of)
        patron_ingest_parse_time(options->as_of, &rules.as_of);
    return rules;
}

/* The files of one source.  Collective. */
static patron_status find(const ingest_setting *setting, ingest_input input,
                          patron_sources *sources)
{
    const patron_comm *comm = setting->context->comm;
    const char **names = NULL;
    uint32_t count = 0;
    patron_status status =
        patron_comm_agree(comm, ingest_list_names(setting->options, input, &names, &count));
    if (status == PATRON_OK)
        status = patron_sources_find(comm, names, count, sources);
    for (uint32_t i = 0; i < sources->count; ++i)
        patron_job_audit_input(setting->context, sources->files[i].path);
    free(names);
    return status;
}

static patron_status read_transactions(const ingest_setting *setting, patron_ingested *lists)
{
    const patron_ingest_transactions_options rules = transaction_rules(setting);
    patron_sources sources = {0};
    patron_status status = find(setting, INGEST_TRANSACTIONS, &sources);
    if (status == PATRON_OK)
        status = patron_ingest_transactions(setting->context->comm, &sources, &rules, lists);
    patron_sources_free(&sources);
    return status;
}

static patron_status read_events(const ingest_setting *setting, patron_ingested *lists)
{
    const patron_ingest_events_options rules = event_rules(setting);
    patron_sources sources = {0};
    patron_events *events = NULL;
    patron_status status = find(setting, INGEST_EVENTS, &sources);
    if (status == PATRON_OK)
        status = patron_events_read(setting->context->comm, &sources, &rules, &events);
    if (status == PATRON_OK)
        status = patron_events_lists(events, INT64_MIN, lists);
    patron_events_free(events);
    patron_sources_free(&sources);
    return status;
}

patron_status ingest_sources_read(const ingest_setting *setting, patron_ingested *lists)
{
    const ingest_options *options = setting->options;
    if (options->transactions.count > 0)
        return read_transactions(setting, lists);
    if (options->events.count > 0)
        return read_events(setting, lists);
    return ingest_table_read(setting, lists);
}
