/* SPDX-License-Identifier: Apache-2.0 */
#include "itemset/script.h"

#include "itemset/number.h"
#include "itemset/ranking.h"
#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_ITEM_BYTES = 5, FOUR_NUMBERS_BYTES = 40 };

patron_status itemset_script_create(itemset_script *script, itemset_pen *pen,
                                    const patron_texts *names, uint32_t longest)
{
    *script = (itemset_script){.names = names, .pen = pen, .longest = longest};
    script->path = patron_allocate((uint64_t)longest + 1, sizeof *script->path);
    script->ends = patron_allocate((uint64_t)longest + 2, sizeof *script->ends);
    return script->path == NULL || script->ends == NULL ? PATRON_RESOURCE : PATRON_OK;
}

void itemset_script_free(itemset_script *script)
{
    free(script->path);
    free(script->ends);
    *script = (itemset_script){0};
}

static uint64_t name_bytes(const itemset_script *script, uint32_t item)
{
    return patron_texts_length(script->names, item) + 1;
}

void itemset_script_push(itemset_script *script, uint32_t length, uint32_t item)
{
    script->path[length] = item;
    script->ends[length + 1] = script->ends[length] + name_bytes(script, item);
    if (script->shared > length)
        script->shared = length;
}

static uint64_t digits_of(uint64_t number)
{
    uint64_t digits = 1;
    while ((number /= 10) != 0)
        ++digits;
    return digits;
}

static uint64_t less(uint64_t a, uint64_t b)
{
    return a > b ? a - b : 0;
}

/* Bytes of the lines of a path with its extras: each extra is in the subsets of the others. */
static uint64_t text_bytes(const itemset_script *script, uint32_t length,
                           const itemset_extras *extras, uint64_t count)
{
    if (length > extras->longest)
        return 0;
    uint64_t line = script->ends[length] + digits_of(count) + sizeof "()\n" - 1;
    uint64_t low = less(extras->shortest, length), high = extras->longest - length;
    uint64_t bytes = line * itemset_count_subsets(extras->count, low, high);
    if (extras->count == 0 || high == 0)
        return bytes;
    uint64_t of_extras = 0;
    for (uint32_t i = 0; i < extras->count; ++i)
        of_extras += name_bytes(script, extras->items[i]);
    return bytes +
           of_extras * itemset_count_subsets(extras->count - 1, low > 0 ? low - 1 : 0, high - 1);
}

static char *write_items(char *at, const uint32_t *items, uint64_t count)
{
    at = itemset_number_write(at, count);
    for (uint64_t i = 0; i < count; ++i)
        at = itemset_number_write(at, items[i]);
    return at;
}

/* Hands over what is in the pen, as one script. */
static void close_script(itemset_script *script)
{
    if (script->pen->used > 0)
        memcpy(script->pen->buffer, &script->text_bytes, sizeof script->text_bytes);
    script->text_bytes = 0;
    script->shared = 0;
}

/* Room for an entry of at most `bytes` bytes. */
static patron_status make_room(itemset_script *script, const itemset_extras *extras, uint64_t bytes)
{
    itemset_pen *pen = script->pen;
    if (pen->used > 0 && pen->used + bytes <= pen->room)
        return PATRON_OK;
    close_script(script);
    const itemset_script_header header = {
        .shortest = extras->shortest,
        .longest = extras->longest < script->longest ? extras->longest : script->longest};
    patron_status status = itemset_pen_make_room(pen, sizeof header + bytes);
    if (status == PATRON_OK) {
        memcpy(pen->buffer, &header, sizeof header);
        pen->used = sizeof header;
    }
    return status;
}

patron_status itemset_script_add(itemset_script *script, uint32_t length,
                                 const itemset_extras *extras, uint64_t count)
{
    uint64_t most = ((uint64_t)length + extras->count) * MOST_ITEM_BYTES + FOUR_NUMBERS_BYTES;
    patron_status status = make_room(script, extras, most);
    if (status != PATRON_OK)
        return status;
    uint32_t shared = script->shared < length ? script->shared : length;
    char *at = script->pen->buffer + script->pen->used;
    at = itemset_number_write(at, shared);
    at = write_items(at, script->path + shared, length - shared);
    at = write_items(at, extras->items, extras->count);
    at = itemset_number_write(at, count);
    script->pen->used = (uint64_t)(at - script->pen->buffer);
    script->shared = length;
    script->text_bytes += text_bytes(script, length, extras, count);
    return status;
}

patron_status itemset_script_end(itemset_script *script)
{
    close_script(script);
    return itemset_pen_hand_over(script->pen);
}
