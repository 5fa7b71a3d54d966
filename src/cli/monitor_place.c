/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a run that is watched may write: nobody else's. */
#include "cli/json.h"
#include "cli/monitor.h"
#include "store/output_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes beyond which a file is none of ours; they are a few thousand. */
enum { LARGEST = 1 << 20 };

static bool is_status(const char *text, size_t length)
{
    json_t *found = json_loadb(text, length, 0, NULL);
    const char *schema = json_string_value(json_object_get(found, "schema"));
    bool is_ours = schema != NULL && strcmp(schema, PATRON_MONITOR_SCHEMA) == 0;
    json_decref(found);
    return is_ours;
}

static bool is_metrics(const char *text, size_t length)
{
    const size_t head = strlen(PATRON_MONITOR_METRICS_HEAD);
    return length > head && memcmp(text, PATRON_MONITOR_METRICS_HEAD, head) == 0;
}

static bool holds(int file, size_t bytes, bool (*is_ours)(const char *text, size_t length))
{
    char *text = malloc(bytes);
    size_t length = 0;
    ssize_t got = 1;
    while (text != NULL && got > 0 && length < bytes) {
        got = read(file, text + length, bytes - length);
        length += got > 0 ? (size_t)got : 0;
    }
    bool found = text != NULL && length == bytes && is_ours(text, length);
    free(text);
    return found;
}

/* What may be replaced: nothing, an empty file, or one that holds what ours do. */
static patron_status check_content(const char *path, const char *what,
                                   bool (*is_ours)(const char *text, size_t length))
{
    struct stat info;
    if (lstat(path, &info) != 0)
        return errno == ENOENT ? PATRON_OK
                               : patron_fail(PATRON_CANT_CREATE, "%s: %s", path, strerror(errno));
    int file = S_ISREG(info.st_mode) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    bool may = file >= 0 && info.st_size <= LARGEST &&
               (info.st_size == 0 || holds(file, (size_t)info.st_size, is_ours));
    if (file >= 0)
        close(file);
    return may ? PATRON_OK
               : patron_fail(PATRON_CANT_CREATE,
                             "%s: is no %s of an earlier run, and is not replaced", path, what);
}

/* ---- other files ---- */

/* Whether the option's values are names of files, by what help calls them. */
static bool names_files(const patron_option *option)
{
    static const char *const words[] = {"FILE", "CSV", "FIMI", "DATASET", "MODEL"};
    for (size_t i = 0; option->argument != NULL && i < sizeof words / sizeof words[0]; ++i)
        if (strstr(option->argument, words[i]) != NULL)
            return true;
    return false;
}

static patron_status check_other(const char *option, const char *path, const char *other,
                                 const char *place)
{
    if (place == NULL || !patron_output_is_same_place(path, place))
        return PATRON_OK;
    return patron_fail(PATRON_USAGE, "--%s and %s name the same file, %s", option, other, path);
}

static patron_status check_list(const char *option, const char *path, const char *other,
                                const patron_option_list *list)
{
    patron_status status = PATRON_OK;
    for (uint32_t i = 0; i < list->count && status == PATRON_OK; ++i)
        status = check_other(option, path, other, list->names[i]);
    return status;
}

static patron_status check_others(const patron_options *options, const char *option,
                                  const char *path)
{
    char other[64];
    patron_status status = PATRON_OK;
    if (options->inputs != NULL)
        status = check_list(option, path, "the input", options->inputs);
    for (uint32_t i = 0; i < options->count && status == PATRON_OK; ++i) {
        const patron_option_entry *entry = &options->entries[i];
        if (strcmp(entry->option->name, option) == 0 || !names_files(entry->option))
            continue;
        snprintf(other, sizeof other, "--%s", entry->option->name);
        if (entry->option->type == PATRON_OPTION_TEXT)
            status = check_other(option, path, other, *(const char *const *)entry->target);
        else if (entry->option->type == PATRON_OPTION_LIST)
            status = check_list(option, path, other, entry->target);
    }
    return status;
}

/* ---- both ---- */

static patron_status check_file(const patron_monitor *monitor, const char *option, const char *path,
                                bool (*is_ours)(const char *text, size_t length),
                                patron_monitor_file *file)
{
    if (path == NULL)
        return PATRON_OK;
    patron_status status = check_content(path, option, is_ours);
    if (status == PATRON_OK)
        status = check_others(monitor->options, option, path);
    if (status == PATRON_OK && strlen(path) + PATRON_OUTPUT_SUFFIX > sizeof file->partial)
        status = patron_fail(PATRON_CANT_CREATE, "%s: %s", path, strerror(ENAMETOOLONG));
    if (status != PATRON_OK)
        return status;
    snprintf(file->partial, sizeof file->partial, "%s.partial.%016" PRIx64, path,
             patron_output_writer());
    file->path = path;
    return PATRON_OK;
}

patron_status patron_monitor_check_files(patron_monitor *monitor)
{
    const patron_common_options *common = monitor->common;
    char text[PATRON_FAIL_CAPACITY];
    patron_status status =
        check_file(monitor, "status", common->status, is_status, &monitor->status_file);
    patron_fail_text(status, text, sizeof text);
    patron_status other =
        check_file(monitor, "metrics", common->metrics, is_metrics, &monitor->metrics_file);
    if (status == PATRON_OK)
        return other;
    patron_fail_set_text(text);
    return status;
}
