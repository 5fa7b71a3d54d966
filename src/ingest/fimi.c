/* SPDX-License-Identifier: Apache-2.0 */
/* Baskets in the text form of the FIMI repository: item numbers, one basket a line.
 *
 * Numbers are interned as eight big-endian bytes, whose bytewise order is the numeric one; a plain
 * table stands before the hash for the small numbers, which are nearly all. */
#include "ingest/basket_stream.h"
#include "ingest/header.h"
#include "ingest/ingest.h"
#include "ingest/input.h"
#include "ingest/intern.h"
#include "patron/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { SMALL_NUMBERS = 1 << 20, KEY_BYTES = 8 };

typedef struct parser {
    const patron_input *input;
    patron_basket_sink *sink;
    bool in_number, in_line;
    uint64_t number; /* read so far */
    uint64_t lines;  /* that are complete */
    uint32_t *items; /* of the line at hand, as interned */
    uint64_t count, capacity;
    uint32_t *small; /* number to what it is interned as, plus 1; 0 = not yet */
    patron_interner names;
} parser;

static patron_status intern(parser *p, uint64_t number, uint32_t *item)
{
    char key[KEY_BYTES];
    if (number < SMALL_NUMBERS && p->small[number] != 0) {
        *item = p->small[number] - 1;
        return PATRON_OK;
    }
    for (int i = 0; i < KEY_BYTES; ++i)
        key[i] = (char)(unsigned char)(number >> (8 * (KEY_BYTES - 1 - i)));
    patron_status status =
        patron_interner_find(&p->names, (patron_slice){.bytes = key, .length = KEY_BYTES}, item);
    if (status == PATRON_OK && number < SMALL_NUMBERS)
        p->small[number] = *item + 1;
    return status;
}

static patron_status end_number(parser *p)
{
    if (p->count == PATRON_FIMI_LINE_LIMIT)
        return patron_fail(PATRON_DATA,
                           "%s, line %" PRIu64 ": more than %d numbers in a basket; are line ends "
                           "missing?",
                           p->input->name, p->lines + 1, (int)PATRON_FIMI_LINE_LIMIT);
    uint32_t *items = patron_grow(p->items, p->count + 1, &p->capacity, sizeof *items);
    if (items == NULL)
        return PATRON_RESOURCE;
    p->items = items;
    patron_status status = intern(p, p->number, &items[p->count]);
    ++p->count;
    p->number = 0;
    p->in_number = false;
    return status;
}

static patron_status end_line(parser *p)
{
    patron_status status = patron_basket_sink_add(p->sink, p->items, p->count);
    ++p->lines;
    p->count = 0;
    p->in_line = false;
    return status;
}

static patron_status fail_byte(const parser *p, unsigned char byte)
{
    char found[16];
    if (byte > ' ' && byte < 0x7f)
        snprintf(found, sizeof found, "'%c'", byte);
    else
        snprintf(found, sizeof found, "byte 0x%02x", byte);
    return patron_fail(PATRON_DATA,
                       "%s, line %" PRIu64 ": found %s; expected item numbers (digits) with blanks "
                       "between",
                       p->input->name, p->lines + 1, found);
}

/* One byte that is no digit. */
static patron_status take_other(parser *p, unsigned char byte)
{
    patron_status status = PATRON_OK;
    if (byte != ' ' && (byte < '\t' || byte > '\r'))
        return fail_byte(p, byte);
    if (p->in_number)
        status = end_number(p);
    p->in_line = true;
    if (status == PATRON_OK && byte == '\n')
        status = end_line(p);
    return status;
}

static patron_status take_digit(parser *p, unsigned digit)
{
    if (p->number > (UINT64_MAX - digit) / 10)
        return patron_fail(PATRON_DATA, "%s, line %" PRIu64 ": an item number above 2^64 - 1",
                           p->input->name, p->lines + 1);
    p->number = 10 * p->number + digit;
    p->in_number = true;
    p->in_line = true;
    return PATRON_OK;
}

static patron_status parse(parser *p, patron_input *input)
{
    const char *bytes = NULL;
    uint64_t length = 0;
    patron_status status = PATRON_OK;
    bool is_start = true; /* of the text */
    do {
        status = patron_input_read(input, &bytes, &length);
        uint64_t at = is_start && status == PATRON_OK ? patron_mark_length(bytes, length) : 0;
        is_start = false;
        for (; status == PATRON_OK && at < length; ++at) {
            unsigned digit = (unsigned)(unsigned char)bytes[at] - '0';
            status = digit < 10 ? take_digit(p, digit) : take_other(p, (unsigned char)bytes[at]);
        }
    } while (status == PATRON_OK && length > 0);
    if (status == PATRON_OK && p->in_number)
        status = end_number(p);
    if (status == PATRON_OK && p->in_line)
        status = end_line(p);
    if (status == PATRON_OK && p->lines == 0)
        status = patron_fail(PATRON_DATA, "%s: is empty; baskets are expected", input->name);
    return status;
}

static patron_status name_items(const parser *p, patron_texts *names)
{
    const unsigned char *bytes = (const unsigned char *)p->names.texts.bytes;
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < p->names.texts.count; ++i) {
        char name[32];
        uint64_t number = 0;
        for (int b = 0; b < KEY_BYTES; ++b)
            number = number << 8 | bytes[i * KEY_BYTES + (uint64_t)b];
        int length = snprintf(name, sizeof name, "%" PRIu64, number);
        status = patron_texts_append(names, name, (uint64_t)length);
    }
    return status;
}

/* Where the text is. */
typedef struct stream {
    const char *path;
    patron_progress *progress;
} stream;

static patron_status read_stream(void *context, patron_basket_sink *sink, patron_texts *names,
                                 uint32_t **rank)
{
    const stream *from = context;
    patron_input input = {0};
    parser p = {.input = &input, .sink = sink};
    patron_status status = patron_input_open(from->path, from->progress, &input);
    if (status == PATRON_OK) {
        p.small = patron_allocate(SMALL_NUMBERS, sizeof *p.small);
        status = p.small == NULL ? PATRON_RESOURCE : parse(&p, &input);
    }
    if (status == PATRON_OK)
        status = patron_interner_sort(&p.names, rank);
    if (status == PATRON_OK)
        status = name_items(&p, names);
    free(p.small);
    free(p.items);
    patron_interner_free(&p.names);
    patron_input_close(&input);
    return status;
}

patron_status patron_ingest_baskets(const patron_comm *comm, const char *path,
                                    patron_progress *progress, patron_basket_range *range)
{
    stream from = {path, progress};
    const patron_basket_reader reader = {&from, read_stream};
    return patron_basket_stream_read(comm, &reader, range);
}
