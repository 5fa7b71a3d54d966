/* SPDX-License-Identifier: Apache-2.0 */
/* Files are told by size and time, not read: a script asks before each run. */
#include "cli/fingerprint.h"

#include "patron/memory.h"

#include <dirent.h>
#include <fnmatch.h>
#include <glob.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- files ---- */

static void write_file(FILE *file, const char *path)
{
    char real[PATH_MAX];
    struct stat info;
    if (stat(path, &info) != 0 || realpath(path, real) == NULL)
        fprintf(file, "file - - %s\n", path);
    else
        fprintf(file, "file %jd %jd.%09ld %s\n", (intmax_t)info.st_size,
                (intmax_t)info.st_mtim.tv_sec, info.st_mtim.tv_nsec, real);
}

static int is_part(const struct dirent *entry)
{
    return fnmatch("part-*.h5", entry->d_name, 0) == 0;
}

static void write_folder(FILE *file, const char *path)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_part, alphasort);
    if (count <= 0)
        fprintf(file, "file - - %s\n", path);
    for (int i = 0; i < count; ++i) {
        char part[PATH_MAX + NAME_MAX];
        snprintf(part, sizeof part, "%s/%s", path, entries[i]->d_name);
        write_file(file, part);
        free(entries[i]);
    }
    free(entries);
}

/* All that match; whether any did. */
static bool write_matches(FILE *file, const char *pattern)
{
    glob_t found = {0};
    bool matches = strpbrk(pattern, "*?[") != NULL && glob(pattern, 0, NULL, &found) == 0;
    for (size_t i = 0; matches && i < found.gl_pathc; ++i)
        write_file(file, found.gl_pathv[i]);
    globfree(&found);
    return matches;
}

/* FILE, a folder of parts, a pattern, or FILE:/path of an array in it. */
static patron_status write_input(FILE *file, const char *name)
{
    struct stat info;
    if (stat(name, &info) == 0) {
        if (S_ISDIR(info.st_mode))
            write_folder(file, name);
        else
            write_file(file, name);
        return PATRON_OK;
    }
    if (write_matches(file, name))
        return PATRON_OK;
    const char *inside = strstr(name, ":/");
    char *outside = inside == NULL ? NULL : strndup(name, (size_t)(inside - name));
    if (inside != NULL && outside == NULL)
        return patron_fail(PATRON_RESOURCE, "out of memory");
    write_file(file, outside != NULL ? outside : name);
    free(outside);
    return PATRON_OK;
}

static patron_status write_list(FILE *file, const patron_option_list *list)
{
    patron_status status = PATRON_OK;
    for (uint32_t i = 0; status == PATRON_OK && i < list->count; ++i)
        status = write_input(file, list->names[i]);
    return status;
}

static patron_status write_inputs_of(FILE *file, const patron_option_entry *entry)
{
    if (!entry->option->is_input)
        return PATRON_OK;
    if (entry->option->type == PATRON_OPTION_LIST)
        return write_list(file, entry->target);
    const char *name = *(const char *const *)entry->target;
    return name != NULL ? write_input(file, name) : PATRON_OK;
}

/* ---- options ---- */

static patron_status write_option(FILE *file, const patron_option *option, const char *prefix,
                                  const json_t *record)
{
    const json_t *value = json_object_get(json_object_get(record, option->name), "value");
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    if (text == NULL)
        return patron_fail(PATRON_RESOURCE, "out of memory");
    fprintf(file, "%s %s%s = %s\n", option->is_apart ? "apart" : "option", prefix, option->name,
            text);
    free(text);
    return PATRON_OK;
}

static bool is_among(const patron_option *option, const patron_option *own, uint32_t own_count)
{
    for (uint32_t i = 0; i < own_count; ++i)
        if (option == &own[i])
            return true;
    return false;
}

patron_status patron_fingerprint_write(const patron_options *options, const char *prefix,
                                       const patron_option *own, uint32_t own_count, FILE *file)
{
    patron_status status = PATRON_OK;
    char *text = patron_options_record(options);
    json_t *record = text != NULL ? json_loads(text, 0, NULL) : NULL;
    if (record == NULL)
        status = patron_fail(PATRON_RESOURCE, "out of memory");
    for (uint32_t i = 0; status == PATRON_OK && i < options->count; ++i) {
        const patron_option *option = options->entries[i].option;
        if (option->reach == PATRON_REACH_FLAG ||
            (option->is_apart && !is_among(option, own, own_count)))
            continue;
        status = write_option(file, option, prefix, record);
    }
    for (uint32_t i = 0; status == PATRON_OK && i < options->count; ++i)
        status = write_inputs_of(file, &options->entries[i]);
    if (status == PATRON_OK && options->positional != NULL)
        status = write_list(file, options->inputs);
    json_decref(record);
    free(text);
    return status;
}
