/* SPDX-License-Identifier: Apache-2.0 */
/* Rows by their customers' ids: a sorted array of hashes, of which 128 bits tell all ids apart. */
#include "data/id_hash.h"

#include "patron/memory.h"

#include <stdlib.h>

enum { PIECE_IDS = 1 << 16 }; /* read at a time */

static int compare_hashes(const void *left, const void *right)
{
    const patron_id_hash *a = left, *b = right;
    if (a->hash[0] != b->hash[0])
        return a->hash[0] < b->hash[0] ? -1 : 1;
    return (a->hash[1] > b->hash[1]) - (a->hash[1] < b->hash[1]);
}

patron_status patron_id_finder_create(const patron_dataset *dataset, patron_range range,
                                      patron_id_finder *finder)
{
    patron_status status = PATRON_OK;
    *finder = (patron_id_finder){.ids = patron_allocate(range.count, sizeof *finder->ids)};
    if (finder->ids == NULL)
        return PATRON_RESOURCE;
    while (status == PATRON_OK && finder->count < range.count) {
        uint64_t left = range.count - finder->count;
        const patron_range piece = {.first = range.first + finder->count,
                                    .count = left < PIECE_IDS ? left : PIECE_IDS};
        patron_texts ids = {0};
        status = patron_dataset_read_ids(dataset, piece, &ids);
        for (uint64_t i = 0; status == PATRON_OK && i < piece.count; ++i)
            finder->ids[finder->count++] = patron_id_hash_of(
                patron_texts_at(&ids, i), patron_texts_length(&ids, i), piece.first + i);
        patron_texts_free(&ids);
    }
    if (status == PATRON_OK && finder->count > 0)
        qsort(finder->ids, finder->count, sizeof *finder->ids, compare_hashes);
    return status;
}

void patron_id_finder_free(patron_id_finder *finder)
{
    free(finder->ids);
    *finder = (patron_id_finder){0};
}

bool patron_id_finder_find(const patron_id_finder *finder, const char *id, uint64_t length,
                           uint64_t *row)
{
    const patron_id_hash wanted = patron_id_hash_of(id, length, 0);
    const patron_id_hash *found = finder->count == 0 ? NULL
                                                     : bsearch(&wanted, finder->ids, finder->count,
                                                               sizeof *finder->ids, compare_hashes);
    if (found != NULL)
        *row = found->row;
    return found != NULL;
}
