/* SPDX-License-Identifier: Apache-2.0 */
/* What an ingest comes to: customers and baskets in their global order, spread over the lanes of
 * all ranks, each column on a tape of its own. */
#ifndef PATRON_INGEST_INGESTED_H
#define PATRON_INGEST_INGESTED_H

#include "ingest/sampler.h"
#include "patron/data.h"
#include "shuffle/tape.h"

/* Columns of a lane.  An id is its length (4 bytes), then its text. */
typedef enum patron_column {
    PATRON_COLUMN_CUSTOMER_ID,
    PATRON_COLUMN_FEATURES,
    PATRON_COLUMN_BASKET_ID,
    PATRON_COLUMN_BASKET_END, /* uint64: items of the lane up to and with this basket */
    PATRON_COLUMN_BASKET_ITEM,
    PATRON_COLUMN_BASKET_CUSTOMER,
    PATRON_COLUMN_BASKET_TIME,
    PATRON_COLUMNS
} patron_column;

typedef struct patron_lane {
    patron_tape tape[PATRON_COLUMNS];
    uint64_t customers, baskets, items;
    uint64_t customer_width, basket_width; /* the longest ids */
    patron_sampler ids;                    /* of customers */
} patron_lane;

typedef struct patron_ingested {
    patron_dataset_content frame; /* of all ranks: numbers of rows and baskets, names, figures */
    bool has_customer, has_time, has_basket_id; /* columns of baskets */
    int64_t last_time;  /* of the rows kept; INT64_MIN where they have none */
    float *absent;      /* frame.columns: features of a customer without rows; NULL: all missing */
    char *figure_names; /* texts that figures are named by; NULL: none */
    patron_lane *lanes;
    int count; /* of this rank */
} patron_ingested;

/* Tapes of `memory` bytes in all; see patron_tape_create.  RESOURCE. */
patron_status patron_ingested_create(const char *folder, const char *name, uint64_t memory,
                                     int lanes, patron_ingested *lists);
void patron_ingested_free(patron_ingested *lists);

/* Writes a column's next bytes. */
static inline patron_status patron_lane_write(patron_lane *lane, patron_column column,
                                              const void *bytes, uint64_t length)
{
    return patron_tape_write(&lane->tape[column], bytes, length);
}

/* Writes an id, and samples those of customers; *width becomes its length where that is more. */
patron_status patron_lane_write_id(patron_lane *lane, patron_column column, const char *id,
                                   uint64_t length, uint64_t *width);

/* Writes all as a dataset, as patron_dataset_write does; the tapes are used up.  Collective. */
patron_status patron_ingested_write(const patron_comm *comm, int threads, patron_ingested *lists,
                                    const char *path, uint32_t parts, bool force,
                                    char digest[PATRON_DIGEST_CAPACITY]);

#endif
