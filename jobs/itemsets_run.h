/* SPDX-License-Identifier: Apache-2.0 */
/* What the itemsets job holds between its steps, and the steps that mining all baskets and mining
 * them by segment do alike. */
#ifndef PATRON_JOBS_ITEMSETS_RUN_H
#define PATRON_JOBS_ITEMSETS_RUN_H

#include "itemsets_options.h"
#include "jobs.h"
#include "model/itemset_text.h"
#include "model/run.h"

typedef struct itemsets_run {
    patron_job_context *context;
    const itemsets_options *options;
    patron_dataset *dataset;             /* NULL when the input is text */
    char digest[PATRON_DIGEST_CAPACITY]; /* of the dataset; "" where it was not needed */
    patron_texts names;                  /* of text input's items */
    uint64_t count;                      /* baskets of this rank, in CSR form */
    uint64_t *offsets;
    uint32_t *items;
    uint32_t *include, *exclude;      /* items by index */
    patron_itemset_text_output *text; /* begun before mining where sets go on as they are found */
    patron_itemset_text passed_on;
    patron_itemset_options mining;
    patron_itemset_result found;
} itemsets_run;

/* The items' names and labels (none for text input). */
const patron_texts *itemsets_names(const itemsets_run *run);
const patron_texts *itemsets_labels(const itemsets_run *run);

/* Whether sets go on as text while they are found, and none is kept. */
bool itemsets_passes_text_on(const itemsets_run *run);

/* Opens the checkpoint (if there is to be one) for run->mining, when baskets are loaded and those
 * options are set.  Collective; as patron_job_checkpoint_open. */
patron_status itemsets_open_checkpoint(itemsets_run *run);

/* Sets the options of mining but for the threshold.  Collective. */
patron_status itemsets_choose_mining(itemsets_run *run);

/* The least count that the options ask for among so many baskets; 1 where they ask for none. */
uint64_t itemsets_least_count(const itemsets_options *options, uint64_t baskets);

/* What /run tells; the text that it points to is the run's.  phases[2] are filled. */
patron_run itemsets_provenance(const itemsets_run *run, patron_phase_seconds phases[2]);

/* From loaded baskets to the summary, by segment.  Collective. */
patron_status itemsets_run_by_segment(itemsets_run *run);

#endif
