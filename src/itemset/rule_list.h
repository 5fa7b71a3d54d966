/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that are being collected, on the rank that holds the antecedent.  Nothing here is
 * collective. */
#ifndef PATRON_ITEMSET_RULE_LIST_H
#define PATRON_ITEMSET_RULE_LIST_H

#include "patron/itemset.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct itemset_rule {
    uint64_t antecedent;       /* set of this rank's slice */
    uint64_t count;            /* baskets that hold the whole rule */
    uint64_t consequent_count; /* baskets that hold the consequent */
    uint64_t consequent;       /* place in the list's words: the length, then the items */
    double p_value;            /* once it was tested */
} itemset_rule;

/* All zero at first.  Words follow each other as the rules do. */
typedef struct itemset_rule_list {
    uint64_t count;
    uint64_t capacity;
    itemset_rule *rules;
    uint64_t word_count;
    uint64_t word_capacity;
    uint32_t *words;
} itemset_rule_list;

/* Adds a copy of `rule` with the consequent items[length].  RESOURCE. */
patron_status itemset_rule_list_add(itemset_rule_list *list, const itemset_rule *rule,
                                    const uint32_t *items, uint32_t length);

/* Takes out the rules that dropped[list->count] says. */
void itemset_rule_list_drop(itemset_rule_list *list, const bool *dropped);

void itemset_rule_list_free(itemset_rule_list *list);

static inline const uint32_t *itemset_rule_consequent(const itemset_rule_list *list, uint64_t rule,
                                                      uint32_t *length)
{
    const uint32_t *words = list->words + list->rules[rule].consequent;
    *length = words[0];
    return words + 1;
}

#endif
