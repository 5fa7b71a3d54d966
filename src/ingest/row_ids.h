/* SPDX-License-Identifier: Apache-2.0 */
/* The ids of a row of transactions as the dataset has them.  Nothing here is collective. */
#ifndef PATRON_INGEST_ROW_IDS_H
#define PATRON_INGEST_ROW_IDS_H

#include "ingest/clean.h"
#include "ingest/pseudonym.h"

/* What one thread makes them with. */
typedef struct patron_row_ids {
    patron_pseudonymiser pseudonymiser;
    char *basket; /* the last that was made */
    uint64_t basket_room;
} patron_row_ids;

/* Where `secret` is NULL, customers' ids stay what they are. */
patron_row_ids patron_row_ids_create(const patron_secret *secret);

/* Makes the customer of a row that is kept a pseudonym and, where no column tells the basket, has
 * it be that of the customer's day; both are there until the next row's.  RESOURCE. */
patron_status patron_row_ids_make(patron_row_ids *ids, const patron_cleaning *cleaning,
                                  patron_row *row);

/* Also overwrites what came from the key. */
void patron_row_ids_free(patron_row_ids *ids);

#endif
