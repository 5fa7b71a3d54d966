/* SPDX-License-Identifier: Apache-2.0 */
/* Adding to an audit: under a lock the last line is read, the next is written behind it in one
 * piece, and synced.  What could not be written whole is taken back. */
#include "cli/audit.h"

#include "cli/audit_line.h"
#include "patron/memory.h"
#include "runtime/read_at.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static patron_status fail_audit(patron_status status, const char *path, const char *what)
{
    return patron_fail(status, "%s: the audit %s: %s", path, what, strerror(errno));
}

/* Opens and locks the file; *bytes is its length. */
static patron_status open_audit(const char *path, int flags, int *descriptor, uint64_t *bytes)
{
    struct stat info;
    *descriptor = open(path, flags | O_RDWR | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
                       S_IRUSR | S_IWUSR);
    if (*descriptor < 0)
        return fail_audit(PATRON_CANT_CREATE, path, "can not be written");
    if (fstat(*descriptor, &info) != 0 || !S_ISREG(info.st_mode))
        return patron_fail(PATRON_CANT_CREATE, "%s: is no file; an audit is expected", path);
    int code = 0;
    do
        code = flock(*descriptor, LOCK_EX);
    while (code != 0 && errno == EINTR);
    if (code != 0 || fstat(*descriptor, &info) != 0)
        return fail_audit(PATRON_CANT_CREATE, path, "can not be locked");
    *bytes = (uint64_t)info.st_size;
    return PATRON_OK;
}

static patron_status read_at(int descriptor, const char *path, uint64_t offset, char *bytes,
                             uint64_t length)
{
    return patron_read_at(descriptor, offset, bytes, length)
               ? PATRON_OK
               : patron_fail(PATRON_IO, "%s: the audit can not be read: %s", path,
                             patron_read_fault());
}

/* Lines before byte `offset`, for a message. */
static uint64_t count_lines(int descriptor, const char *path, uint64_t offset)
{
    char bytes[1 << 14];
    uint64_t lines = 0;
    for (uint64_t at = 0; at < offset;) {
        uint64_t now = offset - at < sizeof bytes ? offset - at : sizeof bytes;
        if (read_at(descriptor, path, at, bytes, now) != PATRON_OK)
            break;
        for (uint64_t i = 0; i < now; ++i)
            lines += bytes[i] == '\n' ? 1 : 0;
        at += now;
    }
    return lines;
}

/* The last line of `bytes` bytes; *text, to free(), holds the end of the file, from *first in it.
 */
static patron_status read_last(int descriptor, const char *path, uint64_t bytes, char **text,
                               uint64_t *length, uint64_t *first)
{
    enum { FIRST_READ = 1 << 14 };
    patron_status status = PATRON_OK;
    bool found = false;
    for (uint64_t room = FIRST_READ; status == PATRON_OK && !found; room *= 4) {
        *length = room < bytes ? room : bytes;
        free(*text);
        *text = patron_allocate(*length, 1);
        status = *text == NULL ? PATRON_RESOURCE
                               : read_at(descriptor, path, bytes - *length, *text, *length);
        if (status != PATRON_OK)
            break;
        const char *end = memrchr(*text, '\n', *length - 1);
        *first = end != NULL ? (uint64_t)(end - *text) + 1 : 0;
        found = end != NULL || *length == bytes;
    }
    return status;
}

/* Where the audit ends, from its last line. */
static patron_status find_end(int descriptor, const char *path, uint64_t bytes,
                              patron_audit_end *end)
{
    char *text = NULL, previous[PATRON_AUDIT_HASH];
    uint64_t length = 0, first = 0;
    *end = patron_audit_start();
    if (bytes == 0)
        return PATRON_OK;
    patron_status status = read_last(descriptor, path, bytes, &text, &length, &first);
    if (status == PATRON_OK &&
        patron_audit_line_read(path, 0, text + first, length - first, end, previous) != PATRON_OK)
        status =
            patron_audit_line_read(path, 1 + count_lines(descriptor, path, bytes - length + first),
                                   text + first, length - first, end, previous);
    free(text);
    return status;
}

static patron_status write_line(int descriptor, const char *path, uint64_t bytes, const char *line)
{
    size_t length = strlen(line);
    ssize_t wrote = write(descriptor, line, length);
    if (wrote == (ssize_t)length && fsync(descriptor) == 0)
        return PATRON_OK;
    errno = wrote >= 0 && wrote < (ssize_t)length ? ENOSPC : errno;
    patron_status status = fail_audit(PATRON_IO, path, "can not be written");
    if (ftruncate(descriptor, (off_t)bytes) != 0)
        return patron_fail(PATRON_IO,
                           "%s: the audit can not be written, and a part of a line is "
                           "left at its end",
                           path);
    return status;
}

patron_status patron_audit_append(const char *path, const json_t *facts)
{
    int descriptor = -1;
    uint64_t bytes = 0;
    patron_audit_end end;
    char *line = NULL;
    patron_status status = open_audit(path, O_CREAT, &descriptor, &bytes);
    if (status == PATRON_OK)
        status = find_end(descriptor, path, bytes, &end);
    if (status == PATRON_OK) {
        line = patron_audit_line_format(facts, &end);
        status = line == NULL ? PATRON_RESOURCE : write_line(descriptor, path, bytes, line);
    }
    free(line);
    if (descriptor >= 0)
        close(descriptor);
    return status;
}

patron_status patron_audit_check(const char *path)
{
    int descriptor = -1;
    uint64_t bytes = 0;
    patron_audit_end end;
    if (access(path, F_OK) != 0) {
        char copy[PATH_MAX];
        snprintf(copy, sizeof copy, "%s", path);
        return access(dirname(copy), W_OK | X_OK) == 0
                   ? PATRON_OK
                   : fail_audit(PATRON_CANT_CREATE, path, "can not be made");
    }
    patron_status status = open_audit(path, 0, &descriptor, &bytes);
    if (status == PATRON_OK)
        status = find_end(descriptor, path, bytes, &end);
    if (descriptor >= 0)
        close(descriptor);
    return status;
}
