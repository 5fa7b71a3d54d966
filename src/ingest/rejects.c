/* SPDX-License-Identifier: Apache-2.0 */
/* A rank meets the rows of a file in the order of lines, and ranks read a file in their order; so
 * the output is, file by file, what the ranks have one behind the other.  Lines are counted in what
 * each rank has read, and added up over the ranks before it. */
#include "ingest/rejects.h"

#include "ingest/csv_scan.h"
#include "patron/memory.h"
#include "store/output.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

typedef struct head {
    uint64_t place; /* offset in the block, then line of what this rank has read of the file */
    uint64_t row_length;
    uint32_t file, reason_length;
} head;

static const char TITLES[] = "file,line,reason,row\n";

enum { BUFFER_BYTES = 1 << 20 };

patron_status patron_rejects_create(const patron_comm *comm, const patron_sources *sources,
                                    const patron_rejects_options *options, patron_rejects *rejects)
{
    *rejects = (patron_rejects){.comm = comm, .sources = sources, .options = *options};
    rejects->lists = patron_allocate((uint64_t)options->threads, sizeof *rejects->lists);
    rejects->lines = patron_allocate(sources->count, sizeof *rejects->lines);
    rejects->counts = patron_allocate(sources->count, sizeof *rejects->counts);
    rejects->tape = patron_tape_create(options->folder, options->path, options->memory);
    bool is_short = rejects->lists == NULL || rejects->lines == NULL || rejects->counts == NULL;
    return patron_comm_agree(comm, is_short ? PATRON_RESOURCE : PATRON_OK);
}

void patron_rejects_free(patron_rejects *rejects)
{
    for (int t = 0; rejects->lists != NULL && t < rejects->options.threads; ++t)
        free(rejects->lists[t].bytes);
    free(rejects->lists);
    free(rejects->lines);
    free(rejects->counts);
    free(rejects->first);
    patron_tape_free(&rejects->tape);
    *rejects = (patron_rejects){0};
}

/* ---- taking rows ---- */

patron_status patron_rejects_add(patron_rejects *rejects, int thread, uint64_t offset,
                                 patron_slice row, const char *reason)
{
    patron_reject_list *list = &rejects->lists[thread];
    reason += strspn(reason, ":, ");
    head h = {.place = offset, .row_length = row.length, .reason_length = (uint32_t)strlen(reason)};
    uint64_t used = list->used + sizeof h + h.reason_length + h.row_length;
    char *bytes = patron_grow(list->bytes, used, &list->room, 1);
    if (bytes == NULL)
        return PATRON_RESOURCE;
    list->bytes = bytes;
    memcpy(bytes + list->used, &h, sizeof h);
    memcpy(bytes + list->used + sizeof h, reason, h.reason_length);
    memcpy(bytes + used - h.row_length, row.bytes, row.length);
    list->used = used;
    return PATRON_OK;
}

static patron_status keep(patron_rejects *rejects, const char *bytes, uint64_t length)
{
    if (rejects->first == NULL) {
        rejects->first = patron_allocate(length, 1);
        if (rejects->first == NULL)
            return PATRON_RESOURCE;
        memcpy(rejects->first, bytes, length);
        rejects->first_length = length;
    }
    ++rejects->count;
    if (rejects->options.path == NULL)
        return PATRON_OK;
    return patron_tape_write(&rejects->tape, bytes, length);
}

patron_status patron_rejects_settle(patron_rejects *rejects, uint32_t file, uint64_t lines,
                                    const char *bytes)
{
    patron_status status = PATRON_OK;
    uint64_t counted = 0; /* bytes of the block, whose lines are in `lines` */
    for (int t = 0; t < rejects->options.threads; ++t) {
        patron_reject_list *list = &rejects->lists[t];
        uint64_t at = 0;
        while (status == PATRON_OK && at < list->used) {
            head h;
            memcpy(&h, list->bytes + at, sizeof h);
            lines += patron_csv_lines(bytes + counted, h.place - counted, bytes[h.place]);
            counted = h.place;
            h.place = lines;
            h.file = file;
            memcpy(list->bytes + at, &h, sizeof h);
            uint64_t length = sizeof h + h.reason_length + h.row_length;
            status = keep(rejects, list->bytes + at, length);
            ++rejects->counts[file];
            at += length;
        }
        list->used = 0;
    }
    return status;
}

/* ---- writing ---- */

typedef struct reject_writer {
    patron_rejects *rejects;
    patron_output *output;
    uint64_t *lines_before;
    uint64_t *sizes; /* of each file, what this rank writes */
    uint64_t start;  /* where the lines of all begin */
    char *buffer;
    uint64_t used, room;
} reject_writer;

/* Bytes of a text in quotes. */
static uint64_t quoted_length(const char *text, uint64_t length)
{
    return length + 2 + patron_csv_quotes(text, length);
}

static char *lay_quoted(char *to, const char *text, uint64_t length)
{
    *to++ = '"';
    for (uint64_t i = 0; i < length; ++i) {
        if (text[i] == '"')
            *to++ = '"';
        *to++ = text[i];
    }
    *to++ = '"';
    return to;
}

/* Lays the line of a row behind what is in the buffer. */
static patron_status lay_line(reject_writer *w, const head *h, const char *texts)
{
    const char *name = patron_source_name(&w->rejects->sources->files[h->file]);
    const char *row = texts + h->reason_length;
    uint64_t name_length = strlen(name);
    uint64_t most = quoted_length(name, name_length) + quoted_length(texts, h->reason_length) +
                    quoted_length(row, h->row_length) + 32;
    char *buffer = patron_grow(w->buffer, w->used + most, &w->room, 1);
    if (buffer == NULL)
        return PATRON_RESOURCE;
    w->buffer = buffer;
    char *to = lay_quoted(buffer + w->used, name, name_length);
    to += sprintf(to, ",%" PRIu64 ",", 1 + w->lines_before[h->file] + h->place);
    to = lay_quoted(to, texts, h->reason_length);
    *to++ = ',';
    to = lay_quoted(to, row, h->row_length);
    *to++ = '\n';
    w->used = (uint64_t)(to - buffer);
    return PATRON_OK;
}

/* Bytes that this rank writes of each file. */
static patron_status measure(reject_writer *w)
{
    patron_rejects *r = w->rejects;
    patron_status status = PATRON_OK;
    char *texts = NULL;
    uint64_t room = 0;
    for (uint64_t at = 0; status == PATRON_OK && at < r->tape.length;) {
        head h;
        status = patron_tape_peek(&r->tape, at, &h, sizeof h);
        uint64_t length = status == PATRON_OK ? h.reason_length + h.row_length : 0;
        char *grown = patron_grow(texts, length + 1, &room, 1);
        if (grown == NULL)
            status = PATRON_RESOURCE;
        if (status != PATRON_OK)
            break;
        texts = grown;
        status = patron_tape_peek(&r->tape, at + sizeof h, texts, length);
        w->used = 0;
        if (status == PATRON_OK)
            status = lay_line(w, &h, texts);
        w->sizes[h.file] += w->used;
        at += sizeof h + length;
    }
    w->used = 0;
    free(texts);
    return status;
}

static patron_status flush(reject_writer *w, uint64_t *offset)
{
    patron_status status = PATRON_OK;
    if (w->used > 0)
        status = patron_output_write(w->output, *offset, w->buffer, w->used);
    *offset += w->used;
    w->used = 0;
    return status;
}

/* Writes this rank's lines, which start at offsets[file]. */
static patron_status write_lines(reject_writer *w, uint64_t *offsets)
{
    patron_rejects *r = w->rejects;
    patron_status status = PATRON_OK;
    uint64_t room = 0;
    uint32_t file = 0;
    char *texts = NULL;
    for (uint64_t at = 0; status == PATRON_OK && at < r->tape.length;) {
        head h;
        status = patron_tape_read(&r->tape, &h, sizeof h);
        uint64_t length = status == PATRON_OK ? h.reason_length + h.row_length : 0;
        char *grown = patron_grow(texts, length + 1, &room, 1);
        if (grown == NULL)
            status = PATRON_RESOURCE;
        if (status != PATRON_OK)
            break;
        texts = grown;
        status = patron_tape_read(&r->tape, texts, length);
        if (status == PATRON_OK && (h.file != file || w->used > BUFFER_BYTES))
            status = flush(w, &offsets[file]);
        file = h.file;
        if (status == PATRON_OK)
            status = lay_line(w, &h, texts);
        at += sizeof h + length;
    }
    if (status == PATRON_OK && r->sources->count > 0)
        status = flush(w, &offsets[file]);
    free(texts);
    return status;
}

/* Lines before what this rank has read, of the files of which any row was rejected.  Collective. */
static void find_lines(reject_writer *w, const uint64_t *counts)
{
    const patron_rejects *r = w->rejects;
    for (uint32_t file = 0; file < r->sources->count; ++file)
        if (counts[file] > 0)
            w->lines_before[file] = patron_comm_prefix_u64(r->comm, r->lines[file]);
}

/* Where this rank's lines of each file go: behind those of files before, and of ranks before. */
static void find_offsets(const reject_writer *w, const uint64_t *counts, uint64_t *offsets)
{
    const patron_rejects *r = w->rejects;
    uint64_t at = w->start;
    for (uint32_t file = 0; file < r->sources->count; ++file) {
        if (counts[file] == 0)
            continue;
        uint64_t total = w->sizes[file];
        offsets[file] = at + patron_comm_prefix_u64(r->comm, w->sizes[file]);
        patron_comm_reduce_u64(r->comm, &total, 1, PATRON_SUM);
        at += total;
    }
}

/* What stands before the lines: titles, or all that the file has held. */
static patron_status lay_start(reject_writer *w)
{
    const patron_rejects *r = w->rejects;
    w->start = sizeof TITLES - 1;
    if (!r->options.is_more)
        return patron_output_write(w->output, 0, TITLES, w->start);
    char *bytes = patron_allocate(BUFFER_BYTES, 1);
    FILE *file = fopen(r->options.path, "rb");
    patron_status status = bytes == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK && file == NULL)
        status = patron_fail(PATRON_IO, "%s: can not be opened again: %s", r->options.path,
                             strerror(errno));
    w->start = 0;
    for (size_t got = 1; status == PATRON_OK && got > 0;) {
        got = fread(bytes, 1, BUFFER_BYTES, file);
        if (got > 0)
            status = patron_output_write(w->output, w->start, bytes, got);
        else if (ferror(file))
            status = patron_fail(PATRON_IO, "%s: can not be read again", r->options.path);
        w->start += got;
    }
    if (file != NULL)
        fclose(file);
    free(bytes);
    return status;
}

/* An output that nobody else may read, with its start.  What it replaces passes its mode on, so
 * that this is made strict first. */
static patron_status begin_output(reject_writer *w)
{
    const patron_rejects *r = w->rejects;
    patron_status status = patron_output_begin(r->comm, r->options.path, PATRON_OUTPUT_FILE,
                                               r->options.force || r->options.is_more, &w->output);
    if (status != PATRON_OK)
        return status;
    if (r->comm->rank == 0) {
        const char *path = patron_output_path(w->output);
        bool is_strict = chmod(r->options.path, S_IRUSR | S_IWUSR) == 0 || errno == ENOENT;
        status = patron_output_create(path);
        if (status == PATRON_OK && (!is_strict || chmod(path, S_IRUSR | S_IWUSR) != 0))
            status = patron_fail(PATRON_CANT_CREATE, "%s: its mode can not be set: %s",
                                 r->options.path, strerror(errno));
        if (status == PATRON_OK)
            status = lay_start(w);
    }
    status = patron_comm_agree(r->comm, status);
    patron_comm_broadcast(r->comm, &w->start, sizeof w->start, 0);
    return status;
}

static patron_status write_file(reject_writer *w, const uint64_t *counts)
{
    patron_rejects *r = w->rejects;
    uint64_t *offsets = patron_allocate(r->sources->count, sizeof *offsets);
    w->lines_before = patron_allocate(r->sources->count, sizeof *w->lines_before);
    w->sizes = patron_allocate(r->sources->count, sizeof *w->sizes);
    bool is_short = offsets == NULL || w->lines_before == NULL || w->sizes == NULL;
    patron_status status = patron_comm_agree(r->comm, is_short ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK) {
        find_lines(w, counts);
        status = patron_comm_agree(r->comm, measure(w));
    }
    if (status == PATRON_OK) {
        status = begin_output(w);
        if (status == PATRON_OK) {
            find_offsets(w, counts, offsets);
            status = write_lines(w, offsets);
        }
        status = patron_output_end(r->comm, w->output, status);
    }
    free(offsets);
    free(w->lines_before);
    free(w->sizes);
    free(w->buffer);
    return status;
}

/* ---- judging ---- */

/* The first row that was rejected, as a message tells it.  Collective. */
static void tell_first(const patron_rejects *r, const uint64_t *counts, char *text, size_t capacity)
{
    uint32_t file = 0;
    head h = {0};
    while (file < r->sources->count && counts[file] == 0)
        ++file;
    if (r->first != NULL)
        memcpy(&h, r->first, sizeof h);
    bool has_first = r->first != NULL && h.file == file;
    uint64_t rank = has_first ? (uint64_t)r->comm->rank : UINT64_MAX;
    uint64_t before = patron_comm_prefix_u64(r->comm, r->lines[file]);
    patron_comm_reduce_u64(r->comm, &rank, 1, PATRON_MIN);
    if (rank == (uint64_t)r->comm->rank)
        snprintf(text, capacity, "%s, line %" PRIu64 ": %.*s",
                 patron_source_name(&r->sources->files[file]), 1 + before + h.place,
                 (int)h.reason_length, r->first + sizeof h);
    patron_comm_broadcast(r->comm, text, capacity, (int)rank);
}

static patron_status judge(patron_rejects *r, const uint64_t *counts, uint64_t rows)
{
    char first[PATRON_FAIL_CAPACITY / 2] = "";
    double all = (double)(rows + r->count);
    if (r->count == 0 || (double)r->count <= r->options.most * all)
        return PATRON_OK;
    tell_first(r, counts, first, sizeof first);
    return patron_fail(PATRON_DATA,
                       "%" PRIu64 " of %" PRIu64 " rows are bad (%.3g %%), --max-bad allows %.3g "
                       "%%; the first: %s%s%s",
                       r->count, rows + r->count, 100 * (double)r->count / all,
                       100 * r->options.most, first, r->options.path == NULL ? "" : "; all are in ",
                       r->options.path == NULL ? "" : r->options.path);
}

patron_status patron_rejects_conclude(patron_rejects *rejects, uint64_t rows)
{
    const patron_comm *comm = rejects->comm;
    uint32_t files = rejects->sources->count;
    reject_writer writer = {.rejects = rejects};
    uint64_t *counts = patron_allocate(files, sizeof *counts);
    patron_status status = patron_comm_agree(comm, counts == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK) {
        memcpy(counts, rejects->counts, files * sizeof *counts);
        patron_comm_reduce_u64(comm, counts, files, PATRON_SUM);
        patron_comm_reduce_u64(comm, &rejects->count, 1, PATRON_SUM);
        patron_comm_reduce_u64(comm, &rows, 1, PATRON_SUM);
        if (rejects->options.path != NULL)
            status = write_file(&writer, counts);
    }
    if (status == PATRON_OK)
        status = judge(rejects, counts, rows);
    free(counts);
    return status;
}
