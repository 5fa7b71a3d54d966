/* SPDX-License-Identifier: Apache-2.0 */
/* A hash of a whole row, by which rows that are there twice are found.  The same in every run; who
 * makes rows to collide gets a wrong count of duplicates, and nothing else. */
#ifndef PATRON_INGEST_ROW_HASH_H
#define PATRON_INGEST_ROW_HASH_H

#include "ingest/csv_split.h"

/* Of all fields in their order, and of their lengths.  Not collective. */
uint64_t patron_row_hash(const patron_csv_record *record);

#endif
