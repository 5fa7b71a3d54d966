/* SPDX-License-Identifier: Apache-2.0 */
/* Completion scripts.  That of bash needs no other package, that of zsh its compinit. */
#include "cli/completion.h"

#include <stdlib.h>
#include <string.h>

const char *const patron_completion_shells[] = {"bash", "zsh", "fish", NULL};

/* What the program takes in the place of a job. */
static const char PROGRAM_OPTIONS[] = "--help --version --man --completion";

/* What may follow an option. */
typedef enum option_value { VALUE_NONE, VALUE_CHOICE, VALUE_FILE, VALUE_OTHER } option_value;

static option_value value_of(const patron_option *option)
{
    static const char *const files[] = {"FILE", "DATASET", "MODEL", "CSV", "FIMI"};
    if (option->type == PATRON_OPTION_FLAG)
        return VALUE_NONE;
    if (option->type == PATRON_OPTION_CHOICE)
        return VALUE_CHOICE;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; ++i)
        if (strstr(option->argument, files[i]) != NULL)
            return VALUE_FILE;
    return VALUE_OTHER;
}

static void put_choices(FILE *out, const patron_option *option)
{
    for (uint32_t i = 0; i < option->choice_count; ++i)
        fprintf(out, "%s%s", i > 0 ? " " : "", option->choices[i]);
}

/* ---- bash ---- */

static void put_bash_pattern(FILE *out, const patron_option *option)
{
    if (option->key != 0)
        fprintf(out, "-%c | ", option->key);
    fprintf(out, "--%s", option->name);
}

/* The options of `job` whose value is of the kind, as one pattern of `case`. */
static void put_bash_values(FILE *out, const patron_options *options, option_value kind,
                            const char *action)
{
    const char *between = "        ";
    for (uint32_t i = 0; i < options->count; ++i)
        if (value_of(options->entries[i].option) == kind) {
            fputs(between, out);
            put_bash_pattern(out, options->entries[i].option);
            between = " | ";
        }
    if (strcmp(between, " | ") == 0)
        fprintf(out, ") %s ;;\n", action);
}

static void put_bash_job(FILE *out, const patron_options *options)
{
    fprintf(out, "    %s)\n        words=\"", options->job);
    for (uint32_t i = 0; i < options->count; ++i)
        fprintf(out, "%s--%s", i > 0 ? " " : "", options->entries[i].option->name);
    fputs("\"\n        case $before in\n", out);
    for (uint32_t i = 0; i < options->count; ++i)
        if (value_of(options->entries[i].option) == VALUE_CHOICE) {
            fputs("        ", out);
            put_bash_pattern(out, options->entries[i].option);
            fputs(") kind=choice words=\"", out);
            put_choices(out, options->entries[i].option);
            fputs("\" ;;\n", out);
        }
    put_bash_values(out, options, VALUE_FILE, "kind=file");
    put_bash_values(out, options, VALUE_OTHER, "kind=other");
    fputs("        esac\n        ;;\n", out);
}

static void put_jobs(FILE *out, const patron_documented_job *jobs, uint32_t count)
{
    for (uint32_t i = 0; i < count; ++i)
        fprintf(out, "%s%s", i > 0 ? " " : "", jobs[i].options->job);
}

/* bash cuts words at '=', so that the option of --scale=no stands two words before. */
static void write_bash(FILE *out, const patron_documented_job *jobs, uint32_t count)
{
    fputs("# Completion of patron for bash.\n"
          "_patron() {\n"
          "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    local job=${COMP_WORDS[1]} kind=option words=\n"
          "    COMPREPLY=()\n"
          "    if [[ $current == = ]]; then\n"
          "        current=\n"
          "    elif [[ $before == = ]]; then\n"
          "        before=${COMP_WORDS[COMP_CWORD - 2]}\n"
          "    fi\n"
          "    if ((COMP_CWORD == 1)); then\n"
          "        COMPREPLY=($(compgen -W \"",
          out);
    put_jobs(out, jobs, count);
    fprintf(out,
            " %s\" -- \"$current\"))\n"
            "        return\n"
            "    fi\n"
            "    case $job in\n"
            "    --man) kind=choice words=\"",
            PROGRAM_OPTIONS);
    put_jobs(out, jobs, count);
    fputs("\" ;;\n    --completion) kind=choice words=\"bash zsh fish\" ;;\n", out);
    for (uint32_t i = 0; i < count; ++i)
        put_bash_job(out, jobs[i].options);
    fputs("    esac\n"
          "    if [[ $kind == choice || ($kind == option && $current == -*) ]]; then\n"
          "        COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
          "    elif [[ $kind != other ]]; then\n"
          "        compopt -o filenames 2>/dev/null\n"
          "        local IFS=$'\\n'\n"
          "        COMPREPLY=($(compgen -f -- \"$current\"))\n"
          "    fi\n"
          "}\n"
          "complete -F _patron patron\n",
          out);
}

/* ---- zsh ---- */

/* Inside single quotes, with a backslash before what ends a part of a specification. */
static void put_zsh_text(FILE *out, const char *text, const char *ends)
{
    for (; *text != '\0'; ++text)
        if (*text == '\'')
            fputs("'\\''", out);
        else
            fprintf(out, *text == '\\' || strchr(ends, *text) != NULL ? "\\%c" : "%c", *text);
}

/* An option by one of its names, for _arguments; a list may be given more than once. */
static void put_zsh_name(FILE *out, const patron_option *option, bool is_key)
{
    option_value value = value_of(option);
    fputs("            '", out);
    if (option->type == PATRON_OPTION_LIST)
        fputc('*', out);
    else if (option->key != 0)
        fprintf(out, "(-%c --%s)", option->key, option->name);
    if (is_key)
        fprintf(out, "-%c%s[", option->key, value != VALUE_NONE ? "+" : "");
    else
        fprintf(out, "--%s%s[", option->name, value != VALUE_NONE ? "=" : "");
    put_zsh_text(out, option->doc, "[]");
    fputc(']', out);
    if (value != VALUE_NONE) {
        fputc(':', out);
        put_zsh_text(out, option->argument, ":");
        fputs(value == VALUE_FILE ? ":_files" : value == VALUE_OTHER ? ": " : ":(", out);
    }
    if (value == VALUE_CHOICE) {
        put_choices(out, option);
        fputc(')', out);
    }
    fputs("' \\\n", out);
}

static void put_zsh_job(FILE *out, const patron_options *options)
{
    fprintf(out, "    %s)\n        _arguments -S \\\n", options->job);
    for (uint32_t i = 0; i < options->count; ++i) {
        const patron_option *option = options->entries[i].option;
        if (option->key != 0)
            put_zsh_name(out, option, true);
        put_zsh_name(out, option, false);
    }
    fputs("            '*:file:_files'\n        ;;\n", out);
}

static void write_zsh(FILE *out, const patron_documented_job *jobs, uint32_t count)
{
    fputs("#compdef patron\n"
          "# Completion of patron for zsh.\n"
          "_patron() {\n"
          "    local -a jobs\n"
          "    jobs=(\n",
          out);
    for (uint32_t i = 0; i < count; ++i) {
        fprintf(out, "        '%s:", jobs[i].options->job);
        put_zsh_text(out, jobs[i].help->summary, ":");
        fputs("'\n", out);
    }
    fprintf(out,
            "    )\n"
            "    if ((CURRENT == 2)); then\n"
            "        _describe -t jobs job jobs\n"
            "        [[ $words[2] == -* ]] && compadd -- %s\n"
            "        return\n"
            "    fi\n"
            "    shift words\n"
            "    ((CURRENT--))\n"
            "    case $words[1] in\n"
            "    --man) _describe -t jobs job jobs ;;\n"
            "    --completion) compadd bash zsh fish ;;\n",
            PROGRAM_OPTIONS);
    for (uint32_t i = 0; i < count; ++i)
        put_zsh_job(out, jobs[i].options);
    fputs("    esac\n"
          "}\n"
          "if [[ $funcstack[1] == _patron ]]; then\n"
          "    _patron \"$@\"\n"
          "else\n"
          "    compdef _patron patron\n"
          "fi\n",
          out);
}

/* ---- fish ---- */

/* In single quotes, where only these and backslashes mean anything. */
static void put_fish_quoted(FILE *out, const char *text)
{
    fputc('\'', out);
    for (; *text != '\0'; ++text)
        fprintf(out, *text == '\'' || *text == '\\' ? "\\%c" : "%c", *text);
    fputc('\'', out);
}

static void put_fish_option(FILE *out, const char *job, const patron_option *option)
{
    fprintf(out, "complete -c patron -n '__fish_seen_subcommand_from %s' -l %s", job, option->name);
    if (option->key != 0)
        fprintf(out, " -s %c", option->key);
    option_value value = value_of(option);
    if (value != VALUE_NONE)
        fputs(value == VALUE_FILE ? " -r -F" : " -x", out);
    if (value == VALUE_CHOICE) {
        fputs(" -a '", out);
        put_choices(out, option);
        fputc('\'', out);
    }
    fputs(" -d ", out);
    put_fish_quoted(out, option->doc);
    fputc('\n', out);
}

static void write_fish(FILE *out, const patron_documented_job *jobs, uint32_t count)
{
    fputs("# Completion of patron for fish.\n"
          "complete -c patron -n '__fish_use_subcommand' -s h -l help -d 'list the jobs'\n"
          "complete -c patron -n '__fish_use_subcommand' -s V -l version -d 'show versions'\n"
          "complete -c patron -n '__fish_use_subcommand' -l completion -x -a 'bash zsh fish'\n"
          "complete -c patron -n '__fish_use_subcommand' -l man -x -a '",
          out);
    put_jobs(out, jobs, count);
    fputs("'\n", out);
    for (uint32_t i = 0; i < count; ++i) {
        const patron_options *options = jobs[i].options;
        fprintf(out, "complete -c patron -n '__fish_use_subcommand' -f -a %s -d ", options->job);
        put_fish_quoted(out, jobs[i].help->summary);
        fputc('\n', out);
        for (uint32_t o = 0; o < options->count; ++o)
            put_fish_option(out, options->job, options->entries[o].option);
    }
}

void patron_completion_write(FILE *out, uint32_t shell, const patron_documented_job *jobs,
                             uint32_t count)
{
    static void (*const writers[])(FILE *, const patron_documented_job *,
                                   uint32_t) = {write_bash, write_zsh, write_fish};
    writers[shell](out, jobs, count);
}
