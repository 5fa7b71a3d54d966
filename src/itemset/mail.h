/* SPDX-License-Identifier: Apache-2.0 */
/* Letters: lists of words from any rank to any other, and one number back for each. */
#ifndef PATRON_ITEMSET_MAIL_H
#define PATRON_ITEMSET_MAIL_H

#include "patron/comm.h"

#include <stdint.h>

/* All zero but `comm` at first; itemset_mail_free whatever failed. */
typedef struct itemset_mail {
    const patron_comm *comm;
    uint64_t count;   /* letters of this rank */
    uint64_t *places; /* of each letter: where it starts; when sent, its number among all sent */
    uint64_t place_capacity;
    int *owners; /* of each letter: who gets it */
    uint64_t owner_capacity;
    uint64_t words;
    uint64_t word_capacity;
    uint32_t *made; /* letters: the number of words, then these */
    uint32_t *come;
    uint64_t come_count;
    uint64_t *come_places; /* of each letter that came: its first word */
    uint64_t *counts_to;   /* by rank: letters */
    uint64_t *counts_from;
    uint64_t *bytes_to; /* by rank: of what travels */
    uint64_t *bytes_from;
} itemset_mail;

/* Room for a letter of `words` words, to fill before the next call; NULL as patron_reallocate. */
uint32_t *itemset_mail_begin(itemset_mail *mail, uint64_t words);

/* Addresses the letter that was begun.  RESOURCE. */
patron_status itemset_mail_post(itemset_mail *mail, int owner);

/* Delivers: letter i that came is come + come_places[i], in the order of the senders and of their
 * letters.  All ranks agree on `status`, that of making letters, first.  Collective; RESOURCE. */
patron_status itemset_mail_send(itemset_mail *mail, patron_status status);

/* From answers[come_count] to received[count], in the order in which letters were posted.
 * Collective; RESOURCE. */
patron_status itemset_mail_answer(itemset_mail *mail, const uint64_t *answers, uint64_t *received);

void itemset_mail_free(itemset_mail *mail);

#endif
