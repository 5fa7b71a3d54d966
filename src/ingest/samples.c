/* SPDX-License-Identifier: Apache-2.0 */
/* Short stretches at equal distances. */
#include "ingest/samples.h"

#include "ingest/csv_scan.h"
#include "ingest/plain_file.h"
#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

enum { PROBES = 64, PROBE_BYTES = 1 << 14, EACH = 8 /* of so many rows one is taken */ };

typedef struct drawing {
    const patron_blocks *blocks;
    patron_header_options header_options;
    patron_csv_take *take;
    void *context;
    uint64_t rows;
    char *bytes;
    uint32_t file; /* that is open */
    int descriptor;
    patron_header header;
} drawing;

static patron_status take(void *context, const patron_csv_record *record)
{
    drawing *d = context;
    if (d->rows++ % EACH != 0)
        return PATRON_OK;
    patron_status status = d->take(d->context, record);
    return status == PATRON_DATA ? PATRON_OK : status;
}

static patron_status split(drawing *d, const char *bytes, uint64_t length, patron_dialect dialect)
{
    uint64_t used = 0;
    patron_csv_splitter splitter = {.dialect = dialect};
    patron_status status = patron_csv_split(&splitter, bytes, length, false, take, d, &used);
    patron_csv_splitter_free(&splitter);
    return status == PATRON_DATA ? PATRON_OK : status;
}

static void close_file(drawing *d)
{
    patron_plain_close(d->descriptor);
    d->descriptor = -1;
}

/* Opens file `index`, where it is not; false where it cannot be read. */
static bool open_file(drawing *d, uint32_t index)
{
    const patron_source *source = &d->blocks->sources->files[index];
    if (d->descriptor >= 0 && d->file == index)
        return true;
    close_file(d);
    d->file = index;
    if (patron_plain_open(source->path, &d->descriptor) == PATRON_OK &&
        patron_header_read(&d->header_options, source->path, d->descriptor, source->bytes,
                           &d->header) == PATRON_OK)
        return true;
    close_file(d);
    return false;
}

/* A line that starts behind `offset` is taken for a record. */
static patron_status probe(drawing *d, uint32_t index, uint64_t offset)
{
    const patron_source *source = &d->blocks->sources->files[index];
    if (!open_file(d, index))
        return PATRON_OK;
    offset = offset < d->header.end ? d->header.end : offset;
    uint64_t length = source->bytes - offset < PROBE_BYTES ? source->bytes - offset : PROBE_BYTES;
    memset(d->bytes, 0, PROBE_BYTES + PATRON_CSV_PADDING);
    if (patron_plain_read(d->descriptor, source->path, offset, d->bytes, length, 1) != PATRON_OK)
        return PATRON_OK;
    uint64_t first =
        offset == d->header.end
            ? 0
            : patron_csv_next_record(d->bytes, 0, length, false, d->header.dialect.plain_quotes);
    return split(d, d->bytes + first, length - first, d->header.dialect);
}

static patron_status probe_files(drawing *d)
{
    const patron_sources *sources = d->blocks->sources;
    patron_status status = PATRON_OK;
    uint64_t first = 0, end = 0, passed = 0;
    uint64_t step = sources->weight / (uint64_t)d->blocks->comm->size / PROBES + 1;
    for (uint32_t file = 0; status == PATRON_OK && file < sources->count; ++file) {
        if (!patron_sources_share(sources, d->blocks->comm, file, &first, &end) ||
            sources->files[file].is_stream)
            continue;
        uint64_t at = first + (step - passed % step) % step;
        for (; status == PATRON_OK && at < end; at += step)
            status = probe(d, file, at);
        passed += end - first;
    }
    return status;
}

patron_status patron_samples_draw(const patron_blocks *blocks, bool has_block,
                                  patron_csv_take *header, patron_csv_take *take_record,
                                  void *context)
{
    drawing d = {.blocks = blocks,
                 .header_options = {.dialect = blocks->options.header.dialect,
                                    .take = header,
                                    .context = context},
                 .take = take_record,
                 .context = context,
                 .descriptor = -1};
    d.bytes = patron_allocate(PROBE_BYTES + PATRON_CSV_PADDING, 1);
    patron_status status = d.bytes == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK && has_block && blocks->sources->files[blocks->file].is_stream)
        status = split(&d, blocks->bytes, blocks->length, blocks->dialect);
    if (status == PATRON_OK)
        status = probe_files(&d);
    close_file(&d);
    free(d.bytes);
    return status;
}
