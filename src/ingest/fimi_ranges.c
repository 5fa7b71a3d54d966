/* SPDX-License-Identifier: Apache-2.0 */
/* A line belongs to the range that its first byte lies in.  Each thread parses its range of bytes
 * into the numbers as they stand; the numbers seen anywhere, in order, are the dictionary. */
#include "ingest/fimi_ranges.h"

#include "ingest/ingest.h"
#include "ingest/sort.h"
#include "patron/data.h"
#include "patron/memory.h"
#include "runtime/meter.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    NUMBERS = 1 << 20,
    NUMBER_WORDS = NUMBERS / 64,
    LONGEST_NUMBER = 19, /* digits that 64 bits hold */
    BUFFER_BYTES = 1 << 18
};

/* What one thread has read. */
typedef struct piece {
    uint64_t first_byte, end_byte;
    uint32_t *items; /* numbers; later, items */
    uint64_t count, room;
    uint64_t *ends; /* of each line, in items */
    uint64_t lines, line_room;
    uint64_t *seen;      /* a bit a number */
    uint64_t seen_words; /* that may hold any */
    bool is_odd;         /* something that is not taken here */
    patron_status status;
} piece;

/* ---- parsing ---- */

/* Where a line is read. */
typedef struct reading {
    piece *to;
    uint64_t line_start; /* in items */
    bool in_line;
    bool is_sorted; /* the line so far is ascending */
} reading;

/* Room for what a buffer may hold. */
static bool make_room(piece *p)
{
    uint32_t *items = patron_grow(p->items, p->count + BUFFER_BYTES, &p->room, sizeof *items);
    p->items = items == NULL ? p->items : items;
    uint64_t *ends = patron_grow(p->ends, p->lines + BUFFER_BYTES, &p->line_room, sizeof *ends);
    p->ends = ends == NULL ? p->ends : ends;
    if (items == NULL || ends == NULL)
        p->status = PATRON_RESOURCE;
    return p->status == PATRON_OK;
}

/* Whether the line so far is one that the reader of streams refuses, which tells why. */
static bool is_too_long(const reading *r)
{
    return r->to->count - r->line_start > PATRON_FIMI_LINE_LIMIT;
}

static void end_line(reading *r)
{
    piece *p = r->to;
    p->is_odd |= is_too_long(r);
    if (!r->is_sorted)
        p->count =
            r->line_start + patron_sort_unique(p->items + r->line_start, p->count - r->line_start);
    p->ends[p->lines++] = p->count;
    r->line_start = p->count;
    r->is_sorted = true;
    r->in_line = false;
}

static inline unsigned digit_of(unsigned char byte)
{
    return byte - (unsigned)'0';
}

/* Takes the numbers and blanks from bytes[at] on, up to the first byte that is neither, which
 * stands before bytes[length]; returns its place. */
static uint64_t take_numbers(reading *r, const unsigned char *bytes, uint64_t at)
{
    uint32_t *items = r->to->items;
    uint64_t *seen = r->to->seen, count = r->to->count;
    uint32_t last = count > r->line_start ? items[count - 1] : 0;
    uint64_t seen_words = r->to->seen_words;
    bool is_sorted = r->is_sorted, is_first = count == r->line_start;
    for (;;) {
        while (bytes[at] == ' ')
            ++at;
        uint64_t number = digit_of(bytes[at]);
        if (number > 9)
            break;
        uint64_t start = at;
        for (unsigned digit; (digit = digit_of(bytes[++at])) < 10;)
            number = 10 * number + digit;
        if (at - start > LONGEST_NUMBER || number >= NUMBERS) {
            at = start;
            break;
        }
        is_sorted = is_sorted && (is_first || last < number);
        is_first = false;
        items[count++] = last = (uint32_t)number;
        seen[number / 64] |= UINT64_C(1) << number % 64;
        seen_words = number / 64 < seen_words ? seen_words : number / 64 + 1;
    }
    r->is_sorted = is_sorted;
    r->to->count = count;
    r->to->seen_words = seen_words;
    return at;
}

/* Parses bytes[length], with an end of line behind, until a line ends at or behind byte `enough`;
 * returns whether it did, or met what is not taken here. */
static bool parse(reading *r, const unsigned char *bytes, uint64_t length, uint64_t enough)
{
    for (uint64_t i = 0; i < length; ++i) {
        r->in_line = true;
        i = take_numbers(r, bytes, i);
        if (i >= length)
            break;
        if (bytes[i] == '\n') {
            end_line(r);
            if (i + 1 >= enough)
                return true;
        } else if (bytes[i] < '\t' || bytes[i] > '\r') {
            r->to->is_odd = true;
            return true;
        }
    }
    return false;
}

/* Bytes from `offset` on; 0 at the end, or where reading fails (is_odd then). */
static uint64_t read_bytes(int file, uint64_t offset, unsigned char *bytes, piece *p)
{
    ssize_t got;
    patron_span span = patron_meter_enter(PATRON_STEP_READ);
    do
        got = pread(file, bytes, BUFFER_BYTES, (off_t)offset);
    while (got < 0 && errno == EINTR);
    uint64_t length = got > 0 ? (uint64_t)got : 0;
    patron_meter_leave(span, length, 0);
    p->is_odd |= got < 0;
    return length;
}

/* The length of bytes[length] without a number that may go on behind it; all of it where it is but
 * the end of a number, and of the file. */
static uint64_t whole_numbers(const unsigned char *bytes, uint64_t length)
{
    uint64_t whole = length;
    while (whole > 0 && digit_of(bytes[whole - 1]) < 10)
        --whole;
    return whole > 0 ? whole : length;
}

/* The first byte of the first line that starts at or behind first_byte. */
static uint64_t find_line(int file, unsigned char *bytes, piece *p)
{
    if (p->first_byte == 0)
        return 0;
    uint64_t offset = p->first_byte - 1;
    for (uint64_t length; (length = read_bytes(file, offset, bytes, p)) > 0; offset += length) {
        const unsigned char *end = memchr(bytes, '\n', length);
        if (end != NULL)
            return offset + (uint64_t)(end - bytes) + 1;
    }
    return offset;
}

static void read_piece(int file, piece *p)
{
    unsigned char *bytes = patron_allocate(BUFFER_BYTES + 1, 1);
    p->seen = patron_allocate(NUMBER_WORDS, sizeof *p->seen);
    if (bytes == NULL || p->seen == NULL)
        p->status = PATRON_RESOURCE;
    reading r = {.to = p, .is_sorted = true};
    uint64_t offset = p->status == PATRON_OK ? find_line(file, bytes, p) : p->end_byte;
    bool is_done = offset >= p->end_byte;
    while (!is_done && make_room(p)) {
        uint64_t length = whole_numbers(bytes, read_bytes(file, offset, bytes, p));
        bytes[length] = '\n';
        uint64_t enough = p->end_byte > offset ? p->end_byte - offset : 0;
        is_done = length == 0 || parse(&r, bytes, length, enough);
        p->is_odd |= is_too_long(&r);
        is_done |= p->is_odd;
        offset += length;
    }
    bool is_whole = p->status == PATRON_OK && !p->is_odd;
    if (is_whole && r.in_line)
        end_line(&r);
    free(bytes);
}

/* ---- the dictionary ---- */

/* Gives each number of those seen[] its place. */
static void rank_numbers(const uint64_t *seen, uint64_t words, uint32_t *ranks)
{
    uint32_t count = 0;
    for (uint64_t word = 0; word < words; ++word)
        for (uint64_t left = seen[word]; left != 0; left &= left - 1)
            ranks[64 * word + (uint64_t)__builtin_ctzll(left)] = count++;
}

static patron_status name_numbers(const uint64_t *seen, uint64_t words, patron_texts *names)
{
    patron_status status = PATRON_OK;
    for (uint64_t word = 0; word < words; ++word)
        for (uint64_t left = seen[word]; left != 0 && status == PATRON_OK; left &= left - 1) {
            char name[16];
            int length = snprintf(name, sizeof name, "%" PRIu64,
                                  64 * word + (uint64_t)__builtin_ctzll(left));
            status = patron_texts_append(names, name, (uint64_t)length);
        }
    return status;
}

/* ---- putting together ---- */

/* Copies a piece behind those before it, under the items' final numbers. */
static void place_piece(const piece *p, const uint32_t *ranks, uint64_t first_line,
                        uint64_t first_item, patron_basket_range *range)
{
    for (uint64_t line = 0; line < p->lines; ++line)
        range->offsets[first_line + line + 1] = first_item + p->ends[line];
    for (uint64_t i = 0; i < p->count; ++i)
        range->items[first_item + i] = ranks[p->items[i]];
}

static patron_status join_pieces(const piece *pieces, int count, const uint32_t *ranks,
                                 patron_basket_range *range)
{
    uint64_t items = 0;
    for (int i = 0; i < count; ++i) {
        range->count += pieces[i].lines;
        items += pieces[i].count;
    }
    range->offsets = patron_allocate(range->count + 1, sizeof *range->offsets);
    range->items = patron_allocate(items, sizeof *range->items);
    if (range->offsets == NULL || range->items == NULL)
        return PATRON_RESOURCE;
    patron_expect_filled(range->items, items * sizeof *range->items);
#pragma omp parallel for num_threads(count) schedule(static, 1)
    for (int i = 0; i < count; ++i) {
        uint64_t first_line = 0, first_item = 0;
        for (int before = 0; before < i; ++before) {
            first_line += pieces[before].lines;
            first_item += pieces[before].count;
        }
        place_piece(&pieces[i], ranks, first_line, first_item, range);
    }
    return PATRON_OK;
}

/* A byte that a line of numbers may start with; gzip and byte order marks start with others. */
static bool is_text(unsigned char byte)
{
    return (byte >= '0' && byte <= '9') || byte == ' ' || (byte >= '\t' && byte <= '\r');
}

/* The file, and its size; -1 where it is not one for us. */
static int open_plain(const char *path, uint64_t *size)
{
    struct stat info;
    unsigned char start = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return -1;
    if (fstat(file, &info) == 0 && S_ISREG(info.st_mode) && pread(file, &start, 1, 0) == 1 &&
        is_text(start)) {
        *size = (uint64_t)info.st_size;
        return file;
    }
    close(file);
    return -1;
}

/* Reads this rank's pieces.  Collective. */
static patron_status read_pieces(const patron_comm *comm, int file, uint64_t size, piece *pieces,
                                 int count, bool *is_plain)
{
    patron_range mine = patron_range_cut(size, (uint64_t)comm->rank, (uint64_t)comm->size);
    patron_status status = PATRON_OK;
#pragma omp parallel for num_threads(count) schedule(static, 1)
    for (int i = 0; i < count; ++i) {
        patron_range part = patron_range_cut(mine.count, (uint64_t)i, (uint64_t)count);
        pieces[i].first_byte = mine.first + part.first;
        pieces[i].end_byte = mine.first + part.first + part.count;
        if (part.count > 0)
            read_piece(file, &pieces[i]);
    }
    uint64_t numbers[2] = {0}; /* lines, and whether anything is odd */
    for (int i = 0; i < count; ++i) {
        numbers[0] += pieces[i].lines;
        numbers[1] |= pieces[i].is_odd;
        status = pieces[i].status != PATRON_OK ? pieces[i].status : status;
    }
    patron_comm_reduce_u64(comm, numbers, 2, PATRON_SUM);
    *is_plain = numbers[0] > 0 && numbers[1] == 0;
    return patron_comm_agree(comm, status);
}

/* From what the threads read to the range.  Collective. */
static patron_status assemble(const patron_comm *comm, const piece *pieces, int count,
                              patron_basket_range *range)
{
    uint64_t words = 0;
    for (int i = 0; i < count; ++i)
        words = pieces[i].seen_words < words ? words : pieces[i].seen_words;
    patron_comm_reduce_u64(comm, &words, 1, PATRON_MAX);
    uint64_t *seen = patron_allocate(words, sizeof *seen);
    uint32_t *ranks = patron_allocate(64 * words, sizeof *ranks);
    patron_status status = seen == NULL || ranks == NULL ? PATRON_RESOURCE : PATRON_OK;
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK) {
        for (int i = 0; i < count; ++i)
            for (uint64_t word = 0; word < pieces[i].seen_words; ++word)
                seen[word] |= pieces[i].seen[word];
        patron_comm_reduce_u64(comm, seen, words, PATRON_OR);
        rank_numbers(seen, words, ranks);
        status = name_numbers(seen, words, &range->names);
        if (status == PATRON_OK)
            status = join_pieces(pieces, count, ranks, range);
        status = patron_comm_agree(comm, status);
    }
    free(seen);
    free(ranks);
    return status;
}

patron_status patron_basket_range_read(const patron_comm *comm, const char *path, int threads,
                                       bool *is_plain, patron_basket_range *range)
{
    *range = (patron_basket_range){0};
    uint64_t size = 0;
    int file = open_plain(path, &size);
    uint64_t sizes[2] = {size, ~size};
    patron_comm_reduce_u64(comm, sizes, 2, PATRON_MIN);
    *is_plain = sizes[0] > 0 && sizes[0] == ~sizes[1]; /* the least is the greatest */
    uint64_t worthwhile = 1 + size / (uint64_t)comm->size / BUFFER_BYTES;
    if (worthwhile < (uint64_t)threads)
        threads = (int)worthwhile;
    piece *pieces = patron_allocate((uint64_t)threads, sizeof *pieces);
    patron_status status = patron_comm_agree(comm, pieces == NULL ? PATRON_RESOURCE : PATRON_OK);
    patron_span span = patron_meter_enter(PATRON_STEP_PARSE);
    if (status == PATRON_OK && *is_plain)
        status = read_pieces(comm, file, size, pieces, threads, is_plain);
    patron_meter_leave(span, 0, 0);
    if (status == PATRON_OK && *is_plain)
        status = assemble(comm, pieces, threads, range);
    for (int i = 0; pieces != NULL && i < threads; ++i) {
        free(pieces[i].items);
        free(pieces[i].ends);
        free(pieces[i].seen);
    }
    free(pieces);
    if (file >= 0)
        close(file);
    if (status != PATRON_OK)
        patron_basket_range_free(range);
    return status;
}

void patron_basket_range_free(patron_basket_range *range)
{
    free(range->offsets);
    free(range->items);
    patron_texts_free(&range->names);
    *range = (patron_basket_range){0};
}
