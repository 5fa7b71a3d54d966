/* SPDX-License-Identifier: Apache-2.0 */
/* From what was given in each place to what takes effect. */
#include "cli/config.h"
#include "cli/option.h"
#include "patron/memory.h"
#include "runtime/suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char CONFIG_OPTION[] = "config";

static patron_option_entry *find(const patron_options *options, const char *name)
{
    for (uint32_t i = 0; i < options->count; ++i)
        if (strcmp(options->entries[i].option->name, name) == 0)
            return &options->entries[i];
    return NULL;
}

static patron_status note_environment(patron_option_entry *entry)
{
    char variable[128];
    patron_option_variable(entry->option, variable, sizeof variable);
    const char *text = getenv(variable);
    patron_option_given *given = &entry->given[PATRON_FROM_ENVIRONMENT];
    if (text == NULL || *text == '\0' || entry->option->reach == PATRON_REACH_FLAG ||
        given->text != NULL)
        return PATRON_OK;
    given->text = patron_copy_text(text);
    given->place = patron_copy_text(variable);
    return given->text != NULL && given->place != NULL ? PATRON_OK : PATRON_RESOURCE;
}

typedef struct file_target {
    patron_options *options;
    const char *path;
    const char *keys; /* what they are, for messages */
} file_target;

static patron_status fail_key(const file_target *target, const patron_config_key *key)
{
    for (uint32_t i = 0; i < target->options->count; ++i) {
        const patron_option *option = target->options->entries[i].option;
        if (option->reach == PATRON_REACH_ALL && patron_may_mean(key->name, option->name))
            return patron_fail(PATRON_CONFIG, "%s:%d: unknown key '%s' in [%s]; did you mean '%s'?",
                               target->path, key->line, key->name, target->options->job,
                               option->name);
    }
    return patron_fail(PATRON_CONFIG, "%s:%d: unknown key '%s' in [%s], expected %s", target->path,
                       key->line, key->name, target->options->job, target->keys);
}

/* Adds an indented line to the list above it. */
static patron_status continue_list(patron_option_given *given, char separator, const char *value)
{
    size_t used = strlen(given->text);
    const char between[2] = {separator, '\0'};
    const char *comma = used == 0 || given->text[used - 1] == separator ? "" : between;
    size_t room = used + strlen(value) + 2;
    char *text = patron_reallocate(given->text, room, 1);
    if (text == NULL)
        return PATRON_RESOURCE;
    snprintf(text + used, room - used, "%s%s", comma, value);
    given->text = text;
    return PATRON_OK;
}

static patron_status note_key(void *user, const patron_config_key *key)
{
    file_target *target = user;
    patron_option_entry *entry = find(target->options, key->name);
    if (entry == NULL || entry->option->reach != PATRON_REACH_ALL)
        return fail_key(target, key);
    patron_option_given *given = &entry->given[PATRON_FROM_FILE];
    if (given->text != NULL && key->continued && entry->option->type == PATRON_OPTION_LIST)
        return continue_list(given, patron_option_separator(entry->option), key->value);
    if (given->text != NULL)
        return patron_fail(PATRON_CONFIG, "%s:%d: key '%s' found a second time in [%s]",
                           target->path, key->line, key->name, target->options->job);
    uint64_t room = strlen(target->path) + strlen(key->name) + 32;
    given->text = patron_copy_text(key->value);
    given->place = patron_allocate(room, 1);
    if (given->text == NULL || given->place == NULL)
        return PATRON_RESOURCE;
    snprintf(given->place, room, "%s:%d: %s", target->path, key->line, key->name);
    return PATRON_OK;
}

/* The highest place where the option is given. */
static patron_option_source source_of(const patron_option_entry *entry)
{
    int source = PATRON_FROM_FLAG;
    while (source > PATRON_FROM_DEFAULT && entry->given[source].text == NULL)
        --source;
    return (patron_option_source)source;
}

static patron_status read_file(patron_options *options,
                               patron_status (*take)(void *, const patron_config_key *))
{
    const patron_option_entry *entry = patron_options_find(options, CONFIG_OPTION);
    const char *path = entry != NULL ? entry->given[source_of(entry)].text : NULL;
    if (path == NULL)
        return PATRON_OK;
    file_target target = {.options = options, .path = path, .keys = "the long name of an option"};
    return patron_config_read("job file", path, options->job, take, &target);
}

static patron_status fail_value(const patron_option_entry *entry, patron_option_source source)
{
    const patron_option_given *given = &entry->given[source];
    char expected[512];
    patron_option_expected(entry->option, expected, sizeof expected);
    return patron_fail(source == PATRON_FROM_FILE ? PATRON_CONFIG : PATRON_USAGE,
                       "%s: found '%.200s', expected %s", given->place, given->text, expected);
}

/* Default, file, environment and flag in turn, so that the last one stays. */
static patron_status store(patron_option_entry *entry)
{
    const patron_option *option = entry->option;
    patron_status status = PATRON_OK;
    if (option->standard != NULL)
        status = patron_option_convert(option, option->standard, entry->target);
    if (status == PATRON_USAGE)
        status = patron_fail(PATRON_SOFTWARE, "the default '%s' of --%s is no value for it",
                             option->standard, option->name);
    for (int source = PATRON_FROM_FILE; status == PATRON_OK && source < PATRON_OPTION_SOURCES;
         ++source) {
        if (entry->given[source].text == NULL)
            continue;
        status = patron_option_convert(option, entry->given[source].text, entry->target);
        if (status == PATRON_USAGE)
            status = fail_value(entry, (patron_option_source)source);
    }
    entry->source = source_of(entry);
    return status;
}

static void forget(patron_option_entry *entry)
{
    for (int source = 0; source < PATRON_OPTION_SOURCES; ++source) {
        free(entry->given[source].text);
        free(entry->given[source].place);
        entry->given[source] = (patron_option_given){0};
    }
}

/* Of two options that exclude each other, the one given with more precedence stands alone. */
static patron_status settle_exclusion(patron_options *options, patron_option_entry *entry)
{
    patron_option_entry *other =
        entry->option->excludes != NULL ? find(options, entry->option->excludes) : NULL;
    if (other == NULL)
        return PATRON_OK;
    patron_option_source mine = source_of(entry), theirs = source_of(other);
    if (mine == PATRON_FROM_DEFAULT || theirs == PATRON_FROM_DEFAULT)
        return PATRON_OK;
    if (mine == theirs)
        return patron_fail(mine == PATRON_FROM_FILE ? PATRON_CONFIG : PATRON_USAGE,
                           "%s and %s exclude each other, expected one of them",
                           entry->given[mine].place, other->given[theirs].place);
    forget(mine > theirs ? other : entry);
    return PATRON_OK;
}

static patron_status check_required(const patron_options *options)
{
    for (uint32_t i = 0; i < options->count; ++i) {
        const patron_option *option = options->entries[i].option;
        if (option->required && options->entries[i].source == PATRON_FROM_DEFAULT)
            return patron_fail(PATRON_USAGE, "--%s %s is missing", option->name, option->argument);
    }
    return PATRON_OK;
}

static patron_status check_inputs(const patron_options *options)
{
    const patron_positional *positional = options->positional;
    if (positional == NULL && options->unclaimed.count > 0)
        return patron_fail(PATRON_USAGE, "unexpected argument '%.200s', expected options only",
                           options->unclaimed.names[0]);
    if (positional == NULL)
        return PATRON_OK;
    const patron_option_list *inputs = options->inputs;
    if (inputs->count < positional->least)
        return patron_fail(PATRON_USAGE, "expected %s %u %s, found %u",
                           positional->least < positional->most ? "at least" : "exactly",
                           positional->least, positional->name, inputs->count);
    if (inputs->count > positional->most)
        return patron_fail(PATRON_USAGE, "expected %s %u %s, found %u: '%.200s' is one too many",
                           positional->least < positional->most ? "at most" : "exactly",
                           positional->most, positional->name, inputs->count,
                           inputs->names[positional->most]);
    return PATRON_OK;
}

patron_status patron_options_resolve(patron_options *options)
{
    patron_status status = PATRON_OK;
    for (uint32_t i = 0; i < options->count && status == PATRON_OK; ++i)
        status = note_environment(&options->entries[i]);
    if (status == PATRON_OK)
        status = read_file(options, note_key);
    for (uint32_t i = 0; i < options->count && status == PATRON_OK; ++i)
        status = settle_exclusion(options, &options->entries[i]);
    for (uint32_t i = 0; i < options->count && status == PATRON_OK; ++i)
        status = store(&options->entries[i]);
    if (status == PATRON_OK)
        status = check_required(options);
    if (status == PATRON_OK)
        status = check_inputs(options);
    return status;
}

/* Only what is not known yet: the file may be one that is read once.  A key that can't be taken
 * does not keep those behind it from being. */
static patron_status note_key_if_new(void *user, const patron_config_key *key)
{
    const file_target *target = user;
    const patron_option_entry *entry = find(target->options, key->name);
    if (entry != NULL && entry->given[PATRON_FROM_FILE].text == NULL)
        (void)note_key(user, key);
    return PATRON_OK;
}

void patron_options_salvage(patron_options *options)
{
    char text[PATRON_FAIL_CAPACITY];
    patron_fail_text(PATRON_USAGE, text, sizeof text);
    for (uint32_t i = 0; i < options->count; ++i)
        (void)note_environment(&options->entries[i]);
    (void)read_file(options, note_key_if_new);
    for (uint32_t i = 0; i < options->count; ++i)
        (void)store(&options->entries[i]);
    patron_fail_set_text(text);
}

patron_status patron_options_read_file(patron_options *options, const char *what, const char *path)
{
    char keys[1024] = "one of";
    size_t used = strlen(keys);
    for (uint32_t i = 0; i < options->count && used < sizeof keys; ++i)
        used += (size_t)snprintf(keys + used, sizeof keys - used, "%s %s", i > 0 ? "," : "",
                                 options->entries[i].option->name);
    file_target target = {.options = options, .path = path, .keys = keys};
    patron_status status = patron_config_read(what, path, options->job, note_key, &target);
    for (uint32_t i = 0; i < options->count && status == PATRON_OK; ++i)
        status = store(&options->entries[i]);
    return status;
}
