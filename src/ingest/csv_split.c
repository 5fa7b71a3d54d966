/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 4180, strictly: a quote stands at the start of a field (blanks may go before it), at its end,
 * or doubled inside of quotes.  The bytes that mean something are found 64 at a time, as bits of a
 * mask (Langdale and Lemire, "Parsing gigabytes of JSON per second", VLDB Journal 2019). */
#include "ingest/csv_split.h"

#include "ingest/csv_scan.h"
#include "patron/memory.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static const char MISPLACED[] =
    ": a quote inside an unquoted field, or text after a closing quote; "
    "expected CSV by RFC 4180, where a quote inside a quoted field is "
    "doubled";

static const char NUL_BYTE[] = ": a NUL byte; text is expected";

const char PATRON_CSV_TOO_LONG[] =
    ": a record of more than 16 MiB starts here; is a quote never closed?";

patron_status patron_csv_fail(const patron_csv_record *record, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    record->fault->offset = record->offset;
    record->fault->tell_byte = false;
    vsnprintf(record->fault->text, sizeof record->fault->text, format, arguments);
    va_end(arguments);
    return PATRON_DATA;
}

/* ---- bytes that mean something ---- */

typedef struct cursor {
    const char *bytes;
    uint64_t length;
    uint64_t block;        /* offset of the 64 bytes that the mask is of */
    uint64_t mask;         /* of those that were not taken yet */
    char delimiter, quote; /* the same byte where quotes are plain */
} cursor;

#ifdef __SSE2__
static uint64_t mask_16(__m128i text, __m128i delimiter, __m128i quote)
{
    __m128i found = _mm_cmpeq_epi8(text, delimiter);
    found = _mm_or_si128(found, _mm_cmpeq_epi8(text, _mm_set1_epi8('\n')));
    found = _mm_or_si128(found, _mm_cmpeq_epi8(text, _mm_set1_epi8('\r')));
    found = _mm_or_si128(found, _mm_cmpeq_epi8(text, quote));
    found = _mm_or_si128(found, _mm_cmpeq_epi8(text, _mm_setzero_si128()));
    return (uint64_t)(uint32_t)_mm_movemask_epi8(found);
}
#endif

static uint64_t mask_of(const char *bytes, char delimiter, char quote)
{
    uint64_t mask = 0;
#ifdef __SSE2__
    const __m128i wanted = _mm_set1_epi8(delimiter), quotes = _mm_set1_epi8(quote);
    for (size_t i = 0; i < 4; ++i)
        mask |= mask_16(_mm_loadu_si128((const __m128i *)(const void *)(bytes + 16 * i)), wanted,
                        quotes)
                << 16 * i;
#else
    for (int i = 0; i < 64; ++i) {
        char c = bytes[i];
        bool found = c == delimiter || c == '\n' || c == '\r' || c == quote || c == '\0';
        mask |= (uint64_t)found << i;
    }
#endif
    return mask;
}

static void start_block(cursor *c)
{
    c->mask = c->block < c->length ? mask_of(c->bytes + c->block, c->delimiter, c->quote) : 0;
    if (c->length - c->block < 64)
        c->mask &= (UINT64_C(1) << (c->length - c->block)) - 1;
}

/* Goes on from byte `at`. */
static void seek(cursor *c, uint64_t at)
{
    c->block = at - at % 64;
    start_block(c);
    c->mask &= UINT64_MAX << at % 64;
}

/* Where the next byte of meaning is; `length` where there is none. */
static inline uint64_t next_of(cursor *c)
{
    while (c->mask == 0) {
        c->block += 64;
        if (c->block >= c->length) {
            c->block -= 64;
            return c->length;
        }
        start_block(c);
    }
    uint64_t at = c->block + (uint64_t)__builtin_ctzll(c->mask);
    c->mask &= c->mask - 1;
    return at;
}

/* ---- fields ---- */

/* A record on its way. */
typedef struct reading {
    patron_csv_splitter *splitter;
    cursor cursor;
    bool is_end;
    bool is_cut; /* the text ends inside the record */
    uint64_t start;
    uint64_t field; /* where the field at hand starts */
    uint32_t count;
    bool is_blank;      /* so far */
    uint64_t malformed; /* the first byte from here on that is no UTF-8; the length where none is */
} reading;

static patron_status fail_at(reading *r, uint64_t offset, const char *text)
{
    r->splitter->fault.offset = offset;
    r->splitter->fault.tell_byte = false;
    snprintf(r->splitter->fault.text, sizeof r->splitter->fault.text, "%s", text);
    return PATRON_DATA;
}

static bool is_blank(const char *bytes, uint64_t from, uint64_t to)
{
    for (; from < to; ++from)
        if (bytes[from] != ' ' && bytes[from] != '\t')
            return false;
    return true;
}

/* Room in the scratch for all that a text may come to, so that fields that lie there already stay:
 * its letters converted, and a NUL behind each field. */
static patron_status make_scratch(reading *r)
{
    patron_csv_splitter *s = r->splitter;
    uint64_t most = s->dialect.encoding == PATRON_ENCODING_UTF8 ? 1 : PATRON_ENCODING_MOST + 2;
    char *scratch = patron_grow(s->scratch, most * (r->cursor.length + 1), &s->scratch_room, 1);
    if (scratch == NULL)
        return PATRON_RESOURCE;
    s->scratch = scratch;
    return PATRON_OK;
}

/* Gives the field its place in the list. */
static patron_status list_field(reading *r, const char *bytes, uint64_t length)
{
    patron_csv_splitter *s = r->splitter;
    if (s->dialect.fields > 0 && r->count == s->dialect.fields) {
        char text[128];
        snprintf(text, sizeof text, ": more than the %" PRIu32 " fields that are expected",
                 s->dialect.fields);
        return fail_at(r, r->start, text);
    }
    if (r->count >= s->room) {
        patron_slice *fields =
            patron_grow(s->fields, (uint64_t)r->count + 1, &s->room, sizeof *fields);
        if (fields == NULL)
            return PATRON_RESOURCE;
        s->fields = fields;
    }
    s->fields[r->count++] = patron_slice_trim((patron_slice){.bytes = bytes, .length = length});
    return PATRON_OK;
}

static bool is_ascii(const char *bytes, uint64_t length)
{
    unsigned char all = 0;
    for (uint64_t i = 0; i < length; ++i)
        all |= (unsigned char)bytes[i];
    return all < 0x80;
}

/* Adds a field, as UTF-8. */
static inline patron_status add_field(reading *r, const char *bytes, uint64_t length)
{
    patron_csv_splitter *s = r->splitter;
    if (s->dialect.encoding == PATRON_ENCODING_UTF8 || is_ascii(bytes, length))
        return list_field(r, bytes, length);
    patron_status status = make_scratch(r);
    if (status != PATRON_OK)
        return status;
    char *field = s->scratch + s->scratch_used;
    length = patron_encoding_convert(s->dialect.encoding, bytes, length, field);
    field[length] = '\0';
    s->scratch_used += length + 1;
    return list_field(r, field, length);
}

/* Adds the text from `first` to `end`, in which quotes are doubled.  The single ones and the NUL
 * take no more of the scratch than the text had; converted they are written once more behind. */
static patron_status add_doubled(reading *r, uint64_t first, uint64_t end)
{
    patron_csv_splitter *s = r->splitter;
    const char *bytes = r->cursor.bytes;
    patron_status status = make_scratch(r);
    if (status != PATRON_OK)
        return status;
    char *field = s->scratch + s->scratch_used;
    uint64_t length = 0;
    for (uint64_t at = first; at < end; ++at) {
        field[length++] = bytes[at];
        at += bytes[at] == '"' ? 1 : 0;
    }
    field[length] = '\0'; /* in the place of a quote that was left out */
    s->scratch_used += length + 1;
    return add_field(r, field, length);
}

/* The quote that closes the field that `open` opens; the end where the text is cut off before it
 * is clear. */
static patron_status find_close(reading *r, uint64_t open, uint64_t *close, bool *is_doubled)
{
    cursor *c = &r->cursor;
    for (;;) {
        *close = next_of(c);
        if (*close == c->length && r->is_end)
            return fail_at(r, open, ": the quote that opens here is never closed");
        if (*close == c->length)
            return PATRON_OK;
        char found = c->bytes[*close];
        if (found == '\0')
            return fail_at(r, r->start, NUL_BYTE);
        if (found != '"')
            continue;
        bool is_last = *close + 1 == c->length;
        if (is_last && !r->is_end)
            *close = c->length;
        if (is_last || c->bytes[*close + 1] != '"')
            return PATRON_OK;
        *is_doubled = true;
        next_of(c);
    }
}

/* The field that the quote at `open` starts; *end is the delimiter or line end behind it. */
static patron_status take_quoted(reading *r, uint64_t open, uint64_t *end)
{
    cursor *c = &r->cursor;
    bool is_doubled = false;
    uint64_t close = 0;
    if (!is_blank(c->bytes, r->field, open))
        return fail_at(r, open, MISPLACED);
    patron_status status = find_close(r, open, &close, &is_doubled);
    if (status != PATRON_OK)
        return status;
    *end = close == c->length ? close : next_of(c);
    r->is_cut = *end == c->length && !r->is_end;
    if (r->is_cut)
        return PATRON_OK;
    if (*end < c->length && c->bytes[*end] == '\0')
        return fail_at(r, r->start, NUL_BYTE);
    bool is_misplaced =
        (*end < c->length && c->bytes[*end] == '"') || !is_blank(c->bytes, close + 1, *end);
    if (is_misplaced)
        return fail_at(r, close, MISPLACED);
    r->is_blank = false;
    if (is_doubled)
        return add_doubled(r, open + 1, close);
    return add_field(r, c->bytes + open + 1, close - open - 1);
}

/* Takes the next field; *end is where it ends. */
static inline patron_status take_field(reading *r, uint64_t *end)
{
    cursor *c = &r->cursor;
    *end = next_of(c);
    if (*end < c->length && c->bytes[*end] == '"' && c->quote == '"')
        return take_quoted(r, *end, end);
    r->is_cut = *end == c->length && !r->is_end;
    if (r->is_cut)
        return PATRON_OK;
    if (*end < c->length && c->bytes[*end] == '\0')
        return fail_at(r, r->start, NUL_BYTE);
    return add_field(r, c->bytes + r->field, *end - r->field);
}

/* ---- records ---- */

/* Takes the fields of the record that starts at r->start; *next is where the one behind it does. */
static patron_status take_record(reading *r, uint64_t *next)
{
    cursor *c = &r->cursor;
    r->field = r->start;
    r->count = 0;
    r->is_blank = true;
    r->splitter->scratch_used = 0;
    for (;;) {
        uint64_t end = 0;
        patron_status status = take_field(r, &end);
        if (status != PATRON_OK || r->is_cut)
            return status;
        char found = end < c->length ? c->bytes[end] : '\n';
        if (found == c->delimiter) {
            r->field = end + 1;
            continue;
        }
        r->is_blank = r->is_blank && r->count == 1 && is_blank(c->bytes, r->start, end);
        *next = end < c->length ? end + 1 : end;
        if (found == '\r' && *next == c->length && !r->is_end)
            r->is_cut = true;
        if (found == '\r' && *next < c->length && c->bytes[*next] == '\n')
            *next = next_of(c) + 1;
        return PATRON_OK;
    }
}

/* A byte of the record that is no UTF-8. */
static patron_status fail_malformed(reading *r)
{
    char text[160];
    snprintf(text, sizeof text,
             ": byte 0x%02X, the row's %" PRIu64
             "., is no UTF-8; --encoding latin1 or windows-1252 "
             "reads other text",
             (unsigned char)r->cursor.bytes[r->malformed], r->malformed - r->start + 1);
    patron_status status = fail_at(r, r->malformed, text);
    r->splitter->fault.tell_byte = true;
    return status;
}

static patron_status hand_over(reading *r, uint64_t next, patron_csv_take *take, void *context)
{
    patron_csv_splitter *s = r->splitter;
    if (r->malformed < next)
        return fail_malformed(r);
    if (s->dialect.fields > 0 && r->count != s->dialect.fields) {
        char text[128];
        snprintf(text, sizeof text, ": %" PRIu32 " fields found, %" PRIu32 " are expected",
                 r->count, s->dialect.fields);
        return fail_at(r, r->start, text);
    }
    patron_csv_record record = {
        .offset = r->start, .fields = s->fields, .count = r->count, .fault = &s->fault};
    return take(context, &record);
}

/* Finds the first byte that is no UTF-8 from byte `at` on. */
static void find_malformed(reading *r, uint64_t at)
{
    const cursor *c = &r->cursor;
    r->malformed = c->length;
    if (r->splitter->dialect.encoding == PATRON_ENCODING_UTF8)
        r->malformed = at + patron_slice_utf8_fault((patron_slice){c->bytes + at, c->length - at});
}

/* Whether the record that goes to the end of the text has its line end there; of CR LF both. */
static bool ends_record(const reading *r)
{
    const cursor *c = &r->cursor;
    if (c->bytes[c->length - 1] != '\n')
        return false;
    return r->splitter->dialect.plain_quotes ||
           patron_csv_quotes(c->bytes + r->start, c->length - r->start) % 2 == 0;
}

/* Shows the record at fault to whom it may concern.  It may have been given up midway: where it
 * ends is found anew. */
static patron_status reject_record(reading *r, uint64_t *next)
{
    patron_csv_splitter *s = r->splitter;
    const cursor *c = &r->cursor;
    *next = patron_csv_next_record(c->bytes, r->start, c->length, false, s->dialect.plain_quotes);
    uint64_t end = *next;
    while (end > r->start && (c->bytes[end - 1] == '\n' || c->bytes[end - 1] == '\r'))
        --end;
    bool is_whole = *next < c->length || r->is_end || ends_record(r);
    r->is_cut = !is_whole;
    if (r->is_cut)
        return PATRON_OK;
    s->fault.offset = r->start;
    patron_status status = s->reject(
        s->reject_context, (patron_slice){c->bytes + r->start, end - r->start}, &s->fault);
    s->fault.text[0] = '\0';
    seek(&r->cursor, *next);
    if (r->malformed < *next)
        find_malformed(r, *next);
    return status;
}

patron_status patron_csv_split(patron_csv_splitter *splitter, const char *bytes, uint64_t length,
                               bool is_end, patron_csv_take *take, void *context, uint64_t *used)
{
    const patron_dialect *dialect = &splitter->dialect;
    reading r = {.splitter = splitter,
                 .cursor = {.bytes = bytes,
                            .length = length,
                            .delimiter = dialect->delimiter,
                            .quote = dialect->plain_quotes ? dialect->delimiter : '"'},
                 .is_end = is_end};
    patron_status status = PATRON_OK;
    *used = 0;
    start_block(&r.cursor);
    find_malformed(&r, 0);
    while (status == PATRON_OK && *used < length) {
        uint64_t next = length;
        r.start = *used;
        status = take_record(&r, &next);
        /* whatever else the text at hand would let through, which hangs on how it is cut */
        if (status == PATRON_OK && !r.is_cut && next - r.start > PATRON_CSV_RECORD_LIMIT)
            return fail_at(&r, r.start, PATRON_CSV_TOO_LONG);
        if (status == PATRON_OK && !r.is_cut && !r.is_blank)
            status = hand_over(&r, next, take, context);
        if (status == PATRON_DATA && splitter->fault.text[0] != '\0' && splitter->reject != NULL)
            status = reject_record(&r, &next);
        if (status != PATRON_OK || r.is_cut)
            break;
        *used = next;
        if (splitter->only_first && !r.is_blank)
            break;
    }
    return status;
}

void patron_csv_splitter_free(patron_csv_splitter *splitter)
{
    free(splitter->fields);
    free(splitter->scratch);
    splitter->fields = NULL;
    splitter->scratch = NULL;
    splitter->room = splitter->scratch_room = 0;
}
