/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of customers' ids (BLAKE2b, Aumasson et al. 2013); ids that occur twice: the hashes are
 * dealt to ranks by value and sorted there. */
#include "data/dataset.h"
#include "data/deal.h"
#include "data/id_hash.h"
#include "data/slab.h"

#include "patron/memory.h"
#include "store/h5.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE_IDS = 1 << 18 }; /* read at a time */

static int compare_hashes(const void *a, const void *b)
{
    const patron_id_hash *x = a, *y = b;
    if (x->hash[0] != y->hash[0])
        return x->hash[0] < y->hash[0] ? -1 : 1;
    if (x->hash[1] != y->hash[1])
        return x->hash[1] < y->hash[1] ? -1 : 1;
    return x->row < y->row ? -1 : (x->row > y->row ? 1 : 0);
}

patron_id_hash patron_id_hash_of(const void *bytes, uint64_t length, uint64_t row)
{
    patron_id_hash id = {.row = row};
    crypto_generichash((unsigned char *)id.hash, sizeof id.hash, bytes, length, NULL, 0);
    return id;
}

static patron_status hash_text_ids(const patron_h5_array *array, uint64_t first, uint64_t count,
                                   uint64_t row, patron_id_hash *ids)
{
    patron_texts texts = {0};
    patron_status status = patron_h5_read_texts(array, first, count, &texts);
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i)
        ids[i] =
            patron_id_hash_of(patron_texts_at(&texts, i), patron_texts_length(&texts, i), row + i);
    patron_texts_free(&texts);
    return status;
}

static patron_status hash_number_ids(const patron_h5_array *array, uint64_t first, uint64_t count,
                                     uint64_t row, patron_id_hash *ids)
{
    uint64_t *numbers = patron_allocate(count, sizeof *numbers);
    if (numbers == NULL)
        return PATRON_RESOURCE;
    patron_status status = patron_h5_read_u64(array, first, count, numbers);
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i)
        ids[i] = patron_id_hash_of(&numbers[i], sizeof numbers[i], row + i);
    free(numbers);
    return status;
}

static patron_status hash_id_slab(const patron_slab *slab, void *target)
{
    patron_id_hash *ids = (patron_id_hash *)target + slab->done;
    patron_h5_array array;
    patron_status status =
        patron_h5_array_open(slab->file, slab->file_name, "/customers/id", 1, PATRON_H5_ID, &array);
    for (uint64_t done = 0; status == PATRON_OK && done < slab->count;) {
        uint64_t piece = slab->count - done < PIECE_IDS ? slab->count - done : PIECE_IDS;
        status = (array.class == PATRON_H5_TEXT ? hash_text_ids : hash_number_ids)(
            &array, slab->first + done, piece, slab->global + done, ids + done);
        done += piece;
    }
    patron_h5_array_close(&array);
    return status;
}

patron_status patron_dataset_hash_ids(const patron_dataset *dataset, patron_range range,
                                      patron_id_hash *ids)
{
    return patron_slab_each(dataset, dataset->first_row, range, hash_id_slab, ids);
}

static patron_status find_twin(const patron_dataset *dataset, const patron_id_hash *ids,
                               uint64_t count)
{
    for (uint64_t i = 1; i < count; ++i)
        if (memcmp(ids[i].hash, ids[i - 1].hash, sizeof ids[i].hash) == 0)
            return patron_fail(
                PATRON_DATA, "%s: /customers/id: rows %" PRIu64 " and %" PRIu64 " have the same id",
                dataset->path, ids[i - 1].row, ids[i].row);
    return PATRON_OK;
}

patron_status patron_dataset_check_ids(const patron_comm *comm, const patron_dataset *dataset)
{
    patron_range range =
        patron_range_cut(patron_dataset_rows(dataset), (uint64_t)comm->rank, (uint64_t)comm->size);
    void *dealt = NULL;
    uint64_t dealt_count = 0;
    patron_id_hash *ids = patron_allocate(range.count, sizeof *ids);
    patron_status status = PATRON_RESOURCE;
    if (ids != NULL)
        status = patron_dataset_hash_ids(dataset, range, ids);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK) {
        qsort(ids, range.count, sizeof *ids, compare_hashes);
        status = patron_deal_by_hash(comm, ids, range.count, sizeof *ids, &dealt, &dealt_count);
    }
    if (status == PATRON_OK) {
        qsort(dealt, dealt_count, sizeof *ids, compare_hashes);
        status = patron_comm_agree(comm, find_twin(dataset, dealt, dealt_count));
    }
    free(dealt);
    free(ids);
    return status;
}
