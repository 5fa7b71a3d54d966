/* SPDX-License-Identifier: Apache-2.0 */
/* One HTML page that needs nothing else: escaped text, sections, tables, and the frame around
 * charts.  Memory that runs short while it is written is told when it is closed.  Nothing here is
 * collective. */
#ifndef PATRON_PAGE_PAGE_H
#define PATRON_PAGE_PAGE_H

#include "patron/status.h"
#include "patron/texts.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Start from a zeroed struct; release with patron_page_free. */
typedef struct patron_page {
    FILE *out; /* into `bytes` */
    char *bytes;
    size_t length;   /* up to date after patron_page_length or the end */
    uint32_t charts; /* so far: numbers their ids */
    bool failed;     /* memory was short for a text */
} patron_page;

/* Head, styles, and the heading of the page.  RESOURCE. */
patron_status patron_page_begin(patron_page *page, const char *title);
/* Foot and script; bytes[length] is then the page.  RESOURCE. */
patron_status patron_page_end(patron_page *page);
void patron_page_free(patron_page *page);

/* Bytes so far. */
size_t patron_page_length(patron_page *page);

/* Markup as it stands; what data say never comes through here but as numbers. */
void patron_page_markup(patron_page *page, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Text of any bytes: escaped for content and for attributes in quotes; what is not UTF-8, and
 * control characters, become U+FFFD. */
void patron_page_text(patron_page *page, const char *bytes, uint64_t length);
/* The same, at most `columns` wide, then an ellipsis. */
void patron_page_short_text(patron_page *page, const char *bytes, uint64_t length,
                            uint32_t columns);
/* Text of the data between words of ours: in <bdi>, so that right-to-left text keeps to itself. */
void patron_page_data(patron_page *page, const char *bytes, uint64_t length);

/* A section with its heading, which the table of contents names too. */
void patron_page_section(patron_page *page, const char *id, const char *heading);
void patron_page_section_end(patron_page *page);
/* A paragraph of ours. */
void patron_page_paragraph(patron_page *page, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- tables ---- */

typedef enum patron_page_table_kind {
    PATRON_PAGE_TABLE,        /* as it is */
    PATRON_PAGE_SORTS,        /* columns sort */
    PATRON_PAGE_SORTS_FILTERS /* and rows can be filtered, in a frame that scrolls */
} patron_page_table_kind;

/* `headings` end with NULL; one that starts with '#' is of numbers. */
void patron_page_table(patron_page *page, const char *caption, patron_page_table_kind kind,
                       const char *const *headings);
void patron_page_table_end(patron_page *page);
void patron_page_row(patron_page *page);
void patron_page_row_end(patron_page *page);
void patron_page_row_heading(patron_page *page, const char *bytes, uint64_t length);
void patron_page_cell_text(patron_page *page, const char *bytes, uint64_t length);
void patron_page_cell_count(patron_page *page, uint64_t count);
/* With `decimals` after the point; NaN is a dash, and sorts last. */
void patron_page_cell_real(patron_page *page, double real, int decimals);
/* With so many significant digits. */
void patron_page_cell_figure(patron_page *page, double real, int digits);

/* Data of a chart, folded away: a table goes between. */
void patron_page_details(patron_page *page, const char *summary);
void patron_page_details_end(patron_page *page);

#endif
