/* SPDX-License-Identifier: Apache-2.0 */
/* Rules by their definitions: every split of every set, every pair of rules, every p-value. */
#ifndef PATRON_TEST_RULE_ORACLE_H
#define PATRON_TEST_RULE_ORACLE_H

#include "itemset_oracle.h"

typedef struct plain_set {
    uint32_t length;
    uint32_t items[ORACLE_LONGEST];
    uint64_t count;
} plain_set;

typedef struct plain_rule {
    plain_set antecedent;
    plain_set consequent;
    uint64_t count;
    double p_value;
    double value; /* of the measure that the best rules are best by */
} plain_rule;

/* All zero at first; free() the rules. */
typedef struct plain_rules {
    plain_rule *rules;
    uint64_t count;
    uint64_t capacity;
    uint64_t tested;
} plain_rules;

/* Baskets that hold the set. */
uint64_t plain_count(const oracle_case *drawn, const plain_set *set);

/* Length first, then lexicographically. */
int plain_compare(const plain_set *a, const plain_set *b);

/* Prints where two numbers differ. */
bool plain_equal(const char *what, uint64_t found, uint64_t expected);
bool plain_items_agree(const char *what, const uint64_t *offsets, const uint32_t *items,
                       uint64_t place, const plain_set *set);

/* Grows array[*capacity] so that element `count` is in it. */
void *plain_grow(void *array, uint64_t count, uint64_t *capacity, size_t size);

/* Adds the confident rules that are splits of a frequent set. */
void plain_rules_add(const oracle_case *drawn, const plain_set *set, plain_rules *list);

/* Leaves those that are wanted, in order. */
void plain_rules_choose(const oracle_case *drawn, plain_rules *list);

bool plain_rules_agree(const plain_rules *list, const patron_itemset_rules *rules);

#endif
