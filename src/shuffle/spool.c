/* SPDX-License-Identifier: Apache-2.0 */
/* A file without a name: made so where the file system can, so that a run that is killed leaves
 * none; else it loses its name as soon as it is open. */
#include "shuffle/spool.h"

#include "runtime/meter.h"
#include "runtime/read_at.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int open_nameless(const char *folder)
{
    char path[PATH_MAX];
    int file = open(folder, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
    if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return file;
    int length = snprintf(path, sizeof path, "%s/patron.spool.XXXXXX", folder);
    if (length >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    file = mkstemp(path);
    if (file >= 0)
        unlink(path);
    return file;
}

patron_status patron_spool_create(const char *folder, const char *name, patron_spool *spool)
{
    spool->name = name;
    spool->size = spool->taken = 0;
    spool->descriptor = open_nameless(folder);
    if (spool->descriptor < 0)
        return patron_fail(PATRON_CANT_CREATE, "%s: a temporary file in %s: %s", name, folder,
                           strerror(errno));
    return PATRON_OK;
}

void patron_spool_close(patron_spool *spool)
{
    if (spool->descriptor >= 0)
        close(spool->descriptor);
    spool->descriptor = -1;
}

patron_status patron_spool_append(patron_spool *spool, const char *bytes, uint64_t length)
{
    patron_span span = patron_meter_enter(PATRON_STEP_WRITE);
    uint64_t before = spool->size;
    patron_status status = PATRON_OK;
    while (status == PATRON_OK && length > 0) {
        ssize_t written = write(spool->descriptor, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            status = patron_fail(PATRON_IO, "%s: its temporary file cannot be written: %s",
                                 spool->name, strerror(errno));
            break;
        }
        bytes += written;
        length -= (uint64_t)written;
        spool->size += (uint64_t)written;
    }
    patron_meter_leave(span, 0, spool->size - before);
    return status;
}

patron_status patron_spool_read(const patron_spool *spool, uint64_t offset, char *bytes,
                                uint64_t length)
{
    return patron_read_at(spool->descriptor, offset, bytes, length)
               ? PATRON_OK
               : patron_fail(PATRON_IO, "%s: its temporary file cannot be read: %s", spool->name,
                             patron_read_fault());
}

patron_status patron_spool_take(patron_spool *spool, uint64_t offset, char *bytes, uint64_t length)
{
    patron_status status = patron_spool_read(spool, offset, bytes, length);
    if (status != PATRON_OK || length == 0)
        return status;
    uint64_t end = offset + length;
    if (offset == spool->taken) { /* with the block that it shares with what was taken before */
        spool->taken = end;
        offset = 0;
    }
    (void)fallocate(spool->descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
                    (off_t)(end - offset));
    return PATRON_OK;
}
