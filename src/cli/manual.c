/* SPDX-License-Identifier: Apache-2.0 */
/* Pages by the man macros of groff (man(7)). */
#include "cli/manual.h"

#include <string.h>

/* `text` up to `end`, so that nothing in it is a request or an escape. */
static void put(FILE *out, const char *text, const char *end)
{
    bool starts = true;
    for (; text < end; ++text) {
        if (starts && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        starts = *text == '\n';
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
    }
}

static void put_text(FILE *out, const char *text)
{
    put(out, text, text + strlen(text));
}

static void put_line(FILE *out, const char *text)
{
    put_text(out, text);
    fputc('\n', out);
}

/* Paragraphs that are apart by an empty line. */
static void put_paragraphs(FILE *out, const char *text)
{
    for (const char *gap = NULL; (gap = strstr(text, "\n\n")) != NULL; text = gap + 2) {
        put(out, text, gap);
        fputs("\n.PP\n", out);
    }
    size_t length = strlen(text);
    put(out, text, text + length);
    if (length == 0 || text[length - 1] != '\n')
        fputc('\n', out);
}

static void put_head(FILE *out, const char *name, const char *summary, const char *version)
{
    fprintf(out, ".TH \"%s\" 1 \"\" \"patron %s\" \"patron manual\"\n.SH NAME\n", name, version);
    put_text(out, name);
    fputs(" \\- ", out);
    put_line(out, summary);
}

static void put_option(FILE *out, const patron_option *option)
{
    char text[2048];
    fputs(".TP\n", out);
    if (option->key != 0)
        fprintf(out, "\\fB\\-%c\\fR, ", option->key);
    fputs("\\fB\\-\\-", out);
    put_text(out, option->name);
    fputs("\\fR", out);
    if (option->argument != NULL) {
        fputs(" \\fI", out);
        put_text(out, option->argument);
        fputs("\\fR", out);
    }
    fputc('\n', out);
    patron_help_describe(option, text, sizeof text);
    put_line(out, text);
}

static void put_options(FILE *out, const patron_options *options)
{
    const char *group = "";
    fputs(".SH OPTIONS\n", out);
    for (uint32_t i = 0; i < options->count; ++i) {
        const patron_option *option = options->entries[i].option;
        if (option->group != NULL && strcmp(option->group, group) != 0) {
            group = option->group;
            fputs(".SS ", out);
            put_line(out, group);
        }
        put_option(out, option);
    }
    put_paragraphs(out, patron_help_precedence);
}

static void put_exit_status(FILE *out)
{
    fputs(".SH EXIT STATUS\n", out);
#define ROW(name, code, text)                                                                      \
    fprintf(out, ".TP\n%d\n", code);                                                               \
    put_line(out, text);
    PATRON_STATUS_TABLE(ROW)
#undef ROW
}

/* All pages but that of jobs[except]; the program's where that is no job. */
static void put_see_also(FILE *out, const patron_documented_job *jobs, uint32_t count,
                         uint32_t except)
{
    fputs(".SH SEE ALSO\n", out);
    if (except < count)
        fputs(".BR patron (1),\n", out);
    for (uint32_t i = 0; i < count; ++i)
        if (i != except)
            fprintf(out, ".BR patron\\-%s (1)%s\n", jobs[i].options->job,
                    i + 1 == count || (i + 2 == count && except + 1 == count) ? "" : ",");
}

void patron_manual_write_program(FILE *out, const patron_documented_job *jobs, uint32_t count,
                                 const char *version)
{
    put_head(out, "patron", "segments of customers and what is bought together", version);
    fputs(".SH SYNOPSIS\n\\fBpatron\\fR \\fIJOB\\fR [\\fIoptions\\fR] \\fIINPUT\\fR...\n.br\n"
          "\\fBmpirun \\-q \\-n\\fR \\fIRANKS\\fR \\fBpatron\\fR \\fIJOB\\fR [\\fIoptions\\fR] "
          "\\fIINPUT\\fR...\n.br\n"
          "\\fBpatron \\-\\-man\\fR [\\fIJOB\\fR]\n.br\n"
          "\\fBpatron \\-\\-completion\\fR \\fIbash\\fR|\\fIzsh\\fR|\\fIfish\\fR\n"
          ".SH DESCRIPTION\n"
          "Each job has a page of its own.\n",
          out);
    for (uint32_t i = 0; i < count; ++i) {
        fprintf(out, ".TP\n.BR patron\\-%s (1)\n", jobs[i].options->job);
        put_line(out, jobs[i].help->summary);
    }
    fputs(".SH OPTIONS\n"
          ".TP\n\\fB\\-h\\fR, \\fB\\-\\-help\\fR\nlist the jobs; after a job, tell of it\n"
          ".TP\n\\fB\\-V\\fR, \\fB\\-\\-version\\fR\nshow the versions of patron, MPI and HDF5\n"
          ".TP\n\\fB\\-\\-man\\fR [\\fIJOB\\fR]\nprint this page, or that of a job, for man(1)\n"
          ".TP\n\\fB\\-\\-completion\\fR \\fIbash\\fR|\\fIzsh\\fR|\\fIfish\\fR\n"
          "print what completes jobs and options in that shell\n",
          out);
    put_exit_status(out);
    put_see_also(out, jobs, count, count);
}

void patron_manual_write_job(FILE *out, const patron_documented_job *jobs, uint32_t count,
                             uint32_t which, const char *version)
{
    const patron_help *help = jobs[which].help;
    const patron_options *options = jobs[which].options;
    const patron_positional *positional = options->positional;
    char name[64];
    snprintf(name, sizeof name, "patron-%s", options->job);
    put_head(out, name, help->summary, version);
    fprintf(out, ".SH SYNOPSIS\n\\fBpatron %s\\fR [\\fIoptions\\fR]", options->job);
    if (positional != NULL)
        fprintf(out, positional->least == 0 ? " [\\fI%s\\fR]%s" : " \\fI%s\\fR%s", positional->name,
                patron_help_more(positional));
    fputs("\n.SH DESCRIPTION\n", out);
    put_paragraphs(out, help->description != NULL ? help->description : help->summary);
    if (positional != NULL) {
        fprintf(out, ".SH INPUT\n.TP\n\\fI%s\\fR\n", positional->name);
        put_line(out, positional->doc);
    }
    put_options(out, options);
    put_exit_status(out);
    if (help->examples != NULL) {
        fputs(".SH EXAMPLES\n.nf\n", out);
        put_paragraphs(out, help->examples);
        fputs(".fi\n", out);
    }
    put_see_also(out, jobs, count, which);
}
