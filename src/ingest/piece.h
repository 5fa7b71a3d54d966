/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of one customer and basket that stand together in the text, as one record to sort.  Exports
 * list a basket's rows one after the other, so that pieces are far fewer than rows.  Nothing here
 * is collective.
 *
 * A piece by customer has the key "customer NUL basket" and the value: earliest and latest time (8
 * bytes each), items (4 each), hashes of rows (8 each), values (8 each, where there are any).  A
 * piece by basket has the basket as its key and the value: customer (8 bytes, PATRON_NO_CUSTOMER
 * for none), earliest time (8), items (4 each). */
#ifndef PATRON_INGEST_PIECE_H
#define PATRON_INGEST_PIECE_H

#include "ingest/clean.h"
#include "patron/data.h"
#include "shuffle/record.h"

enum { PATRON_PIECE_HEAD = 16, PATRON_PIECE_ROWS = 256 };

/* A piece that grows row by row.  Start from a zeroed struct. */
typedef struct patron_piece {
    char *key; /* customer, NUL, basket */
    uint64_t key_room;
    uint64_t customer_length, basket_length;
    int64_t first, last; /* times */
    uint32_t count;      /* rows; 0: there is none */
    uint32_t items[PATRON_PIECE_ROWS];
    uint64_t contents[PATRON_PIECE_ROWS];
    double values[PATRON_PIECE_ROWS];
    char laid[PATRON_PIECE_HEAD +
              PATRON_PIECE_ROWS * (sizeof(uint32_t) + sizeof(uint64_t) + sizeof(double))];
} patron_piece;

/* Whether `row` can be added: the same customer and basket, and room. */
bool patron_piece_takes(const patron_piece *piece, const patron_row *row);

/* Starts it anew with the customer and basket of `row`.  RESOURCE. */
patron_status patron_piece_start(patron_piece *piece, const patron_row *row);

void patron_piece_add(patron_piece *piece, const patron_row *row, uint32_t item);

/* The piece as a record, which lies in it: by customer, or by basket where it has none. */
patron_record patron_piece_record(patron_piece *piece, bool has_value);

void patron_piece_free(patron_piece *piece);

/* Numbers in a value; they lie at any byte. */
static inline uint32_t patron_piece_u32(const char *value, uint64_t at)
{
    uint32_t number = 0;
    memcpy(&number, value + at, sizeof number);
    return number;
}

static inline int64_t patron_piece_i64(const char *value, uint64_t at)
{
    int64_t number = 0;
    memcpy(&number, value + at, sizeof number);
    return number;
}

static inline double patron_piece_f64(const char *value, uint64_t at)
{
    double number = 0.0;
    memcpy(&number, value + at, sizeof number);
    return number;
}

/* Bytes of a row in a piece by customer; in one by basket it has those of its item. */
static inline uint32_t patron_piece_row_bytes(bool has_value)
{
    return sizeof(uint32_t) + sizeof(uint64_t) + (has_value ? (uint32_t)sizeof(double) : 0);
}

/* Rows of a value of `length` bytes, `row_bytes` each. */
static inline uint32_t patron_piece_count(uint32_t length, uint32_t row_bytes)
{
    return (length - PATRON_PIECE_HEAD) / row_bytes;
}

#endif
