/* SPDX-License-Identifier: Apache-2.0 */
/* Growing and laying down pieces. */
#include "ingest/piece.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

static bool is_equal(const char *bytes, uint64_t length, patron_slice text)
{
    return length == text.length && memcmp(bytes, text.bytes, length) == 0;
}

bool patron_piece_takes(const patron_piece *piece, const patron_row *row)
{
    return piece->count > 0 && piece->count < PATRON_PIECE_ROWS &&
           is_equal(piece->key, piece->customer_length, row->text[PATRON_ROLE_CUSTOMER]) &&
           is_equal(piece->key + piece->customer_length + 1, piece->basket_length,
                    row->text[PATRON_ROLE_BASKET]);
}

patron_status patron_piece_start(patron_piece *piece, const patron_row *row)
{
    patron_slice customer = row->text[PATRON_ROLE_CUSTOMER];
    patron_slice basket = row->text[PATRON_ROLE_BASKET];
    char *key = patron_grow(piece->key, customer.length + 1 + basket.length, &piece->key_room, 1);
    if (key == NULL)
        return PATRON_RESOURCE;
    piece->key = key;
    memcpy(key, customer.bytes, customer.length);
    key[customer.length] = '\0';
    memcpy(key + customer.length + 1, basket.bytes, basket.length);
    piece->customer_length = customer.length;
    piece->basket_length = basket.length;
    piece->first = piece->last = row->time;
    piece->count = 0;
    return PATRON_OK;
}

void patron_piece_add(patron_piece *piece, const patron_row *row, uint32_t item)
{
    piece->items[piece->count] = item;
    piece->contents[piece->count] = row->content;
    piece->values[piece->count] = row->value;
    ++piece->count;
    if (row->time < piece->first)
        piece->first = row->time;
    if (row->time > piece->last)
        piece->last = row->time;
}

patron_record patron_piece_record(patron_piece *piece, bool has_value)
{
    bool has_customer = piece->customer_length > 0;
    uint64_t length = PATRON_PIECE_HEAD, items = piece->count * sizeof(uint32_t);
    const uint64_t nobody = PATRON_NO_CUSTOMER;
    const void *head[] = {&piece->first, &piece->last};
    if (!has_customer) {
        head[0] = &nobody;
        head[1] = &piece->first;
    }
    memcpy(piece->laid, head[0], sizeof(uint64_t));
    memcpy(piece->laid + sizeof(uint64_t), head[1], sizeof(uint64_t));
    memcpy(piece->laid + length, piece->items, items);
    length += items;
    if (has_customer) {
        memcpy(piece->laid + length, piece->contents, piece->count * sizeof(uint64_t));
        length += piece->count * sizeof(uint64_t);
    }
    if (has_customer && has_value) {
        memcpy(piece->laid + length, piece->values, piece->count * sizeof(double));
        length += piece->count * sizeof(double);
    }
    uint64_t skipped = has_customer ? 0 : 1;
    return (patron_record){
        .key = piece->key + skipped,
        .key_length = (uint32_t)(piece->customer_length + 1 + piece->basket_length - skipped),
        .value = piece->laid,
        .value_length = (uint32_t)length};
}

void patron_piece_free(patron_piece *piece)
{
    free(piece->key);
    piece->key = NULL;
}
