/* SPDX-License-Identifier: Apache-2.0 */
/* Ranks write side by side, and rank 0 reads for all. */
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
    for (int rank = 0; rank < comm->size; ++rank) {
        uint64_t at = (uint64_t)rank * count;
        patron_comm_broadcast(comm, shares->sizes + at, count * sizeof *shares->sizes, rank);
        patron_comm_broadcast(comm, shares->sums + at * SUM, count * SUM, rank);
    }
    return PATRON_OK;
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

/* A share on its way from the file to the rank that gets it. */
typedef struct parcel {
    char name[PATRON_CHECKPOINT_NAME];
    uint64_t first, size; /* in /shares/bytes */
    unsigned char sum[SUM];
    int rank;
} parcel;

/* Piece by piece: rank 0 reads, and sends to whom it belongs, who alone has bytes[size].  All
 * pieces travel, whatever fails. */
static patron_status deliver(const patron_comm *comm, const patron_h5_array *array,
                             const parcel *one, unsigned char *piece, unsigned char *bytes)
{
    patron_status status = PATRON_OK;
    bool reads = piece != NULL; /* on rank 0 */
    for (uint64_t done = 0; done < one->size;) {
        uint64_t count = one->size - done < PIECE_BYTES ? one->size - done : PIECE_BYTES;
        if (reads && status == PATRON_OK)
            status = patron_h5_read_bytes(array, one->first + done, count, piece);
        if (reads && bytes != NULL)
            memcpy(bytes + done, piece, count);
        else if (reads)
            patron_comm_send(comm, piece, count, one->rank);
        else if (bytes != NULL)
            patron_comm_receive(comm, bytes + done, count, 0);
        done += count;
    }
    return status;
}

static patron_status check_sum(const char *path, const parcel *one, const unsigned char *bytes)
{
    unsigned char sum[SUM];
    crypto_generichash(sum, sizeof sum, bytes, one->size, NULL, 0);
    return memcmp(sum, one->sum, sizeof sum) == 0 ? PATRON_OK : fail_damaged(path);
}

static patron_status deal_one(const patron_comm *comm, const char *path,
                              const patron_h5_array *array, const parcel *one, unsigned char *piece,
                              patron_checkpoint *checkpoint)
{
    bool is_mine = one->rank == comm->rank;
    patron_packing share = {0};
    if (is_mine)
        share = (patron_packing){
            .bytes = patron_allocate(one->size, 1), .count = one->size, .capacity = one->size};
    patron_status status =
        patron_comm_agree(comm, is_mine && share.bytes == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, deliver(comm, array, one, piece, share.bytes));
    if (status == PATRON_OK && is_mine)
        status = check_sum(path, one, share.bytes);
    if (status == PATRON_OK) /* an empty one is added where it is not mine */
        status = patron_checkpoint_add(checkpoint, one->name, &share);
    free(share.bytes);
    return patron_comm_agree(comm, status);
}

static parcel parcel_at(const patron_checkpoint_shares *shares, uint64_t index)
{
    uint64_t name = index % shares->names.count;
    parcel one = {.size = shares->sizes[index]};
    memcpy(one.name, patron_texts_at(&shares->names, name),
           patron_texts_length(&shares->names, name));
    memcpy(one.sum, shares->sums + index * SUM, SUM);
    for (uint64_t i = 0; i < index; ++i)
        one.first += shares->sizes[i];
    return one;
}

/* On rank 0.  Room for a piece, and the bytes, which have to be as many as the sizes say. */
static patron_status open_bytes(hid_t file, const char *path,
                                const patron_checkpoint_shares *shares, patron_h5_array *array)
{
    patron_status status =
        patron_h5_array_open(file, path, "/shares/bytes", 1, PATRON_H5_INTEGER, array);
    if (status == PATRON_OK && array->shape[0] != total_bytes(shares, shares->ranks)) {
        patron_h5_array_close(array);
        status = fail_damaged(path);
    }
    return status;
}

patron_status patron_checkpoint_shares_deal(const patron_comm *comm, hid_t file, const char *path,
                                            const patron_checkpoint_shares *shares,
                                            patron_checkpoint *checkpoint)
{
    bool reads = comm->rank == 0;
    uint64_t counts[] = {reads ? shares->names.count : 0, reads ? shares->ranks : 0};
    unsigned char *piece = NULL;
    patron_h5_array array;
    bool is_open = false;
    patron_status status = PATRON_OK;
    patron_comm_broadcast(comm, counts, sizeof counts, 0);
    uint64_t names = counts[0], all = counts[0] * counts[1];
    if (all == 0)
        return PATRON_OK;
    if (reads) {
        piece = patron_allocate(PIECE_BYTES, 1);
        status = piece == NULL ? PATRON_RESOURCE : open_bytes(file, path, shares, &array);
        is_open = status == PATRON_OK;
    }
    status = patron_comm_agree(comm, status);
    for (uint64_t i = 0; status == PATRON_OK && i < all; ++i) {
        parcel one = {.size = 0};
        if (reads)
            one = parcel_at(shares, i);
        patron_comm_broadcast(comm, &one, sizeof one, 0);
        one.rank = (int)(i / names % (uint64_t)comm->size);
        status = deal_one(comm, path, &array, &one, piece, checkpoint);
    }
    if (is_open)
        patron_h5_array_close(&array);
    free(piece);
    return status;
}
