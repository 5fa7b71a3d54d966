/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of help: flags on the left, wrapped texts on the right. */
#include "cli/help.h"

#include "cli/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t DOC_COLUMN = 28;

/* One paragraph up to `end`. */
static void wrap(FILE *out, const char *text, const char *end, uint32_t at, uint32_t indent,
                 uint32_t width)
{
    const char *blank = "";
    while (text < end) {
        size_t length = strcspn(text, " \n");
        char *word = strndup(text, length);
        uint32_t columns = word != NULL ? patron_text_width(word) : (uint32_t)length;
        free(word);
        if (*blank != '\0' && at + 1 + columns > width) {
            fprintf(out, "\n%*s", (int)indent, "");
            at = indent;
            blank = "";
        }
        fprintf(out, "%s%.*s", blank, (int)length, text);
        at += (uint32_t)strlen(blank) + columns;
        blank = " ";
        text += length;
        text += text < end ? 1 : 0;
    }
    fputc('\n', out);
}

void patron_help_write_wrapped(FILE *out, const char *text, uint32_t at, uint32_t indent,
                               uint32_t width)
{
    for (const char *gap = NULL; (gap = strstr(text, "\n\n")) != NULL; text = gap + 2) {
        wrap(out, text, gap, at, indent, width);
        fputc('\n', out);
    }
    size_t length = strlen(text);
    length -= length > 0 && text[length - 1] == '\n' ? 1 : 0;
    wrap(out, text, text + length, at, indent, width);
}

const char *patron_help_more(const patron_positional *positional)
{
    return positional->most > 1 && strchr(positional->name, ' ') == NULL ? "..." : "";
}

void patron_help_write_usage(FILE *out, const patron_options *options)
{
    const patron_positional *positional = options->positional;
    fprintf(out, "Usage: patron %s [options]", options->job);
    if (positional != NULL)
        fprintf(out, positional->least == 0 ? " [%s]" : " %s", positional->name);
    fprintf(out, "%s\n", positional != NULL ? patron_help_more(positional) : "");
}

static void write_left(FILE *out, const char *left)
{
    uint32_t columns = patron_text_width(left);
    if (columns + 2 > DOC_COLUMN)
        fprintf(out, "%s\n%*s", left, (int)DOC_COLUMN, "");
    else
        fprintf(out, "%s%*s", left, (int)(DOC_COLUMN - columns), "");
}

void patron_help_describe(const patron_option *option, char *text, size_t capacity)
{
    char expected[512] = "", standard[256] = "";
    bool ranged = option->choices != NULL || option->most != 0 || option->least != 0 ||
                  option->interval.low != 0.0 || option->interval.high != 0.0;
    if (option->choices != NULL || option->type == PATRON_OPTION_REAL)
        patron_option_expected(option, expected, sizeof expected);
    else if (option->most != 0)
        snprintf(expected, sizeof expected, "%" PRIu64 " to %" PRIu64, option->least, option->most);
    else if (option->least != 0)
        snprintf(expected, sizeof expected, "at least %" PRIu64, option->least);
    if (!ranged)
        expected[0] = '\0';
    if (option->standard != NULL)
        snprintf(standard, sizeof standard, "default %s", option->standard);
    else if (option->required)
        snprintf(standard, sizeof standard, "required");
    const char *between = expected[0] != '\0' && standard[0] != '\0' ? "; " : "";
    bool both = expected[0] != '\0' || standard[0] != '\0';
    snprintf(text, capacity, "%s%s%s%s%s%s", option->doc, both ? " (" : "", expected, between,
             standard, both ? ")" : "");
}

static void write_option(FILE *out, const patron_option *option, uint32_t width)
{
    char left[256], text[2048];
    char key[8] = "   ";
    if (option->key != 0)
        snprintf(key, sizeof key, "-%c,", option->key);
    snprintf(left, sizeof left, "  %s --%s%s%s", key, option->name,
             option->argument != NULL ? " " : "", option->argument != NULL ? option->argument : "");
    patron_help_describe(option, text, sizeof text);
    write_left(out, left);
    patron_help_write_wrapped(out, text, DOC_COLUMN, DOC_COLUMN, width);
}

static void write_options(FILE *out, const patron_options *options, uint32_t width)
{
    const char *group = "";
    for (uint32_t i = 0; i < options->count; ++i) {
        const patron_option *option = options->entries[i].option;
        const char *heading = option->group;
        if (heading == NULL && i == 0)
            heading = "Options";
        if (heading != NULL && strcmp(heading, group) != 0) {
            fprintf(out, "\n%s:\n", heading);
            group = heading;
        }
        write_option(out, option, width);
    }
}

const char patron_help_precedence[] =
    "Options may also be set by the environment (--log-level by PATRON_LOG_LEVEL) and by a job "
    "file (--config). A flag comes before the environment, the environment before the file, the "
    "file before the default. A flag may be shortened while it stays unambiguous.\n";

void patron_help_write(FILE *out, const patron_help *help, const patron_options *options,
                       uint32_t width)
{
    patron_help_write_usage(out, options);
    fputc('\n', out);
    fprintf(out, "%s.\n", help->summary);
    if (help->description != NULL) {
        fputc('\n', out);
        patron_help_write_wrapped(out, help->description, 0, 0, width);
    }
    if (options->positional != NULL) {
        char left[128];
        snprintf(left, sizeof left, "  %s", options->positional->name);
        fputs("\nInput:\n", out);
        write_left(out, left);
        patron_help_write_wrapped(out, options->positional->doc, DOC_COLUMN, DOC_COLUMN, width);
    }
    write_options(out, options, width);
    fputc('\n', out);
    patron_help_write_wrapped(out, patron_help_precedence, 0, 0, width);
    if (help->examples != NULL)
        fprintf(out, "\nExamples:\n%s", help->examples);
}
