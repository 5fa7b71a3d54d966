/* SPDX-License-Identifier: Apache-2.0 */
/* Letters in one exchange of counts and one of words. */
#include "itemset/mail.h"
#include "patron/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

uint32_t *itemset_mail_begin(itemset_mail *mail, uint64_t words)
{
    uint32_t *made =
        patron_grow(mail->made, mail->words + 1 + words, &mail->word_capacity, sizeof *made);
    if (made == NULL)
        return NULL;
    mail->made = made;
    made[mail->words] = (uint32_t)words;
    return made + mail->words + 1;
}

patron_status itemset_mail_post(itemset_mail *mail, int owner)
{
    uint64_t *places =
        patron_grow(mail->places, mail->count + 1, &mail->place_capacity, sizeof *places);
    if (places == NULL)
        return PATRON_RESOURCE;
    mail->places = places;
    int *owners = patron_grow(mail->owners, mail->count + 1, &mail->owner_capacity, sizeof *owners);
    if (owners == NULL)
        return PATRON_RESOURCE;
    mail->owners = owners;
    places[mail->count] = mail->words;
    owners[mail->count++] = owner;
    mail->words += 1 + (uint64_t)mail->made[mail->words];
    return PATRON_OK;
}

static patron_status allocate_counts(itemset_mail *mail)
{
    uint64_t ranks = (uint64_t)mail->comm->size;
    mail->counts_to = patron_allocate(ranks, sizeof(uint64_t));
    mail->counts_from = patron_allocate(ranks, sizeof(uint64_t));
    mail->bytes_to = patron_allocate(ranks, sizeof(uint64_t));
    mail->bytes_from = patron_allocate(ranks, sizeof(uint64_t));
    bool short_of_memory = mail->counts_to == NULL || mail->counts_from == NULL ||
                           mail->bytes_to == NULL || mail->bytes_from == NULL;
    return short_of_memory ? PATRON_RESOURCE : PATRON_OK;
}

/* Puts the letters into the order of their owners. */
static patron_status sort_letters(itemset_mail *mail)
{
    uint64_t ranks = (uint64_t)mail->comm->size;
    uint32_t *sent = patron_allocate(mail->words, sizeof *sent);
    uint64_t *next_word = patron_allocate(ranks, sizeof *next_word);
    uint64_t *next_letter = patron_allocate(ranks, sizeof *next_letter);
    patron_status status = PATRON_RESOURCE;
    if (sent == NULL || next_word == NULL || next_letter == NULL)
        goto cleanup;
    for (uint64_t i = 0; i < mail->count; ++i) {
        ++mail->counts_to[mail->owners[i]];
        mail->bytes_to[mail->owners[i]] += 1 + (uint64_t)mail->made[mail->places[i]];
    }
    for (uint64_t rank = 1; rank < ranks; ++rank) {
        next_word[rank] = next_word[rank - 1] + mail->bytes_to[rank - 1];
        next_letter[rank] = next_letter[rank - 1] + mail->counts_to[rank - 1];
    }
    for (uint64_t i = 0; i < mail->count; ++i) {
        const uint32_t *letter = mail->made + mail->places[i];
        int owner = mail->owners[i];
        memcpy(sent + next_word[owner], letter, (1 + (uint64_t)letter[0]) * sizeof *sent);
        next_word[owner] += 1 + (uint64_t)letter[0];
        mail->places[i] = next_letter[owner]++;
    }
    for (uint64_t rank = 0; rank < ranks; ++rank)
        mail->bytes_to[rank] *= sizeof *sent;
    free(mail->made);
    mail->made = sent;
    sent = NULL;
    status = PATRON_OK;

cleanup:
    free(sent);
    free(next_word);
    free(next_letter);
    return status;
}

static uint64_t sum(const uint64_t *values, int count)
{
    uint64_t total = 0;
    for (int i = 0; i < count; ++i)
        total += values[i];
    return total;
}

patron_status itemset_mail_send(itemset_mail *mail, patron_status status)
{
    const patron_comm *comm = mail->comm;
    if (status == PATRON_OK)
        status = allocate_counts(mail);
    if (status == PATRON_OK)
        status = sort_letters(mail);
    status = patron_comm_agree(comm, status);
    if (status != PATRON_OK)
        return status;
    patron_comm_exchange_counts(comm, mail->counts_to, mail->counts_from);
    patron_comm_exchange_counts(comm, mail->bytes_to, mail->bytes_from);
    mail->come_count = sum(mail->counts_from, comm->size);
    mail->come_places = patron_allocate(mail->come_count, sizeof *mail->come_places);
    mail->come = patron_allocate(sum(mail->bytes_from, comm->size), 1);
    if (mail->come_places == NULL || mail->come == NULL)
        status = PATRON_RESOURCE;
    status = patron_comm_agree(comm, status);
    if (status != PATRON_OK)
        return status;
    patron_comm_exchange(comm, mail->made, mail->bytes_to, mail->come, mail->bytes_from);
    uint64_t word = 0;
    for (uint64_t i = 0; i < mail->come_count; ++i) {
        mail->come_places[i] = word + 1;
        word += 1 + (uint64_t)mail->come[word];
    }
    free(mail->made);
    mail->made = NULL;
    mail->words = mail->word_capacity = 0;
    return PATRON_OK;
}

patron_status itemset_mail_answer(itemset_mail *mail, const uint64_t *answers, uint64_t *received)
{
    uint64_t *sorted = patron_allocate(mail->count, sizeof *sorted);
    patron_status status =
        patron_comm_agree(mail->comm, sorted == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK) {
        for (int rank = 0; rank < mail->comm->size; ++rank) {
            mail->bytes_to[rank] = mail->counts_from[rank] * sizeof *answers;
            mail->bytes_from[rank] = mail->counts_to[rank] * sizeof *answers;
        }
        patron_comm_exchange(mail->comm, answers, mail->bytes_to, sorted, mail->bytes_from);
        for (uint64_t i = 0; i < mail->count; ++i)
            received[i] = sorted[mail->places[i]];
    }
    free(sorted);
    return status;
}

void itemset_mail_free(itemset_mail *mail)
{
    free(mail->places);
    free(mail->owners);
    free(mail->made);
    free(mail->come);
    free(mail->come_places);
    free(mail->counts_to);
    free(mail->counts_from);
    free(mail->bytes_to);
    free(mail->bytes_from);
    *mail = (itemset_mail){.comm = mail->comm};
}
