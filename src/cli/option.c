/* SPDX-License-Identifier: Apache-2.0 */
/* The set of a job's options: building, finding, releasing. */
#include "cli/option.h"

#include "patron/memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_among(const char *name, const char *const *names)
{
    for (; names != NULL && *names != NULL; ++names)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

patron_status patron_options_add(patron_options *options, const patron_option *table,
                                 uint32_t count, void *structure, const char *const *without)
{
    uint64_t room = (uint64_t)options->count + count;
    patron_option_entry *entries =
        patron_reallocate(options->entries, room, sizeof *options->entries);
    if (entries == NULL)
        return PATRON_RESOURCE;
    options->entries = entries;
    for (uint32_t i = 0; i < count; ++i)
        if (!is_among(table[i].name, without))
            entries[options->count++] = (patron_option_entry){
                .option = &table[i], .target = (char *)structure + table[i].offset};
    return PATRON_OK;
}

void patron_options_set_positional(patron_options *options, const patron_positional *positional,
                                   void *structure)
{
    options->positional = positional;
    options->inputs = (patron_option_list *)((char *)structure + positional->offset);
}

void patron_options_free(patron_options *options)
{
    for (uint32_t i = 0; i < options->count; ++i) {
        patron_option_entry *entry = &options->entries[i];
        for (int source = 0; source < PATRON_OPTION_SOURCES; ++source) {
            free(entry->given[source].text);
            free(entry->given[source].place);
        }
        if (entry->option->type == PATRON_OPTION_LIST)
            free(((patron_option_list *)entry->target)->names);
    }
    free(options->entries);
    free(options->unclaimed.names);
    if (options->inputs != NULL)
        free(options->inputs->names);
    *options = (patron_options){0};
}

const patron_option_entry *patron_options_find(const patron_options *options, const char *name)
{
    for (uint32_t i = 0; i < options->count; ++i)
        if (strcmp(options->entries[i].option->name, name) == 0)
            return &options->entries[i];
    return NULL;
}

bool patron_options_given(const patron_options *options, const char *name)
{
    const patron_option_entry *entry = patron_options_find(options, name);
    return entry != NULL && entry->source != PATRON_FROM_DEFAULT;
}

void patron_option_variable(const patron_option *option, char *variable, size_t capacity)
{
    snprintf(variable, capacity, "PATRON_%s", option->name);
    for (char *c = variable; *c != '\0'; ++c)
        *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
}

const char *patron_option_source_name(patron_option_source source)
{
    static const char *const names[] = {"default", "file", "environment", "flag"};
    return names[source];
}
