/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of a page: captions, headings with their scope, and cells that tell the script by what
 * number they sort. */
#include "page/page.h"

#include "cli/number.h"

#include <math.h>
#include <string.h>

void patron_page_table(patron_page *page, const char *caption, patron_page_table_kind kind,
                       const char *const *headings)
{
    static const char *const classes[] = {"", " class=\"sorts\"", " class=\"sorts filters\""};
    patron_page_markup(page,
                       "<div class=\"scroll%s\" tabindex=\"0\" role=\"group\" aria-label=\"%s\">\n"
                       "<table%s>\n<caption>%s</caption>\n<thead><tr>",
                       kind == PATRON_PAGE_SORTS_FILTERS ? " tall" : "", caption, classes[kind],
                       caption);
    for (; *headings != NULL; ++headings) {
        bool is_number = **headings == '#';
        patron_page_markup(page, "<th scope=\"col\"%s>%s</th>", is_number ? " class=\"n\"" : "",
                           *headings + (is_number ? 1 : 0));
    }
    patron_page_markup(page, "</tr></thead>\n<tbody>\n");
}

void patron_page_table_end(patron_page *page)
{
    patron_page_markup(page, "</tbody>\n</table>\n</div>\n");
}

void patron_page_row(patron_page *page)
{
    patron_page_markup(page, "<tr>");
}

void patron_page_row_end(patron_page *page)
{
    patron_page_markup(page, "</tr>\n");
}

void patron_page_row_heading(patron_page *page, const char *bytes, uint64_t length)
{
    patron_page_markup(page, "<th scope=\"row\">");
    patron_page_data(page, bytes, length);
    patron_page_markup(page, "</th>");
}

void patron_page_cell_text(patron_page *page, const char *bytes, uint64_t length)
{
    patron_page_markup(page, "<td>");
    patron_page_data(page, bytes, length);
    patron_page_markup(page, "</td>");
}

static void put_number(patron_page *page, double value, const char *text)
{
    if (isnan(value))
        patron_page_markup(page, "<td class=\"n\">–</td>");
    else
        patron_page_markup(page, "<td class=\"n\" data-v=\"%.9g\">%s</td>", value, text);
}

void patron_page_cell_count(patron_page *page, uint64_t count)
{
    char text[PATRON_NUMBER_CAPACITY];
    patron_number_count(count, text);
    put_number(page, (double)count, text);
}

void patron_page_cell_real(patron_page *page, double real, int decimals)
{
    char text[PATRON_NUMBER_CAPACITY];
    patron_number_decimal(real, decimals, text);
    put_number(page, real, text);
}

void patron_page_cell_figure(patron_page *page, double real, int digits)
{
    char text[PATRON_NUMBER_CAPACITY];
    patron_number_real(real, digits, text);
    put_number(page, real, text);
}

void patron_page_details(patron_page *page, const char *summary)
{
    patron_page_markup(page, "<details>\n<summary>%s</summary>\n", summary);
}

void patron_page_details_end(patron_page *page)
{
    patron_page_markup(page, "</details>\n");
}
