/* SPDX-License-Identifier: Apache-2.0 */
/* Writes jansson's values; jansson itself would print 0.1 as 0.10000000000000001. */
#include "cli/json.h"

#include "cli/text.h"
#include "patron/memory.h"
#include "patron/status.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static atomic_bool is_short_of_memory; /* of any thread */

static void *allocate(size_t bytes)
{
    void *memory = patron_allocate(bytes, 1);
    if (memory == NULL)
        is_short_of_memory = true;
    return memory;
}

void patron_json_begin(void)
{
    json_set_alloc_funcs(allocate, free);
}

bool patron_json_is_short(void)
{
    return is_short_of_memory;
}

json_t *patron_json_real(double real)
{
    return isfinite(real) ? json_real(real) : json_null();
}

json_t *patron_json_count(uint64_t count)
{
    return count <= INT64_MAX ? json_integer((json_int_t)count) : json_real((double)count);
}

json_t *patron_json_text(const char *bytes, uint64_t length)
{
    char *text = patron_text_repair(bytes, length);
    if (text == NULL)
        is_short_of_memory = true;
    json_t *value = text != NULL ? json_string(text) : NULL;
    free(text);
    return value;
}

/* The fewest digits that read back as `real`, always with a point or an exponent. */
static void write_real(FILE *out, double real)
{
    char text[40];
    for (int digits = 15; digits <= 17; ++digits) {
        snprintf(text, sizeof text, "%.*g", digits, real);
        if (strtod(text, NULL) == real)
            break;
    }
    fprintf(out, "%s%s", text, text[strcspn(text, ".e")] == '\0' ? ".0" : "");
}

static void write_break(FILE *out, int depth)
{
    if (depth >= 0)
        fprintf(out, "\n%*s", 2 * depth, "");
}

static void write_scalar(FILE *out, const json_t *value)
{
    if (json_is_real(value))
        write_real(out, json_real_value(value));
    else
        json_dumpf(value, out, JSON_ENCODE_ANY);
}

bool patron_json_is_nested(const json_t *value)
{
    return json_is_object(value) || json_is_array(value);
}

bool patron_json_holds_nested(const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); ++i)
        if (patron_json_is_nested(json_array_get(array, i)))
            return true;
    return false;
}

static void write_value(FILE *out, const json_t *value, int depth);

static void write_array(FILE *out, const json_t *array, int depth)
{
    int inside = depth >= 0 && patron_json_holds_nested(array) ? depth + 1 : -1;
    fputc('[', out);
    for (size_t i = 0; i < json_array_size(array); ++i) {
        if (i > 0)
            fputs(inside >= 0 ? "," : ", ", out);
        write_break(out, inside);
        write_value(out, json_array_get(array, i), inside);
    }
    write_break(out, inside >= 0 ? depth : -1);
    fputc(']', out);
}

static void write_object(FILE *out, json_t *object, int depth)
{
    int inside = depth >= 0 ? depth + 1 : -1;
    const char *comma = "";
    fputc('{', out);
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        fputs(comma, out);
        write_break(out, inside);
        json_t *key = json_string_nocheck(json_object_iter_key(at));
        write_scalar(out, key);
        json_decref(key);
        fputs(": ", out);
        write_value(out, json_object_iter_value(at), inside);
        comma = depth >= 0 ? "," : ", ";
    }
    if (*comma != '\0')
        write_break(out, depth);
    fputc('}', out);
}

/* `depth`: how far the line that holds the value is indented; -1 keeps all on one line. */
static void write_value(FILE *out, const json_t *value, int depth)
{
    if (json_is_object(value))
        write_object(out, (json_t *)value, depth);
    else if (json_is_array(value))
        write_array(out, value, depth);
    else
        write_scalar(out, value);
}

char *patron_json_format(const json_t *value, bool indented)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (out != NULL)
        write_value(out, value, indented ? 0 : -1);
    if (out == NULL || fclose(out) != 0 || is_short_of_memory) {
        free(text);
        patron_fail(PATRON_RESOURCE, "out of memory while a summary was written");
        return NULL;
    }
    return text;
}
