/* SPDX-License-Identifier: Apache-2.0 */
/* Files are told by size and time, not read: a script asks before each run. */
#include "cli/fingerprint.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- files ---- */

static patron_status fail_memory(const char *name)
{
    return patron_fail(PATRON_RESOURCE, "%s: out of memory for its files", name);
}

static patron_status write_file(FILE *file, const char *path)
{
    char real[PATH_MAX];
    struct stat info;
    errno = 0;
    if (stat(path, &info) == 0 && realpath(path, real) != NULL)
        fprintf(file, "file %jd %jd.%09ld %s\n", (intmax_t)info.st_size,
                (intmax_t)info.st_mtim.tv_sec, info.st_mtim.tv_nsec, real);
    else if (errno == ENOMEM)
        return fail_memory(path);
    else
        fprintf(file, "file - - %s\n", path);
    return PATRON_OK;
}

static int is_part(const struct dirent *entry)
{
    return fnmatch("part-*.h5", entry->d_name, 0) == 0;
}

static patron_status write_folder(FILE *file, const char *path)
{
    struct dirent **entries = NULL;
    patron_status status = PATRON_OK;
    int count = scandir(path, &entries, is_part, alphasort);
    if (count < 0 && errno == ENOMEM)
        return fail_memory(path);
    if (count <= 0)
        fprintf(file, "file - - %s\n", path);
    for (int i = 0; i < count; ++i) {
        char part[PATH_MAX + NAME_MAX + 2];
        snprintf(part, sizeof part, "%s/%s", path, entries[i]->d_name);
        if (status == PATRON_OK)
            status = write_file(file, part);
        free(entries[i]);
    }
    free(entries);
    return status;
}

/* `has_matches`: whether any file matches. */
static patron_status write_matches(FILE *file, const char *pattern, bool *has_matches)
{
    glob_t found = {0};
    int code = strpbrk(pattern, "*?[") != NULL ? glob(pattern, 0, NULL, &found) : GLOB_NOMATCH;
    patron_status status = code == GLOB_NOSPACE ? fail_memory(pattern) : PATRON_OK;
    *has_matches = code == 0;
    for (size_t i = 0; status == PATRON_OK && code == 0 && i < found.gl_pathc; ++i)
        status = write_file(file, found.gl_pathv[i]);
    globfree(&found);
    return status;
}

/* FILE, a folder of parts, a pattern, or FILE:/path of an array in it. */
static patron_status write_input(FILE *file, const char *name)
{
    struct stat info;
    bool has_matches = false;
    if (stat(name, &info) == 0)
        return S_ISDIR(info.st_mode) ? write_folder(file, name) : write_file(file, name);
    patron_status status = write_matches(file, name, &has_matches);
    if (status != PATRON_OK || has_matches)
        return status;
    const char *inside = strstr(name, ":/");
    if (inside == NULL)
        return write_file(file, name);
    char *outside = strndup(name, (size_t)(inside - name));
    status = outside != NULL ? write_file(file, outside) : fail_memory(name);
    free(outside);
    return status;
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

static patron_status write_option(FILE *file, const patron_option_entry *entry, const char *prefix)
{
    char *value = patron_option_json(entry);
    if (value == NULL)
        return PATRON_RESOURCE;
    fprintf(file, "%s %s%s = %s\n", entry->option->is_apart ? "apart" : "option", prefix,
            entry->option->name, value);
    free(value);
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
    for (uint32_t i = 0; status == PATRON_OK && i < options->count; ++i) {
        const patron_option *option = options->entries[i].option;
        if (option->reach == PATRON_REACH_FLAG ||
            (option->is_apart && !is_among(option, own, own_count)))
            continue;
        status = write_option(file, &options->entries[i], prefix);
    }
    for (uint32_t i = 0; status == PATRON_OK && i < options->count; ++i)
        status = write_inputs_of(file, &options->entries[i]);
    if (status == PATRON_OK && options->positional != NULL)
        status = write_list(file, options->inputs);
    return status;
}
