/* SPDX-License-Identifier: Apache-2.0 */
/* How jobs print reports for people: sentences and tables within the page.  On rank 0. */
#ifndef PATRON_JOBS_REPORT_TEXT_H
#define PATRON_JOBS_REPORT_TEXT_H

#include "cli/table.h"
#include "model/facts.h"
#include "patron/texts.h"

/* Prints a sentence, wrapped at blanks; a line end that begins or ends the format is an empty line
 * there.  RESOURCE. */
patron_status report_print_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Whether that has failed once in this run. */
bool report_lost_a_line(void);

/* Prints `heading`, then `table` if it has cells, and frees it. */
patron_status report_print_table(const char *heading, patron_table *table);

/* What a sentence on groups smaller than `min_group` goes on with where the next larger ones are
 * withheld beside them, as all are below `least`: patron_group_least. */
const char *report_complement_note(uint64_t least, uint64_t min_group);

/* Adds a column or a cell of a text that ends with NUL. */
void report_add_column(patron_table *table, const char *heading, patron_align align, bool shrinks);
void report_add_text(patron_table *table, const char *text);

/* Appends a column's name with its unit, "tenure [days]"; what a unit of 1 says needs no saying.
 * units->count is 0 where there are none.  RESOURCE. */
patron_status report_append_title(const patron_texts *names, const patron_texts *units,
                                  uint64_t column, patron_texts *titles);

/* A table of two columns, what and figure; and a row of it, "dropped_price" read as words. */
void report_begin_figures(patron_table *table);
void report_add_name(patron_table *table, const char *name, uint64_t length);

/* A row of it: a count. */
void report_add_figure(patron_table *table, const char *name, uint64_t count);

/* What a fact says: its text, or its number as one, written to number[PATRON_NUMBER_CAPACITY]. */
const char *report_text_of_fact(const patron_fact *fact, char *number);

/* Facts that are texts, a line each, wrapped. */
void report_print_texts(const patron_facts *facts);

/* Where a model comes from; the options, which the command line tells, are left to JSON. */
patron_status report_print_run(const patron_facts *run);

#endif
