/* SPDX-License-Identifier: Apache-2.0 */
/* A growing list of rules. */
#include "itemset/rule_list.h"
#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

patron_status itemset_rule_list_add(itemset_rule_list *list, const itemset_rule *rule,
                                    const uint32_t *items, uint32_t length)
{
    itemset_rule *rules = patron_grow(list->rules, list->count + 1, &list->capacity, sizeof *rules);
    if (rules == NULL)
        return PATRON_RESOURCE;
    list->rules = rules;
    uint32_t *words = patron_grow(list->words, list->word_count + 1 + length, &list->word_capacity,
                                  sizeof *words);
    if (words == NULL)
        return PATRON_RESOURCE;
    list->words = words;
    rules[list->count] = *rule;
    rules[list->count++].consequent = list->word_count;
    words[list->word_count] = length;
    memcpy(words + list->word_count + 1, items, length * sizeof *items);
    list->word_count += 1 + (uint64_t)length;
    return PATRON_OK;
}

void itemset_rule_list_drop(itemset_rule_list *list, const bool *dropped)
{
    uint64_t kept = 0;
    uint64_t used = 0;
    for (uint64_t i = 0; i < list->count; ++i) {
        if (dropped[i])
            continue;
        itemset_rule rule = list->rules[i];
        uint64_t words = 1 + (uint64_t)list->words[rule.consequent];
        memmove(list->words + used, list->words + rule.consequent, words * sizeof *list->words);
        rule.consequent = used;
        list->rules[kept++] = rule;
        used += words;
    }
    list->count = kept;
    list->word_count = used;
}

void itemset_rule_list_free(itemset_rule_list *list)
{
    free(list->rules);
    free(list->words);
    *list = (itemset_rule_list){0};
}
