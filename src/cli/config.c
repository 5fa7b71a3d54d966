/* SPDX-License-Identifier: Apache-2.0 */
/* A job file through inih, whose reader is wrapped to know lines and their lengths. */
#include "cli/config.h"

#include "runtime/suggest.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct config_reading {
    FILE *file;
    const char *what; /* the file is called in messages */
    const char *path;
    const char *section;
    patron_status (*take)(void *user, const patron_config_key *key);
    void *user;
    patron_status status; /* of what was found so far; nothing is taken after a failure */
    int line;
    bool indented;
    char *text; /* the line as it stands in the file */
    size_t room;
} config_reading;

/* inih's reader, as fgets: one line of the file, which must fit in `capacity`. */
static char *read_line(char *line, int capacity, void *stream)
{
    config_reading *reading = stream;
    if (reading->status != PATRON_OK)
        return NULL;
    errno = 0;
    ssize_t length = getline(&reading->text, &reading->room, reading->file);
    if (length < 0) {
        if (errno != 0)
            reading->status = patron_fail(PATRON_CONFIG, "%s: the %s can't be read: %s",
                                          reading->path, reading->what, strerror(errno));
        return NULL;
    }
    reading->line += 1;
    if (memchr(reading->text, '\0', (size_t)length) != NULL)
        reading->status = patron_fail(PATRON_CONFIG, "%s:%d: a NUL byte found, expected text",
                                      reading->path, reading->line);
    else if (length >= capacity)
        reading->status = patron_fail(PATRON_CONFIG,
                                      "%s:%d: a line of %zd bytes found, expected at most %d (a "
                                      "list may go on in indented lines)",
                                      reading->path, reading->line, length, capacity - 1);
    if (reading->status != PATRON_OK)
        return NULL;
    reading->indented = reading->text[0] == ' ' || reading->text[0] == '\t';
    return memcpy(line, reading->text, (size_t)length + 1);
}

/* inih's handler: 1 goes on, 0 notes an error and goes on. */
static int handle(void *user, const char *section, const char *name, const char *value)
{
    config_reading *reading = user;
    if (reading->status != PATRON_OK)
        return 0;
    if (section[0] == '\0') {
        reading->status = patron_fail(
            PATRON_CONFIG, "%s:%d: key '%s' found before any section, expected [%s] above it",
            reading->path, reading->line, name, reading->section);
    } else if (strcmp(section, reading->section) == 0) {
        patron_config_key key = {
            .name = name, .value = value, .continued = reading->indented, .line = reading->line};
        reading->status = reading->take(reading->user, &key);
    } else if (patron_may_mean(section, reading->section)) {
        reading->status =
            patron_fail(PATRON_CONFIG, "%s:%d: unknown section [%s]; did you mean [%s]?",
                        reading->path, reading->line, section, reading->section);
    }
    return reading->status == PATRON_OK;
}

patron_status patron_config_read(const char *what, const char *path, const char *section,
                                 patron_status (*take)(void *user, const patron_config_key *key),
                                 void *user)
{
    config_reading reading = {
        .what = what, .path = path, .section = section, .take = take, .user = user};
    reading.file = fopen(path, "r");
    if (reading.file == NULL)
        return patron_fail(PATRON_CONFIG, "%s: the %s can't be opened: %s", path, what,
                           strerror(errno));
    int bad_line = ini_parse_stream(read_line, &reading, handle, &reading);
    if (bad_line == -2)
        reading.status = patron_fail(PATRON_RESOURCE, "out of memory while reading %s", path);
    else if (bad_line != 0 && (reading.status == PATRON_OK || bad_line < reading.line))
        reading.status =
            patron_fail(PATRON_CONFIG, "%s:%d: malformed line, expected [section] or key = value",
                        path, bad_line);
    free(reading.text);
    fclose(reading.file);
    return reading.status;
}
