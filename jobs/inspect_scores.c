/* SPDX-License-Identifier: Apache-2.0 */
/* inspect of scores: their figures, and where they come from. */
#include "inspect_reports.h"

#include "model/score_model.h"
#include "report_json.h"
#include "report_text.h"

#include <string.h>

static patron_status print_json(patron_job_context *context, const patron_facts *figures,
                                const patron_facts *run)
{
    patron_summary summary = patron_summary_create("inspect");
    patron_summary_set_text(&summary, "kind", PATRON_SCORE_KIND, strlen(PATRON_SCORE_KIND));
    patron_summary_set(&summary, "figures", report_json_facts(figures));
    patron_summary_set(&summary, "run", report_json_facts(run));
    patron_summary_set_seconds(&summary, &context->phases);
    patron_status status = patron_summary_print(&summary, stdout);
    patron_summary_free(&summary);
    return status;
}

static patron_status print_text(const char *path, const patron_facts *figures,
                                const patron_facts *run)
{
    patron_table table = {0};
    report_begin_figures(&table);
    for (uint64_t i = 0; i < figures->count; ++i) {
        const patron_fact *fact = &figures->facts[i];
        report_add_name(&table, fact->name, strlen(fact->name));
        if (fact->kind == PATRON_FACT_COUNT)
            patron_table_add_count(&table, fact->count);
        else
            report_add_text(&table, fact->kind == PATRON_FACT_TEXT ? fact->text : "-");
    }
    patron_status status = report_print_line("%s: scores of customers", path);
    patron_status printed = report_print_table("Figures", &table);
    if (status == PATRON_OK)
        status = printed;
    return status == PATRON_OK ? report_print_run(run) : status;
}

patron_status inspect_scores_run(patron_job_context *context, const inspect_options *options)
{
    const patron_comm *comm = context->comm;
    const char *path = options->inputs.names[0];
    patron_facts figures = {0}, run = {0};
    patron_status status =
        comm->rank == 0 ? patron_score_facts_read(path, &figures, &run) : PATRON_OK;
    status = patron_comm_agree(comm, status);
    patron_phases_mark(&context->phases, "read");
    if (status == PATRON_OK) {
        patron_phases_reduce(&context->phases, comm);
        if (comm->rank == 0)
            status = context->common->json ? print_json(context, &figures, &run)
                                           : print_text(path, &figures, &run);
        status = patron_comm_agree(comm, status);
    }
    patron_facts_free(&figures);
    patron_facts_free(&run);
    return status;
}
