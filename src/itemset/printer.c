/* SPDX-License-Identifier: Apache-2.0 */
/* Text of scripts: what was pushed and added when they were written is pushed and added again. */
#include "itemset/script.h"
#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

struct patron_itemset_printer {
    itemset_pen pen;
    itemset_lines lines;
    itemset_short_name *short_names;
    uint32_t *extras;
    uint64_t extras_room;
};

void patron_itemset_printer_free(patron_itemset_printer *printer)
{
    if (printer == NULL)
        return;
    itemset_pen_free(&printer->pen);
    itemset_lines_free(&printer->lines);
    free(printer->short_names);
    free(printer->extras);
    free(printer);
}

patron_status patron_itemset_printer_create(const patron_texts *names,
                                            patron_itemset_printer **printer)
{
    patron_itemset_printer *created = patron_allocate(1, sizeof *created);
    if (created == NULL)
        return PATRON_RESOURCE;
    created->short_names = itemset_short_names_create(names);
    patron_status status = created->short_names == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK)
        status = itemset_pen_create(&created->pen);
    if (status == PATRON_OK)
        status =
            itemset_lines_create(&created->lines, &created->pen, names, created->short_names, 0);
    if (status == PATRON_OK)
        *printer = created;
    else
        patron_itemset_printer_free(created);
    return status;
}

static itemset_script_header header_of(const char *script)
{
    itemset_script_header header;
    memcpy(&header, script, sizeof header);
    return header;
}

uint64_t patron_itemset_script_text_bytes(const char *script)
{
    return header_of(script).text_bytes;
}

static uint64_t read_number(const char **at)
{
    uint64_t number = 0;
    for (unsigned shift = 0;; shift += 7) {
        uint8_t byte = (uint8_t) * (*at)++;
        number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return number;
    }
}

static patron_status print_entry(patron_itemset_printer *printer,
                                 const itemset_script_header *header, const char **at)
{
    patron_status status = PATRON_OK;
    uint32_t length = (uint32_t)read_number(at);
    for (uint64_t following = read_number(at); following > 0 && status == PATRON_OK; --following)
        status = itemset_lines_push(&printer->lines, length++, (uint32_t)read_number(at));
    uint32_t extras = (uint32_t)read_number(at);
    uint32_t *items = patron_grow(printer->extras, extras, &printer->extras_room, sizeof *items);
    if (status != PATRON_OK || items == NULL)
        return PATRON_RESOURCE;
    printer->extras = items;
    for (uint32_t i = 0; i < extras; ++i)
        items[i] = (uint32_t)read_number(at);
    const itemset_extras joining = {items, extras, header->shortest, header->longest};
    return itemset_lines_add(&printer->lines, length, &joining, read_number(at));
}

patron_status patron_itemset_printer_print(patron_itemset_printer *printer, const char *script,
                                           uint64_t length, const patron_itemset_sink *sink)
{
    const itemset_script_header header = header_of(script);
    const char *at = script + sizeof header;
    patron_status status = itemset_lines_deepen(&printer->lines, header.longest);
    printer->pen.sink = sink;
    while (status == PATRON_OK && at < script + length)
        status = print_entry(printer, &header, &at);
    if (status == PATRON_OK)
        return itemset_pen_hand_over(&printer->pen);
    printer->pen.used = 0;
    return status;
}
