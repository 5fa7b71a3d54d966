/* SPDX-License-Identifier: Apache-2.0 */
/* Aligned tables for people.  Cells are filled row by row; texts from data are made safe for a
 * terminal.  A table wider than the page first shortens the columns that allow it, then is laid out
 * in blocks of columns, the first column repeated before each.  Nothing here is collective. */
#ifndef PATRON_CLI_TABLE_H
#define PATRON_CLI_TABLE_H

#include "patron/status.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef enum patron_align { PATRON_ALIGN_LEFT, PATRON_ALIGN_RIGHT } patron_align;

typedef struct patron_table_column {
    char *heading; /* made printable, owned by the table */
    patron_align align;
    bool shrinks; /* may be cut, with an ellipsis, down to 12 columns */
} patron_table_column;

/* Memory that runs short while it is filled is told when it is printed. */
typedef struct patron_table {
    patron_table_column *columns;
    uint32_t column_count, column_room;
    char **cells; /* row by row; the last row may be unfinished */
    uint64_t cell_count, cell_room;
    bool failed;
} patron_table;

/* Columns are declared before the first cell; start from a zeroed struct, release with
 * patron_table_free.  Texts are bytes[length] and copied. */
void patron_table_add_column(patron_table *table, const char *heading, uint64_t length,
                             patron_align align, bool shrinks);
void patron_table_free(patron_table *table);

/* The next cell: a text; a count, 541,909; a real with `digits` significant ones, but all before
 * the point, 1,285 0.6122 3.1e-07; a real with `decimals` after the point, 8,911,407.904.  NaN is
 * shown as "-". */
void patron_table_add_text(patron_table *table, const char *bytes, uint64_t length);
void patron_table_add_count(patron_table *table, uint64_t count);
void patron_table_add_real(patron_table *table, double real, int digits);
void patron_table_add_decimal(patron_table *table, double real, int decimals);

/* Columns become rows: headings the first column, the first column headings.  For few rows of many
 * columns.  `to` is zeroed or freed. */
void patron_table_transpose(const patron_table *table, patron_table *to);

/* Prints at most `width` columns a line (one column too wide for that is printed all the same).
 * RESOURCE; errors of `out` show in ferror. */
patron_status patron_table_print(const patron_table *table, FILE *out, uint32_t width);

/* Columns of a page: the variable COLUMNS, else those of the terminal that `out` is, else 100. */
uint32_t patron_table_page_width(FILE *out);

#endif
