/* SPDX-License-Identifier: Apache-2.0 */
/* What several jobs do alike. */
#include "jobs.h"

#include "patron/memory.h"

#include <stdio.h>

patron_status patron_job_declare(const patron_job *job, patron_options *options,
                                 patron_common_options *common, void **own)
{
    options->job = job->name;
    *own = patron_allocate(1, job->options_size);
    if (*own == NULL)
        return PATRON_RESOURCE;
    patron_status status = patron_options_add(options, job->options, job->option_count, *own, NULL);
    if (status == PATRON_OK)
        status = patron_common_add(options, common, job->output, job->without);
    if (status == PATRON_OK && job->has_checkpoints)
        status = patron_common_add_checkpoint(options, common);
    if (status == PATRON_OK && job->positional != NULL)
        patron_options_set_positional(options, job->positional, *own);
    return status;
}

void patron_job_stage(patron_job_context *context, const char *ended, const char *next)
{
    patron_phases_mark(&context->phases, ended);
    patron_progress_stage(&context->progress, next);
}

bool patron_job_wants_summary(const patron_job_context *context)
{
    return context->common->json || context->common->csv;
}

patron_status patron_job_print_summary(const patron_job_context *context,
                                       const patron_summary *summary)
{
    return context->common->csv ? patron_summary_print_csv(summary, stdout)
                                : patron_summary_print(summary, stdout);
}

patron_status patron_job_end_summary(const patron_job_context *context, patron_summary *summary)
{
    patron_summary_set_run(summary, &context->phases);
    patron_status status = patron_job_print_summary(context, summary);
    patron_summary_free(summary);
    return status;
}

patron_run patron_job_provenance(const patron_job_context *context, const char *dataset,
                                 const char *dataset_digest, const char *const *names,
                                 patron_phase_seconds *phases, uint32_t count)
{
    for (uint32_t i = 0; i < count; ++i)
        phases[i] =
            (patron_phase_seconds){names[i], patron_phases_seconds(&context->phases, names[i])};
    return (patron_run){.command_line = context->command_line,
                        .options = context->effective_options,
                        .dataset = dataset,
                        .dataset_digest = dataset_digest,
                        .threads = context->threads,
                        .phases = phases,
                        .phase_count = count,
                        .writing_since = context->phases.marked};
}

patron_status patron_job_dataset_digest(const patron_comm *comm, int threads,
                                        const patron_dataset *dataset,
                                        char digest[PATRON_DIGEST_CAPACITY])
{
    const char *recorded = patron_dataset_recorded_digest(dataset);
    if (recorded[0] == '\0')
        return patron_dataset_digest(comm, threads, dataset, digest);
    snprintf(digest, PATRON_DIGEST_CAPACITY, "%s", recorded);
    return PATRON_OK;
}
