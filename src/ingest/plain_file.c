/* SPDX-License-Identifier: Apache-2.0 */
/* pread, piece by piece. */
#include "ingest/plain_file.h"

#include "ingest/csv_scan.h"
#include "patron/data.h"
#include "patron/memory.h"
#include "runtime/read_at.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const uint64_t PIECE_BYTES = 1 << 18;

patron_status patron_plain_open(const char *path, int *descriptor)
{
    *descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (*descriptor < 0)
        return patron_fail(PATRON_NO_INPUT, "%s: can not be opened: %s", path, strerror(errno));
    return PATRON_OK;
}

void patron_plain_close(int descriptor)
{
    if (descriptor >= 0)
        close(descriptor);
}

static patron_status read_range(int descriptor, const char *name, uint64_t offset, char *bytes,
                                uint64_t length)
{
    return patron_read_at(descriptor, offset, bytes, length)
               ? PATRON_OK
               : patron_fail(PATRON_IO, "%s: reading failed: %s", name, patron_read_fault());
}

patron_status patron_plain_read(int descriptor, const char *name, uint64_t offset, char *bytes,
                                uint64_t length, int threads)
{
    if (threads == 1 || length < 2 * PIECE_BYTES)
        return read_range(descriptor, name, offset, bytes, length);
    patron_status status = PATRON_OK;
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int t = 0; t < threads; ++t) {
        patron_range part = patron_range_cut(length, (uint64_t)t, (uint64_t)threads);
        patron_status one =
            read_range(descriptor, name, offset + part.first, bytes + part.first, part.count);
        if (one != PATRON_OK) {
#pragma omp critical(patron_plain)
            status = one;
        }
    }
    return status;
}

/* A byte is read beyond the piece: whether a CR ends a line by itself hangs on it. */
static patron_status count_range(int descriptor, const char *name, uint64_t first, uint64_t end,
                                 patron_plain_what what, uint64_t *count)
{
    char *bytes = patron_allocate(PIECE_BYTES + 1, 1);
    patron_status status = bytes == NULL ? PATRON_RESOURCE : PATRON_OK;
    *count = 0;
    while (status == PATRON_OK && first < end) {
        uint64_t length = end - first < PIECE_BYTES ? end - first : PIECE_BYTES;
        status = read_range(descriptor, name, first, bytes, length);
        char next = ' ';
        if (status == PATRON_OK && what == PATRON_PLAIN_LINES)
            (void)!pread(descriptor, &next, 1, (off_t)(first + length));
        if (status == PATRON_OK)
            *count += what == PATRON_PLAIN_QUOTES ? patron_csv_quotes(bytes, length)
                                                  : patron_csv_lines(bytes, length, next);
        first += length;
    }
    free(bytes);
    return status;
}

patron_status patron_plain_count(int descriptor, const char *name, uint64_t first, uint64_t end,
                                 int threads, patron_plain_what what, uint64_t *count)
{
    patron_status status = PATRON_OK;
    uint64_t total = 0;
#pragma omp parallel for num_threads(threads) schedule(static, 1) reduction(+ : total)
    for (int t = 0; t < threads; ++t) {
        patron_range part = patron_range_cut(end - first, (uint64_t)t, (uint64_t)threads);
        uint64_t here = 0;
        patron_status one = count_range(descriptor, name, first + part.first,
                                        first + part.first + part.count, what, &here);
        total += here;
        if (one != PATRON_OK) {
#pragma omp critical(patron_plain)
            status = one;
        }
    }
    *count = total;
    return status;
}

static bool ends_line(char byte)
{
    return byte == '\n' || byte == '\r';
}

patron_status patron_plain_find_record(int descriptor, const char *name, uint64_t first,
                                       uint64_t end, bool inside, bool plain_quotes,
                                       uint64_t *start)
{
    char *bytes = patron_allocate(PIECE_BYTES, 1);
    char before = 0;
    patron_status status =
        bytes == NULL ? PATRON_RESOURCE : read_range(descriptor, name, first - 1, &before, 1);
    bool found = status == PATRON_OK && !inside && ends_line(before);
    *start = first;
    while (status == PATRON_OK && !found && *start < end) {
        uint64_t length = end - *start < PIECE_BYTES ? end - *start : PIECE_BYTES;
        status = read_range(descriptor, name, *start, bytes, length);
        if (status != PATRON_OK)
            break;
        uint64_t next = patron_csv_next_record(bytes, 0, length, inside, plain_quotes);
        inside ^= !plain_quotes && patron_csv_quotes(bytes, length) % 2 == 1;
        found = next < length || (!inside && ends_line(bytes[length - 1]));
        *start += next;
    }
    free(bytes);
    return status;
}
