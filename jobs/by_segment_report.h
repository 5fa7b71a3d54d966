/* SPDX-License-Identifier: Apache-2.0 */
/* What mining by segment tells when it is done. */
#ifndef PATRON_JOBS_BY_SEGMENT_REPORT_H
#define PATRON_JOBS_BY_SEGMENT_REPORT_H

#include "itemset_report.h"

#include "itemset/contrast.h"
#include "patron/texts.h"

typedef struct by_segment_report {
    const patron_job_context *context;
    const patron_itemset_groups *groups;
    const patron_itemset_result *found; /* of each segment */
    const uint64_t *customers;          /* of each segment, that have baskets */
    uint64_t min_group;                 /* as given */
    uint64_t least;                     /* segments of fewer customers are withheld */
    uint64_t baskets_without;           /* a segment */
    bool count_only;
    const patron_itemset_item_contrast *items; /* NULL: not made */
    const patron_itemset_rule_contrast *rules; /* NULL: not made */
    const patron_texts *names;
    const patron_texts *labels; /* empty: none */
    const char *digest;         /* of the dataset */
    itemset_effort effort;      /* of all segments */
} by_segment_report;

/* Prints the summary, as JSON or for a person, on rank 0.  Collective. */
patron_status by_segment_report_print(const by_segment_report *report);

#endif
