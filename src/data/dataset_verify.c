/* SPDX-License-Identifier: Apache-2.0 */
/* Full checks of a dataset: everything that opening and reading check, over all rows, and then ids
 * and digest. */
#include "data/basket_columns.h"
#include "data/dataset.h"
#include "data/feature_reader.h"

#include "patron/memory.h"
#include "runtime/meter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE_VALUES = 1 << 22, PIECE_BASKETS = 1 << 18 };

static patron_range first_piece(patron_range range, uint64_t most)
{
    return (patron_range){.first = range.first, .count = range.count < most ? range.count : most};
}

static void advance(patron_range *range, patron_range piece)
{
    range->first += piece.count;
    range->count -= piece.count;
}

static patron_status check_no_infinity(const patron_dataset *dataset, patron_range rows,
                                       const float *features)
{
    uint64_t columns = dataset->head.columns;
    for (uint64_t i = 0; i < rows.count * columns; ++i)
        if (isinf(features[i]))
            return patron_feature_fail_infinite(dataset, rows.first + i / columns, i % columns);
    return PATRON_OK;
}

static patron_status verify_features(const patron_dataset *dataset, patron_range rows)
{
    uint32_t columns = dataset->head.columns;
    uint64_t most = PIECE_VALUES / columns == 0 ? 1 : PIECE_VALUES / columns;
    uint64_t room = first_piece(rows, most).count;
    patron_feature_reader reader = patron_feature_reader_create(dataset, dataset->head.has_weight);
    float *features = patron_allocate(room * columns, sizeof *features);
    float *weight = patron_allocate(room, sizeof *weight);
    patron_status status = features == NULL || weight == NULL ? PATRON_RESOURCE : PATRON_OK;
    while (status == PATRON_OK && rows.count > 0) {
        patron_range piece = first_piece(rows, most);
        status = patron_feature_reader_read(&reader, piece, features, weight);
        if (status == PATRON_OK)
            status = check_no_infinity(dataset, piece, features);
        advance(&rows, piece);
    }
    patron_feature_reader_close(&reader);
    free(weight);
    free(features);
    return status;
}

static patron_status verify_baskets(const patron_dataset *dataset, patron_range baskets)
{
    uint64_t room = first_piece(baskets, PIECE_BASKETS).count;
    uint64_t *customers = patron_allocate(room, sizeof *customers);
    patron_status status = customers == NULL ? PATRON_RESOURCE : PATRON_OK;
    while (status == PATRON_OK && baskets.count > 0) {
        patron_range piece = first_piece(baskets, PIECE_BASKETS);
        uint64_t *offsets = NULL;
        uint32_t *items = NULL;
        status = patron_dataset_read_baskets(dataset, piece, &offsets, &items);
        free(offsets);
        free(items);
        if (status == PATRON_OK && dataset->head.has_basket_customer)
            status = patron_dataset_read_basket_customers(dataset, piece, customers);
        advance(&baskets, piece);
    }
    free(customers);
    return status;
}

static patron_status verify_here(const patron_comm *comm, const patron_dataset *dataset)
{
    uint64_t rank = (uint64_t)comm->rank, ranks = (uint64_t)comm->size;
    patron_range rows = patron_range_cut(patron_dataset_rows(dataset), rank, ranks);
    patron_range baskets = patron_range_cut(patron_dataset_baskets(dataset), rank, ranks);
    patron_status status = PATRON_OK;
    if (dataset->head.has_customers)
        status = verify_features(dataset, rows);
    if (status == PATRON_OK && dataset->head.has_baskets)
        status = verify_baskets(dataset, baskets);
    return status;
}

patron_status patron_dataset_verify(const patron_comm *comm, int threads,
                                    const patron_dataset *dataset,
                                    char digest[PATRON_DIGEST_CAPACITY])
{
    patron_span span = patron_meter_enter(PATRON_STEP_CHECK);
    patron_status status = patron_comm_agree(comm, verify_here(comm, dataset));
    if (status == PATRON_OK && dataset->head.has_customers)
        status = patron_dataset_check_ids(comm, dataset);
    patron_meter_leave(span, 0, 0);
    if (status == PATRON_OK)
        status = patron_dataset_digest(comm, threads, dataset, digest);
    if (status == PATRON_OK && dataset->head.digest[0] != '\0' &&
        strcmp(digest, dataset->head.digest) != 0)
        status = patron_fail(PATRON_DATA,
                             "%s: its digest is %.16s..., %.16s... was recorded when it was "
                             "written: the content has changed",
                             dataset->path, digest, dataset->head.digest);
    return status;
}
