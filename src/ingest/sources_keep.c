/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of standard input and pipes, for what is read twice.  A copy has no name in its folder;
 * the kernel's name of the open file opens it again.  A record that is too long ends it at once: a
 * stream that has no line ends, or a quote that is never closed, would fill the disk. */
#include "ingest/csv.h"
#include "ingest/csv_scan.h"
#include "ingest/input.h"
#include "ingest/sources.h"
#include "shuffle/spool.h"

#include <inttypes.h>
#include <stdio.h>

/* The record that is being read. */
typedef struct record {
    bool plain_quotes;
    bool inside;          /* quotes */
    bool behind_return;   /* the last byte was CR; LF would be of the same line end */
    uint64_t line, bytes; /* where it starts, and so far */
    uint64_t lines;       /* that ended before what comes next */
} record;

/* Where the last record starts that does so in bytes[length] or right behind; 0: none does. */
static uint64_t last_start(record *at_hand, const char *bytes, uint64_t length)
{
    uint64_t start = 0, next = 0;
    while (next < length) {
        next = patron_csv_next_record(bytes, start, length, at_hand->inside, at_hand->plain_quotes);
        if (next == length)
            break;
        start = next;
        at_hand->inside = false;
    }
    at_hand->inside ^=
        !at_hand->plain_quotes && patron_csv_quotes(bytes + start, length - start) % 2 == 1;
    bool is_over = !at_hand->inside && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r');
    return is_over ? length : start;
}

/* Goes on by bytes[length].  DATA where the record is longer than one may be. */
static patron_status follow(record *at_hand, const char *name, const char *bytes, uint64_t length)
{
    if (length == 0)
        return PATRON_OK;
    uint64_t start = last_start(at_hand, bytes, length);
    at_hand->lines -= at_hand->behind_return && bytes[0] == '\n' ? 1 : 0;
    if (start > 0) {
        at_hand->lines += patron_csv_lines(bytes, start, start < length ? bytes[start] : ' ');
        at_hand->line = at_hand->lines + 1;
        at_hand->bytes = 0;
    }
    at_hand->lines += patron_csv_lines(bytes + start, length - start, ' ');
    at_hand->bytes += length - start;
    at_hand->behind_return = bytes[length - 1] == '\r';
    if (at_hand->bytes <= PATRON_CSV_RECORD_LIMIT)
        return PATRON_OK;
    return patron_fail(PATRON_DATA, "%s, line %" PRIu64 "%s", name, at_hand->line,
                       PATRON_CSV_TOO_LONG);
}

static patron_status copy(const char *folder, const char *name, bool plain_quotes,
                          patron_source *source)
{
    patron_input input = {0};
    patron_spool spool = {.descriptor = -1};
    const char *bytes = NULL;
    uint64_t length = 1;
    record at_hand = {.plain_quotes = plain_quotes, .line = 1};
    patron_status status = patron_input_open(source->path, NULL, &input);
    if (status == PATRON_OK)
        status = patron_spool_create(folder, name, &spool);
    while (status == PATRON_OK && length > 0) {
        status = patron_input_read(&input, &bytes, &length);
        if (status == PATRON_OK)
            status = follow(&at_hand, patron_source_name(source), bytes, length);
        if (status == PATRON_OK && length > 0)
            status = patron_spool_append(&spool, bytes, length);
    }
    patron_input_close(&input);
    if (status == PATRON_OK && asprintf(&source->kept, "/proc/self/fd/%d", spool.descriptor) < 0) {
        source->kept = NULL;
        status = patron_fail(PATRON_RESOURCE, "out of memory for a copy of the input");
    }
    source->copy = spool.descriptor;
    if (status != PATRON_OK)
        patron_spool_close(&spool);
    return status;
}

patron_status patron_sources_keep(const patron_comm *comm, const char *folder, const char *name,
                                  bool plain_quotes, patron_sources *sources)
{
    patron_status status = PATRON_OK;
    uint64_t first = 0, end = 0;
    for (uint32_t i = 0; status == PATRON_OK && i < sources->count; ++i)
        if (!patron_source_is_lasting(&sources->files[i]) &&
            patron_sources_share(sources, comm, i, &first, &end))
            status = copy(folder, name, plain_quotes, &sources->files[i]);
    return patron_comm_agree(comm, status);
}
