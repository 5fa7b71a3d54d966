/* SPDX-License-Identifier: Apache-2.0 */
/* Each rank reads the labels of its range of customers; who needs one asks the rank of its range.
 */
#include "model/segment_labels.h"

#include "itemset/mail.h"
#include "model/segment_model.h"
#include "patron/memory.h"
#include "store/h5.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t PIECE = UINT64_C(1) << 18; /* customers that are asked for at a time */

/* ---- reading ---- */

static patron_status check_kind(hid_t file, const char *path)
{
    patron_texts kind = {0};
    patron_status status =
        patron_h5_check_format(file, path, PATRON_MODEL_FORMAT, PATRON_MODEL_VERSION);
    if (status == PATRON_OK)
        status = patron_h5_attribute_texts(file, path, "kind", &kind);
    if (status == PATRON_OK && patron_texts_find(&kind, PATRON_SEGMENT_KIND) != 0) {
        char found[64];
        patron_texts_list(&kind, found, sizeof found);
        status = patron_fail(PATRON_DATA, "%s: a model of kind %s, '%s' is expected", path, found,
                             PATRON_SEGMENT_KIND);
    }
    patron_texts_free(&kind);
    return status;
}

/* Models that other programs wrote may not say what they were made of. */
static patron_status check_digest(hid_t file, const char *path, const patron_dataset *dataset,
                                  const char *digest)
{
    patron_texts found = {0};
    patron_status status = PATRON_OK;
    hid_t run =
        patron_h5_exists(file, "/run") ? H5Gopen2(file, "/run", H5P_DEFAULT) : H5I_INVALID_HID;
    if (run >= 0 && patron_h5_has_attribute(run, "dataset_digest"))
        status = patron_h5_attribute_texts(run, path, "dataset_digest", &found);
    if (status == PATRON_OK && found.count > 0 && patron_texts_length(&found, 0) > 0 &&
        patron_texts_find(&found, digest) != 0)
        status = patron_fail(PATRON_DATA,
                             "%s: segments of a dataset of digest %.16s..., %s has %.16s...", path,
                             patron_texts_at(&found, 0), patron_dataset_path(dataset), digest);
    patron_texts_free(&found);
    if (run >= 0)
        H5Gclose(run);
    return status;
}

static patron_status read_k(hid_t file, const char *path, patron_segment_labels *labels)
{
    uint64_t k = 0;
    hid_t group = H5Gopen2(file, "/segments", H5P_DEFAULT);
    if (group < 0)
        return patron_fail(PATRON_DATA, "%s: /segments is missing", path);
    patron_status status = patron_h5_attribute_u64(group, path, "k", &k);
    H5Gclose(group);
    if (status == PATRON_OK && (k == 0 || k > INT32_MAX))
        status = patron_fail(PATRON_DATA, "%s: k is %" PRIu64, path, k);
    labels->k = (uint32_t)k;
    return status;
}

/* This rank's range, in pieces: labels may be of any type of number. */
static patron_status read_range(const patron_h5_array *array, patron_segment_labels *labels)
{
    int64_t *piece = patron_allocate(PIECE, sizeof *piece);
    labels->labels = patron_allocate(labels->count, sizeof *labels->labels);
    labels->is_looked_up = patron_allocate(labels->count, sizeof *labels->is_looked_up);
    bool short_of_memory = piece == NULL || labels->labels == NULL || labels->is_looked_up == NULL;
    patron_status status = short_of_memory ? PATRON_RESOURCE : PATRON_OK;
    for (uint64_t done = 0; status == PATRON_OK && done < labels->count; done += PIECE) {
        uint64_t now = labels->count - done < PIECE ? labels->count - done : PIECE;
        status = patron_h5_read_i64(array, labels->first + done, now, piece);
        for (uint64_t i = 0; status == PATRON_OK && i < now; ++i) {
            if (piece[i] < -1 || piece[i] >= (int64_t)labels->k)
                status = patron_fail(
                    PATRON_DATA,
                    "%s: row %" PRIu64 ": label %" PRId64 ", -1 to %" PRIu32 " expected",
                    array->name, labels->first + done + i, piece[i], labels->k - 1);
            labels->labels[done + i] = (int32_t)piece[i];
        }
    }
    free(piece);
    return status;
}

static patron_status read_labels(hid_t file, const char *path, const patron_dataset *dataset,
                                 patron_segment_labels *labels)
{
    patron_h5_array array;
    patron_status status =
        patron_h5_array_open(file, path, "/segments/labels", 1, PATRON_H5_INTEGER, &array);
    if (status == PATRON_OK && array.shape[0] != labels->rows)
        status =
            patron_fail(PATRON_DATA, "%s: labels of %" PRIu64 " customers found, %s has %" PRIu64,
                        array.name, array.shape[0], patron_dataset_path(dataset), labels->rows);
    if (status == PATRON_OK)
        status = read_range(&array, labels);
    patron_h5_array_close(&array);
    return status;
}

patron_status patron_segment_labels_read(const patron_comm *comm, const char *path,
                                         const patron_dataset *dataset, const char *digest,
                                         patron_segment_labels *labels)
{
    uint64_t rows = patron_dataset_rows(dataset);
    patron_range range = patron_range_cut(rows, (uint64_t)comm->rank, (uint64_t)comm->size);
    *labels = (patron_segment_labels){.rows = rows, .first = range.first, .count = range.count};
    hid_t file = H5I_INVALID_HID;
    patron_status status = patron_h5_open(path, &file);
    if (status == PATRON_OK)
        status = check_kind(file, path);
    if (status == PATRON_OK)
        status = read_k(file, path, labels);
    if (status == PATRON_OK)
        status = read_labels(file, path, dataset, labels);
    if (status == PATRON_OK)
        status = check_digest(file, path, dataset, digest);
    if (file >= 0)
        H5Fclose(file);
    return patron_comm_agree(comm, status);
}

void patron_segment_labels_free(patron_segment_labels *labels)
{
    free(labels->labels);
    free(labels->is_looked_up);
    *labels = (patron_segment_labels){0};
}

/* ---- looking up ---- */

/* The rank in whose range a row lies. */
static int owner_of(const patron_comm *comm, uint64_t rows, uint64_t row)
{
    uint64_t each = rows / (uint64_t)comm->size, longer = rows % (uint64_t)comm->size;
    uint64_t in_longer = longer * (each + 1);
    return (int)(row < in_longer ? row / (each + 1) : longer + (row - in_longer) / each);
}

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
        status = itemset_mail_post(mail, owner_of(mail->comm, labels->rows, customers[i]));
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
        answers[i] = (uint64_t)(labels->labels[customer - labels->first] + 1);
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
