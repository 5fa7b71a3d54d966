/* SPDX-License-Identifier: Apache-2.0 */
/* What the itemsets job tells when it is done. */
#ifndef PATRON_JOBS_ITEMSET_REPORT_H
#define PATRON_JOBS_ITEMSET_REPORT_H

#include "job.h"

#include "cli/summary.h"
#include "patron/itemset.h"
#include "patron/texts.h"

/* Over all ranks. */
typedef struct itemset_effort {
    uint64_t exchanged_bytes; /* rows of baskets that went from rank to rank */
    double cpu_max, cpu_mean; /* seconds of a rank's threads in the search */
    uint64_t peak_memory;     /* bytes, of the rank that took most */
} itemset_effort;

typedef struct itemset_report {
    const patron_job_context *context;
    const patron_itemset_result *found;
    const patron_itemset_options *options;
    const char *by; /* name of options->by */
    const patron_texts *names;
    const patron_texts *labels; /* empty: none */
    const char *text;           /* where sets were written as text; NULL: nowhere */
    const char *digest;         /* of the dataset; "" for text input */
    itemset_effort effort;
} itemset_report;

/* The effort of all ranks from each one's own.  Collective. */
itemset_effort itemset_effort_sum(const patron_comm *comm, const patron_itemset_effort *own);

/* What every summary of the job ends with: ranks, threads, effort, seconds. */
void itemset_summarize_work(patron_summary *summary, const patron_job_context *context,
                            const itemset_effort *effort);

/* {"1": sets of one item, ...}, and the number of all. */
json_t *itemset_json_lengths(const patron_itemset_result *found, uint64_t *total);

/* Prints the summary, as JSON or for a person, on rank 0; nothing for a person where the sets
 * themselves went to standard output.  Collective. */
patron_status itemset_report_print(const itemset_report *report);

#endif
