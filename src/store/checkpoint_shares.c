/* SPDX-License-Identifier: Apache-2.0 */
/* Ranks write side by side, and read so: rank 0 reads how large the shares are, and tells all. */
#include "store/checkpoint_shares.h"

#include "patron/memory.h"
#include "store/h5.h"

#include <stdlib.h>
#include <string.h>

enum { SUM = PATRON_SHARE_SUM_BYTES, PIECE_BYTES = 1 << 24 };

void patron_checkpoint_shares_free(patron_checkpoint_shares *shares)
{
    patron_texts_free(&shares->names);
    free(shares->sizes);
    free(shares->sums);
    *shares = (patron_checkpoint_shares){0};
}

static patron_status allocate(patron_checkpoint_shares *shares)
{
    uint64_t count = shares->ranks * shares->names.count;
    shares->sizes = patron_allocate(count, sizeof *shares->sizes);
    shares->sums = patron_allocate(count, SUM);
    return shares->sizes == NULL || shares->sums == NULL ? PATRON_RESOURCE : PATRON_OK;
}

static uint64_t total_bytes(const patron_checkpoint_shares *shares, uint64_t ranks)
{
    uint64_t total = 0;
    for (uint64_t i = 0; i < ranks * shares->names.count; ++i)
        total += shares->sizes[i];
    return total;
}

/* ---- writing ---- */

static patron_status list_names(const patron_checkpoint *checkpoint, patron_texts *names)
{
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < patron_checkpoint_count(checkpoint); ++i) {
        patron_unpacking record;
        const char *name = patron_checkpoint_at(checkpoint, i, &record);
        if (patron_checkpoint_is_shared(checkpoint, i))
            status = patron_texts_append(names, name, strlen(name));
    }
    return status;
}

/* This rank's share of record `index`. */
static patron_unpacking share_at(const patron_checkpoint *checkpoint, const patron_texts *names,
                                 uint64_t index)
{
    patron_unpacking share;
    char name[PATRON_CHECKPOINT_NAME] = "";
    memcpy(name, patron_texts_at(names, index), patron_texts_length(names, index));
    patron_checkpoint_recall(checkpoint, name, &share);
    return share;
}

/* What each rank has put in its place of sizes and sums, to all. */
static patron_status gather(const patron_comm *comm, patron_checkpoint_shares *shares)
{
    uint64_t count = shares->names.count, first = (uint64_t)comm->rank * count;
    uint64_t *bytes_of = patron_allocate((uint64_t)comm->size, sizeof *bytes_of);
    uint64_t *sizes = patron_allocate(count, sizeof *sizes);
    unsigned char *sums = patron_allocate(count, SUM);
    patron_status status =
        bytes_of == NULL || sizes == NULL || sums == NULL ? PATRON_RESOURCE : PATRON_OK;
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK && count > 0) {
        memcpy(sizes, shares->sizes + first, count * sizeof *sizes);
        memcpy(sums, shares->sums + first * SUM, count * SUM);
        for (int rank = 0; rank < comm->size; ++rank)
            bytes_of[rank] = count * sizeof *sizes;
        patron_comm_gather_bytes(comm, sizes, bytes_of, shares->sizes);
        for (int rank = 0; rank < comm->size; ++rank)
            bytes_of[rank] = count * SUM;
        patron_comm_gather_bytes(comm, sums, bytes_of, shares->sums);
    }
    free(bytes_of);
    free(sizes);
    free(sums);
    return status;
}

patron_status patron_checkpoint_shares_list(const patron_comm *comm,
                                            const patron_checkpoint *checkpoint,
                                            patron_checkpoint_shares *shares)
{
    *shares = (patron_checkpoint_shares){.ranks = (uint64_t)comm->size};
    patron_status status = list_names(checkpoint, &shares->names);
    if (status == PATRON_OK)
        status = allocate(shares);
    status = patron_comm_agree(comm, status);
    if (status != PATRON_OK)
        return status;
    uint64_t count = shares->names.count, first = (uint64_t)comm->rank * count;
    for (uint64_t i = 0; i < count; ++i) {
        const patron_unpacking share = share_at(checkpoint, &shares->names, i);
        shares->sizes[first + i] = share.left;
        crypto_generichash(shares->sums + (first + i) * SUM, SUM, share.bytes, share.left, NULL, 0);
    }
    return gather(comm, shares);
}

void patron_checkpoint_shares_hash(const patron_checkpoint_shares *shares,
                                   crypto_generichash_state *hash)
{
    uint64_t count = shares->ranks * shares->names.count;
    for (uint64_t i = 0; i < shares->names.count; ++i) {
        uint64_t length = patron_texts_length(&shares->names, i);
        crypto_generichash_update(hash, (const void *)&length, sizeof length);
        crypto_generichash_update(hash, (const void *)patron_texts_at(&shares->names, i), length);
    }
    if (count == 0)
        return;
    crypto_generichash_update(hash, (const void *)shares->sizes, count * sizeof *shares->sizes);
    crypto_generichash_update(hash, shares->sums, count * SUM);
}

patron_status patron_checkpoint_shares_write(const patron_h5_file *file,
                                             const patron_checkpoint_shares *shares,
                                             uint64_t *offset)
{
    const patron_texts *names = &shares->names;
    *offset = 0;
    if (names->count == 0)
        return PATRON_OK;
    patron_status status = patron_h5_write_group(file, "/shares");
    if (status == PATRON_OK)
        status = patron_h5_write_texts(file, "/shares/names", names, 0, names->count,
                                       patron_texts_longest(names));
    if (status == PATRON_OK)
        status = patron_h5_write(file, "/shares/sizes", PATRON_H5_U64, shares->ranks * names->count,
                                 0, shares->sizes);
    if (status == PATRON_OK)
        status = patron_h5_write(file, "/shares/checksums", PATRON_H5_U8,
                                 shares->ranks * names->count * SUM, 0, shares->sums);
    if (status == PATRON_OK)
        status = patron_h5_reserve(file, "/shares/bytes", PATRON_H5_U8,
                                   total_bytes(shares, shares->ranks), 0, offset);
    return status;
}

patron_status patron_checkpoint_shares_lay(const patron_comm *comm,
                                           const patron_checkpoint *checkpoint,
                                           const patron_checkpoint_shares *shares, uint64_t offset,
                                           patron_output *output)
{
    patron_status status = PATRON_OK;
    offset += total_bytes(shares, (uint64_t)comm->rank);
    for (uint64_t i = 0; status == PATRON_OK && i < shares->names.count; ++i) {
        const patron_unpacking share = share_at(checkpoint, &shares->names, i);
        if (share.left > 0)
            status = patron_output_write(output, offset, share.bytes, share.left);
        offset += share.left;
    }
    return status;
}

/* ---- reading ---- */

static patron_status fail_damaged(const char *path)
{
    return patron_fail(PATRON_DATA,
                       "%s: shares of the checkpoint are damaged; remove it to start anew", path);
}

static patron_status read_names(hid_t file, const char *path, patron_texts *names)
{
    patron_status status = patron_h5_read_all_texts(file, path, "/shares/names", names);
    if (status == PATRON_OK &&
        (names->count == 0 || patron_texts_longest(names) >= PATRON_CHECKPOINT_NAME))
        status = fail_damaged(path);
    return status;
}

static patron_status read_sizes(hid_t file, const char *path, patron_checkpoint_shares *shares)
{
    patron_h5_array array;
    patron_status status =
        patron_h5_array_open(file, path, "/shares/sizes", 1, PATRON_H5_INTEGER, &array);
    if (status != PATRON_OK)
        return status;
    shares->ranks = array.shape[0] / shares->names.count;
    if (shares->ranks * shares->names.count != array.shape[0])
        status = fail_damaged(path);
    if (status == PATRON_OK)
        status = allocate(shares);
    if (status == PATRON_OK)
        status = patron_h5_read_u64(&array, 0, array.shape[0], shares->sizes);
    patron_h5_array_close(&array);
    return status;
}

static patron_status read_sums(hid_t file, const char *path, patron_checkpoint_shares *shares)
{
    patron_h5_array array;
    uint64_t bytes = shares->ranks * shares->names.count * SUM;
    patron_status status =
        patron_h5_array_open(file, path, "/shares/checksums", 1, PATRON_H5_INTEGER, &array);
    if (status != PATRON_OK)
        return status;
    status = array.shape[0] != bytes ? fail_damaged(path)
                                     : patron_h5_read_bytes(&array, 0, bytes, shares->sums);
    patron_h5_array_close(&array);
    return status;
}

patron_status patron_checkpoint_shares_read(hid_t file, const char *path,
                                            patron_checkpoint_shares *shares)
{
    *shares = (patron_checkpoint_shares){0};
    if (!patron_h5_exists(file, "/shares"))
        return PATRON_OK;
    patron_status status = read_names(file, path, &shares->names);
    if (status == PATRON_OK)
        status = read_sizes(file, path, shares);
    return status == PATRON_OK ? read_sums(file, path, shares) : status;
}

static patron_status tell_names(const patron_comm *comm, uint64_t count, patron_texts *names)
{
    char *all = patron_allocate(count, PATRON_CHECKPOINT_NAME);
    patron_status status = patron_comm_agree(comm, all == NULL ? PATRON_RESOURCE : PATRON_OK);
    for (uint64_t i = 0; status == PATRON_OK && comm->rank == 0 && i < count; ++i)
        memcpy(all + i * PATRON_CHECKPOINT_NAME, patron_texts_at(names, i),
               patron_texts_length(names, i));
    if (status == PATRON_OK)
        patron_comm_broadcast(comm, all, count * PATRON_CHECKPOINT_NAME, 0);
    for (uint64_t i = 0; status == PATRON_OK && comm->rank != 0 && i < count; ++i) {
        const char *name = all + i * PATRON_CHECKPOINT_NAME;
        status = patron_texts_append(names, name, strlen(name));
    }
    free(all);
    return status;
}

/* What rank 0 has read of them, to all. */
static patron_status tell(const patron_comm *comm, patron_checkpoint_shares *shares)
{
    uint64_t counts[] = {shares->names.count, shares->ranks};
    patron_comm_broadcast(comm, counts, sizeof counts, 0);
    patron_status status = tell_names(comm, counts[0], &shares->names);
    shares->ranks = counts[1];
    if (comm->rank != 0 && status == PATRON_OK)
        status = allocate(shares);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK) {
        uint64_t count = counts[0] * counts[1];
        patron_comm_broadcast(comm, shares->sizes, count * sizeof *shares->sizes, 0);
        patron_comm_broadcast(comm, shares->sums, count * SUM, 0);
    }
    return status;
}

/* The bytes, which have to be as many as the sizes say. */
static patron_status open_bytes(const char *path, const patron_checkpoint_shares *shares,
                                hid_t *file, patron_h5_array *array)
{
    patron_status status = patron_h5_open(path, file);
    if (status != PATRON_OK)
        return status;
    status = patron_h5_array_open(*file, path, "/shares/bytes", 1, PATRON_H5_INTEGER, array);
    if (status == PATRON_OK && array->shape[0] != total_bytes(shares, shares->ranks)) {
        patron_h5_array_close(array);
        status = fail_damaged(path);
    }
    if (status != PATRON_OK)
        H5Fclose(*file);
    return status;
}

/* Adds nothing, or the bytes, to this rank's share of record `record`. */
static patron_status add_bytes(const patron_checkpoint_shares *shares, uint64_t record,
                               patron_packing *bytes, patron_checkpoint *checkpoint)
{
    char name[PATRON_CHECKPOINT_NAME] = "";
    memcpy(name, patron_texts_at(&shares->names, record),
           patron_texts_length(&shares->names, record));
    return patron_checkpoint_add(checkpoint, name, bytes);
}

/* Share `index`, of which the first byte is `first`, to this rank's, a piece at a time. */
static patron_status take(const char *path, const patron_h5_array *array,
                          const patron_checkpoint_shares *shares, uint64_t index, uint64_t first,
                          patron_checkpoint *checkpoint)
{
    unsigned char sum[SUM];
    crypto_generichash_state hash;
    patron_status status = PATRON_OK;
    crypto_generichash_init(&hash, NULL, 0, SUM);
    for (uint64_t left = shares->sizes[index]; status == PATRON_OK && left > 0;) {
        uint64_t count = left < PIECE_BYTES ? left : PIECE_BYTES;
        patron_packing piece = {
            .bytes = patron_allocate(count, 1), .count = count, .capacity = count};
        if (piece.bytes == NULL)
            return PATRON_RESOURCE;
        status = patron_h5_read_bytes(array, first, count, piece.bytes);
        crypto_generichash_update(&hash, piece.bytes, count);
        if (status == PATRON_OK)
            status = add_bytes(shares, index % shares->names.count, &piece, checkpoint);
        free(piece.bytes);
        first += count;
        left -= count;
    }
    crypto_generichash_final(&hash, sum, SUM);
    if (status == PATRON_OK && memcmp(sum, shares->sums + index * SUM, SUM) != 0)
        status = fail_damaged(path);
    return status;
}

/* Not collective. */
static patron_status take_own(const patron_comm *comm, const char *path,
                              const patron_checkpoint_shares *shares, patron_checkpoint *checkpoint)
{
    patron_h5_array array;
    hid_t file;
    uint64_t first = 0, names = shares->names.count;
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < names; ++i) {
        patron_packing none = {0};
        status = add_bytes(shares, i, &none, checkpoint);
    }
    if (status == PATRON_OK)
        status = open_bytes(path, shares, &file, &array);
    if (status != PATRON_OK)
        return status;
    for (uint64_t i = 0; status == PATRON_OK && i < shares->ranks * names; ++i) {
        if (i / names % (uint64_t)comm->size == (uint64_t)comm->rank)
            status = take(path, &array, shares, i, first, checkpoint);
        first += shares->sizes[i];
    }
    patron_h5_array_close(&array);
    H5Fclose(file);
    return status;
}

patron_status patron_checkpoint_shares_deal(const patron_comm *comm, const char *path,
                                            patron_checkpoint_shares *shares,
                                            patron_checkpoint *checkpoint)
{
    patron_status status = tell(comm, shares);
    if (status == PATRON_OK && shares->names.count > 0)
        status = take_own(comm, path, shares, checkpoint);
    return patron_comm_agree(comm, status);
}
