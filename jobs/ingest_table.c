/* SPDX-License-Identifier: Apache-2.0 */
/* From options to the reading of a table. */
#include "ingest_table.h"

#include "audit.h"
#include "ingest_dialect.h"

#include <stdio.h>

typedef struct prepared {
    ingest_plan plan;
    patron_sources *sources;
    patron_ingest_table_options options;
} prepared;

static patron_columns_options columns_of(const ingest_options *o, const ingest_plan *plan,
                                         const char *consent)
{
    patron_columns_options columns = {.id = o->id,
                                      .consent = consent,
                                      .columns = o->columns.names,
                                      .column_count = o->columns.count,
                                      .exclude = o->exclude_columns.names,
                                      .exclude_count = o->exclude_columns.count,
                                      .wishes = plan->wishes,
                                      .wish_count = plan->count,
                                      .one_hot = o->one_hot,
                                      .min_level = o->min_level,
                                      .has_as_of = o->as_of != NULL};
    if (columns.has_as_of)
        patron_ingest_parse_time(o->as_of, &columns.as_of);
    return columns;
}

static patron_status prepare(const ingest_setting *setting, prepared *p)
{
    const ingest_options *o = setting->options;
    const patron_comm *comm = setting->context->comm;
    const char *output = setting->context->common->output;
    patron_status status = PATRON_OK;
    if (o->plan != NULL)
        status = patron_comm_agree(comm, ingest_plan_read(o->plan, &p->plan));
    if (status != PATRON_OK)
        return status;
    p->options =
        (patron_ingest_table_options){.columns = columns_of(o, &p->plan, setting->privacy.consent),
                                      .dialect = ingest_dialect(o),
                                      .forms = ingest_forms(o),
                                      .rejects = setting->rejects,
                                      .privacy = setting->privacy,
                                      .threads = setting->context->threads,
                                      .memory = setting->memory,
                                      .folder = setting->folder,
                                      .output = output == NULL ? "--dry-run" : output,
                                      .progress = &setting->context->progress};
    if (p->sources->count > 0)
        return PATRON_OK;
    status = patron_sources_find(comm, o->features.names, 1, p->sources);
    for (uint32_t i = 0; i < p->sources->count; ++i)
        patron_job_audit_input(setting->context, p->sources->files[i].path);
    if (status == PATRON_OK && p->sources->count > 1)
        status = patron_fail(PATRON_USAGE, "one table is expected, %u match %s", p->sources->count,
                             o->features.names[0]);
    return patron_comm_agree(comm, status);
}

patron_status ingest_table_refused(const ingest_setting *setting, patron_sources *sources,
                                   patron_dictionary *refused)
{
    const patron_comm *comm = setting->context->comm;
    prepared p = {.sources = sources};
    patron_status status = prepare(setting, &p);
    if (status == PATRON_OK)
        status = patron_sources_keep(comm, p.options.folder, p.options.output,
                                     p.options.dialect.plain_quotes, sources);
    const patron_consent_options options = {.table = &p.options.columns,
                                            .privacy = &setting->privacy,
                                            .dialect = p.options.dialect,
                                            .forms = p.options.forms,
                                            .passes_over = setting->rejects != NULL,
                                            .threads = p.options.threads,
                                            .progress = p.options.progress};
    if (status == PATRON_OK)
        status = patron_consent_read(comm, sources, &options, refused);
    ingest_plan_free(&p.plan);
    return status;
}

patron_status ingest_table_read(const ingest_setting *setting, patron_sources *sources,
                                patron_ingested *lists)
{
    const patron_comm *comm = setting->context->comm;
    prepared p = {.sources = sources};
    patron_status status = prepare(setting, &p);
    if (status == PATRON_OK)
        status = patron_sources_keep(comm, p.options.folder, p.options.output,
                                     p.options.dialect.plain_quotes, p.sources);
    if (status == PATRON_OK)
        status = patron_ingest_table(comm, p.sources, &p.options, lists);
    ingest_plan_free(&p.plan);
    return status;
}

patron_status ingest_table_look(const ingest_setting *setting, ingest_table_plan *found)
{
    const patron_comm *comm = setting->context->comm;
    const ingest_options *o = setting->options;
    patron_sources sources = {0};
    prepared p = {.sources = &sources};
    *found = (ingest_table_plan){0};
    patron_status status = prepare(setting, &p);
    found->plan = p.plan;
    if (status == PATRON_OK)
        status = patron_ingest_look(comm, p.sources, &p.options, &found->columns);
    if (status == PATRON_OK && o->write_plan != NULL)
        status = ingest_plan_write(comm, &found->columns, o->write_plan,
                                   setting->context->common->force);
    patron_sources_free(&sources);
    return status;
}

void ingest_table_plan_free(ingest_table_plan *found)
{
    patron_columns_free(&found->columns);
    ingest_plan_free(&found->plan);
}
