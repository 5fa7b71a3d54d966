/* SPDX-License-Identifier: Apache-2.0 */
/* Short pieces are copied a vector at a time, beyond their end: rooms have slack for it. */
#include "itemset/lines.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE = 32 /* of count_text, too */ };

_Static_assert((int)PIECE <= (int)ITEMSET_PEN_SLACK, "a piece may run beyond the buffer's room");

itemset_short_name *itemset_short_names_create(const patron_texts *names)
{
    itemset_short_name *short_names = patron_allocate(names->count, sizeof *short_names);
    for (uint64_t i = 0; short_names != NULL && i < names->count; ++i) {
        uint64_t length = patron_texts_length(names, i);
        if (length + 1 > sizeof short_names[i].bytes)
            continue;
        memcpy(short_names[i].bytes, patron_texts_at(names, i), length);
        short_names[i].bytes[length] = ' ';
        short_names[i].length = (uint8_t)(length + 1);
    }
    return short_names;
}

patron_status itemset_lines_create(itemset_lines *lines, itemset_pen *pen,
                                   const patron_texts *names, const itemset_short_name *short_names,
                                   uint32_t longest)
{
    *lines =
        (itemset_lines){.names = names, .short_names = short_names, .pen = pen, .path_room = 1024};
    lines->path = patron_allocate(lines->path_room, 1);
    patron_status status = lines->path == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK)
        status = itemset_lines_deepen(lines, longest);
    if (status == PATRON_OK)
        lines->ends[0] = 0;
    return status;
}

patron_status itemset_lines_deepen(itemset_lines *lines, uint32_t longest)
{
    uint64_t *ends =
        patron_grow(lines->ends, (uint64_t)longest + 2, &lines->ends_room, sizeof *ends);
    if (ends == NULL)
        return PATRON_RESOURCE;
    lines->ends = ends;
    return PATRON_OK;
}

void itemset_lines_free(itemset_lines *lines)
{
    free(lines->ends);
    free(lines->path);
    *lines = (itemset_lines){0};
}

static patron_status push_long(itemset_lines *lines, uint32_t length, uint32_t item)
{
    uint64_t start = lines->ends[length];
    uint64_t bytes = patron_texts_length(lines->names, item);
    char *path = patron_grow(lines->path, start + bytes + 1 + PIECE, &lines->path_room, 1);
    if (path == NULL)
        return PATRON_RESOURCE;
    lines->path = path;
    memcpy(lines->path + start, patron_texts_at(lines->names, item), bytes);
    lines->path[start + bytes] = ' ';
    lines->ends[length + 1] = start + bytes + 1;
    return PATRON_OK;
}

static inline patron_status push(itemset_lines *lines, uint32_t length, uint32_t item)
{
    const itemset_short_name *name = &lines->short_names[item];
    uint64_t start = lines->ends[length];
    if (name->length == 0 || start + sizeof *name + PIECE > lines->path_room)
        return push_long(lines, length, item);
    memcpy(lines->path + start, name->bytes, sizeof *name);
    lines->ends[length + 1] = start + name->length;
    return PATRON_OK;
}

patron_status itemset_lines_push(itemset_lines *lines, uint32_t length, uint32_t item)
{
    return push(lines, length, item);
}

static void write_count(itemset_lines *lines, uint64_t count)
{
    char digits[24];
    uint32_t length = 0;
    lines->count = count;
    do
        digits[length++] = (char)('0' + count % 10);
    while ((count /= 10) != 0);
    char *out = lines->count_text;
    *out++ = '(';
    while (length > 0)
        *out++ = digits[--length];
    *out++ = ')';
    *out++ = '\n';
    lines->count_length = (uint32_t)(out - lines->count_text);
}

static inline void copy_pieces(char *to, const char *from, uint64_t length)
{
    for (uint64_t done = 0; done < length; done += PIECE)
        memcpy(to + done, from + done, PIECE);
}

/* The path as it is. */
static inline patron_status add_path(itemset_lines *lines, uint32_t length)
{
    itemset_pen *pen = lines->pen;
    uint64_t bytes = lines->ends[length];
    if (pen->used + bytes + PIECE > pen->room) {
        patron_status status = itemset_pen_make_room(pen, bytes + PIECE);
        if (status != PATRON_OK)
            return status;
    }
    char *out = pen->buffer + pen->used;
    copy_pieces(out, lines->path, bytes);
    memcpy(out + bytes, lines->count_text, PIECE);
    pen->used += bytes + lines->count_length;
    return PATRON_OK;
}

/* Extras from `next` on. */
static patron_status add_subsets(itemset_lines *lines, uint32_t length,
                                 const itemset_extras *extras, uint32_t next)
{
    patron_status status = PATRON_OK;
    if (length >= extras->shortest && length <= extras->longest)
        status = add_path(lines, length);
    if (length >= extras->longest)
        return status;
    for (uint32_t i = next; i < extras->count && status == PATRON_OK; ++i) {
        if (length + extras->count - i < extras->shortest)
            break; /* not even with all that are left */
        status = push(lines, length, extras->items[i]);
        if (status == PATRON_OK)
            status = add_subsets(lines, length + 1, extras, i + 1);
    }
    return status;
}

patron_status itemset_lines_add(itemset_lines *lines, uint32_t length, const itemset_extras *extras,
                                uint64_t count)
{
    if (count != lines->count || lines->count_length == 0)
        write_count(lines, count);
    return add_subsets(lines, length, extras, 0);
}
