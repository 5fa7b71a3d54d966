/* SPDX-License-Identifier: Apache-2.0 */
/* inspect of scores: their figures, and where they come from. */
#include "inspect_reports.h"
#include "jobs.h"

#include "model/score_model.h"
#include "report_json.h"
#include "report_text.h"

#include <string.h>

typedef struct score_facts {
    patron_facts figures, policy, run;
} score_facts;

static patron_status print_json(patron_job_context *context, const score_facts *facts)
{
    patron_summary summary = patron_summary_create("inspect");
    patron_summary_set_text(&summary, "kind", PATRON_SCORE_KIND, strlen(PATRON_SCORE_KIND));
    patron_summary_set(&summary, "figures", report_json_facts(&facts->figures));
    if (facts->policy.count > 0)
        patron_summary_set(&summary, "policy", report_json_facts(&facts->policy));
    patron_summary_set(&summary, "run", report_json_facts(&facts->run));
    return patron_job_end_summary(context, &summary);
}

static patron_status print_figures(const char *heading, const patron_facts *figures)
{
    patron_table table = {0};
    report_begin_figures(&table);
    for (uint64_t i = 0; i < figures->count; ++i) {
        const patron_fact *fact = &figures->facts[i];
        if (fact->kind != PATRON_FACT_COUNT)
            continue;
        report_add_name(&table, fact->name, strlen(fact->name));
        patron_table_add_count(&table, fact->count);
    }
    patron_status status = report_print_table(heading, &table);
    report_print_texts(figures); /* digests are wider than pages may be */
    return status;
}

static patron_status print_text(const char *path, const score_facts *facts)
{
    bool baskets = patron_facts_find(&facts->figures, "k") == NULL;
    patron_status status =
        report_print_line("%s: %s", path, baskets ? "offers to baskets" : "scores of customers");
    if (status == PATRON_OK)
        status = print_figures("Figures", &facts->figures);
    if (status == PATRON_OK && facts->policy.count > 0)
        status = print_figures("Policy", &facts->policy);
    return status == PATRON_OK ? report_print_run(&facts->run) : status;
}

patron_status inspect_scores_run(patron_job_context *context, const inspect_options *options)
{
    const patron_comm *comm = context->comm;
    const char *path = options->inputs.names[0];
    score_facts facts = {0};
    patron_status status =
        comm->rank == 0 ? patron_score_facts_read(path, &facts.figures, &facts.policy, &facts.run)
                        : PATRON_OK;
    status = patron_comm_agree(comm, status);
    patron_phases_mark(&context->phases, "read");
    if (status == PATRON_OK) {
        patron_phases_reduce(&context->phases, comm);
        if (comm->rank == 0)
            status = patron_job_wants_summary(context) ? print_json(context, &facts)
                                                       : print_text(path, &facts);
        status = patron_comm_agree(comm, status);
    }
    patron_facts_free(&facts.figures);
    patron_facts_free(&facts.policy);
    patron_facts_free(&facts.run);
    return status;
}
