/* SPDX-License-Identifier: Apache-2.0 */
/* Each rank interns the labels of its range of the file as it reads them.  Ranks bring their names
 * together and put them in order, and rows, of which a range of bytes holds as many as it may, are
 * dealt to the ranks whose they are. */
#include "ingest/labelling_text.h"

#include "ingest/csv.h"
#include "ingest/intern.h"
#include "ingest/scan.h"
#include "ingest/sort.h"
#include "patron/memory.h"
#include "runtime/meter.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NO_LABEL = -1 };

/* What a rank reads. */
typedef struct reading {
    const char *column_name;
    patron_sources sources;
    bool has_start; /* of the file */
    uint32_t column;
    patron_interner names;
    uint32_t *numbers; /* of the name of each row */
    uint64_t rows, capacity;
    int32_t *codes; /* of the names */
} reading;

/* Whether `text` is a whole number that int64_t holds. */
static bool is_number(patron_slice text, int64_t *number)
{
    char copy[32], *end = NULL;
    *number = 0;
    if (text.length == 0 || text.length >= sizeof copy ||
        strchr("+-0123456789", text.bytes[0]) == NULL)
        return false;
    memcpy(copy, text.bytes, text.length);
    copy[text.length] = '\0';
    errno = 0;
    *number = strtoll(copy, &end, 10);
    return errno == 0 && end == copy + text.length;
}

static patron_status take_label(reading *r, const patron_csv_record *record)
{
    patron_slice label = record->fields[r->column];
    if (label.length == 0 || !patron_slice_is_utf8(label))
        return patron_csv_fail(record, ": the label is %s; -1 stands for none",
                               label.length == 0 ? "empty" : "not UTF-8");
    uint32_t *numbers = patron_grow(r->numbers, r->rows + 1, &r->capacity, sizeof *numbers);
    if (numbers == NULL)
        return PATRON_RESOURCE;
    r->numbers = numbers;
    return patron_interner_find(&r->names, label, &r->numbers[r->rows++]);
}

static patron_status on_header(void *context, const patron_csv_record *header)
{
    reading *r = context;
    int64_t number = 0;
    if (r->column_name != NULL)
        return patron_csv_find(header, r->column_name, &r->column);
    if (header->count != 1)
        return patron_csv_fail(header,
                               ": %" PRIu32 " columns; --label-column says which holds the labels",
                               header->count);
    return r->has_start && is_number(header->fields[0], &number) ? take_label(r, header)
                                                                 : PATRON_OK;
}

static patron_status on_record(void *context, const patron_csv_record *record)
{
    return take_label(context, record);
}

/* Collective. */
static patron_status read_text(const patron_comm *comm, reading *r)
{
    enum { BLOCK = 1 << 18 };
    void *const contexts[] = {r};
    const patron_scan_options options = {
        .blocks = {.threads = 1, .piece = BLOCK, .header = {.take = on_header, .context = r}},
        .take = on_record,
        .contexts = contexts};
    patron_scan scan = {0};
    uint64_t first = 0, end = 0;
    r->has_start = patron_sources_share(&r->sources, comm, 0, &first, &end) && first == 0;
    patron_status status = patron_scan_begin(comm, &r->sources, &options, &scan);
    if (status == PATRON_OK)
        status = patron_scan_rest(&scan);
    patron_scan_end(&scan);
    return status;
}

/* ---- names of all ranks ---- */

/* Takes in what all ranks have found: texts, one behind the other, and the length of each. */
static patron_status take_names(const uint64_t *lengths, uint64_t count, const char *bytes,
                                patron_interner *all)
{
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i) {
        uint32_t number = 0;
        status = patron_interner_find(all, (patron_slice){bytes, lengths[i]}, &number);
        bytes += lengths[i];
    }
    return status;
}

/* Numbers of this rank's names become those of the names of all. */
static patron_status renumber(reading *r, patron_interner *all)
{
    const patron_texts *own = &r->names.texts;
    uint32_t *numbers = patron_allocate(own->count, sizeof *numbers);
    patron_status status = numbers == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < own->count; ++i)
        status = patron_interner_find(
            all, (patron_slice){patron_texts_at(own, i), patron_texts_length(own, i)}, &numbers[i]);
    for (uint64_t i = 0; status == PATRON_OK && i < r->rows; ++i)
        r->numbers[i] = numbers[r->numbers[i]];
    free(numbers);
    return status;
}

/* The names of all ranks on each; they are as few as there are segments.  Collective. */
static patron_status join_names(const patron_comm *comm, reading *r)
{
    const patron_texts *own = &r->names.texts;
    uint64_t *lengths = patron_allocate(own->count, sizeof *lengths), total = 0, bytes = 0;
    void *all_lengths = NULL, *all_bytes = NULL;
    patron_interner all = {0};
    for (uint64_t i = 0; lengths != NULL && i < own->count; ++i)
        lengths[i] = patron_texts_length(own, i);
    patron_status status =
        patron_comm_gather(comm, lengths == NULL ? PATRON_RESOURCE : PATRON_OK, lengths,
                           own->count * sizeof *lengths, &all_lengths, &total);
    if (status == PATRON_OK)
        status =
            patron_comm_gather(comm, PATRON_OK, own->bytes,
                               own->count > 0 ? own->offsets[own->count] : 0, &all_bytes, &bytes);
    if (status == PATRON_OK)
        status = take_names(all_lengths, total / sizeof *lengths, all_bytes, &all);
    if (status == PATRON_OK)
        status = renumber(r, &all);
    patron_interner_free(&r->names);
    r->names = all;
    free(lengths);
    free(all_lengths);
    free(all_bytes);
    return patron_comm_agree(comm, status);
}

/* ---- names in order ---- */

/* A name that is a number. */
typedef struct numbered_name {
    int64_t value;
    uint32_t name; /* as it was interned */
} numbered_name;

static int compare_values(const void *a, const void *b)
{
    const numbered_name *x = a, *y = b;
    return x->value < y->value ? -1 : x->value > y->value;
}

static patron_slice name_at(const patron_texts *names, uint64_t index)
{
    return (patron_slice){.bytes = patron_texts_at(names, index),
                          .length = patron_texts_length(names, index)};
}

/* Numbers in their order; of "7" and "07" there is one segment.  *are_numbers tells whether all
 * are; nothing is done where one is not. */
static patron_status order_numbers(const patron_texts *names, int32_t *codes, bool *are_numbers,
                                   patron_labelling *labels)
{
    numbered_name *sorted = patron_allocate(names->count, sizeof *sorted);
    patron_status status = sorted == NULL ? PATRON_RESOURCE : PATRON_OK;
    *are_numbers = status == PATRON_OK;
    for (uint64_t i = 0; *are_numbers && i < names->count; ++i) {
        sorted[i].name = (uint32_t)i;
        *are_numbers = is_number(name_at(names, i), &sorted[i].value);
    }
    if (!*are_numbers)
        goto cleanup;
    qsort(sorted, names->count, sizeof *sorted, compare_values);
    for (uint64_t i = 0; status == PATRON_OK && i < names->count; ++i) {
        bool is_new = i == 0 || sorted[i - 1].value != sorted[i].value;
        if (sorted[i].value == NO_LABEL) {
            codes[sorted[i].name] = NO_LABEL;
            continue;
        }
        if (is_new)
            status = patron_labelling_name(labels, sorted[i].value);
        codes[sorted[i].name] = (int32_t)labels->names.count - 1;
    }
cleanup:
    free(sorted);
    return status;
}

/* Texts bytewise. */
static patron_status order_texts(const patron_texts *names, int32_t *codes,
                                 patron_labelling *labels)
{
    uint64_t *order = NULL;
    patron_status status = patron_texts_order(names, &order);
    for (uint64_t i = 0; status == PATRON_OK && i < names->count; ++i) {
        patron_slice name = name_at(names, order[i]);
        bool is_label = !patron_slice_equal(name, patron_slice_of("-1"));
        if (is_label)
            status = patron_texts_append(&labels->names, name.bytes, name.length);
        codes[order[i]] = is_label ? (int32_t)labels->names.count - 1 : NO_LABEL;
    }
    free(order);
    return status;
}

/* Names in order, and their codes. */
static patron_status order_names(reading *r, patron_labelling *labels)
{
    const patron_texts *names = &r->names.texts;
    r->codes = patron_allocate(names->count, sizeof *r->codes);
    patron_status status = r->codes == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK && names->count > INT32_MAX)
        status = patron_fail(PATRON_DATA, "%s: more than 2^31 - 1 different labels",
                             patron_source_name(&r->sources.files[0]));
    if (status == PATRON_OK)
        status = order_numbers(names, r->codes, &labels->has_numbers, labels);
    if (status == PATRON_OK && !labels->has_numbers)
        status = order_texts(names, r->codes, labels);
    labels->segments = (uint32_t)labels->names.count;
    return status;
}

/* ---- rows to the ranks whose they are ---- */

/* How many of rows [first, first + count) each rank has, in bytes of labels. */
static void count_bytes(const patron_comm *comm, uint64_t total, patron_range rows, uint64_t *bytes)
{
    for (int rank = 0; rank < comm->size; ++rank) {
        patron_range theirs = patron_range_cut(total, (uint64_t)rank, (uint64_t)comm->size);
        uint64_t first = rows.first > theirs.first ? rows.first : theirs.first;
        uint64_t end = rows.first + rows.count, their_end = theirs.first + theirs.count;
        end = end < their_end ? end : their_end;
        bytes[rank] = end > first ? (end - first) * sizeof(int32_t) : 0;
    }
}

/* Collective. */
static patron_status deal_rows(const patron_comm *comm, const reading *r, patron_labelling *labels)
{
    uint64_t ranks = (uint64_t)comm->size;
    const patron_range read = {.first = patron_comm_prefix_u64(comm, r->rows), .count = r->rows};
    int32_t *codes = patron_allocate(r->rows, sizeof *codes);
    uint64_t *to = patron_allocate(ranks, sizeof *to), *from = patron_allocate(ranks, sizeof *from);
    labels->rows = r->rows;
    patron_comm_reduce_u64(comm, &labels->rows, 1, PATRON_SUM);
    labels->range = patron_range_cut(labels->rows, (uint64_t)comm->rank, ranks);
    labels->codes = patron_allocate(labels->range.count, sizeof *labels->codes);
    bool is_short = codes == NULL || to == NULL || from == NULL || labels->codes == NULL;
    patron_status status = patron_comm_agree(comm, is_short ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK) {
        for (uint64_t i = 0; i < r->rows; ++i)
            codes[i] = r->codes[r->numbers[i]];
        count_bytes(comm, labels->rows, read, to);
        patron_comm_exchange_counts(comm, to, from);
        patron_comm_exchange(comm, codes, to, labels->codes, from);
    }
    free(codes);
    free(to);
    free(from);
    return status;
}

patron_status patron_labelling_read_text(const patron_comm *comm, const char *path,
                                         const char *column, patron_labelling *labels)
{
    reading r = {.column_name = column};
    *labels = (patron_labelling){0};
    patron_span span = patron_meter_enter(PATRON_STEP_PARSE);
    patron_status status = patron_sources_find(comm, &path, 1, &r.sources);
    if (status == PATRON_OK && r.sources.count != 1)
        status = patron_fail(PATRON_NO_INPUT, "%s stands for %" PRIu32 " files, one expected", path,
                             r.sources.count);
    if (status == PATRON_OK)
        status = read_text(comm, &r);
    if (status == PATRON_OK)
        status = join_names(comm, &r);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, order_names(&r, labels));
    if (status == PATRON_OK)
        status = deal_rows(comm, &r, labels);
    patron_sources_free(&r.sources);
    patron_interner_free(&r.names);
    free(r.numbers);
    free(r.codes);
    patron_meter_leave(span, 0, 0);
    return status;
}
