/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of standard input and pipes, for what is read twice.  A copy has no name in its folder;
 * the kernel's name of the open file opens it again.  A line that no record can hold ends it at
 * once: a stream that has no line ends would fill the disk. */
#include "ingest/csv.h"
#include "ingest/csv_scan.h"
#include "ingest/input.h"
#include "ingest/sources.h"
#include "shuffle/spool.h"

#include <inttypes.h>
#include <stdio.h>

/* The line that is being read. */
typedef struct line {
    uint64_t number, bytes; /* so far */
} line;

/* Goes on by bytes[length].  DATA where the line is longer than a record may be. */
static patron_status follow(line *at_hand, const char *name, const char *bytes, uint64_t length)
{
    uint64_t behind = length; /* the last line end */
    while (behind > 0 && bytes[behind - 1] != '\n' && bytes[behind - 1] != '\r')
        --behind;
    if (behind > 0) {
        at_hand->number += patron_csv_lines(bytes, length, ' ');
        at_hand->bytes = 0;
    }
    at_hand->bytes += length - behind;
    if (at_hand->bytes <= PATRON_CSV_RECORD_LIMIT)
        return PATRON_OK;
    return patron_fail(PATRON_DATA, "%s, line %" PRIu64 ": is longer than the 16 MiB of a record",
                       name, at_hand->number);
}

static patron_status copy(const char *folder, const char *name, patron_source *source)
{
    patron_input input = {0};
    patron_spool spool = {.descriptor = -1};
    const char *bytes = NULL;
    uint64_t length = 1;
    line at_hand = {.number = 1};
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
                                  patron_sources *sources)
{
    patron_status status = PATRON_OK;
    uint64_t first = 0, end = 0;
    for (uint32_t i = 0; status == PATRON_OK && i < sources->count; ++i)
        if (!patron_source_is_lasting(&sources->files[i]) &&
            patron_sources_share(sources, comm, i, &first, &end))
            status = copy(folder, name, &sources->files[i]);
    return patron_comm_agree(comm, status);
}
