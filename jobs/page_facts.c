/* SPDX-License-Identifier: Apache-2.0 */
/* Where the models come from: facts of their runs; and the foot of the page. */
#include "report_run.h"

#include "cli/number.h"
#include "report_text.h"

#include <string.h>

/* Options are told by the command line; hosts are nobody's business on a page that goes around. */
static bool is_told(const char *name)
{
    return strcmp(name, "options") != 0 && strcmp(name, "hosts") != 0;
}

/* As text, whatever it is: one column holds paths and numbers. */
static void write_value(patron_page *page, const patron_fact *fact)
{
    char number[PATRON_NUMBER_CAPACITY];
    const char *text = report_text_of_fact(fact, number);
    patron_page_cell_text(page, text, strlen(text));
}

static void write_run(report_run *run, const char *caption, const patron_facts *facts)
{
    static const char *const headings[] = {"fact", "value", NULL};
    patron_page *page = &run->page;
    patron_page_table(page, caption, PATRON_PAGE_TABLE, headings);
    for (uint64_t i = 0; i < facts->count; ++i) {
        const patron_fact *fact = &facts->facts[i];
        if (!is_told(fact->name))
            continue;
        patron_page_row(page);
        report_write_name(run, fact->name, strlen(fact->name));
        write_value(page, fact);
        patron_page_row_end(page);
    }
    patron_page_table_end(page);
}

patron_status report_write_facts(report_run *run)
{
    patron_page *page = &run->page;
    patron_page_section(page, "facts", "Where it comes from");
    if (run->segment_path != NULL)
        write_run(run, "The run that made the segments", &run->segments.run);
    if (run->itemset_path != NULL)
        write_run(run, "The run that made the itemsets", &run->itemsets.run);
    if (run->by_segment_path != NULL)
        write_run(run, "The run that made the itemsets by segment", &run->by_segment.run);
    patron_page_section_end(page);
    patron_page_markup(page, "</main>\n<footer>Made by patron " PATRON_VERSION
                             ". The same models give the same page.</footer>\n");
    return PATRON_OK;
}
