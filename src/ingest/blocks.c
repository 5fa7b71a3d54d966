/* SPDX-License-Identifier: Apache-2.0 */
/* A plain file is read by all threads of the rank at once; quotes in each thread's bytes tell where
 * its records start.  The record that a range cuts off is read to its end. */
#include "ingest/blocks.h"

#include "ingest/csv.h"
#include "ingest/csv_scan.h"
#include "ingest/plain_file.h"
#include "patron/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TAIL_BYTES = 1 << 16 };

static const patron_source *source_of(const patron_blocks *b)
{
    return &b->sources->files[b->file];
}

static const char *name_of(const patron_blocks *b)
{
    return patron_source_name(source_of(b));
}

/* Room for `more` bytes behind those that are there, and padding. */
static patron_status make_room(patron_blocks *b, uint64_t more)
{
    char *bytes = patron_grow(b->bytes, b->length + more + PATRON_CSV_PADDING, &b->room, 1);
    if (bytes == NULL)
        return PATRON_RESOURCE;
    b->bytes = bytes;
    return PATRON_OK;
}

static void grow_block(patron_blocks *b, uint64_t more)
{
    b->length += more;
    memset(b->bytes + b->length, 0, PATRON_CSV_PADDING);
}

/* ---- filling ---- */

/* What there is more of the stream, into `ahead`. */
static patron_status read_ahead(patron_blocks *b)
{
    const patron_source *source = source_of(b);
    uint64_t before = b->input.consumed;
    patron_status status = patron_input_read(&b->input, &b->ahead, &b->ahead_length);
    if (source->bytes > 0)
        b->bytes_read += (b->input.consumed - before) * (source->weight / source->bytes);
    b->is_drained = status == PATRON_OK && b->ahead_length == 0;
    return status;
}

static patron_status fill_from_stream(patron_blocks *b, uint64_t wanted)
{
    patron_status status = make_room(b, wanted);
    uint64_t got = 0;
    while (status == PATRON_OK && got < wanted && !b->is_drained) {
        if (b->ahead_length == 0)
            status = read_ahead(b);
        uint64_t now = wanted - got < b->ahead_length ? wanted - got : b->ahead_length;
        if (now > 0)
            memcpy(b->bytes + b->length + got, b->ahead, now);
        b->ahead += now;
        b->ahead_length -= now;
        got += now;
    }
    if (status == PATRON_OK)
        grow_block(b, got);
    return status;
}

static patron_status fill_from_file(patron_blocks *b, uint64_t wanted)
{
    wanted = wanted < b->end - b->at ? wanted : b->end - b->at;
    patron_status status = make_room(b, wanted);
    if (status == PATRON_OK)
        status = patron_plain_read(b->descriptor, name_of(b), b->at, b->bytes + b->length, wanted,
                                   b->options.threads);
    if (status != PATRON_OK)
        return status;
    grow_block(b, wanted);
    b->at += wanted;
    b->bytes_read += wanted;
    b->is_drained = b->at == b->end;
    return PATRON_OK;
}

static patron_status fill(patron_blocks *b, uint64_t wanted)
{
    return source_of(b)->is_stream ? fill_from_stream(b, wanted) : fill_from_file(b, wanted);
}

/* ---- files ---- */

/* Drops what lies before byte `used` of the block. */
static void move_to_front(patron_blocks *b, uint64_t used)
{
    if (source_of(b)->is_stream || b->options.counts_lines)
        b->lines += patron_csv_lines(b->bytes, used, b->bytes[used]);
    b->length -= used;
    b->offset += used;
    memmove(b->bytes, b->bytes + used, b->length);
    memset(b->bytes + b->length, 0, PATRON_CSV_PADDING);
}

static patron_status take_stream_header(patron_blocks *b)
{
    patron_header header = {0};
    patron_status status = PATRON_OK;
    while (status == PATRON_OK && !header.found) {
        status = fill(b, PATRON_HEADER_BYTES);
        if (status == PATRON_OK)
            status = patron_header_find(&b->options.header, name_of(b), b->bytes, b->length,
                                        b->is_drained, &header);
    }
    b->dialect = header.dialect;
    if (status == PATRON_OK)
        move_to_front(b, header.end);
    return status;
}

static patron_status open_stream(patron_blocks *b)
{
    patron_status status = patron_input_open(patron_source_place(source_of(b)), NULL, &b->input);
    b->input.name = name_of(b);
    return status == PATRON_OK ? take_stream_header(b) : status;
}

static patron_status open_plain(patron_blocks *b, uint64_t first, uint64_t end)
{
    bool inside = b->starts_inside && first > 0;
    patron_header header = {0};
    patron_status status = patron_plain_open(source_of(b)->path, &b->descriptor);
    if (status == PATRON_OK)
        status = patron_header_read(&b->options.header, name_of(b), b->descriptor,
                                    source_of(b)->bytes, &header);
    b->dialect = header.dialect;
    b->at = header.end;
    b->end = end;
    if (status == PATRON_OK && first > header.end)
        status = patron_plain_find_record(b->descriptor, name_of(b), first, end, inside,
                                          b->dialect.plain_quotes, &b->at);
    b->is_drained = b->at >= end;
    b->offset = b->at;
    if (status == PATRON_OK && b->options.counts_lines && first == 0)
        status = patron_plain_count(b->descriptor, name_of(b), 0, header.end, 1, PATRON_PLAIN_LINES,
                                    &b->lines);
    return status;
}

/* Opens the next file of which this rank has a share; *found is false behind the last. */
static patron_status open_next(patron_blocks *b, bool *found)
{
    uint64_t first = 0, end = 0;
    *found = false;
    while (b->file < b->sources->count &&
           !patron_sources_share(b->sources, b->comm, b->file, &first, &end))
        ++b->file;
    if (b->file == b->sources->count)
        return PATRON_OK;
    *found = b->is_open = true;
    b->descriptor = -1;
    b->length = b->offset = b->lines = b->ahead_length = 0;
    b->is_drained = false;
    return source_of(b)->is_stream ? open_stream(b) : open_plain(b, first, end);
}

static void close_file(patron_blocks *b)
{
    if (!b->is_open)
        return;
    patron_input_close(&b->input);
    patron_plain_close(b->descriptor);
    if (b->lines_of != NULL)
        b->lines_of[b->file] = b->lines;
    b->is_open = false;
    b->length = 0;
    ++b->file;
}

/* ---- pieces ---- */

/* Cuts the block where records start, near every thread's share of it. */
static void cut(patron_blocks *b)
{
    uint64_t threads = (uint64_t)b->options.threads, quotes = 0, counted = 0;
    bool plain = b->dialect.plain_quotes, counts = threads > 1 && !plain;
    b->cuts[0] = 0;
    for (uint64_t t = 1; t <= threads; ++t) {
        uint64_t near = t == threads ? b->length : t * b->length / threads;
        quotes += counts ? patron_csv_quotes(b->bytes + counted, near - counted) : 0;
        counted = near;
        bool inside = quotes % 2 == 1;
        bool starts = !inside && near > 0 && near < b->length && b->bytes[near - 1] == '\n';
        b->cuts[t] =
            starts ? near : patron_csv_next_record(b->bytes, near, b->length, inside, plain);
        if (b->cuts[t] < b->cuts[t - 1])
            b->cuts[t] = b->cuts[t - 1];
    }
    b->last = 0;
    for (int t = 1; t < b->options.threads; ++t)
        if (b->cuts[t] < b->length)
            b->last = t;
}

/* Reads the record that the range cuts off to its end. */
static patron_status read_tail(patron_blocks *b)
{
    uint64_t size = source_of(b)->bytes, next = b->length;
    patron_status status = PATRON_OK;
    while (status == PATRON_OK && b->at < size && next == b->length) {
        b->end = size - b->at < TAIL_BYTES ? size : b->at + TAIL_BYTES;
        status = fill_from_file(b, TAIL_BYTES);
        next = patron_csv_next_record(b->bytes, 0, b->length, false, b->dialect.plain_quotes);
        if (b->length > PATRON_CSV_RECORD_LIMIT + TAIL_BYTES)
            break;
    }
    b->length = next;
    memset(b->bytes + b->length, 0, PATRON_CSV_PADDING);
    b->is_drained = true;
    return status;
}

static patron_status fail_too_long(patron_blocks *b)
{
    patron_csv_fault fault = {.offset = 0};
    snprintf(fault.text, sizeof fault.text, "%s", PATRON_CSV_TOO_LONG);
    return patron_blocks_fail(b, &fault);
}

/* Fills the block; it stays empty where the file has no more for this rank. */
static patron_status fill_block(patron_blocks *b)
{
    patron_status status = PATRON_OK;
    bool is_plain = !source_of(b)->is_stream;
    if (b->length > PATRON_CSV_RECORD_LIMIT)
        return fail_too_long(b);
    if (!b->is_drained) {
        status = fill(b, b->options.piece * (uint64_t)b->options.threads);
        b->is_end = b->is_drained && (!is_plain || b->at == source_of(b)->bytes);
    } else {
        b->is_end = true;
        if (is_plain && b->length > 0)
            status = read_tail(b);
        if (status == PATRON_OK && b->length > PATRON_CSV_RECORD_LIMIT)
            status = fail_too_long(b);
    }
    if (status == PATRON_OK)
        cut(b);
    return status;
}

patron_status patron_blocks_next(patron_blocks *blocks, bool *found)
{
    patron_status status = PATRON_OK;
    *found = true;
    while (status == PATRON_OK && *found) {
        if (!blocks->is_open)
            status = open_next(blocks, found);
        if (status == PATRON_OK && *found)
            status = fill_block(blocks);
        if (status != PATRON_OK || !*found || blocks->length > 0)
            break;
        close_file(blocks);
    }
    return status;
}

void patron_blocks_split(patron_blocks *blocks, uint64_t used)
{
    move_to_front(blocks, blocks->cuts[blocks->last] + used);
}

patron_status patron_blocks_line(const patron_blocks *blocks, uint64_t offset, uint64_t *line)
{
    uint64_t lines = 0;
    if (source_of(blocks)->is_stream) {
        *line = 1 + blocks->lines + patron_csv_lines(blocks->bytes, offset, blocks->bytes[offset]);
        return PATRON_OK;
    }
    patron_status status =
        patron_plain_count(blocks->descriptor, name_of(blocks), 0, blocks->offset + offset,
                           blocks->options.threads, PATRON_PLAIN_LINES, &lines);
    *line = 1 + lines;
    return status;
}

patron_status patron_blocks_fail(patron_blocks *blocks, const patron_csv_fault *fault)
{
    uint64_t line = 0;
    patron_status status = patron_blocks_line(blocks, fault->offset, &line);
    if (status != PATRON_OK)
        return status;
    return patron_csv_fail_line(name_of(blocks), line, blocks->offset + fault->offset, fault);
}

/* ---- the start of the first range ---- */

/* Quotes in this rank's range of its last file, and which that is, where it goes on behind it. */
static patron_status count_quotes(patron_blocks *b, uint64_t *file, uint64_t *quotes)
{
    uint64_t first = 0, end = 0, index = b->sources->count;
    *file = UINT64_MAX;
    *quotes = 0;
    while (index > 0 &&
           !patron_sources_share(b->sources, b->comm, (uint32_t)index - 1, &first, &end))
        --index;
    if (index == 0)
        return PATRON_OK;
    const patron_source *source = &b->sources->files[index - 1];
    if (source->is_stream || end == source->bytes)
        return PATRON_OK;
    int descriptor = -1;
    *file = index - 1;
    patron_status status = patron_plain_open(source->path, &descriptor);
    if (status == PATRON_OK)
        status = patron_plain_count(descriptor, source->path, first, end, b->options.threads,
                                    PATRON_PLAIN_QUOTES, quotes);
    patron_plain_close(descriptor);
    return status;
}

/* Adds up the quotes of this rank's first file in the ranges of the ranks below.  Collective. */
static patron_status find_start(patron_blocks *b)
{
    uint64_t mine = 0, quotes = 0, first = 0, end = 0;
    uint64_t ranks = (uint64_t)b->comm->size;
    uint32_t index = 0;
    patron_status status = count_quotes(b, &mine, &quotes);
    uint64_t *files = patron_allocate(2 * ranks, sizeof *files);
    if (files == NULL)
        status = PATRON_RESOURCE;
    status = patron_comm_agree(b->comm, status);
    if (status == PATRON_OK) {
        patron_comm_gather_u64(b->comm, mine, files);
        patron_comm_gather_u64(b->comm, quotes, files + ranks);
        while (index < b->sources->count &&
               !patron_sources_share(b->sources, b->comm, index, &first, &end))
            ++index;
        quotes = 0;
        for (int r = 0; r < b->comm->rank; ++r)
            quotes += files[r] == index ? files[ranks + (uint64_t)r] : 0;
        b->starts_inside = quotes % 2 == 1;
    }
    free(files);
    return status;
}

patron_status patron_blocks_create(const patron_comm *comm, const patron_sources *sources,
                                   const patron_blocks_options *options, patron_blocks *blocks)
{
    *blocks =
        (patron_blocks){.comm = comm, .sources = sources, .options = *options, .descriptor = -1};
    blocks->cuts = patron_allocate((uint64_t)options->threads + 1, sizeof *blocks->cuts);
    patron_status status =
        patron_comm_agree(comm, blocks->cuts == NULL ? PATRON_RESOURCE : PATRON_OK);
    return status == PATRON_OK && comm->size > 1 && !options->header.dialect.plain_quotes
               ? find_start(blocks)
               : status;
}

void patron_blocks_free(patron_blocks *blocks)
{
    close_file(blocks);
    free(blocks->bytes);
    free(blocks->cuts);
    *blocks = (patron_blocks){.descriptor = -1};
}
