/* SPDX-License-Identifier: Apache-2.0 */
/* Consequents grow by one item at a time (Agrawal, Srikant 1994): if X -> Y of a set is not
 * confident, no rule of the same set with more in its consequent is, since its antecedent is a part
 * of X and so at least as frequent.  X -> Y leads to X - x -> Y + x for each x in X above all of Y,
 * so that every rule has one that leads to it, and none is met twice.  What is tried is bounded by
 * the confident rules times their lengths, never by the splits of a set; batches of bounded size go
 * down to the longest consequents before the next one starts. */
#include "itemset/rule_search.h"

#include "itemset/mail.h"
#include "itemset/redundant.h"
#include "itemset/rules.h"
#include "itemset/significance.h"
#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

enum { COUNT_WORDS = sizeof(uint64_t) / sizeof(uint32_t) };

/* Words that a rank sends in a round, unless the communicator's pieces are smaller. */
static const uint64_t BATCH_WORDS = UINT64_C(1) << 20;

itemset_rule_search itemset_rule_search_begin(const itemset_slice *slice,
                                              const patron_itemset_options *options,
                                              uint64_t baskets, const uint64_t *item_counts)
{
    bool at_once = !options->prune_redundant && options->significance == 0.0;
    return (itemset_rule_search){.slice = slice,
                                 .options = options,
                                 .baskets = baskets,
                                 .item_counts = item_counts,
                                 .most = options->max_consequent > 1 ? options->max_consequent : 1,
                                 .top = {.wanted = at_once ? options->top_rules : 0,
                                         .by = options->by,
                                         .baskets = baskets,
                                         .sets = slice->sets}};
}

static bool is_confident(const itemset_rule_search *search, uint64_t antecedent, uint64_t count)
{
    double antecedent_count = (double)search->slice->sets->support_count[antecedent];
    return (double)count / antecedent_count >= search->options->min_confidence;
}

/* Adds a confident rule to those that were found if it lifts enough. */
static patron_status admit(itemset_rule_search *search, const itemset_rule *rule,
                           const uint32_t *items, uint32_t length)
{
    patron_itemset_measures measures = patron_itemset_measure(
        search->baskets, rule->count, search->slice->sets->support_count[rule->antecedent],
        rule->consequent_count);
    if (!(measures.lift >= search->options->min_lift))
        return PATRON_OK;
    return itemset_top_add(&search->top, &search->found, rule, items, length);
}

patron_status itemset_rule_search_meet(itemset_rule_search *search, uint64_t antecedent,
                                       uint32_t consequent, uint64_t count)
{
    const itemset_rule rule = {.antecedent = antecedent,
                               .count = count,
                               .consequent_count = search->item_counts[consequent]};
    if (!is_confident(search, antecedent, count))
        return PATRON_OK;
    patron_status status = admit(search, &rule, &consequent, 1);
    if (status == PATRON_OK && search->most > 1)
        status = itemset_rule_list_add(&search->frontier, &rule, &consequent, 1);
    return status;
}

/* ---- one item more ---- */

/* A letter to the rank that holds the shorter antecedent: its length and items, the consequent, the
 * whole rule's count. */
static patron_status write_letter(const itemset_rule_search *search, const itemset_rule *rule,
                                  const uint32_t *consequent, uint32_t length, uint64_t place,
                                  itemset_mail *mail)
{
    const patron_itemset_sets *sets = search->slice->sets;
    const uint32_t *items = sets->items + sets->offsets[rule->antecedent];
    uint64_t left = itemset_set_length(sets, rule->antecedent) - 1;
    uint32_t *word = itemset_mail_begin(mail, 1 + left + length + 1 + COUNT_WORDS);
    if (word == NULL)
        return PATRON_RESOURCE;
    uint32_t *antecedent = word + 1;
    word[0] = (uint32_t)left;
    memcpy(antecedent, items, place * sizeof *items);
    memcpy(antecedent + place, items + place + 1, (left - place) * sizeof *items);
    word = antecedent + left;
    memcpy(word, consequent, length * sizeof *word);
    word[length] = items[place];
    memcpy(word + length + 1, &rule->count, sizeof rule->count);
    return itemset_mail_post(mail, itemset_sets_owner(search->slice->comm, antecedent, left));
}

/* Letters from the rules of `from` at *next and on, as many as a round takes. */
static patron_status write_letters(const itemset_rule_search *search, const itemset_rule_list *from,
                                   uint64_t *next, itemset_mail *mail)
{
    const patron_itemset_sets *sets = search->slice->sets;
    uint64_t piece = (uint64_t)search->slice->comm->piece;
    uint64_t most = piece < BATCH_WORDS ? piece : BATCH_WORDS;
    patron_status status = PATRON_OK;
    for (; *next < from->count && mail->words < most && status == PATRON_OK; ++*next) {
        const itemset_rule *rule = &from->rules[*next];
        uint32_t length = 0;
        const uint32_t *consequent = itemset_rule_consequent(from, *next, &length);
        uint64_t antecedent_length = itemset_set_length(sets, rule->antecedent);
        const uint32_t *items = sets->items + sets->offsets[rule->antecedent];
        for (uint64_t place = antecedent_length; place > 0 && antecedent_length > 1; --place) {
            if (items[place - 1] < consequent[length - 1] || status != PATRON_OK)
                break;
            status = write_letter(search, rule, consequent, length, place - 1, mail);
        }
    }
    return status;
}

/* The confident ones of the rules that came. */
static patron_status read_letters(const itemset_rule_search *search, const itemset_mail *mail,
                                  itemset_rule_list *wider)
{
    uint64_t *antecedents = patron_allocate(mail->come_count, sizeof *antecedents);
    patron_status status = antecedents == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status != PATRON_OK)
        return status;
#pragma omp parallel for schedule(static) num_threads(search->slice->threads)
    for (uint64_t i = 0; i < mail->come_count; ++i) {
        const uint32_t *word = mail->come + mail->come_places[i];
        antecedents[i] = itemset_index_find(search->slice->index, word + 1, word[0]);
    }
    for (uint64_t i = 0; i < mail->come_count && status == PATRON_OK; ++i) {
        const uint32_t *word = mail->come + mail->come_places[i];
        const uint32_t *consequent = word + 1 + word[0];
        uint32_t length = word[-1] - 1 - word[0] - COUNT_WORDS;
        itemset_rule rule = {.antecedent = antecedents[i]};
        memcpy(&rule.count, consequent + length, sizeof rule.count);
        if (rule.antecedent != ITEMSET_NOT_FOUND &&
            is_confident(search, rule.antecedent, rule.count))
            status = itemset_rule_list_add(wider, &rule, consequent, length);
    }
    free(antecedents);
    return status;
}

static patron_status ask_for_counts(const itemset_rule_search *search,
                                    const itemset_rule_list *list, itemset_mail *mail)
{
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; i < list->count && status == PATRON_OK; ++i) {
        uint32_t length = 0;
        const uint32_t *items = itemset_rule_consequent(list, i, &length);
        uint32_t *word = itemset_mail_begin(mail, length);
        if (word == NULL)
            return PATRON_RESOURCE;
        memcpy(word, items, length * sizeof *word);
        status = itemset_mail_post(mail, itemset_sets_owner(search->slice->comm, items, length));
    }
    return status;
}

/* The count of each consequent that was asked for. */
static void look_up(const itemset_slice *slice, const itemset_mail *mail, uint64_t *answers)
{
#pragma omp parallel for schedule(static) num_threads(slice->threads)
    for (uint64_t i = 0; i < mail->come_count; ++i) {
        const uint32_t *word = mail->come + mail->come_places[i];
        uint64_t set = itemset_index_find(slice->index, word, word[-1]);
        answers[i] = set == ITEMSET_NOT_FOUND ? 0 : slice->sets->support_count[set];
    }
}

/* Every consequent's count, from the rank that holds it as a set.  Collective. */
static patron_status count_consequents(const itemset_rule_search *search, itemset_rule_list *list)
{
    const itemset_slice *slice = search->slice;
    itemset_mail mail = {.comm = slice->comm};
    uint64_t *answers = NULL, *counts = NULL;
    patron_status status = itemset_mail_send(&mail, ask_for_counts(search, list, &mail));
    if (status != PATRON_OK)
        goto cleanup;
    answers = patron_allocate(mail.come_count, sizeof *answers);
    counts = patron_allocate(list->count, sizeof *counts);
    status = answers == NULL || counts == NULL ? PATRON_RESOURCE : PATRON_OK;
    status = patron_comm_agree(slice->comm, status);
    if (status != PATRON_OK || counts == NULL) /* clang-tidy asks for the second */
        goto cleanup;
    look_up(slice, &mail, answers);
    status = itemset_mail_answer(&mail, answers, counts);
    for (uint64_t i = 0; i < list->count && status == PATRON_OK; ++i)
        list->rules[i].consequent_count = counts[i];

cleanup:
    itemset_mail_free(&mail);
    free(answers);
    free(counts);
    return status;
}

static patron_status admit_all(itemset_rule_search *search, const itemset_rule_list *list)
{
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; i < list->count && status == PATRON_OK; ++i) {
        uint32_t length = 0;
        const uint32_t *items = itemset_rule_consequent(list, i, &length);
        status = admit(search, &list->rules[i], items, length);
    }
    return status;
}

/* From confident rules of `length` consequent items to all longer ones of the same sets. */
static patron_status widen(itemset_rule_search *search, const itemset_rule_list *confident,
                           uint32_t length)
{
    const patron_comm *comm = search->slice->comm;
    uint64_t next = 0;
    patron_status status = PATRON_OK;
    while (length < search->most && status == PATRON_OK) {
        itemset_mail mail = {.comm = comm};
        itemset_rule_list wider = {0};
        uint64_t more = next < confident->count;
        patron_comm_reduce_u64(comm, &more, 1, PATRON_MAX);
        if (more == 0)
            break;
        status = write_letters(search, confident, &next, &mail);
        status = itemset_mail_send(&mail, status);
        if (status == PATRON_OK)
            status = patron_comm_agree(comm, read_letters(search, &mail, &wider));
        itemset_mail_free(&mail);
        if (status == PATRON_OK)
            status = count_consequents(search, &wider);
        if (status == PATRON_OK)
            status = patron_comm_agree(comm, admit_all(search, &wider));
        if (status == PATRON_OK)
            status = patron_checkpoint_heed(search->options->checkpoint);
        if (status == PATRON_OK)
            status = widen(search, &wider, length + 1);
        itemset_rule_list_free(&wider);
    }
    return status;
}

patron_status itemset_rule_search_widen(itemset_rule_search *search)
{
    patron_status status = widen(search, &search->frontier, 1);
    search->frontier.count = search->frontier.word_count = 0;
    return status;
}

/* ---- which of them are wanted ---- */

patron_status itemset_rule_search_end(itemset_rule_search *search, patron_itemset_rules *rules)
{
    const patron_itemset_options *options = search->options;
    itemset_rule_list *found = &search->found;
    patron_status status = PATRON_OK;
    uint64_t tested = 0;
    if (options->prune_redundant)
        status = itemset_rules_prune(search->slice, found);
    if (status == PATRON_OK)
        status = patron_checkpoint_heed(options->checkpoint);
    if (status == PATRON_OK && options->significance > 0.0)
        status = itemset_rules_test(search->slice, search->baskets, options->significance, found,
                                    &tested);
    if (status == PATRON_OK)
        status = patron_checkpoint_heed(options->checkpoint);
    if (status == PATRON_OK && options->top_rules > 0) {
        search->top.wanted = options->top_rules;
        status = itemset_top_cut(search->slice, &search->top, found);
    }
    if (status == PATRON_OK)
        status = itemset_rules_create(search->slice, found, options->significance > 0.0, rules);
    rules->tested = tested;
    return status;
}

void itemset_rule_search_free(itemset_rule_search *search)
{
    itemset_rule_list_free(&search->found);
    itemset_rule_list_free(&search->frontier);
}
