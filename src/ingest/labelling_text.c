/* SPDX-License-Identifier: Apache-2.0 */
/* Labels are interned as they are read; the names are then put in order. */
#include "ingest/labelling_text.h"

#include "ingest/csv.h"
#include "ingest/intern.h"
#include "ingest/sort.h"
#include "patron/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NO_LABEL = -1 };

/* On rank 0, while it reads. */
typedef struct reading {
    const char *column_name;
    const patron_input *input;
    uint32_t column;
    patron_interner names;
    uint32_t *numbers; /* of the name of each row */
    uint64_t rows, capacity;
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
    return is_number(header->fields[0], &number) ? take_label(r, header) : PATRON_OK;
}

static patron_status on_record(void *context, const patron_csv_record *record)
{
    return take_label(context, record);
}

static patron_status read_text(const char *path, patron_input *input, reading *r)
{
    const patron_dialect_options dialect = {0};
    const patron_csv_handler handler = {.context = r, .header = on_header, .record = on_record};
    patron_status status = patron_input_open(path, NULL, input);
    r->input = input;
    return status == PATRON_OK ? patron_csv_read(input, &dialect, &handler) : status;
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

/* Names and codes of all rows, all[r->rows], from what was read. */
static patron_status order_names(const reading *r, patron_labelling *labels, int32_t **all)
{
    const patron_texts *names = &r->names.texts;
    int32_t *codes = patron_allocate(names->count, sizeof *codes);
    *all = patron_allocate(r->rows, sizeof **all);
    patron_status status = codes == NULL || *all == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK && names->count > INT32_MAX)
        status =
            patron_fail(PATRON_DATA, "%s: more than 2^31 - 1 different labels", r->input->name);
    if (status == PATRON_OK)
        status = order_numbers(names, codes, &labels->has_numbers, labels);
    if (status == PATRON_OK && !labels->has_numbers)
        status = order_texts(names, codes, labels);
    for (uint64_t i = 0; status == PATRON_OK && i < r->rows; ++i)
        (*all)[i] = codes[r->numbers[i]];
    free(codes);
    return status;
}

/* ---- to all ranks ---- */

static patron_status share_names(const patron_comm *comm, uint64_t count, patron_texts *names)
{
    uint64_t bytes = names->offsets != NULL ? names->offsets[count] : 0;
    patron_comm_broadcast(comm, &bytes, sizeof bytes, 0);
    if (count == 0)
        return PATRON_OK;
    if (comm->rank != 0)
        *names = (patron_texts){.count = count,
                                .offsets = patron_allocate(count + 1, sizeof *names->offsets),
                                .bytes = patron_allocate(bytes, 1)};
    bool is_short = names->offsets == NULL || names->bytes == NULL;
    patron_status status = patron_comm_agree(comm, is_short ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK) {
        patron_comm_broadcast(comm, names->offsets, (count + 1) * sizeof *names->offsets, 0);
        patron_comm_broadcast(comm, names->bytes, bytes, 0);
    }
    return status;
}

/* What rank 0 has read, each rank's own rows of it; *all is what it holds of all. */
static patron_status share(const patron_comm *comm, patron_labelling *labels, int32_t **all)
{
    uint64_t figures[] = {labels->rows, labels->names.count, labels->has_numbers ? 1 : 0};
    patron_comm_broadcast(comm, figures, sizeof figures, 0);
    labels->rows = figures[0];
    labels->segments = (uint32_t)figures[1];
    labels->has_numbers = figures[2] != 0;
    labels->range = patron_range_cut(labels->rows, (uint64_t)comm->rank, (uint64_t)comm->size);
    if (comm->rank != 0)
        *all = patron_allocate(labels->rows, sizeof **all);
    labels->codes = patron_allocate(labels->range.count, sizeof *labels->codes);
    bool is_short = *all == NULL || labels->codes == NULL;
    patron_status status = patron_comm_agree(comm, is_short ? PATRON_RESOURCE : PATRON_OK);
    if (status != PATRON_OK)
        return status;
    patron_comm_broadcast(comm, *all, labels->rows * sizeof **all, 0);
    memcpy(labels->codes, *all + labels->range.first, labels->range.count * sizeof **all);
    return share_names(comm, figures[1], &labels->names);
}

patron_status patron_labelling_read_text(const patron_comm *comm, const char *path,
                                         const char *column, patron_labelling *labels)
{
    reading r = {.column_name = column};
    patron_input input = {0};
    int32_t *all = NULL;
    *labels = (patron_labelling){0};
    patron_status status = PATRON_OK;
    if (comm->rank == 0) {
        status = read_text(path, &input, &r);
        if (status == PATRON_OK)
            status = order_names(&r, labels, &all);
        labels->rows = r.rows;
    }
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = share(comm, labels, &all);
    patron_interner_free(&r.names);
    patron_input_close(&input);
    free(r.numbers);
    free(all);
    return status;
}
