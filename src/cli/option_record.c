/* SPDX-License-Identifier: Apache-2.0 */
/* What took effect, as JSON for provenance. */
#include "cli/json.h"
#include "cli/option.h"
#include "patron/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *list_value(const patron_option_list *list)
{
    json_t *array = json_array();
    for (uint32_t i = 0; i < list->count; ++i)
        json_array_append_new(array, patron_json_text(list->names[i], strlen(list->names[i])));
    return array;
}

static json_t *value_of(const patron_option *option, const void *target)
{
    const char *text = NULL;
    switch (option->type) {
    case PATRON_OPTION_FLAG:
        return json_boolean(*(const bool *)target);
    case PATRON_OPTION_INT:
        return json_integer(*(const int *)target);
    case PATRON_OPTION_U32:
        return patron_json_count(*(const uint32_t *)target);
    case PATRON_OPTION_U64:
    case PATRON_OPTION_SIZE:
        return patron_json_count(*(const uint64_t *)target);
    case PATRON_OPTION_REAL:
        return patron_json_real(*(const double *)target);
    case PATRON_OPTION_CHOICE:
        return json_string(option->choices[*(const int *)target]);
    case PATRON_OPTION_TEXT:
        text = *(const char *const *)target;
        return text != NULL ? patron_json_text(text, strlen(text)) : json_null();
    case PATRON_OPTION_LIST:
        return list_value(target);
    }
    return json_null();
}

/* A whole number or a real without a default is unset until it is given. */
static bool is_unset(const patron_option_entry *entry)
{
    return entry->source == PATRON_FROM_DEFAULT && entry->option->standard == NULL &&
           entry->option->type != PATRON_OPTION_FLAG && entry->option->type != PATRON_OPTION_LIST;
}

static json_t *value_in_effect(const patron_option_entry *entry)
{
    return is_unset(entry) ? json_null() : value_of(entry->option, entry->target);
}

char *patron_option_json(const patron_option_entry *entry)
{
    json_t *value = value_in_effect(entry);
    char *text = patron_json_format(value, false);
    json_decref(value);
    return text;
}

static json_t *entry_value(const patron_option_entry *entry)
{
    json_t *object = json_object();
    json_object_set_new(object, "value", value_in_effect(entry));
    json_object_set_new(object, "from", json_string(patron_option_source_name(entry->source)));
    return object;
}

char *patron_options_record(const patron_options *options)
{
    json_t *record = json_object();
    for (uint32_t i = 0; i < options->count; ++i)
        if (options->entries[i].option->reach != PATRON_REACH_FLAG)
            json_object_set_new(record, options->entries[i].option->name,
                                entry_value(&options->entries[i]));
    if (options->positional != NULL)
        json_object_set_new(record, options->positional->name, list_value(options->inputs));
    char *text = patron_json_format(record, false);
    json_decref(record);
    return text;
}

/* No text in the record can look like it, as quotes in a text have a backslash before them. */
patron_status patron_options_record_holds(const char *record, const patron_option_entry *entry,
                                          bool *holds)
{
    static const char FORM[] = "\"%s\": {\"value\": %s, \"from\": ";
    char *value = patron_option_json(entry);
    if (value == NULL)
        return PATRON_RESOURCE;
    size_t room = sizeof FORM + strlen(entry->option->name) + strlen(value);
    char *part = patron_allocate(room, 1);
    patron_status status = part == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK) {
        snprintf(part, room, FORM, entry->option->name, value);
        *holds = strstr(record, part) != NULL;
    }
    free(part);
    free(value);
    return status;
}
