/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the itemsets job. */
#ifndef PATRON_JOBS_ITEMSETS_OPTIONS_H
#define PATRON_JOBS_ITEMSETS_OPTIONS_H

#include "cli/option.h"
#include "patron/itemset.h"

enum { ITEMSETS_OPTIONS = 22 };

typedef struct itemsets_options {
    patron_option_list inputs;
    double min_support;
    uint64_t min_count;
    uint64_t top;
    patron_itemset_kind kind;
    uint32_t min_length, max_length;
    patron_option_list include_items, exclude_items;
    uint64_t max_itemsets;
    uint64_t memory; /* bytes */
    bool rules;
    double min_confidence, min_lift;
    uint32_t max_consequent;
    bool prune_redundant;
    double significance;
    uint64_t top_rules;
    patron_itemset_measure_kind by;
    const char *by_segment; /* a segment model; NULL: all baskets together */
    uint64_t min_group;
    bool count_only;
    const char *text;
} itemsets_options;

extern const patron_option itemsets_option_table[ITEMSETS_OPTIONS];
extern const patron_positional itemsets_input;
extern const char *const itemsets_measure_names[PATRON_MEASURES];

/* What options must be together; `argument` is an itemsets_options.  USAGE. */
patron_status itemsets_options_check(const patron_options *given, const void *argument);

#endif
