/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of one consequent meet on one rank.  There they go by length through a tree of antecedents
 * (a set-trie: a node's path is a list of items, all in one order) that holds those which are not
 * redundant: what a redundant rule makes superfluous, the one that made it so does too.  A subtree
 * is entered only where its best confidence is high enough.
 *
 * A consequent of too many rules for one rank is split into the subtrees below the root: rules
 * whose antecedents begin with one item meet on one rank, and a rule asks on the rank of each of
 * its items whether that and what follows it has a part there. */
#include "itemset/redundant.h"

#include "itemset/hash.h"
#include "itemset/mail.h"
#include "itemset/redundant_split.h"
#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

enum { CONFIDENCE_WORDS = sizeof(double) / sizeof(uint32_t) };

/* A rule that came: confidence, consequent with its length, part, antecedent with its length. */
typedef struct candidate {
    double confidence;
    const uint32_t *consequent, *antecedent;
    uint32_t consequent_length, antecedent_length;
    uint32_t part; /* 0: the consequent is not split; i: the antecedent begins with its i-th item */
    uint64_t letter;
} candidate;

/* Others ask only. */
static bool is_whole(const candidate *rule)
{
    return rule->part <= 1;
}

static uint32_t whole_length(const candidate *rule)
{
    return rule->antecedent_length + (is_whole(rule) ? 0 : rule->part - 1);
}

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

/* ---- rules of one consequent, or of those that begin with one item ---- */

/* rules[count] by ascending length; sets redundant[letter].  RESOURCE. */
static patron_status judge_group(const candidate *rules, uint64_t count, uint64_t *redundant)
{
    uint64_t items = 0;
    for (uint64_t i = 0; i < count; ++i)
        items += is_whole(&rules[i]) ? rules[i].antecedent_length : 0;
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
        if (!is_redundant && is_whole(&rules[i]))
            insert(&t, &rules[i]);
    }
    free(t.branches);
    free(t.nodes);
    return status;
}

static int compare_groups(const candidate *a, const candidate *b)
{
    int order =
        itemset_compare(a->consequent, a->consequent_length, b->consequent, b->consequent_length);
    if (order != 0 || a->part == 0) /* all of a consequent are split, or none */
        return order;
    return (a->antecedent[0] > b->antecedent[0]) - (a->antecedent[0] < b->antecedent[0]);
}

static int compare_candidates(const void *left, const void *right)
{
    const candidate *a = left;
    const candidate *b = right;
    int order = compare_groups(a, b);
    if (order != 0)
        return order;
    return (whole_length(a) > whole_length(b)) - (whole_length(a) < whole_length(b));
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
        rule->part = *word++;
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
        while (end < mail->come_count && compare_groups(&rules[i], &rules[end]) == 0)
            ++end;
        status = judge_group(rules + i, end - i, redundant);
    }
    free(rules);
    return status;
}

/* ---- all ranks ---- */

/* The letter about the `part` of a rule that antecedent[length] is. */
static patron_status write_letter(const candidate *rule, int owner, itemset_mail *mail)
{
    uint32_t *word = itemset_mail_begin(
        mail, CONFIDENCE_WORDS + 3 + (uint64_t)rule->consequent_length + rule->antecedent_length);
    if (word == NULL)
        return PATRON_RESOURCE;
    memcpy(word, &rule->confidence, sizeof rule->confidence);
    word += CONFIDENCE_WORDS;
    *word++ = rule->consequent_length;
    memcpy(word, rule->consequent, rule->consequent_length * sizeof *word);
    word += rule->consequent_length;
    *word++ = rule->part;
    *word++ = rule->antecedent_length;
    memcpy(word, rule->antecedent, rule->antecedent_length * sizeof *word);
    return itemset_mail_post(mail, owner);
}

/* A letter for each item of the antecedent, to the ranks of these. */
static patron_status write_parts(const itemset_split *split, candidate *rule, uint64_t hash,
                                 itemset_mail *mail)
{
    uint32_t length = rule->antecedent_length;
    uint32_t *items = patron_allocate(length, sizeof *items);
    patron_status status = items == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK) {
        memcpy(items, rule->antecedent, length * sizeof *items);
        itemset_split_order(split, items, length);
    }
    for (uint32_t i = 0; i < length && status == PATRON_OK; ++i) {
        rule->part = i + 1;
        rule->antecedent = items + i;
        rule->antecedent_length = length - i;
        uint64_t owner = itemset_hash_word(hash ^ items[i]) % (uint64_t)mail->comm->size;
        status = write_letter(rule, (int)owner, mail);
    }
    free(items);
    return status;
}

/* letters[rule]: how many are about it. */
static patron_status write_letters(const itemset_slice *slice, const itemset_rule_list *list,
                                   const itemset_split *split, uint32_t *letters,
                                   itemset_mail *mail)
{
    const patron_itemset_sets *sets = slice->sets;
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; i < list->count && status == PATRON_OK; ++i) {
        const itemset_rule *rule = &list->rules[i];
        candidate about = {
            .confidence = (double)rule->count / (double)sets->support_count[rule->antecedent],
            .antecedent = sets->items + sets->offsets[rule->antecedent],
            .antecedent_length = (uint32_t)itemset_set_length(sets, rule->antecedent)};
        about.consequent = itemset_rule_consequent(list, i, &about.consequent_length);
        uint64_t hash = itemset_hash_items(about.consequent, about.consequent_length);
        bool is_split = itemset_split_holds(split, hash);
        letters[i] = is_split ? about.antecedent_length : 1;
        status = is_split ? write_parts(split, &about, hash, mail)
                          : write_letter(&about, (int)(hash % (uint64_t)slice->comm->size), mail);
    }
    return status;
}

/* Sets redundant[letters of this rank]. */
static patron_status ask(const itemset_slice *slice, itemset_mail *mail, uint64_t *redundant)
{
    uint64_t *judged = patron_allocate(mail->come_count, sizeof *judged);
    patron_status status = judged == NULL ? PATRON_RESOURCE : judge(mail, judged);
    status = patron_comm_agree(slice->comm, status);
    if (status == PATRON_OK)
        status = itemset_mail_answer(mail, judged, redundant);
    free(judged);
    return status;
}

patron_status itemset_rules_prune(const itemset_slice *slice, itemset_rule_list *list)
{
    itemset_mail mail = {.comm = slice->comm};
    itemset_split split = {0};
    uint64_t *redundant = NULL;
    uint32_t *letters = NULL;
    bool *dropped = NULL;
    patron_status status = itemset_split_find(slice, list, &split);
    if (status != PATRON_OK)
        goto cleanup;
    letters = patron_allocate(list->count, sizeof *letters);
    dropped = patron_allocate(list->count, sizeof *dropped);
    status = letters == NULL || dropped == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK)
        status = write_letters(slice, list, &split, letters, &mail);
    status = itemset_mail_send(&mail, status);
    if (status != PATRON_OK || letters == NULL || dropped == NULL) /* for clang-tidy */
        goto cleanup;
    redundant = patron_allocate(mail.count, sizeof *redundant);
    status = patron_comm_agree(slice->comm, redundant == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        status = ask(slice, &mail, redundant);
    if (status != PATRON_OK)
        goto cleanup;
    for (uint64_t i = 0, letter = 0; i < list->count; ++i)
        for (uint32_t j = 0; j < letters[i]; ++j)
            dropped[i] |= redundant[letter++] != 0;
    itemset_rule_list_drop(list, dropped);

cleanup:
    itemset_mail_free(&mail);
    itemset_split_free(&split);
    free(redundant);
    free(letters);
    free(dropped);
    return status;
}
