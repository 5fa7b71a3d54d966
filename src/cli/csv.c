/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks are gathered as {path: {"head": [names], "columns": {name: true}, "rows": [[numbers,
 * {name: value}]]}}, as jansson keeps the order of members. */
#include "cli/csv.h"

#include "cli/json.h"
#include "patron/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A row of a block that is being filled. */
typedef struct place {
    json_t *blocks;
    const char *path;    /* of the block; "" of the root */
    const json_t *head;  /* of the block */
    const json_t *index; /* numbers of the row */
    json_t *columns;     /* of the block */
    json_t *cells;       /* of the row */
} place;

static bool put_value(const place *at, const char *name, json_t *value);

/* "left.right", to free(); NULL: out of memory. */
static char *join(const char *left, const char *right)
{
    char *path = NULL;
    int length = asprintf(&path, "%s%s%s", left, *left != '\0' ? "." : "", right);
    return length < 0 ? NULL : path;
}

/* Members of an object or elements of an array, named by `prefix` and their own name or number. */
static bool put_members(const place *at, const char *prefix, json_t *value)
{
    bool done = true;
    const char *key = NULL;
    json_t *member = NULL;
    json_object_foreach(value, key, member)
    {
        char *name = join(prefix, key);
        done = done && name != NULL && put_value(at, name, member);
        free(name);
    }
    for (size_t i = 0; i < json_array_size(value); ++i) {
        char number[24];
        snprintf(number, sizeof number, "%zu", i);
        char *name = join(prefix, number);
        done = done && name != NULL && put_value(at, name, json_array_get(value, i));
        free(name);
    }
    return done;
}

/* The block at `path`, made where there is none yet; NULL: out of memory. */
static json_t *block_of(const place *at, const char *path)
{
    json_t *block = json_object_get(at->blocks, path);
    if (block != NULL)
        return block;
    json_t *head = json_deep_copy(at->head);
    block = json_pack("{s:o, s:{}, s:[]}", "head", head, "columns", "rows");
    bool made = json_array_append_new(head, json_string(path)) == 0;
    return json_object_set_new(at->blocks, path, block) == 0 && made ? block : NULL;
}

/* A row for each element of `array`, in a block of its own. */
static bool put_rows(const place *at, const char *name, json_t *array)
{
    char *path = join(at->path, name);
    json_t *block = path != NULL ? block_of(at, path) : NULL;
    bool done = block != NULL;
    for (size_t i = 0; done && i < json_array_size(array); ++i) {
        json_t *element = json_array_get(array, i);
        json_t *index = json_deep_copy(at->index), *cells = json_object();
        json_t *row = json_pack("[o, o]", index, cells);
        const place below = {.blocks = at->blocks,
                             .path = path,
                             .head = json_object_get(block, "head"),
                             .index = index,
                             .columns = json_object_get(block, "columns"),
                             .cells = cells};
        done = json_array_append_new(json_object_get(block, "rows"), row) == 0 &&
               json_array_append_new(index, json_integer((json_int_t)i)) == 0 &&
               (patron_json_is_nested(element) ? put_members(&below, "", element)
                                               : put_value(&below, "value", element));
    }
    free(path);
    return done;
}

static bool put_value(const place *at, const char *name, json_t *value)
{
    if (json_is_array(value) && patron_json_holds_nested(value))
        return put_rows(at, name, value);
    if (patron_json_is_nested(value))
        return put_members(at, name, value);
    return json_object_set_new(at->columns, name, json_true()) == 0 &&
           json_object_set(at->cells, name, value) == 0;
}

/* ---- text ---- */

static void write_text(FILE *out, const char *text, size_t length)
{
    if (strcspn(text, ",\"\r\n") >= length) {
        fwrite(text, 1, length, out);
        return;
    }
    fputc('"', out);
    for (size_t i = 0; i < length; ++i)
        fprintf(out, text[i] == '"' ? "\"\"" : "%c", text[i]);
    fputc('"', out);
}

/* NULL: an empty cell. */
static bool write_cell(FILE *out, const json_t *value)
{
    if (json_is_string(value)) {
        write_text(out, json_string_value(value), json_string_length(value));
    } else if (value != NULL && !json_is_null(value)) {
        char *text = patron_json_format(value, false);
        fputs(text != NULL ? text : "", out);
        free(text);
        return text != NULL;
    }
    return true;
}

static bool write_figures(FILE *out, json_t *cells)
{
    bool done = true;
    const char *name = NULL;
    json_t *value = NULL;
    fputs("name,value\n", out);
    json_object_foreach(cells, name, value)
    {
        write_text(out, name, strlen(name));
        fputc(',', out);
        done = done && write_cell(out, value);
        fputc('\n', out);
    }
    return done;
}

static bool write_block(FILE *out, json_t *block)
{
    bool done = true;
    const char *name = NULL;
    json_t *head = json_object_get(block, "head"), *columns = json_object_get(block, "columns");
    json_t *rows = json_object_get(block, "rows"), *value = NULL, *row = NULL;
    size_t i = 0, r = 0;
    fputc('\n', out);
    json_array_foreach(head, i, value)
    {
        fputs(i > 0 ? "," : "", out);
        done = done && write_cell(out, value);
    }
    json_object_foreach(columns, name, value)
    {
        fputc(',', out);
        write_text(out, name, strlen(name));
    }
    fputc('\n', out);
    json_array_foreach(rows, r, row)
    {
        json_t *index = json_array_get(row, 0), *cells = json_array_get(row, 1);
        json_array_foreach(index, i, value)
        {
            fputs(i > 0 ? "," : "", out);
            done = done && write_cell(out, value);
        }
        json_object_foreach(columns, name, value)
        {
            fputc(',', out);
            done = done && write_cell(out, json_object_get(cells, name));
        }
        fputc('\n', out);
    }
    return done;
}

char *patron_csv_format(json_t *root)
{
    json_t *blocks = json_object(), *figures = json_object(), *columns = json_object();
    json_t *none = json_array();
    const place top = {blocks, "", none, none, columns, figures};
    const char *path = NULL;
    json_t *block = NULL;
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    bool done = out != NULL && put_members(&top, "", root) && write_figures(out, figures);
    json_object_foreach(blocks, path, block)
    {
        done = done && write_block(out, block);
    }
    done = (out == NULL || fclose(out) == 0) && done && !patron_json_is_short();
    json_decref(blocks);
    json_decref(figures);
    json_decref(columns);
    json_decref(none);
    if (done)
        return text;
    free(text);
    patron_fail(PATRON_RESOURCE, "out of memory while a summary was written");
    return NULL;
}
