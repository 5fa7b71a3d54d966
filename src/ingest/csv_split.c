/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 4180, strictly: a quote stands at the start of a field (blanks may go before it), at its end,
 * or doubled inside of quotes.  The bytes that mean something are found 64 at a time, as bits of a
 * mask (Langdale and Lemire, "Parsing gigabytes of JSON per second", VLDB Journal 2019). */
#include "ingest/csv_split.h"

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

static const char NUL_BYTE[] = ": a NUL byte; UTF-8 text is expected";

patron_status patron_csv_fail(const patron_csv_record *record, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    record->fault->offset = record->offset;
    vsnprintf(record->fault->text, sizeof record->fault->text, format, arguments);
    va_end(arguments);
    return PATRON_DATA;
}

bool patron_csv_may_delimit(char delimiter)
{
    bool is_word = (delimiter >= '0' && delimiter <= '9') ||
                   (delimiter >= 'A' && delimiter <= 'Z') || (delimiter >= 'a' && delimiter <= 'z');
    return !is_word && delimiter != '\0' && strchr("\"\n\r +-.", delimiter) == NULL;
}

/* ---- bytes that mean something ---- */

typedef struct cursor {
    const char *bytes;
    uint64_t length;
    uint64_t block; /* offset of the 64 bytes that the mask is of */
    uint64_t mask;  /* of those that were not taken yet */
    char delimiter;
} cursor;

#ifdef __SSE2__
static uint64_t mask_16(__m128i text, __m128i delimiter)
{
    __m128i found = _mm_cmpeq_epi8(text, delimiter);
    found = _mm_or_si128(found, _mm_cmpeq_epi8(text, _mm_set1_epi8('\n')));
    found = _mm_or_si128(found, _mm_cmpeq_epi8(text, _mm_set1_epi8('\r')));
    found = _mm_or_si128(found, _mm_cmpeq_epi8(text, _mm_set1_epi8('"')));
    found = _mm_or_si128(found, _mm_cmpeq_epi8(text, _mm_setzero_si128()));
    return (uint64_t)(uint32_t)_mm_movemask_epi8(found);
}
#endif

static uint64_t mask_of(const char *bytes, char delimiter)
{
    uint64_t mask = 0;
#ifdef __SSE2__
    const __m128i wanted = _mm_set1_epi8(delimiter);
    for (int i = 0; i < 4; ++i)
        mask |= mask_16(_mm_loadu_si128((const __m128i *)(const void *)(bytes + 16 * i)), wanted)
                << 16 * i;
#else
    for (int i = 0; i < 64; ++i) {
        char c = bytes[i];
        bool found = c == delimiter || c == '\n' || c == '\r' || c == '"' || c == '\0';
        mask |= (uint64_t)found << i;
    }
#endif
    return mask;
}

static void start_block(cursor *c)
{
    c->mask = c->block < c->length ? mask_of(c->bytes + c->block, c->delimiter) : 0;
    if (c->length - c->block < 64)
        c->mask &= (UINT64_C(1) << (c->length - c->block)) - 1;
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
    bool is_blank; /* so far */
} reading;

static patron_status fail_at(reading *r, uint64_t offset, const char *text)
{
    r->splitter->fault.offset = offset;
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

static patron_status add_field(reading *r, const char *bytes, uint64_t length)
{
    patron_csv_splitter *s = r->splitter;
    if (s->expected > 0 && r->count == s->expected) {
        char text[128];
        snprintf(text, sizeof text, ": more than the %" PRIu32 " fields that the header names",
                 s->expected);
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

/* Adds the text from `first` to `end`, in which quotes are doubled.  The room is that of the whole
 * text, so that fields that lie in it already stay. */
static patron_status add_doubled(reading *r, uint64_t first, uint64_t end)
{
    patron_csv_splitter *s = r->splitter;
    const char *bytes = r->cursor.bytes;
    char *scratch = patron_grow(s->scratch, r->cursor.length + 1, &s->scratch_room, 1);
    if (scratch == NULL)
        return PATRON_RESOURCE;
    s->scratch = scratch;
    uint64_t start = s->scratch_used;
    for (uint64_t at = first; at < end; ++at) {
        scratch[s->scratch_used++] = bytes[at];
        at += bytes[at] == '"' ? 1 : 0;
    }
    uint64_t length = s->scratch_used - start;
    scratch[s->scratch_used++] = '\0'; /* in the place of a quote that was left out */
    return add_field(r, scratch + start, length);
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
    if (*end < c->length && c->bytes[*end] == '"')
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

static patron_status hand_over(reading *r, patron_csv_take *take, void *context)
{
    patron_csv_splitter *s = r->splitter;
    if (s->expected > 0 && r->count != s->expected) {
        char text[128];
        snprintf(text, sizeof text, ": %" PRIu32 " fields, but the header names %" PRIu32, r->count,
                 s->expected);
        return fail_at(r, r->start, text);
    }
    patron_csv_record record = {
        .offset = r->start, .fields = s->fields, .count = r->count, .fault = &s->fault};
    return take(context, &record);
}

patron_status patron_csv_split(patron_csv_splitter *splitter, const char *bytes, uint64_t length,
                               bool is_end, patron_csv_take *take, void *context, uint64_t *used)
{
    reading r = {.splitter = splitter,
                 .cursor = {.bytes = bytes, .length = length, .delimiter = splitter->delimiter},
                 .is_end = is_end};
    patron_status status = PATRON_OK;
    *used = 0;
    start_block(&r.cursor);
    while (status == PATRON_OK && *used < length) {
        uint64_t next = length;
        r.start = *used;
        status = take_record(&r, &next);
        if (status != PATRON_OK || r.is_cut)
            break;
        if (!r.is_blank)
            status = hand_over(&r, take, context);
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
