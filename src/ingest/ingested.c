/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes, and from lanes to the parts of a dataset: part by part, in it lane by lane, in it column
 * by column, so that each file is opened once. */
#include "ingest/ingested.h"

#include "patron/memory.h"
#include "runtime/meter.h"

#include <stdlib.h>
#include <string.h>

enum { BUFFER_BYTES = 1 << 20 };

patron_status patron_ingested_create(const char *folder, const char *name, uint64_t memory,
                                     int lanes, patron_ingested *lists)
{
    *lists = (patron_ingested){.count = lanes, .last_time = INT64_MIN};
    lists->lanes = patron_allocate((uint64_t)lanes, sizeof *lists->lanes);
    if (lists->lanes == NULL)
        return PATRON_RESOURCE;
    uint64_t share = memory / ((uint64_t)lanes * PATRON_COLUMNS);
    for (int lane = 0; lane < lanes; ++lane)
        for (int column = 0; column < PATRON_COLUMNS; ++column)
            lists->lanes[lane].tape[column] = patron_tape_create(folder, name, share);
    return PATRON_OK;
}

void patron_ingested_free(patron_ingested *lists)
{
    for (int lane = 0; lists->lanes != NULL && lane < lists->count; ++lane) {
        for (int column = 0; column < PATRON_COLUMNS; ++column)
            patron_tape_free(&lists->lanes[lane].tape[column]);
        patron_sampler_free(&lists->lanes[lane].ids);
    }
    free(lists->lanes);
    free(lists->absent);
    free(lists->figure_names);
    patron_dataset_content_free(&lists->frame);
    *lists = (patron_ingested){0};
}

patron_status patron_lane_write_id(patron_lane *lane, patron_column column, const char *id,
                                   uint64_t length, uint64_t *width)
{
    uint32_t bytes = (uint32_t)length;
    patron_status status = patron_lane_write(lane, column, &bytes, sizeof bytes);
    if (length > *width)
        *width = length;
    if (status == PATRON_OK && column == PATRON_COLUMN_CUSTOMER_ID &&
        patron_sampler_wants(&lane->ids))
        status = patron_sampler_add(&lane->ids, id, length);
    return status == PATRON_OK ? patron_lane_write(lane, column, id, length) : status;
}

/* ---- to parts ---- */

/* Where a lane's rows, baskets and items start among all. */
typedef struct lane_start {
    uint64_t customer, basket, item;
} lane_start;

typedef struct list_writer {
    const patron_comm *comm;
    patron_ingested *lists;
    patron_dataset_writer *writer;
    patron_dataset_plan plan;
    lane_start *starts;
    uint64_t *items_before;
    uint32_t files;
    char *buffer;
    uint64_t room;
} list_writer;

static void find_starts(list_writer *w)
{
    const patron_ingested *lists = w->lists;
    uint64_t own[3] = {0};
    for (int lane = 0; lane < lists->count; ++lane) {
        own[0] += lists->lanes[lane].customers;
        own[1] += lists->lanes[lane].baskets;
        own[2] += lists->lanes[lane].items;
    }
    lane_start at = {.customer = patron_comm_prefix_u64(w->comm, own[0]),
                     .basket = patron_comm_prefix_u64(w->comm, own[1]),
                     .item = patron_comm_prefix_u64(w->comm, own[2])};
    for (int lane = 0; lane < lists->count; ++lane) {
        w->starts[lane] = at;
        at.customer += lists->lanes[lane].customers;
        at.basket += lists->lanes[lane].baskets;
        at.item += lists->lanes[lane].items;
    }
}

/* Items before each file's first basket: the rank that has that basket knows. */
static patron_status find_cuts(list_writer *w)
{
    const patron_ingested *lists = w->lists;
    patron_status status = PATRON_OK;
    uint64_t total = 0;
    for (int lane = 0; lane < lists->count; ++lane)
        total += lists->lanes[lane].items;
    patron_comm_reduce_u64(w->comm, &total, 1, PATRON_SUM);
    for (uint32_t part = 0; status == PATRON_OK && part < w->files; ++part) {
        uint64_t first = patron_range_cut(lists->frame.baskets, part, w->files).first;
        for (int lane = 0; status == PATRON_OK && lane < lists->count; ++lane) {
            const patron_lane *l = &lists->lanes[lane];
            uint64_t own = first - w->starts[lane].basket, end = 0;
            if (first < w->starts[lane].basket || own >= l->baskets)
                continue;
            if (own > 0)
                status = patron_tape_peek(&l->tape[PATRON_COLUMN_BASKET_END],
                                          (own - 1) * sizeof end, &end, sizeof end);
            w->items_before[part] = w->starts[lane].item + end;
        }
    }
    status = patron_comm_agree(w->comm, status);
    if (status == PATRON_OK)
        patron_comm_reduce_u64(w->comm, w->items_before, w->files, PATRON_SUM);
    w->items_before[w->files] = total;
    /* parts behind the last basket start where all end */
    for (uint32_t part = 0; part < w->files; ++part)
        if (patron_range_cut(lists->frame.baskets, part, w->files).first == lists->frame.baskets)
            w->items_before[part] = total;
    return status;
}

static void fill_plan(list_writer *w)
{
    const patron_ingested *lists = w->lists;
    bool has_customers = lists->frame.rows > 0, has_baskets = lists->frame.baskets > 0;
    uint64_t widths[2] = {0};
    for (int lane = 0; lane < lists->count; ++lane) {
        const patron_lane *l = &lists->lanes[lane];
        widths[0] = l->customer_width > widths[0] ? l->customer_width : widths[0];
        widths[1] = l->basket_width > widths[1] ? l->basket_width : widths[1];
    }
    patron_comm_reduce_u64(w->comm, widths, 2, PATRON_MAX);
    w->plan = (patron_dataset_plan){.frame = &lists->frame,
                                    .has = {[PATRON_ARRAY_CUSTOMER_ID] = has_customers,
                                            [PATRON_ARRAY_FEATURES] = has_customers,
                                            [PATRON_ARRAY_BASKET_END] = has_baskets,
                                            [PATRON_ARRAY_BASKET_ITEM] = has_baskets,
                                            [PATRON_ARRAY_BASKET_ID] = lists->has_basket_id,
                                            [PATRON_ARRAY_BASKET_CUSTOMER] = lists->has_customer,
                                            [PATRON_ARRAY_BASKET_TIME] = lists->has_time},
                                    .customer_width = widths[0],
                                    .basket_width = widths[1],
                                    .items_before = w->items_before};
}

/* Puts the next `count` entries of a tape of numbers, the first of which is entry `first` of all.
 */
static patron_status put_numbers(list_writer *w, patron_lane *lane, patron_column column,
                                 patron_dataset_array array, uint64_t size, uint64_t first,
                                 uint64_t count)
{
    patron_status status = PATRON_OK;
    while (status == PATRON_OK && count > 0) {
        uint64_t most = w->room / size;
        uint64_t now = count < most ? count : most;
        status = patron_tape_read(&lane->tape[column], w->buffer, now * size);
        if (status == PATRON_OK)
            status = patron_dataset_writer_put(w->writer, array, first, now, w->buffer);
        first += now;
        count -= now;
    }
    return status;
}

static patron_status put_ids(list_writer *w, patron_lane *lane, patron_column column,
                             patron_dataset_array array, uint64_t width, uint64_t first,
                             uint64_t count)
{
    patron_status status = PATRON_OK;
    while (status == PATRON_OK && count > 0) {
        uint64_t most = w->room / width;
        uint64_t now = count < most ? count : most;
        memset(w->buffer, 0, now * width);
        for (uint64_t i = 0; status == PATRON_OK && i < now; ++i) {
            uint32_t length = 0;
            status = patron_tape_read(&lane->tape[column], &length, sizeof length);
            if (status == PATRON_OK)
                status = patron_tape_read(&lane->tape[column], w->buffer + i * width, length);
        }
        if (status == PATRON_OK)
            status = patron_dataset_writer_put(w->writer, array, first, now, w->buffer);
        first += now;
        count -= now;
    }
    return status;
}

/* Ends of a lane count from its own start; those of the dataset from that of all. */
static patron_status put_ends(list_writer *w, patron_lane *lane, uint64_t items, uint64_t first,
                              uint64_t count)
{
    patron_status status = PATRON_OK;
    uint64_t *ends = (uint64_t *)(void *)w->buffer;
    while (status == PATRON_OK && count > 0) {
        uint64_t most = w->room / sizeof *ends;
        uint64_t now = count < most ? count : most;
        status = patron_tape_read(&lane->tape[PATRON_COLUMN_BASKET_END], ends, now * sizeof *ends);
        for (uint64_t i = 0; i < now; ++i)
            ends[i] += items;
        if (status == PATRON_OK)
            status =
                patron_dataset_writer_put(w->writer, PATRON_ARRAY_BASKET_END, first, now, ends);
        first += now;
        count -= now;
    }
    return status;
}

/* What of `part` lies in [first, first + count). */
static patron_range overlap(patron_range part, uint64_t first, uint64_t count)
{
    uint64_t low = part.first > first ? part.first : first;
    uint64_t part_end = part.first + part.count, end = first + count;
    uint64_t high = part_end < end ? part_end : end;
    return (patron_range){.first = low, .count = high > low ? high - low : 0};
}

static patron_status put_customers(list_writer *w, int lane, patron_range rows)
{
    patron_lane *l = &w->lists->lanes[lane];
    rows = overlap(rows, w->starts[lane].customer, l->customers);
    patron_status status = put_ids(w, l, PATRON_COLUMN_CUSTOMER_ID, PATRON_ARRAY_CUSTOMER_ID,
                                   w->plan.customer_width, rows.first, rows.count);
    if (status == PATRON_OK)
        status = put_numbers(w, l, PATRON_COLUMN_FEATURES, PATRON_ARRAY_FEATURES,
                             w->lists->frame.columns * sizeof(float), rows.first, rows.count);
    return status;
}

static patron_status put_baskets(list_writer *w, int lane, uint32_t part, patron_range rows)
{
    patron_lane *l = &w->lists->lanes[lane];
    const lane_start *start = &w->starts[lane];
    rows = overlap(rows, start->basket, l->baskets);
    const uint64_t *cuts = w->items_before;
    patron_range items =
        overlap((patron_range){.first = cuts[part], .count = cuts[part + 1] - cuts[part]},
                start->item, l->items);
    patron_status status = put_ends(w, l, start->item, rows.first, rows.count);
    if (status == PATRON_OK)
        status = put_numbers(w, l, PATRON_COLUMN_BASKET_ITEM, PATRON_ARRAY_BASKET_ITEM,
                             sizeof(uint32_t), items.first, items.count);
    if (status == PATRON_OK && w->lists->has_basket_id)
        status = put_ids(w, l, PATRON_COLUMN_BASKET_ID, PATRON_ARRAY_BASKET_ID,
                         w->plan.basket_width, rows.first, rows.count);
    if (status == PATRON_OK && w->lists->has_customer)
        status = put_numbers(w, l, PATRON_COLUMN_BASKET_CUSTOMER, PATRON_ARRAY_BASKET_CUSTOMER,
                             sizeof(uint64_t), rows.first, rows.count);
    if (status == PATRON_OK && w->lists->has_time)
        status = put_numbers(w, l, PATRON_COLUMN_BASKET_TIME, PATRON_ARRAY_BASKET_TIME,
                             sizeof(int64_t), rows.first, rows.count);
    return status;
}

static patron_status put_all(list_writer *w)
{
    const patron_dataset_content *frame = &w->lists->frame;
    uint64_t row = frame->columns * sizeof(float);
    w->room = w->plan.customer_width > w->plan.basket_width ? w->plan.customer_width
                                                            : w->plan.basket_width;
    w->room = w->room > row ? w->room : row;
    w->room = w->room > BUFFER_BYTES ? w->room : BUFFER_BYTES;
    w->buffer = patron_allocate(w->room, 1);
    patron_status status = w->buffer == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (uint32_t part = 0; status == PATRON_OK && part < w->files; ++part) {
        patron_range rows = patron_range_cut(frame->rows, part, w->files);
        patron_range baskets = patron_range_cut(frame->baskets, part, w->files);
        for (int lane = 0; status == PATRON_OK && lane < w->lists->count; ++lane) {
            status = put_customers(w, lane, rows);
            if (status == PATRON_OK && frame->baskets > 0)
                status = put_baskets(w, lane, part, baskets);
        }
    }
    return status;
}

patron_status patron_ingested_write(const patron_comm *comm, int threads, patron_ingested *lists,
                                    const char *path, uint32_t parts, bool force,
                                    char digest[PATRON_DIGEST_CAPACITY])
{
    list_writer w = {.comm = comm, .lists = lists, .files = parts == 0 ? 1 : parts};
    patron_span span = patron_meter_enter(PATRON_STEP_WRITE);
    w.starts = patron_allocate((uint64_t)lists->count, sizeof *w.starts);
    w.items_before = patron_allocate((uint64_t)w.files + 1, sizeof *w.items_before);
    bool is_short = w.starts == NULL || w.items_before == NULL;
    patron_status status = patron_comm_agree(comm, is_short ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK) {
        find_starts(&w);
        fill_plan(&w);
        status = find_cuts(&w);
    }
    if (status == PATRON_OK)
        status = patron_dataset_writer_begin(comm, &w.plan, path, parts, force, &w.writer);
    if (status == PATRON_OK)
        status = patron_dataset_writer_end(w.writer, threads, put_all(&w), digest);
    free(w.buffer);
    free(w.starts);
    free(w.items_before);
    patron_meter_leave(span, 0, 0);
    return status;
}
