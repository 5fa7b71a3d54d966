/* SPDX-License-Identifier: Apache-2.0 */
/* The plan's file: an INI section [columns], a line a column. */
#include "ingest_plan.h"

#include "cli/config.h"
#include "patron/memory.h"
#include "store/output.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NAME = 100 /* bytes that an INI line has room for beside a type */ };

/* ---- reading ---- */

typedef struct plan_reading {
    const char *path;
    ingest_plan *plan;
} plan_reading;

/* Cuts "low<middle<high" at its signs, in place. */
static patron_status cut_levels(char *text, patron_column_wish *wish)
{
    uint64_t room = 0;
    char *save = NULL;
    const char **levels = NULL;
    for (char *at = strtok_r(text, "<", &save); at != NULL; at = strtok_r(NULL, "<", &save)) {
        const char **grown =
            patron_grow((void *)levels, (uint64_t)wish->level_count + 1, &room, sizeof *levels);
        if (grown == NULL) {
            free((void *)levels);
            wish->level_count = 0;
            return PATRON_RESOURCE;
        }
        levels = grown;
        at += strspn(at, " \t");
        for (size_t length = strlen(at); length > 0 && strchr(" \t", at[length - 1]) != NULL;)
            at[--length] = '\0';
        levels[wish->level_count++] = at;
    }
    wish->levels = levels;
    return PATRON_OK;
}

/* The kind of "category", or of "ordinal(...)", whose levels are cut out of a copy that the wish
 * owns; FOUND where `value` is none. */
static patron_status read_kind(const char *value, patron_column_wish *wish)
{
    static const char ordinal[] = "ordinal(";
    size_t length = strlen(value), head = sizeof ordinal - 1;
    for (int kind = 1; kind < PATRON_KINDS; ++kind)
        if (kind != PATRON_KIND_ORDINAL && kind != PATRON_KIND_TEXT &&
            strcmp(value, patron_kind_name((patron_kind)kind)) == 0)
            wish->kind = (patron_kind)kind;
    if (length <= head || strncmp(value, ordinal, head) != 0 || value[length - 1] != ')')
        return PATRON_OK;
    char *levels = strndup(value + head, length - head - 1);
    if (levels == NULL)
        return patron_fail(PATRON_RESOURCE, "out of memory for the levels of a column");
    patron_status status = cut_levels(levels, wish);
    if (status == PATRON_OK && wish->level_count >= 2)
        wish->kind = PATRON_KIND_ORDINAL;
    if (wish->levels == NULL || wish->levels[0] != levels) /* nothing points to it */
        free(levels);
    return status;
}

static patron_status take_key(void *user, const patron_config_key *key)
{
    const plan_reading *reading = user;
    ingest_plan *plan = reading->plan;
    patron_column_wish *wishes =
        patron_grow(plan->wishes, (uint64_t)plan->count + 1, &plan->room, sizeof *wishes);
    if (wishes == NULL)
        return PATRON_RESOURCE;
    plan->wishes = wishes;
    patron_column_wish *wish = &wishes[plan->count];
    *wish = (patron_column_wish){.name = patron_copy_text(key->name)};
    if (wish->name == NULL)
        return PATRON_RESOURCE;
    ++plan->count;
    patron_status status = read_kind(key->value, wish);
    if (status == PATRON_OK && wish->kind == PATRON_KIND_FOUND)
        status = patron_fail(PATRON_CONFIG,
                             "%s:%d: found '%s', expected number, boolean, category, date, id, "
                             "ignore, or ordinal(low<high)",
                             reading->path, key->line, key->value);
    return status;
}

patron_status ingest_plan_read(const char *path, ingest_plan *plan)
{
    plan_reading reading = {path, plan};
    return patron_config_read("plan", path, "columns", take_key, &reading);
}

void ingest_plan_free(ingest_plan *plan)
{
    for (uint32_t i = 0; i < plan->count; ++i) {
        if (plan->wishes[i].levels != NULL)
            free((void *)plan->wishes[i].levels[0]);
        free((void *)plan->wishes[i].levels);
        free((void *)plan->wishes[i].name);
    }
    free(plan->wishes);
    *plan = (ingest_plan){0};
}

/* ---- writing ---- */

/* Whether INI takes the name as a key as it stands. */
static bool is_plain(const char *name, uint64_t length)
{
    if (length == 0 || length > MOST_NAME || strchr(";#[ \t", name[0]) != NULL)
        return false;
    for (uint64_t i = 0; i < length; ++i)
        if (strchr("=:\n\r\"", name[i]) != NULL || (name[i] == ';' && i > 0 && name[i - 1] == ' '))
            return false;
    return true;
}

static void put_column(FILE *out, const patron_columns *columns, uint32_t c)
{
    const patron_column_plan *plan = &columns->plans[c];
    const char *name = patron_texts_at(&columns->names, c);
    uint64_t length = patron_texts_length(&columns->names, c);
    if (is_plain(name, length))
        fprintf(out, "%.*s = ", (int)length, name);
    else
        fprintf(out, "column%" PRIu32 " = ", c + 1);
    if (plan->kind == PATRON_KIND_ORDINAL) {
        fprintf(out, "ordinal(");
        for (uint32_t i = 0; i < plan->wish->level_count; ++i)
            fprintf(out, "%s%s", i == 0 ? "" : "<", plan->wish->levels[i]);
        fprintf(out, ")\n");
    } else {
        fprintf(out, "%s\n",
                plan->kind == PATRON_KIND_TEXT ? "ignore" : patron_kind_name(plan->kind));
    }
}

static patron_status format(const patron_columns *columns, char **text, size_t *length)
{
    FILE *out = open_memstream(text, length);
    if (out == NULL)
        return patron_fail(PATRON_RESOURCE, "out of memory for the plan");
    fprintf(out,
            "; Columns of a table for patron ingest --plan: number, boolean, category, date, id,\n"
            "; ignore, or ordinal(low<middle<high).  columnN is a column by its place.\n"
            "[columns]\n");
    for (uint32_t c = 0; c < columns->count; ++c)
        put_column(out, columns, c);
    if (fclose(out) != 0)
        return patron_fail(PATRON_RESOURCE, "out of memory for the plan");
    return PATRON_OK;
}

patron_status ingest_plan_write(const patron_comm *comm, const patron_columns *columns,
                                const char *path, bool force)
{
    patron_output *output = NULL;
    char *text = NULL;
    size_t length = 0;
    patron_status status = patron_comm_agree(comm, format(columns, &text, &length));
    if (status == PATRON_OK)
        status = patron_output_begin(comm, path, PATRON_OUTPUT_FILE, force, &output);
    if (status == PATRON_OK) {
        if (comm->rank == 0) {
            status = patron_output_create(patron_output_path(output));
            if (status == PATRON_OK)
                status = patron_output_write(output, 0, text, length);
        }
        status = patron_output_end(comm, output, status);
    }
    free(text);
    return status;
}
