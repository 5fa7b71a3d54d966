/* SPDX-License-Identifier: Apache-2.0 */
/* Baskets in the text form of the FIMI repository: item numbers, one basket a line.
 *
 * Numbers are interned as eight big-endian bytes, whose bytewise order is the numeric one; a plain
 * table stands before the hash for the small numbers, which are nearly all. */
#include "ingest/baskets_content.h"
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
    bool in_number, in_line;
    uint64_t number; /* read so far */
    uint64_t lines;  /* that are complete */
    uint64_t *offsets;
    uint64_t offset_capacity;
    uint32_t *items; /* as interned, until they are renumbered */
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

/* Numbers of the line at hand. */
static uint64_t line_numbers(const parser *p)
{
    return p->count - (p->lines == 0 ? 0 : p->offsets[p->lines]);
}

static patron_status end_number(parser *p)
{
    if (line_numbers(p) == PATRON_FIMI_LINE_LIMIT)
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
    uint64_t *offsets = patron_grow(p->offsets, p->lines + 2, &p->offset_capacity, sizeof *offsets);
    if (offsets == NULL)
        return PATRON_RESOURCE;
    p->offsets = offsets;
    if (p->lines == 0)
        offsets[0] = 0;
    offsets[++p->lines] = p->count;
    p->in_line = false;
    return PATRON_OK;
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
    do {
        status = patron_input_read(input, &bytes, &length);
        for (uint64_t i = 0; status == PATRON_OK && i < length; ++i) {
            unsigned digit = (unsigned)(unsigned char)bytes[i] - '0';
            status = digit < 10 ? take_digit(p, digit) : take_other(p, (unsigned char)bytes[i]);
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

patron_status patron_ingest_baskets(const char *path, patron_progress *progress,
                                    patron_dataset_content *content)
{
    patron_input input = {0};
    parser p = {.input = &input};
    uint32_t *rank = NULL;
    *content = (patron_dataset_content){0};
    patron_status status = patron_input_open(path, progress, &input);
    if (status != PATRON_OK)
        goto cleanup;
    p.small = patron_allocate(SMALL_NUMBERS, sizeof *p.small);
    p.items = patron_allocate(1, sizeof *p.items); /* there even when every basket is empty */
    status = p.small == NULL || p.items == NULL ? PATRON_RESOURCE : parse(&p, &input);
    if (status == PATRON_OK)
        status = patron_interner_sort(&p.names, &rank);
    if (status != PATRON_OK)
        goto cleanup;
    status = name_items(&p, &content->item_names);
    if (status == PATRON_OK)
        status = patron_baskets_conclude(&p.offsets, p.lines, &p.items, rank, content);
cleanup:
    if (status != PATRON_OK)
        patron_dataset_content_free(content);
    free(rank);
    free(p.small);
    free(p.offsets);
    free(p.items);
    patron_interner_free(&p.names);
    patron_input_close(&input);
    return status;
}
