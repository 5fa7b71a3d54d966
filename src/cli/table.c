/* SPDX-License-Identifier: Apache-2.0 */
/* A table in memory: columns and cells as printable texts. */
#include "cli/table.h"

#include "cli/number.h"
#include "cli/text.h"
#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

/* Room for one more element; false where memory is short. */
static bool make_room(void **array, uint64_t count, uint64_t *room, uint64_t size)
{
    if (count < *room)
        return true;
    uint64_t more = *room < 16 ? 16 : 2 * *room;
    void *grown = patron_reallocate(*array, more, size);
    if (grown == NULL)
        return false;
    *array = grown;
    *room = more;
    return true;
}

void patron_table_add_column(patron_table *table, const char *heading, uint64_t length,
                             patron_align align, bool shrinks)
{
    uint64_t room = table->column_room;
    void *columns = table->columns;
    if (!make_room(&columns, table->column_count, &room, sizeof *table->columns)) {
        table->failed = true;
        return;
    }
    table->columns = columns;
    table->column_room = (uint32_t)room;
    char *text = patron_text_printable(heading, length);
    table->failed = table->failed || text == NULL;
    table->columns[table->column_count++] =
        (patron_table_column){.heading = text, .align = align, .shrinks = shrinks};
}

void patron_table_add_text(patron_table *table, const char *bytes, uint64_t length)
{
    void *cells = table->cells;
    if (!make_room(&cells, table->cell_count, &table->cell_room, sizeof *table->cells)) {
        table->failed = true;
        return;
    }
    table->cells = cells;
    char *text = patron_text_printable(bytes, length);
    table->failed = table->failed || text == NULL;
    table->cells[table->cell_count++] = text;
}

void patron_table_add_count(patron_table *table, uint64_t count)
{
    char text[PATRON_NUMBER_CAPACITY];
    patron_number_count(count, text);
    patron_table_add_text(table, text, strlen(text));
}

void patron_table_add_real(patron_table *table, double real, int digits)
{
    char text[PATRON_NUMBER_CAPACITY];
    patron_number_real(real, digits, text);
    patron_table_add_text(table, text, strlen(text));
}

void patron_table_add_decimal(patron_table *table, double real, int decimals)
{
    char text[PATRON_NUMBER_CAPACITY];
    patron_number_decimal(real, decimals, text);
    patron_table_add_text(table, text, strlen(text));
}

void patron_table_free(patron_table *table)
{
    for (uint32_t c = 0; c < table->column_count; ++c)
        free(table->columns[c].heading);
    for (uint64_t i = 0; i < table->cell_count; ++i)
        free(table->cells[i]);
    free(table->columns);
    free(table->cells);
    *table = (patron_table){0};
}

static void add_copy(patron_table *table, const char *text)
{
    patron_table_add_text(table, text, strlen(text));
}

void patron_table_transpose(const patron_table *table, patron_table *to)
{
    *to = (patron_table){.failed = table->failed};
    if (table->failed || table->column_count == 0)
        return;
    uint32_t columns = table->column_count;
    const char *corner = table->columns[0].heading;
    patron_table_add_column(to, corner, strlen(corner), PATRON_ALIGN_LEFT, true);
    uint64_t rows = table->cell_count / columns;
    for (uint64_t r = 0; r < rows; ++r) {
        const char *heading = table->cells[r * columns];
        patron_table_add_column(to, heading, strlen(heading), PATRON_ALIGN_RIGHT, false);
    }
    for (uint32_t c = 1; c < columns; ++c) {
        add_copy(to, table->columns[c].heading);
        for (uint64_t r = 0; r < rows; ++r)
            add_copy(to, table->cells[r * columns + c]);
    }
}
