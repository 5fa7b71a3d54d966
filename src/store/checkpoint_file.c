/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints in HDF5: /made_for says what they fit, /records and /shares hold bytes for this
 * program alone. */
#include "store/checkpoint_file.h"

#include "patron/memory.h"
#include "runtime/meter.h"
#include "store/checkpoint_shares.h"
#include "store/h5.h"
#include "store/h5_write.h"
#include "store/output.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHECKSUM_BYTES = 32, CHECKSUM_TEXT = 2 * CHECKSUM_BYTES + 1 };

patron_status patron_checkpoint_file_require(patron_checkpoint_file *file, const char *name,
                                             const char *value)
{
    patron_status status = patron_texts_append(&file->names, name, strlen(name));
    return status == PATRON_OK ? patron_texts_append(&file->values, value, strlen(value)) : status;
}

/* ---- records as three arrays ---- */

typedef struct listing {
    patron_texts names;
    uint64_t *sizes; /* a name */
    unsigned char *bytes;
    uint64_t total;
    patron_checkpoint_shares shares;
} listing;

static void listing_free(listing *list)
{
    patron_texts_free(&list->names);
    free(list->sizes);
    free(list->bytes);
    patron_checkpoint_shares_free(&list->shares);
}

static patron_status list_records(const patron_checkpoint *checkpoint, listing *list)
{
    uint64_t count = patron_checkpoint_count(checkpoint);
    patron_packing all = {0};
    patron_status status = PATRON_OK;
    list->sizes = patron_allocate(count, sizeof *list->sizes);
    if (list->sizes == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i) {
        patron_unpacking record;
        const char *name = patron_checkpoint_at(checkpoint, i, &record);
        if (patron_checkpoint_is_shared(checkpoint, i))
            continue;
        list->sizes[list->names.count] = record.left;
        patron_pack(&all, record.bytes, record.left);
        status =
            all.failed ? PATRON_RESOURCE : patron_texts_append(&list->names, name, strlen(name));
    }
    list->bytes = all.bytes;
    list->total = all.count;
    return status;
}

static void checksum(const listing *list, char text[CHECKSUM_TEXT])
{
    crypto_generichash_state hash;
    unsigned char bytes[CHECKSUM_BYTES];
    crypto_generichash_init(&hash, NULL, 0, sizeof bytes);
    for (uint64_t i = 0; i < list->names.count; ++i) {
        uint64_t length = patron_texts_length(&list->names, i);
        crypto_generichash_update(&hash, (const void *)&length, sizeof length);
        crypto_generichash_update(&hash, (const void *)patron_texts_at(&list->names, i), length);
        crypto_generichash_update(&hash, (const void *)&list->sizes[i], sizeof list->sizes[i]);
    }
    crypto_generichash_update(&hash, list->bytes, list->total);
    patron_checkpoint_shares_hash(&list->shares, &hash);
    crypto_generichash_final(&hash, bytes, sizeof bytes);
    sodium_bin2hex(text, CHECKSUM_TEXT, bytes, sizeof bytes);
}

/* ---- writing ---- */

static patron_status write_texts(const patron_h5_file *file, const char *path,
                                 const patron_texts *texts)
{
    uint64_t width = patron_texts_longest(texts);
    return patron_h5_write_texts(file, path, texts, 0, texts->count, width > 0 ? width : 1);
}

static patron_status write_all(const patron_h5_file *file, const patron_checkpoint_file *made_for,
                               const listing *list, uint64_t *offset)
{
    char sum[CHECKSUM_TEXT];
    checksum(list, sum);
    patron_status status =
        patron_h5_attach_format(file, PATRON_CHECKPOINT_FORMAT, PATRON_CHECKPOINT_VERSION);
    if (status == PATRON_OK)
        status = patron_h5_attach_text(file, "/", "checksum", sum);
    if (status == PATRON_OK)
        status = patron_h5_write_group(file, "/made_for");
    if (status == PATRON_OK)
        status = write_texts(file, "/made_for/names", &made_for->names);
    if (status == PATRON_OK)
        status = write_texts(file, "/made_for/values", &made_for->values);
    if (status == PATRON_OK)
        status = patron_h5_write_group(file, "/records");
    if (status == PATRON_OK)
        status = write_texts(file, "/records/names", &list->names);
    if (status == PATRON_OK)
        status = patron_h5_write(file, "/records/sizes", PATRON_H5_U64, list->names.count, 0,
                                 list->sizes);
    if (status == PATRON_OK)
        status = patron_h5_write(file, "/records/bytes", PATRON_H5_U8, list->total, 0, list->bytes);
    if (status == PATRON_OK)
        status = patron_checkpoint_shares_write(file, &list->shares, offset);
    return status;
}

/* All but the bytes of shares, which start at *offset.  On one rank. */
static patron_status write_file(const char *path, const patron_checkpoint_file *made_for,
                                const patron_checkpoint *checkpoint, listing *list,
                                uint64_t *offset)
{
    patron_h5_file file = {.id = H5I_INVALID_HID};
    patron_span span = patron_meter_enter(PATRON_STEP_WRITE);
    patron_status status = list_records(checkpoint, list);
    if (status == PATRON_OK)
        status = patron_h5_create(path, &file);
    if (status == PATRON_OK)
        status = write_all(&file, made_for, list, offset);
    patron_status closed = patron_h5_close(&file);
    patron_meter_leave(span, 0, 0);
    return status == PATRON_OK ? closed : status;
}

patron_status patron_checkpoint_file_write(void *argument, const patron_checkpoint *checkpoint)
{
    const patron_checkpoint_file *file = argument;
    const patron_comm *comm = file->comm;
    patron_output *output = NULL;
    listing list = {.names = {0}};
    uint64_t offset = 0;
    patron_status status = patron_checkpoint_shares_list(comm, checkpoint, &list.shares);
    if (status == PATRON_OK)
        status = patron_output_begin(comm, file->path, PATRON_OUTPUT_FILE, true, &output);
    if (status != PATRON_OK) {
        listing_free(&list);
        return status;
    }
    if (comm->rank == 0)
        status = write_file(patron_output_path(output), file, checkpoint, &list, &offset);
    status = patron_comm_agree(comm, status);
    patron_comm_broadcast(comm, &offset, sizeof offset, 0);
    if (status == PATRON_OK)
        status = patron_checkpoint_shares_lay(comm, checkpoint, &list.shares, offset, output);
    listing_free(&list);
    return patron_output_end(comm, output, status);
}

/* ---- reading ---- */

static patron_status fail_made_for(const char *path, const char *name, const patron_texts *made,
                                   uint64_t index, const char *now, uint64_t now_length)
{
    uint64_t length = index < made->count ? patron_texts_length(made, index) : 0;
    return patron_fail(PATRON_DATA,
                       "%s is the checkpoint of another run: %s '%.*s' there, '%.*s' now; run it "
                       "as before, or remove the checkpoint to start anew",
                       path, name, (int)length,
                       index < made->count ? patron_texts_at(made, index) : "", (int)now_length,
                       now);
}

/* Whether a file was made for what this run is. */
static patron_status compare(const patron_checkpoint_file *file, const patron_texts *names,
                             const patron_texts *values)
{
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < file->names.count; ++i) {
        uint64_t length = patron_texts_length(&file->names, i);
        uint64_t now_length = patron_texts_length(&file->values, i);
        const char *now = patron_texts_at(&file->values, i);
        char name[PATRON_CHECKPOINT_NAME] = "";
        memcpy(name, patron_texts_at(&file->names, i),
               length < sizeof name ? length : sizeof name - 1);
        uint64_t at = patron_texts_find(names, name);
        if (at >= values->count || patron_texts_length(values, at) != now_length ||
            memcmp(patron_texts_at(values, at), now, now_length) != 0)
            status = fail_made_for(file->path, name, values, at, now, now_length);
    }
    return status;
}

static patron_status check_made_for(hid_t id, const patron_checkpoint_file *file)
{
    patron_texts names = {0}, values = {0};
    patron_status status = patron_h5_read_all_texts(id, file->path, "/made_for/names", &names);
    if (status == PATRON_OK)
        status = patron_h5_read_all_texts(id, file->path, "/made_for/values", &values);
    if (status == PATRON_OK)
        status = compare(file, &names, &values);
    patron_texts_free(&names);
    patron_texts_free(&values);
    return status;
}

static patron_status read_sizes(hid_t id, const char *path, listing *list)
{
    patron_h5_array array;
    patron_status status =
        patron_h5_array_open(id, path, "/records/sizes", 1, PATRON_H5_INTEGER, &array);
    if (status != PATRON_OK)
        return status;
    if (array.shape[0] != list->names.count)
        status = patron_fail(PATRON_DATA, "%s: entries in /records differ in number", path);
    if (status == PATRON_OK)
        list->sizes = patron_allocate(list->names.count, sizeof *list->sizes);
    if (status == PATRON_OK && list->sizes == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK)
        status = patron_h5_read_u64(&array, 0, list->names.count, list->sizes);
    patron_h5_array_close(&array);
    return status;
}

static patron_status read_bytes(hid_t id, const char *path, listing *list)
{
    patron_h5_array array;
    patron_status status =
        patron_h5_array_open(id, path, "/records/bytes", 1, PATRON_H5_INTEGER, &array);
    if (status != PATRON_OK)
        return status;
    list->total = array.shape[0];
    list->bytes = patron_allocate(list->total, 1);
    status = list->bytes == NULL ? PATRON_RESOURCE
                                 : patron_h5_read_bytes(&array, 0, list->total, list->bytes);
    patron_h5_array_close(&array);
    return status;
}

static patron_status check_checksum(hid_t id, const char *path, const listing *list)
{
    char sum[CHECKSUM_TEXT];
    patron_texts recorded = {0};
    uint64_t left = list->total;
    bool is_whole = true;
    for (uint64_t i = 0; i < list->names.count; ++i) {
        is_whole = is_whole && list->sizes[i] <= left;
        left -= is_whole ? list->sizes[i] : 0;
    }
    patron_status status = patron_h5_attribute_texts(id, path, "checksum", &recorded);
    if (status == PATRON_OK && is_whole)
        checksum(list, sum);
    if (status == PATRON_OK && (!is_whole || patron_texts_find(&recorded, sum) != 0))
        status = patron_fail(PATRON_DATA,
                             "%s: the checksum does not fit what is there: the checkpoint is "
                             "damaged; remove it to start anew",
                             path);
    patron_texts_free(&recorded);
    return status;
}

/* On one rank: all but the shares' bytes. */
static patron_status read_file(const patron_checkpoint_file *file, listing *list)
{
    hid_t id;
    patron_status status = patron_h5_open(file->path, &id);
    if (status != PATRON_OK)
        return status;
    status =
        patron_h5_check_format(id, file->path, PATRON_CHECKPOINT_FORMAT, PATRON_CHECKPOINT_VERSION);
    if (status == PATRON_OK)
        status = check_made_for(id, file);
    if (status == PATRON_OK)
        status = patron_h5_read_all_texts(id, file->path, "/records/names", &list->names);
    if (status == PATRON_OK)
        status = read_sizes(id, file->path, list);
    if (status == PATRON_OK)
        status = read_bytes(id, file->path, list);
    if (status == PATRON_OK)
        status = patron_checkpoint_shares_read(id, file->path, &list->shares);
    if (status == PATRON_OK)
        status = check_checksum(id, file->path, list);
    H5Fclose(id);
    return status;
}

/* The records of rank 0's listing, kept on every rank. */
static patron_status share(const patron_comm *comm, const listing *list,
                           patron_checkpoint *checkpoint)
{
    uint64_t count = list->names.count;
    const unsigned char *bytes = list->bytes;
    bool has_all = list->sizes != NULL && bytes != NULL; /* on rank 0 */
    patron_status status = PATRON_OK;
    patron_comm_broadcast(comm, &count, sizeof count, 0);
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i) {
        char name[PATRON_CHECKPOINT_NAME] = "";
        uint64_t size = has_all ? list->sizes[i] : 0;
        patron_packing packing = {0};
        if (has_all) {
            uint64_t length = patron_texts_length(&list->names, i);
            memcpy(name, patron_texts_at(&list->names, i),
                   length < sizeof name ? length : sizeof name - 1);
        }
        patron_comm_broadcast(comm, name, sizeof name, 0);
        patron_comm_broadcast(comm, &size, sizeof size, 0);
        packing.bytes = patron_allocate(size, 1);
        packing.count = packing.capacity = size;
        packing.failed = packing.bytes == NULL;
        status = patron_comm_agree(comm, packing.failed ? PATRON_RESOURCE : PATRON_OK);
        if (status == PATRON_OK && has_all) {
            memcpy(packing.bytes, bytes, size);
            bytes += size;
        }
        if (status == PATRON_OK)
            patron_comm_broadcast(comm, packing.bytes, size, 0);
        if (status == PATRON_OK)
            status = patron_checkpoint_keep(checkpoint, name, &packing);
        free(packing.bytes);
        status = patron_comm_agree(comm, status);
    }
    return status;
}

patron_status patron_checkpoint_file_read(const patron_checkpoint_file *file,
                                          patron_checkpoint *checkpoint, bool *found)
{
    const patron_comm *comm = file->comm;
    listing list = {.names = {0}};
    uint64_t exists = comm->rank == 0 && access(file->path, F_OK) == 0;
    patron_status status = PATRON_OK;
    patron_comm_broadcast(comm, &exists, sizeof exists, 0);
    *found = exists != 0;
    if (!*found)
        return PATRON_OK;
    if (comm->rank == 0)
        status = read_file(file, &list);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = share(comm, &list, checkpoint);
    if (status == PATRON_OK)
        status = patron_checkpoint_shares_deal(comm, file->path, &list.shares, checkpoint);
    listing_free(&list);
    return status;
}

patron_status patron_checkpoint_file_remove(const patron_checkpoint_file *file)
{
    patron_status status = PATRON_OK;
    if (file->comm->rank == 0 && unlink(file->path) != 0 && errno != ENOENT)
        status = patron_fail(PATRON_IO, "checkpoint %s cannot be removed: %s", file->path,
                             strerror(errno));
    if (file->comm->rank == 0)
        patron_output_clean_up(file->path);
    return patron_comm_agree(file->comm, status);
}
