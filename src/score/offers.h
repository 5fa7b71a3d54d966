/* SPDX-License-Identifier: Apache-2.0 */
/* What customers may want next: the consequents of rules whose antecedents they have.  Rules are
 * found by an index, so that a customer meets only rules of which they have one item at least.
 * Nothing here is collective. */
#ifndef PATRON_SCORE_OFFERS_H
#define PATRON_SCORE_OFFERS_H

#include "patron/status.h"

#include <stdint.h>

/* Rules in CSR form, items below item_count; borrowed. */
typedef struct patron_offer_rules {
    uint64_t count;
    uint32_t item_count;
    const uint64_t *antecedent_offsets, *consequent_offsets; /* count + 1 */
    const uint32_t *antecedent_items, *consequent_items;
    const double *confidence, *lift; /* count */
} patron_offer_rules;

/* An item, and the rule that is the reason to offer it. */
typedef struct patron_offer {
    uint32_t item;
    uint64_t rule;
    double score; /* the rule's confidence */
} patron_offer;

/* Rules by that item of their antecedent that is in the fewest antecedents (ties: the lowest), the
 * best rule first. */
typedef struct patron_offer_index {
    const patron_offer_rules *rules;
    uint64_t *first;  /* item_count + 1: into `listed` */
    uint64_t *listed; /* rules->count */
} patron_offer_index;

/* Release with patron_offer_index_free in any case; `rules` outlive it.  RESOURCE. */
patron_status patron_offer_index_create(const patron_offer_rules *rules, patron_offer_index *index);
void patron_offer_index_free(patron_offer_index *index);

/* The at most `most` best offers to who has items[count], each once, into offers[most]; best first:
 * by confidence, then lift, then the lower rule, then the lower item.  Of the rules for an item the
 * best is its reason.  An item that they have is never one.  has[item_count] is all 0 before and
 * after.  Returns how many. */
uint32_t patron_offers_find(const patron_offer_index *index, const uint32_t *items, uint64_t count,
                            uint8_t *has, uint32_t most, patron_offer *offers);

#endif
