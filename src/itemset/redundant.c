/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of one consequent meet on one rank.  There they go by length through a tree of antecedents
 * (a set-trie: a node's path is an ascending list of items) that holds those which are not
 * redundant: what a redundant rule makes superfluous, the one that made it so does too.  A subtree
 * is entered only where its best confidence is high enough. */
#include "itemset/redundant.h"

#include "itemset/hash.h"
#include "itemset/mail.h"
#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

enum { CONFIDENCE_WORDS = sizeof(double) / sizeof(uint32_t) };

/* A rule that came: confidence, consequent with its length, antecedent with its length. */
typedef struct candidate {
    double confidence;
    const uint32_t *consequent, *antecedent;
    uint32_t consequent_length, antecedent_length;
    uint64_t letter;
} candidate;

/* ---- the tree ---- */

typedef struct branch {
    uint32_t parent, item; /* its key; node 0 is the root, and no branch */
    uint32_t node;         /* 0: free */
} branch;

typedef struct node {
    double confidence; /* of the antecedent that ends here; below 0: none does */
    double best;       /* in this subtree */
} node;

typedef struct tree {
    uint64_t slots;
    branch *branches; /* hash table with open addressing */
    node *nodes;
    uint32_t node_count;
} tree;

/* The place of the branch, or that of the free slot for it. */
static branch *find_branch(const tree *t, uint32_t parent, uint32_t item)
{
    uint64_t slot = itemset_hash_word((uint64_t)parent << 32 | item) & (t->slots - 1);
    while (t->branches[slot].node != 0 &&
           (t->branches[slot].parent != parent || t->branches[slot].item != item))
        slot = (slot + 1) & (t->slots - 1);
    return &t->branches[slot];
}

static void insert(tree *t, const candidate *rule)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < rule->antecedent_length; ++i) {
        branch *next = find_branch(t, at, rule->antecedent[i]);
        if (next->node == 0) {
            *next = (branch){at, rule->antecedent[i], ++t->node_count};
            t->nodes[next->node] = (node){-1.0, -1.0};
        }
        at = next->node;
        if (rule->confidence > t->nodes[at].best)
            t->nodes[at].best = rule->confidence;
    }
    t->nodes[at].confidence = rule->confidence;
}

/* Whether below `parent` there is a part of items[count] with such a confidence. */
static bool holds_part(const tree *t, uint32_t parent, const uint32_t *items, uint32_t count,
                       double confidence)
{
    for (uint32_t i = 0; i < count; ++i) {
        uint32_t at = find_branch(t, parent, items[i])->node;
        if (at == 0 || t->nodes[at].best < confidence)
            continue;
        if (t->nodes[at].confidence >= confidence ||
            holds_part(t, at, items + i + 1, count - i - 1, confidence))
            return true;
    }
    return false;
}

/* ---- rules of one consequent ---- */

/* rules[count] by ascending length; sets redundant[letter].  RESOURCE. */
static patron_status judge_group(const candidate *rules, uint64_t count, uint64_t *redundant)
{
    uint64_t items = 0;
    for (uint64_t i = 0; i < count; ++i)
        items += rules[i].antecedent_length;
    tree t = {.slots = itemset_hash_slots(items)};
    t.branches = patron_allocate(t.slots, sizeof *t.branches);
    t.nodes = patron_allocate(items + 1, sizeof *t.nodes);
    patron_status status = t.branches == NULL || t.nodes == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (items >= UINT32_MAX)
        status = patron_fail(PATRON_RESOURCE, "too many rules of one consequent to compare");
    for (uint64_t i = 0; i < count && status == PATRON_OK; ++i) {
        bool is_redundant =
            holds_part(&t, 0, rules[i].antecedent, rules[i].antecedent_length, rules[i].confidence);
        redundant[rules[i].letter] = is_redundant;
        if (!is_redundant)
            insert(&t, &rules[i]);
    }
    free(t.branches);
    free(t.nodes);
    return status;
}

static int compare_candidates(const void *left, const void *right)
{
    const candidate *a = left;
    const candidate *b = right;
    int order =
        itemset_compare(a->consequent, a->consequent_length, b->consequent, b->consequent_length);
    if (order != 0)
        return order;
    return (a->antecedent_length > b->antecedent_length) -
           (a->antecedent_length < b->antecedent_length);
}

static void read_letters(const itemset_mail *mail, candidate *rules)
{
    for (uint64_t i = 0; i < mail->come_count; ++i) {
        const uint32_t *word = mail->come + mail->come_places[i];
        candidate *rule = &rules[i];
        rule->letter = i;
        memcpy(&rule->confidence, word, sizeof rule->confidence);
        word += CONFIDENCE_WORDS;
        rule->consequent_length = *word++;
        rule->consequent = word;
        word += rule->consequent_length;
        rule->antecedent_length = *word++;
        rule->antecedent = word;
    }
}

/* Sets redundant[come_count]. */
static patron_status judge(const itemset_mail *mail, uint64_t *redundant)
{
    candidate *rules = patron_allocate(mail->come_count, sizeof *rules);
    patron_status status = rules == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK) {
        read_letters(mail, rules);
        qsort(rules, mail->come_count, sizeof *rules, compare_candidates);
    }
    for (uint64_t i = 0, end = 0; status == PATRON_OK && i < mail->come_count; i = end) {
        while (end < mail->come_count &&
               itemset_compare(rules[i].consequent, rules[i].consequent_length,
                               rules[end].consequent, rules[end].consequent_length) == 0)
            ++end;
        status = judge_group(rules + i, end - i, redundant);
    }
    free(rules);
    return status;
}

/* ---- all ranks ---- */

static patron_status write_letters(const itemset_slice *slice, const itemset_rule_list *list,
                                   itemset_mail *mail)
{
    const patron_itemset_sets *sets = slice->sets;
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; i < list->count && status == PATRON_OK; ++i) {
        const itemset_rule *rule = &list->rules[i];
        uint32_t length = 0;
        const uint32_t *items = itemset_rule_consequent(list, i, &length);
        uint32_t from = (uint32_t)itemset_set_length(sets, rule->antecedent);
        double confidence = (double)rule->count / (double)sets->support_count[rule->antecedent];
        uint32_t *word = itemset_mail_begin(mail, CONFIDENCE_WORDS + 2 + (uint64_t)length + from);
        if (word == NULL)
            return PATRON_RESOURCE;
        memcpy(word, &confidence, sizeof confidence);
        word += CONFIDENCE_WORDS;
        *word++ = length;
        memcpy(word, items, length * sizeof *word);
        word += length;
        *word++ = from;
        memcpy(word, sets->items + sets->offsets[rule->antecedent], from * sizeof *word);
        uint64_t owner = itemset_hash_items(items, length) % (uint64_t)slice->comm->size;
        status = itemset_mail_post(mail, (int)owner);
    }
    return status;
}

patron_status itemset_rules_prune(const itemset_slice *slice, itemset_rule_list *list)
{
    itemset_mail mail = {.comm = slice->comm};
    uint64_t *judged = NULL, *redundant = NULL;
    bool *dropped = NULL;
    patron_status status = itemset_mail_send(&mail, write_letters(slice, list, &mail));
    if (status != PATRON_OK)
        goto cleanup;
    judged = patron_allocate(mail.come_count, sizeof *judged);
    redundant = patron_allocate(list->count, sizeof *redundant);
    dropped = patron_allocate(list->count, sizeof *dropped);
    status = judged == NULL || redundant == NULL || dropped == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK)
        status = judge(&mail, judged);
    status = patron_comm_agree(slice->comm, status);
    if (status == PATRON_OK)
        status = itemset_mail_answer(&mail, judged, redundant);
    if (status != PATRON_OK)
        goto cleanup;
    for (uint64_t i = 0; i < list->count; ++i)
        dropped[i] = redundant[i] != 0;
    itemset_rule_list_drop(list, dropped);

cleanup:
    itemset_mail_free(&mail);
    free(judged);
    free(redundant);
    free(dropped);
    return status;
}
