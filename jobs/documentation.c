/* SPDX-License-Identifier: Apache-2.0 */
/* Manual pages and completion of all jobs. */
#include "documentation.h"

#include "jobs.h"

#include "cli/completion.h"
#include "cli/manual.h"
#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

/* A job with its options declared, none of them read. */
typedef struct declared_job {
    patron_options options;
    patron_common_options common;
    void *own;
} declared_job;

static patron_status find(const patron_documented_job *jobs, uint32_t count, const char *name,
                          uint32_t *found)
{
    for (*found = 0; *found < count; ++*found)
        if (strcmp(jobs[*found].options->job, name) == 0)
            return PATRON_OK;
    return patron_fail(PATRON_USAGE, "unknown job '%.200s' after --man", name);
}

static patron_status print_manual(const patron_documented_job *jobs, uint32_t count,
                                  const char *job)
{
    uint32_t which = 0;
    if (job == NULL) {
        patron_manual_write_program(stdout, jobs, count, PATRON_VERSION);
        return PATRON_OK;
    }
    patron_status status = find(jobs, count, job, &which);
    if (status == PATRON_OK)
        patron_manual_write_job(stdout, jobs, count, which, PATRON_VERSION);
    return status;
}

static patron_status print_completion(const patron_documented_job *jobs, uint32_t count,
                                      const char *shell)
{
    for (uint32_t i = 0; shell != NULL && patron_completion_shells[i] != NULL; ++i)
        if (strcmp(patron_completion_shells[i], shell) == 0) {
            patron_completion_write(stdout, i, jobs, count);
            return PATRON_OK;
        }
    return patron_fail(PATRON_USAGE,
                       "found '%.200s' after --completion, expected bash, zsh or fish",
                       shell != NULL ? shell : "nothing");
}

static patron_status print(const patron_documented_job *jobs, uint32_t count, int word_count,
                           char *const *words)
{
    const char *which = word_count > 1 ? words[1] : NULL;
    if (word_count > 2)
        return patron_fail(PATRON_USAGE, "found '%.200s' after %s, expected nothing more", words[2],
                           words[0]);
    return strcmp(words[0], "--man") == 0 ? print_manual(jobs, count, which)
                                          : print_completion(jobs, count, which);
}

patron_status patron_job_print_documentation(const patron_job *const *jobs, int count,
                                             char *const *words)
{
    patron_status status = PATRON_RESOURCE;
    uint32_t job_count = 0;
    while (jobs[job_count] != NULL)
        ++job_count;
    declared_job *declared = patron_allocate(job_count, sizeof *declared);
    patron_documented_job *documented = patron_allocate(job_count, sizeof *documented);
    if (declared == NULL || documented == NULL)
        goto cleanup;
    for (uint32_t i = 0; i < job_count; ++i) {
        status = patron_job_declare(jobs[i], &declared[i].options, &declared[i].common,
                                    &declared[i].own);
        if (status != PATRON_OK)
            goto cleanup;
        documented[i] = (patron_documented_job){&jobs[i]->help, &declared[i].options};
    }
    status = print(documented, job_count, count, words);
cleanup:
    for (uint32_t i = 0; declared != NULL && i < job_count; ++i) {
        patron_options_free(&declared[i].options);
        free(declared[i].own);
    }
    free(declared);
    free(documented);
    return status;
}
