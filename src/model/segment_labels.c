/* SPDX-License-Identifier: Apache-2.0 */
/* Each rank reads the labels of its range of customers; who needs one asks the rank of its range.
 */
#include "model/segment_labels.h"

#include "itemset/mail.h"
#include "model/labelling.h"
#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t PIECE = UINT64_C(1) << 18; /* customers that are asked for at a time */

/* ---- reading ---- */

/* Takes over what was read. */
static patron_status take(patron_labelling *read, patron_segment_labels *labels)
{
    *labels = (patron_segment_labels){.k = read->segments,
                                      .rows = read->rows,
                                      .first = read->range.first,
                                      .count = read->range.count,
                                      .labels = read->codes};
    read->codes = NULL;
    labels->is_looked_up = patron_allocate(labels->count, sizeof *labels->is_looked_up);
    return labels->is_looked_up == NULL ? PATRON_RESOURCE : PATRON_OK;
}

patron_status patron_segment_labels_read(const patron_comm *comm, const char *path,
                                         const patron_dataset *dataset, const char *digest,
                                         patron_segment_labels *labels)
{
    patron_labelling read;
    *labels = (patron_segment_labels){0};
    patron_status status = patron_labelling_read_model(comm, path, &read);
    if (status == PATRON_OK)
        status = patron_labelling_check_dataset(&read, path, dataset, digest);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, take(&read, labels));
    patron_labelling_free(&read);
    return status;
}

void patron_segment_labels_free(patron_segment_labels *labels)
{
    free(labels->labels);
    free(labels->is_looked_up);
    *labels = (patron_segment_labels){0};
}

/* ---- looking up ---- */

static patron_status ask(const patron_segment_labels *labels, const uint64_t *customers,
                         uint64_t count, itemset_mail *mail)
{
    enum { WORDS = sizeof(uint64_t) / sizeof(uint32_t) };
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i) {
        if (customers[i] == PATRON_NO_CUSTOMER)
            continue;
        uint32_t *words = itemset_mail_begin(mail, WORDS);
        if (words == NULL)
            return PATRON_RESOURCE;
        memcpy(words, &customers[i], sizeof customers[i]);
        status = itemset_mail_post(
            mail, (int)patron_range_owner(labels->rows, customers[i], (uint64_t)mail->comm->size));
    }
    return status;
}

/* Labels from 1 on, 0 for none. */
static void answer(patron_segment_labels *labels, const itemset_mail *mail, uint64_t *answers)
{
    for (uint64_t i = 0; i < mail->come_count; ++i) {
        uint64_t customer = 0;
        memcpy(&customer, mail->come + mail->come_places[i], sizeof customer);
        labels->is_looked_up[customer - labels->first] = true;
        answers[i] = (uint64_t)((int64_t)labels->labels[customer - labels->first] + 1);
    }
}

/* Collective. */
static patron_status look_up_piece(const patron_comm *comm, patron_segment_labels *labels,
                                   const uint64_t *customers, uint64_t count, int32_t *found)
{
    itemset_mail mail = {.comm = comm};
    uint64_t *answers = NULL, *received = NULL;
    patron_status status = itemset_mail_send(&mail, ask(labels, customers, count, &mail));
    if (status != PATRON_OK)
        goto cleanup;
    answers = patron_allocate(mail.come_count, sizeof *answers);
    received = patron_allocate(mail.count, sizeof *received);
    status = answers == NULL || received == NULL ? PATRON_RESOURCE : PATRON_OK;
    status = patron_comm_agree(comm, status);
    if (status != PATRON_OK)
        goto cleanup;
    answer(labels, &mail, answers);
    status = itemset_mail_answer(&mail, answers, received);
    for (uint64_t i = 0, letter = 0; status == PATRON_OK && i < count; ++i)
        found[i] = customers[i] == PATRON_NO_CUSTOMER ? -1 : (int32_t)received[letter++] - 1;

cleanup:
    itemset_mail_free(&mail);
    free(answers);
    free(received);
    return status;
}

patron_status patron_segment_labels_look_up(const patron_comm *comm, patron_segment_labels *labels,
                                            const uint64_t *customers, uint64_t count,
                                            int32_t *found)
{
    patron_status status = PATRON_OK;
    uint64_t most = count;
    patron_comm_reduce_u64(comm, &most, 1, PATRON_MAX);
    for (uint64_t done = 0; status == PATRON_OK && done < most; done += PIECE) {
        uint64_t from = done < count ? done : count;
        uint64_t now = count - from < PIECE ? count - from : PIECE;
        status = look_up_piece(comm, labels, customers + from, now, found + from);
    }
    return status;
}

void patron_segment_labels_count(const patron_comm *comm, const patron_segment_labels *labels,
                                 uint64_t *customers)
{
    memset(customers, 0, labels->k * sizeof *customers);
    for (uint64_t i = 0; i < labels->count; ++i)
        if (labels->is_looked_up[i] && labels->labels[i] >= 0)
            ++customers[labels->labels[i]];
    patron_comm_reduce_u64(comm, customers, labels->k, PATRON_SUM);
}
