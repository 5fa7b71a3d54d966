/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of a table on a page. */
#include "cli/table.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

static const uint32_t GAP = 2;
static const uint32_t LEAST_SHRUNK = 12;
static const uint32_t PAGE_WIDTH = 100, WIDEST_PAGE = 10000;
static const char ELLIPSIS[] = "\xE2\x80\xA6";

uint32_t patron_table_page_width(FILE *out)
{
    const char *given = getenv("COLUMNS");
    unsigned long columns = given != NULL ? strtoul(given, NULL, 10) : 0;
    if (columns > 0)
        return columns < WIDEST_PAGE ? (uint32_t)columns : WIDEST_PAGE;
    uint32_t terminal = patron_terminal_columns(out);
    return terminal > 0 ? terminal : PAGE_WIDTH;
}

static uint64_t rows_of(const patron_table *table)
{
    return table->cell_count / table->column_count;
}

static const char *cell_of(const patron_table *table, uint64_t row, uint32_t column)
{
    return table->cells[row * table->column_count + column];
}

static void measure(const patron_table *table, uint32_t *widths)
{
    for (uint32_t c = 0; c < table->column_count; ++c) {
        widths[c] = patron_text_width(table->columns[c].heading);
        for (uint64_t r = 0; r < rows_of(table); ++r) {
            uint32_t width = patron_text_width(cell_of(table, r, c));
            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
}

/* Takes from the widest column that shrinks, one by one, until the page holds all or none can. */
static void shrink(const patron_table *table, uint32_t *widths, uint32_t page)
{
    uint64_t total = 0;
    for (uint32_t c = 0; c < table->column_count; ++c)
        total += widths[c] + (c > 0 ? GAP : 0);
    while (total > page) {
        uint32_t widest = UINT32_MAX;
        for (uint32_t c = 0; c < table->column_count; ++c)
            if (table->columns[c].shrinks && widths[c] > LEAST_SHRUNK &&
                (widest == UINT32_MAX || widths[c] > widths[widest]))
                widest = c;
        if (widest == UINT32_MAX)
            return;
        widths[widest] -= 1;
        total -= 1;
    }
}

/* The end of the block of columns that begins at `first`, after the first column; at least one. */
static uint32_t block_end(const patron_table *table, const uint32_t *widths, uint32_t page,
                          uint32_t first)
{
    uint64_t used = widths[0];
    uint32_t c = first;
    while (c < table->column_count && (c == first || used + GAP + widths[c] <= page))
        used += GAP + widths[c++];
    return c;
}

static void pad(FILE *out, uint32_t columns)
{
    fprintf(out, "%*s", (int)columns, "");
}

/* `last`: nothing follows on the line, so that no blanks need to. */
static void print_cell(FILE *out, const char *text, uint32_t width, patron_align align, bool last)
{
    uint32_t taken = patron_text_width(text);
    bool cut = taken > width;
    uint64_t bytes = cut ? patron_text_fit(text, width - 1) : strlen(text);
    if (cut) {
        char *start = strndup(text, bytes);
        taken = start != NULL ? patron_text_width(start) + 1 : width;
        free(start);
    }
    if (align == PATRON_ALIGN_RIGHT)
        pad(out, width - taken);
    fprintf(out, "%.*s%s", (int)bytes, text, cut ? ELLIPSIS : "");
    if (align == PATRON_ALIGN_LEFT && !last)
        pad(out, width - taken);
}

/* Row `row` of the columns 0 and first ... end - 1; UINT64_MAX: the headings. */
static void print_line(const patron_table *table, const uint32_t *widths, FILE *out, uint64_t row,
                       uint32_t first, uint32_t end)
{
    for (uint32_t c = 0; c < end; c = c == 0 ? first : c + 1) {
        const patron_table_column *column = &table->columns[c];
        const char *text = row == UINT64_MAX ? column->heading : cell_of(table, row, c);
        if (c > 0)
            pad(out, GAP);
        print_cell(out, text, widths[c], column->align, c + 1 == end || end == first);
    }
    fputc('\n', out);
}

patron_status patron_table_print(const patron_table *table, FILE *out, uint32_t width)
{
    if (table->failed)
        return patron_fail(PATRON_RESOURCE, "out of memory while a table was made");
    if (table->column_count == 0)
        return PATRON_OK;
    uint32_t *widths = patron_allocate(table->column_count, sizeof *widths);
    if (widths == NULL)
        return PATRON_RESOURCE;
    measure(table, widths);
    shrink(table, widths, width);
    for (uint32_t first = 1, end = 0; end < table->column_count; first = end) {
        end = table->column_count > 1 ? block_end(table, widths, width, first) : 1;
        if (first > 1)
            fputc('\n', out);
        print_line(table, widths, out, UINT64_MAX, first, end);
        for (uint64_t r = 0; r < rows_of(table); ++r)
            print_line(table, widths, out, r, first, end);
    }
    free(widths);
    return PATRON_OK;
}
