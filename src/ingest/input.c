/* SPDX-License-Identifier: Apache-2.0 */
/* Reading through zlib, which passes what is not gzip as it is. */
#include "ingest/input.h"

#include "patron/memory.h"
#include "runtime/meter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK_BYTES = 1 << 19, ZLIB_BUFFER_BYTES = 1 << 18 };

static patron_status open_descriptor(const char *path, int *descriptor)
{
    bool standard = strcmp(path, "-") == 0;
    *descriptor = standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (*descriptor < 0)
        return patron_fail(PATRON_NO_INPUT, "%s: can not be opened: %s",
                           standard ? "standard input" : path, strerror(errno));
    return PATRON_OK;
}

/* Refuses a folder; *size is 0 where it is not known. */
static patron_status look_at(const patron_input *input, int descriptor, uint64_t *size)
{
    struct stat found;
    if (fstat(descriptor, &found) != 0)
        return patron_fail(PATRON_NO_INPUT, "%s: can not be read: %s", input->name,
                           strerror(errno));
    if (S_ISDIR(found.st_mode))
        return patron_fail(PATRON_NO_INPUT, "%s: is a folder; a text file is expected",
                           input->name);
    *size = S_ISREG(found.st_mode) ? (uint64_t)found.st_size : 0;
    return PATRON_OK;
}

patron_status patron_input_open(const char *path, patron_progress *progress, patron_input *input)
{
    *input = (patron_input){.name = strcmp(path, "-") == 0 ? "standard input" : path,
                            .progress = progress};
    int descriptor = -1;
    uint64_t size = 0;
    patron_status status = open_descriptor(path, &descriptor);
    if (status != PATRON_OK)
        goto cleanup;
    status = look_at(input, descriptor, &size);
    if (status != PATRON_OK)
        goto cleanup;
    status = PATRON_RESOURCE;
    input->buffer = patron_allocate(CHUNK_BYTES, 1);
    if (input->buffer == NULL)
        goto cleanup;
    input->file = gzdopen(descriptor, "rb");
    if (input->file == NULL) {
        status = patron_fail(PATRON_RESOURCE, "%s: out of memory for reading", input->name);
        goto cleanup;
    }
    descriptor = -1;
    gzbuffer(input->file, ZLIB_BUFFER_BYTES);
    patron_progress_begin(progress, "reading", "bytes", size);
    status = PATRON_OK;
cleanup:
    if (descriptor >= 0)
        close(descriptor);
    if (status != PATRON_OK)
        patron_input_close(input);
    return status;
}

static patron_status check(const patron_input *input)
{
    int code = Z_OK;
    const char *text = gzerror(input->file, &code);
    if (code == Z_ERRNO)
        return patron_fail(PATRON_IO, "%s: reading failed: %s", input->name, strerror(errno));
    if (code == Z_MEM_ERROR)
        return patron_fail(PATRON_RESOURCE, "%s: out of memory for reading", input->name);
    if (code == Z_BUF_ERROR)
        return patron_fail(PATRON_DATA, "%s: the gzip data ends too early; the file is truncated",
                           input->name);
    if (code != Z_OK && code != Z_STREAM_END)
        return patron_fail(PATRON_DATA, "%s: the gzip data is corrupt (%s)", input->name, text);
    return PATRON_OK;
}

patron_status patron_input_read(patron_input *input, const char **bytes, uint64_t *length)
{
    *bytes = input->buffer;
    *length = 0;
    patron_span span = patron_meter_enter(PATRON_STEP_READ);
    int got = gzread(input->file, input->buffer, CHUNK_BYTES);
    patron_meter_leave(span, got > 0 ? (uint64_t)got : 0, 0);
    if (got < CHUNK_BYTES) {
        patron_status status = check(input);
        if (status != PATRON_OK)
            return status;
    }
    *length = got > 0 ? (uint64_t)got : 0;
    z_off_t consumed = gzoffset(input->file);
    input->consumed = consumed > 0 ? (uint64_t)consumed : 0;
    patron_progress_update(input->progress, input->consumed, NULL);
    return PATRON_OK;
}

void patron_input_close(patron_input *input)
{
    if (input->file != NULL) {
        gzclose_r(input->file);
        patron_progress_end(input->progress);
    }
    free(input->buffer);
    *input = (patron_input){0};
}
