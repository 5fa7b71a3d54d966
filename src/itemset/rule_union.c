/* SPDX-License-Identifier: Apache-2.0 */
/* Rules go to the rank whose slice their antecedent lies in, by splitters that are chosen from the
 * antecedents of all, and are sorted there. */
#include "itemset/rule_union.h"

#include "itemset/mail.h"
#include "itemset/rules.h"
#include "itemset/slices_internal.h"
#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

/* A letter is the antecedent's length, its items, then the consequent's. */
typedef struct letter {
    const uint32_t *antecedent, *consequent;
    uint32_t antecedent_length, consequent_length;
} letter;

/* The antecedents of all results, one after the other; free them whatever is returned. */
static patron_status list_antecedents(const patron_itemset_result *found, uint32_t count,
                                      patron_itemset_sets *sets)
{
    uint64_t rules = 0, items = 0, set = 0;
    for (uint32_t f = 0; f < count; ++f) {
        rules += found[f].rules.count;
        items +=
            found[f].rules.count > 0 ? found[f].rules.antecedent_offsets[found[f].rules.count] : 0;
    }
    patron_status status = itemset_sets_allocate(sets, rules, items);
    for (uint32_t f = 0; status == PATRON_OK && f < count; ++f)
        for (uint64_t i = 0; i < found[f].rules.count; ++i, ++set) {
            const uint64_t *offsets = found[f].rules.antecedent_offsets + i;
            uint64_t length = offsets[1] - offsets[0];
            memcpy(sets->items + sets->offsets[set], found[f].rules.antecedent_items + offsets[0],
                   length * sizeof *sets->items);
            sets->offsets[set + 1] = sets->offsets[set] + length;
        }
    return status;
}

static patron_status post_rules(const patron_itemset_rules *rules,
                                const itemset_splitters *splitters, itemset_mail *mail)
{
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < rules->count; ++i) {
        const uint32_t *antecedent = rules->antecedent_items + rules->antecedent_offsets[i];
        uint64_t length = rules->antecedent_offsets[i + 1] - rules->antecedent_offsets[i];
        uint64_t others = rules->consequent_offsets[i + 1] - rules->consequent_offsets[i];
        uint32_t *words = itemset_mail_begin(mail, 1 + length + others);
        if (words == NULL)
            return PATRON_RESOURCE;
        words[0] = (uint32_t)length;
        memcpy(words + 1, antecedent, length * sizeof *words);
        memcpy(words + 1 + length, rules->consequent_items + rules->consequent_offsets[i],
               others * sizeof *words);
        status = itemset_mail_post(mail, itemset_slices_owner(splitters, antecedent, length));
    }
    return status;
}

static int compare_letters(const void *left, const void *right)
{
    const letter *a = left, *b = right;
    int order =
        itemset_compare(a->antecedent, a->antecedent_length, b->antecedent, b->antecedent_length);
    return order != 0 ? order
                      : itemset_compare(a->consequent, a->consequent_length, b->consequent,
                                        b->consequent_length);
}

/* The letters that came, sorted, each once; returns how many. */
static uint64_t sort_letters(const itemset_mail *mail, letter *letters)
{
    uint64_t kept = 0;
    for (uint64_t i = 0; i < mail->come_count; ++i) {
        const uint32_t *words = mail->come + mail->come_places[i];
        letters[i] = (letter){.antecedent = words + 1,
                              .antecedent_length = words[0],
                              .consequent = words + 1 + words[0],
                              .consequent_length = words[-1] - 1 - words[0]};
    }
    qsort(letters, mail->come_count, sizeof *letters, compare_letters);
    for (uint64_t i = 0; i < mail->come_count; ++i)
        if (kept == 0 || compare_letters(&letters[kept - 1], &letters[i]) != 0)
            letters[kept++] = letters[i];
    return kept;
}

static patron_status lay_out(const letter *letters, uint64_t count, patron_itemset_rules *rules)
{
    uint64_t antecedent_items = 0, consequent_items = 0;
    for (uint64_t i = 0; i < count; ++i) {
        antecedent_items += letters[i].antecedent_length;
        consequent_items += letters[i].consequent_length;
    }
    patron_status status =
        itemset_rules_allocate(rules, count, antecedent_items, consequent_items, false);
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i) {
        const letter *l = &letters[i];
        memcpy(rules->antecedent_items + rules->antecedent_offsets[i], l->antecedent,
               l->antecedent_length * sizeof *l->antecedent);
        rules->antecedent_offsets[i + 1] = rules->antecedent_offsets[i] + l->antecedent_length;
        memcpy(rules->consequent_items + rules->consequent_offsets[i], l->consequent,
               l->consequent_length * sizeof *l->consequent);
        rules->consequent_offsets[i + 1] = rules->consequent_offsets[i] + l->consequent_length;
    }
    return status;
}

patron_status itemset_rules_unite(const patron_comm *comm, const patron_itemset_result *found,
                                  uint32_t count, patron_itemset_rules *rules)
{
    patron_itemset_sets antecedents = {0};
    itemset_splitters splitters = {0};
    itemset_mail mail = {.comm = comm};
    letter *letters = NULL;
    patron_status status = list_antecedents(found, count, &antecedents);
    status = itemset_splitters_choose(comm, status, &antecedents, &splitters);
    itemset_sets_free(&antecedents);
    if (status != PATRON_OK)
        goto cleanup;
    for (uint32_t f = 0; status == PATRON_OK && f < count; ++f)
        status = post_rules(&found[f].rules, &splitters, &mail);
    status = itemset_mail_send(&mail, status);
    if (status != PATRON_OK)
        goto cleanup;
    letters = patron_allocate(mail.come_count, sizeof *letters);
    status =
        letters == NULL ? PATRON_RESOURCE : lay_out(letters, sort_letters(&mail, letters), rules);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        itemset_rules_number(comm, rules);

cleanup:
    itemset_splitters_free(&splitters);
    itemset_mail_free(&mail);
    free(letters);
    return status;
}
