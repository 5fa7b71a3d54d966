/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the report job: what is on the page, section by section. */
#ifndef PATRON_JOBS_REPORT_RUN_H
#define PATRON_JOBS_REPORT_RUN_H

#include "compare_run.h"
#include "data/dataset_extras.h"
#include "job.h"
#include "model/by_segment_read.h"
#include "model/itemset_read.h"
#include "model/segment_read.h"
#include "page/page.h"
#include "profile_run.h"

/* What a page takes at most, so that it stays below a megabyte. */
enum {
    REPORT_DRAWN = 40,           /* segments, columns, nodes in a chart */
    REPORT_ROWS = 400,           /* of a table, but for rules */
    REPORT_RULE_BYTES = 550000,  /* of the table of rules */
    REPORT_SEGMENT_BYTES = 90000 /* of a table of items or rules by segment */
};

typedef struct report_options {
    patron_option_list inputs; /* models */
    const char *data, *previous, *previous_data, *revenue, *title;
    uint64_t min_group, memory;
    uint32_t top;
} report_options;

typedef struct report_run {
    patron_job_context *context;
    const report_options *options;
    const char *segment_path, *itemset_path, *by_segment_path; /* NULL: no such model */
    patron_segment_view segments;                              /* on rank 0 */
    patron_itemset_view itemsets;                              /* on rank 0 */
    patron_by_segment_view by_segment;                         /* on rank 0 */
    bool has_profile, has_drift;
    const char *profile_inputs[2], *compare_inputs[2];
    profile_options profile_options;
    profile_run profile;
    patron_dataset_extras extras; /* of the dataset; on rank 0 */
    compare_options compare_options;
    compare_run drift;

    /* On rank 0, where there is a segment model. */
    patron_texts labels;  /* k: "2 · frequent, new"; "2" without a dataset */
    uint64_t least;       /* customers of a segment that is shown */
    uint64_t *shown;      /* those segments, the largest first */
    uint64_t shown_count; /* of these */
    patron_page page;
    uint32_t rules_listed;
} report_run;

/* Share of all customers in a segment. */
double report_share(const report_run *run, uint64_t segment);

/* Appends the label of a segment to `labels`.  RESOURCE. */
patron_status report_append_label(const report_run *run, uint64_t segment, patron_texts *labels);

/* "12 segments have fewer than 10 customers: ..." where there are any. */
void report_write_withheld(report_run *run);

/* Appends the label of a bar: the segment's number and text 0 of `item`.  RESOURCE. */
patron_status report_append_bar(patron_texts *bars, uint32_t segment, const patron_texts *item);

/* The section on items and rules of a model by segment, without its heading.  RESOURCE. */
patron_status report_write_by_segment(report_run *run);

/* Tells what was written, as the options ask. */
patron_status report_tell(const report_run *run);

/* The heading of a row that is a name of ours, "dropped_no_customer", read as words. */
void report_write_name(report_run *run, const char *bytes, uint64_t length);

/* ---- sections, on rank 0; RESOURCE ---- */

patron_status report_write_overview(report_run *run);
patron_status report_write_segments(report_run *run);
patron_status report_write_choice(report_run *run);
patron_status report_write_tree(report_run *run);
patron_status report_write_items(report_run *run);
patron_status report_write_rules(report_run *run);
patron_status report_write_drift(report_run *run);
patron_status report_write_facts(report_run *run);

#endif
