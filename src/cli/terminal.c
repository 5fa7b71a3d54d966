/* SPDX-License-Identifier: Apache-2.0 */
/* Asks environment and terminal; NO_COLOR as https://no-color.org says. */
#include "cli/terminal.h"

#include "cli/help.h"
#include "cli/table.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

uint32_t patron_terminal_columns(FILE *out)
{
    struct winsize window = {0};
    int file = fileno(out);
    bool is_known = file >= 0 && isatty(file) && ioctl(file, TIOCGWINSZ, &window) == 0;
    return is_known ? window.ws_col : 0;
}

/* NULL where it is not set, or to nothing. */
static const char *value_of(const char *variable)
{
    const char *value = getenv(variable);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

bool patron_terminal_is_unicode(void)
{
    static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *locale = NULL;
    for (size_t i = 0; locale == NULL && i < sizeof variables / sizeof variables[0]; ++i)
        locale = value_of(variables[i]);
    return locale != NULL &&
           (strcasestr(locale, "utf-8") != NULL || strcasestr(locale, "utf8") != NULL);
}

bool patron_terminal_has_colours(FILE *out)
{
    const char *terminal = getenv("TERM");
    return patron_terminal_columns(out) > 0 && value_of("NO_COLOR") == NULL &&
           (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

void patron_terminal_print_heading(FILE *out, const char *text)
{
    bool bold = patron_terminal_has_colours(out);
    fprintf(out, "\n%s", bold ? "\x1b[1m" : "");
    patron_help_write_wrapped(out, text, 0, 0, patron_table_page_width(out));
    fprintf(out, "%s\n", bold ? "\x1b[0m" : "");
}
