/* SPDX-License-Identifier: Apache-2.0 */
/* An itemset model in figures: its sets by length, and the best of its sets and rules.  Each rank
 * reads its range of the arrays, a piece at a time, so that a model of any size fits. */
#ifndef PATRON_MODEL_ITEMSET_READ_H
#define PATRON_MODEL_ITEMSET_READ_H

#include "model/facts.h"
#include "patron/itemset.h"
#include "patron/texts.h"

/* Items of one set or side, to free(). */
typedef struct patron_item_list {
    uint32_t length;
    uint32_t *items;
} patron_item_list;

typedef struct patron_set_view {
    uint64_t count; /* baskets */
    patron_item_list items;
} patron_set_view;

typedef struct patron_rule_view {
    patron_item_list antecedent, consequent;
    uint64_t count;
    patron_itemset_measures measures;
} patron_rule_view;

typedef struct patron_itemset_view {
    patron_facts figures; /* attributes of /itemsets */
    uint64_t baskets;     /* n_baskets */
    patron_texts names, labels;
    uint64_t sets;
    uint64_t *by_length; /* [0 .. longest] */
    uint64_t longest;
    uint64_t sets_withheld; /* sets in fewer baskets than a group must have */
    uint32_t top_set_count;
    patron_set_view *top_sets; /* most baskets first; ties in the model's order */
    bool has_rules;
    patron_facts rule_figures; /* attributes of /rules */
    uint64_t rules, rules_withheld;
    uint32_t top_rule_count;
    patron_rule_view *top_rules; /* highest lift first, then confidence, baskets, model's order */
    patron_facts run;
} patron_itemset_view;

/* Reads a model that patron_model_verify has found sound, and the `most` best of its sets and rules
 * in at least `least_count` baskets.  Collective; the same on every rank, but that rank 0 alone has
 * top_sets and top_rules.  Release with patron_itemset_view_free in any case.  NO_INPUT, DATA, IO,
 * RESOURCE. */
patron_status patron_itemset_view_read(const patron_comm *comm, const char *path, uint32_t most,
                                       uint64_t least_count, patron_itemset_view *view);
void patron_itemset_view_free(patron_itemset_view *view);

#endif
