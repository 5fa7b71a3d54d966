/* SPDX-License-Identifier: Apache-2.0 */
/* Sentences and tables of reports. */
#include "report_text.h"

#include "cli/help.h"
#include "cli/number.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "patron/memory.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* As ferror() of a stream: a line that is lost is told at the end, where nobody asked before. */
static bool line_was_lost;

bool report_lost_a_line(void)
{
    return line_was_lost;
}

patron_status report_print_line(const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    int before = format[0] == '\n', after = format[strlen(format) - 1] == '\n';
    char *safe = length < 0
                     ? NULL
                     : patron_text_printable(text + before, (uint64_t)(length - before - after));
    if (safe != NULL) {
        fputs(before ? "\n" : "", stdout);
        patron_help_write_wrapped(stdout, safe, 0, 0, patron_table_page_width(stdout));
        fputs(after ? "\n" : "", stdout);
    }
    if (length >= 0)
        free(text);
    free(safe);
    if (safe != NULL)
        return PATRON_OK;
    line_was_lost = true;
    return patron_fail(PATRON_RESOURCE, "out of memory for a line");
}

patron_status report_print_table(const char *heading, patron_table *table)
{
    patron_status status = PATRON_OK;
    if (table->cell_count > 0 || table->failed) {
        patron_terminal_print_heading(stdout, heading);
        status = patron_table_print(table, stdout, patron_table_page_width(stdout));
    }
    patron_table_free(table);
    return status;
}

const char *report_complement_note(uint64_t least, uint64_t min_group)
{
    return least > min_group ? " (or would tell of such by the total)" : "";
}

void report_add_column(patron_table *table, const char *heading, patron_align align, bool shrinks)
{
    patron_table_add_column(table, heading, strlen(heading), align, shrinks);
}

void report_add_text(patron_table *table, const char *text)
{
    patron_table_add_text(table, text, strlen(text));
}

patron_status report_append_title(const patron_texts *names, const patron_texts *units,
                                  uint64_t column, patron_texts *titles)
{
    const char *name = patron_texts_at(names, column), *unit = "";
    uint64_t length = patron_texts_length(names, column), unit_length = 0;
    if (units->count > 0) {
        unit = patron_texts_at(units, column);
        unit_length = patron_texts_length(units, column);
    }
    if (unit_length == 0 || (unit_length == 1 && unit[0] == '1'))
        return patron_texts_append(titles, name, length);
    char *title = patron_allocate(length + unit_length + 3, 1);
    if (title == NULL)
        return PATRON_RESOURCE;
    memcpy(title, name, length);
    memcpy(title + length, " [", 2);
    memcpy(title + length + 2, unit, unit_length);
    title[length + 2 + unit_length] = ']';
    patron_status status = patron_texts_append(titles, title, length + unit_length + 3);
    free(title);
    return status;
}

void report_begin_figures(patron_table *table)
{
    report_add_column(table, "what", PATRON_ALIGN_LEFT, true);
    report_add_column(table, "figure", PATRON_ALIGN_RIGHT, false);
}

void report_add_name(patron_table *table, const char *name, uint64_t length)
{
    char *words = strndup(name, length);
    table->failed = table->failed || words == NULL;
    for (char *at = words == NULL ? NULL : strchr(words, '_'); at != NULL; at = strchr(at, '_'))
        *at = ' ';
    report_add_text(table, words == NULL ? "" : words);
    free(words);
}

void report_add_figure(patron_table *table, const char *name, uint64_t count)
{
    report_add_text(table, name);
    patron_table_add_count(table, count);
}

/* ---- provenance ---- */

enum { INDENT = 20 };

const char *report_text_of_fact(const patron_fact *fact, char *number)
{
    enum { DIGITS = 4 };
    if (fact->kind == PATRON_FACT_TEXT)
        return fact->text;
    if (fact->kind == PATRON_FACT_COUNT)
        patron_number_count(fact->count, number);
    else
        patron_number_real(fact->real, DIGITS, number);
    return number;
}

static void print_fact(const patron_fact *fact)
{
    char number[PATRON_NUMBER_CAPACITY];
    const char *value = report_text_of_fact(fact, number);
    char *name = patron_text_printable(fact->name, strlen(fact->name));
    char *safe = patron_text_printable(value, strlen(value));
    if (name != NULL && safe != NULL) {
        for (char *at = strchr(name, '_'); at != NULL; at = strchr(at, '_'))
            *at = ' ';
        int width = printf("%-*s ", INDENT - 1, name);
        patron_help_write_wrapped(stdout, safe, (uint32_t)width, INDENT,
                                  patron_table_page_width(stdout));
    }
    free(name);
    free(safe);
}

void report_print_texts(const patron_facts *facts)
{
    for (uint64_t i = 0; i < facts->count; ++i)
        if (facts->facts[i].kind == PATRON_FACT_TEXT)
            print_fact(&facts->facts[i]);
}

patron_status report_print_run(const patron_facts *run)
{
    if (run->count > 0)
        patron_terminal_print_heading(stdout, "Where it comes from");
    for (uint64_t i = 0; i < run->count; ++i)
        if (strcmp(run->facts[i].name, "options") != 0)
            print_fact(&run->facts[i]);
    return PATRON_OK;
}
