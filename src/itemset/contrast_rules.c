/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of any group are counted in all: the ranks show each other their rules piece by piece, each
 * counts them in its own baskets, and the sums stay where the rules are. */
#include "itemset/contrast.h"

#include "itemset/holders.h"
#include "itemset/rule_union.h"
#include "itemset/rules.h"
#include "patron/memory.h"
#include "runtime/meter.h"

#include <stdlib.h>
#include <string.h>

/* Figures of a rule in a group: baskets that hold both sides, the antecedent, the consequent. */
enum { BOTH, ANTECEDENT, CONSEQUENT, FIGURES };

/* Counts that are summed at a time, or fewer where the communicator's pieces are smaller. */
static const uint64_t PIECE_COUNTS = UINT64_C(1) << 20;

/* Rules that one rank shows to all. */
typedef struct piece {
    uint64_t count;
    uint64_t *places; /* count + 1: where the words of each start */
    uint32_t *words;  /* of a rule: the antecedent's length, its items, the consequent's */
    uint64_t *counts; /* count x groups x FIGURES */
} piece;

static void free_piece(piece *p)
{
    free(p->places);
    free(p->words);
    free(p->counts);
    *p = (piece){0};
}

/* ---- pieces ---- */

static patron_status allocate_piece(piece *p, uint64_t words, uint32_t groups)
{
    p->places = patron_allocate(p->count + 1, sizeof *p->places);
    p->words = patron_allocate(words, sizeof *p->words);
    p->counts = patron_allocate(p->count, (uint64_t)groups * FIGURES * sizeof *p->counts);
    bool short_of_memory = p->places == NULL || p->words == NULL || p->counts == NULL;
    return short_of_memory ? PATRON_RESOURCE : PATRON_OK;
}

static void fill_piece(const patron_itemset_rules *rules, uint64_t first, piece *p)
{
    for (uint64_t i = 0; i < p->count; ++i) {
        const uint64_t *antecedent = rules->antecedent_offsets + first + i;
        const uint64_t *consequent = rules->consequent_offsets + first + i;
        uint64_t length = antecedent[1] - antecedent[0], others = consequent[1] - consequent[0];
        uint32_t *words = p->words + p->places[i];
        words[0] = (uint32_t)length;
        memcpy(words + 1, rules->antecedent_items + antecedent[0], length * sizeof *words);
        memcpy(words + 1 + length, rules->consequent_items + consequent[0], others * sizeof *words);
        p->places[i + 1] = p->places[i] + 1 + length + others;
    }
}

/* The rules from `first` on of rank `owner`, `count` of them, on all ranks.  Collective. */
static patron_status show_piece(const patron_comm *comm, int owner,
                                const patron_itemset_rules *rules, uint64_t first, uint64_t count,
                                uint32_t groups, piece *p)
{
    uint64_t words = 0;
    if (comm->rank == owner)
        words = count + rules->antecedent_offsets[first + count] -
                rules->antecedent_offsets[first] + rules->consequent_offsets[first + count] -
                rules->consequent_offsets[first];
    patron_comm_broadcast(comm, &words, sizeof words, owner);
    *p = (piece){.count = count};
    patron_status status = patron_comm_agree(comm, allocate_piece(p, words, groups));
    if (status != PATRON_OK)
        return status;
    if (comm->rank == owner)
        fill_piece(rules, first, p);
    patron_comm_broadcast(comm, p->places, (count + 1) * sizeof *p->places, owner);
    patron_comm_broadcast(comm, p->words, words * sizeof *p->words, owner);
    return PATRON_OK;
}

/* ---- counting ---- */

/* What a thread keeps from rule to rule. */
typedef struct counter {
    itemset_basket_list antecedent, consequent;
    itemset_basket_marks marks; /* of the antecedent */
    const uint32_t *words;      /* the rule that it is of; NULL: none */
} counter;

static void free_counter(counter *c)
{
    free(c->antecedent.array);
    free(c->consequent.array);
    itemset_basket_marks_free(&c->marks);
}

/* Rules that follow each other often have one antecedent. */
static bool is_of(const counter *c, const uint32_t *words)
{
    return c->words != NULL && c->words[0] == words[0] &&
           memcmp(c->words + 1, words + 1, words[0] * sizeof *words) == 0;
}

static patron_status find_antecedent(const itemset_holders *holders, const uint32_t *words,
                                     counter *c)
{
    itemset_basket_marks_set(&c->marks, NULL);
    patron_status status = itemset_holders_find(holders, words + 1, words[0], &c->antecedent);
    if (status == PATRON_OK)
        itemset_basket_marks_set(&c->marks, &c->antecedent);
    c->words = status == PATRON_OK ? words : NULL;
    return status;
}

static patron_status count_rule(const itemset_holders *holders, const uint32_t *words,
                                uint64_t length, counter *c, uint64_t *counts)
{
    const patron_itemset_groups *groups = holders->groups;
    patron_status status = PATRON_OK;
    if (!is_of(c, words))
        status = find_antecedent(holders, words, c);
    if (status == PATRON_OK)
        status = itemset_holders_find(holders, words + 1 + words[0], length - 1 - words[0],
                                      &c->consequent);
    if (status == PATRON_OK)
        status =
            itemset_basket_marks_count(&c->marks, &c->consequent, groups, FIGURES, counts + BOTH);
    if (status != PATRON_OK)
        return status;
    itemset_basket_list_count(&c->antecedent, groups, FIGURES, counts + ANTECEDENT);
    itemset_basket_list_count(&c->consequent, groups, FIGURES, counts + CONSEQUENT);
    return PATRON_OK;
}

/* In this rank's baskets. */
static patron_status count_piece(const itemset_holders *holders, int threads, const piece *p)
{
    uint64_t figures = (uint64_t)holders->groups->count * FIGURES;
    bool failed = false;
#pragma omp parallel num_threads(threads) reduction(|| : failed)
    {
        counter c = {0};
        failed = itemset_basket_marks_create(holders->groups, &c.marks) != PATRON_OK;
#pragma omp for schedule(dynamic, 64)
        for (uint64_t i = 0; i < p->count; ++i)
            if (!failed &&
                count_rule(holders, p->words + p->places[i], p->places[i + 1] - p->places[i], &c,
                           p->counts + i * figures) != PATRON_OK)
                failed = true;
        free_counter(&c);
    }
    return failed ? PATRON_RESOURCE : PATRON_OK;
}

/* ---- the contrast ---- */

/* Sums of a piece of this rank's own rules, from `first` on. */
static void take_counts(const piece *p, uint64_t first, uint32_t groups,
                        patron_itemset_rule_contrast *contrast)
{
    patron_itemset_rules *rules = &contrast->rules;
    for (uint64_t i = 0; i < p->count; ++i)
        for (uint64_t g = 0; g < groups; ++g) {
            const uint64_t *counts = p->counts + (i * groups + g) * FIGURES;
            uint64_t cell = (first + i) * groups + g;
            contrast->support_count[cell] = counts[BOTH];
            contrast->antecedent_count[cell] = counts[ANTECEDENT];
            contrast->consequent_count[cell] = counts[CONSEQUENT];
            rules->support_count[first + i] += counts[BOTH];
            rules->antecedent_count[first + i] += counts[ANTECEDENT];
            rules->consequent_count[first + i] += counts[CONSEQUENT];
        }
}

/* Counts the rules of rank `owner`.  Collective. */
static patron_status count_rules_of(const patron_comm *comm, int owner,
                                    const itemset_holders *holders, int threads,
                                    patron_itemset_rule_contrast *contrast)
{
    uint32_t groups = holders->groups->count;
    uint64_t piece_counts =
        (uint64_t)comm->piece < PIECE_COUNTS ? (uint64_t)comm->piece : PIECE_COUNTS;
    uint64_t most = piece_counts / ((uint64_t)groups * FIGURES) + 1;
    uint64_t total = contrast->rules.count;
    patron_status status = PATRON_OK;
    patron_comm_broadcast(comm, &total, sizeof total, owner);
    for (uint64_t first = 0; status == PATRON_OK && first < total; first += most) {
        piece p = {0};
        uint64_t count = total - first < most ? total - first : most;
        status = show_piece(comm, owner, &contrast->rules, first, count, groups, &p);
        if (status == PATRON_OK)
            status = patron_comm_agree(comm, count_piece(holders, threads, &p));
        if (status == PATRON_OK) {
            patron_comm_reduce_u64(comm, p.counts, count * groups * FIGURES, PATRON_SUM);
            if (comm->rank == owner)
                take_counts(&p, first, groups, contrast);
        }
        free_piece(&p);
    }
    return status;
}

static patron_status allocate_counts(uint32_t groups, patron_itemset_rule_contrast *contrast)
{
    uint64_t rules = contrast->rules.count, row = groups * sizeof(uint64_t);
    contrast->support_count = patron_allocate(rules, row);
    contrast->antecedent_count = patron_allocate(rules, row);
    contrast->consequent_count = patron_allocate(rules, row);
    bool short_of_memory = contrast->support_count == NULL || contrast->antecedent_count == NULL ||
                           contrast->consequent_count == NULL;
    return short_of_memory ? PATRON_RESOURCE : PATRON_OK;
}

patron_status patron_itemset_contrast_rules(const patron_comm *comm,
                                            const patron_itemset_groups *groups,
                                            const patron_itemset_result *found, int threads,
                                            patron_itemset_rule_contrast *contrast)
{
    itemset_holders holders = {0};
    *contrast = (patron_itemset_rule_contrast){0};
    patron_span span = patron_meter_enter(PATRON_STEP_CONTRAST);
    patron_status status = itemset_rules_unite(comm, found, groups->count, &contrast->rules);
    if (status != PATRON_OK)
        goto cleanup;
    status = allocate_counts(groups->count, contrast);
    if (status == PATRON_OK)
        status = itemset_holders_create(groups, &holders);
    status = patron_comm_agree(comm, status);
    for (int rank = 0; status == PATRON_OK && rank < comm->size; ++rank)
        status = count_rules_of(comm, rank, &holders, threads, contrast);
cleanup:
    itemset_holders_free(&holders);
    patron_meter_leave(span, 0, 0);
    return status;
}

void patron_itemset_rule_contrast_free(patron_itemset_rule_contrast *contrast)
{
    itemset_rules_free(&contrast->rules);
    free(contrast->support_count);
    free(contrast->antecedent_count);
    free(contrast->consequent_count);
    *contrast = (patron_itemset_rule_contrast){0};
}
