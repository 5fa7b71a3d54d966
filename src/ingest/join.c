/* SPDX-License-Identifier: Apache-2.0 */
/* The join: columns, the stages, baskets, and what is told. */
#include "ingest/join_stages.h"

#include "ingest/quality.h"
#include "patron/memory.h"
#include "runtime/meter.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- columns ---- */

/* The same name twice would leave open which is meant. */
static patron_status check_names(const patron_join *join, uint32_t left, uint32_t right)
{
    const patron_join_source *a = &join->sources[left], *b = &join->sources[right];
    const patron_texts *names = &a->lists->frame.column_names;
    const patron_texts *others = &b->lists->frame.column_names;
    for (uint64_t i = 0; i < names->count; ++i)
        for (uint64_t j = 0; j < others->count; ++j) {
            uint64_t length = patron_texts_length(names, i);
            if (length == patron_texts_length(others, j) &&
                memcmp(patron_texts_at(names, i), patron_texts_at(others, j), length) == 0)
                return patron_fail(PATRON_DATA,
                                   "%s and %s both give a feature '%.*s'; --exclude-columns leaves "
                                   "one of a table out",
                                   a->files, b->files, (int)length, patron_texts_at(names, i));
        }
    return PATRON_OK;
}

static patron_status check_sources(const patron_join *join)
{
    patron_status status = PATRON_OK;
    for (uint32_t s = 0; status == PATRON_OK && s < join->count; ++s) {
        if (join->sources[s].lists->frame.id_form == NULL)
            return patron_fail(PATRON_DATA,
                               "%s: without a column of customers' ids it can not be joined",
                               join->sources[s].files);
        for (uint32_t other = s + 1; status == PATRON_OK && other < join->count; ++other)
            status = check_names(join, s, other);
    }
    return status;
}

/* Appends the texts, or so many empty ones where there are none. */
static patron_status append(const patron_texts *texts, uint64_t count, patron_texts *all)
{
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i)
        status = texts->count == 0 ? patron_texts_append(all, "", 0)
                                   : patron_texts_append(all, patron_texts_at(texts, i),
                                                         patron_texts_length(texts, i));
    return status;
}

static patron_status take_columns(patron_join *join)
{
    patron_dataset_content *frame = &join->lists->frame;
    patron_status status = PATRON_OK;
    bool has_units = false;
    for (uint32_t s = 0; s < join->count; ++s)
        has_units = has_units || join->sources[s].lists->frame.column_units.count > 0;
    for (uint32_t s = 0; status == PATRON_OK && s < join->count; ++s) {
        const patron_dataset_content *own = &join->sources[s].lists->frame;
        join->first[s + 1] = join->first[s] + own->columns;
        status = append(&own->column_names, own->columns, &frame->column_names);
        if (status == PATRON_OK && has_units)
            status = append(&own->column_units, own->columns, &frame->column_units);
        if (status == PATRON_OK)
            status = append(&own->column_sources, own->columns, &frame->column_sources);
    }
    join->width = frame->columns = join->first[join->count];
    return status;
}

/* What customers get that a source lacks; means come later. */
static patron_status take_absent(patron_join *join)
{
    join->absent = patron_allocate(join->width, sizeof *join->absent);
    if (join->absent == NULL)
        return PATRON_RESOURCE;
    for (uint32_t s = 0; s < join->count; ++s)
        for (uint32_t c = join->first[s]; c < join->first[s + 1]; ++c) {
            const float *own = join->sources[s].lists->absent;
            float value = own == NULL ? NAN : own[c - join->first[s]];
            bool is_zero = isnan(value) && join->options->fill == PATRON_FILL_ZERO;
            join->absent[c] = is_zero ? 0.0F : value;
        }
    return PATRON_OK;
}

/* ---- lanes ---- */

static patron_status cut_lanes(patron_join *join)
{
    patron_texts ids = {0};
    patron_status status = PATRON_OK;
    for (uint32_t s = 0; s < join->count; ++s)
        for (int lane = 0; status == PATRON_OK && lane < join->threads; ++lane)
            status = patron_sampler_append(&join->sources[s].lists->lanes[lane].ids, &ids);
    status = patron_comm_agree(join->comm, status);
    if (status == PATRON_OK)
        status = patron_splitters_choose(
            join->comm, &ids, (uint64_t)join->threads * (uint64_t)join->comm->size, &join->cuts);
    patron_texts_free(&ids);
    return status;
}

static patron_status create_lanes(patron_join *join)
{
    const patron_join_options *o = join->options;
    const patron_shuffle_options options = {.threads = join->threads,
                                            .folder = o->folder,
                                            .name = o->output,
                                            .sorted = o->memory / 2,
                                            .on_the_way = o->memory / 8};
    patron_status status =
        patron_comm_agree(join->comm, patron_ingested_create(o->folder, o->output, o->memory / 4,
                                                             join->threads, join->lists));
    if (status == PATRON_OK)
        status = patron_shuffle_create(join->comm, &options, &join->rows);
    return status;
}

/* ---- baskets ---- */

/* Baskets name customers by their rows in the source. */
static patron_status renumber(const patron_join *join, patron_tape *from, patron_tape *to)
{
    patron_status status = PATRON_OK;
    uint64_t count = from->length / sizeof(uint64_t);
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i) {
        uint64_t row = 0;
        status = patron_tape_read(from, &row, sizeof row);
        if (status == PATRON_OK && row != PATRON_NO_CUSTOMER)
            row = patron_row_map_find(&join->of_first, row);
        if (status == PATRON_OK)
            status = patron_tape_write(to, &row, sizeof row);
    }
    return status;
}

static patron_status take_baskets(patron_join *join)
{
    static const patron_column moved[] = {PATRON_COLUMN_BASKET_ID, PATRON_COLUMN_BASKET_END,
                                          PATRON_COLUMN_BASKET_ITEM, PATRON_COLUMN_BASKET_TIME};
    patron_ingested *from = join->sources[0].lists, *to = join->lists;
    int threads = join->threads;
    patron_status status = PATRON_OK;
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int l = 0; l < threads; ++l) {
        patron_lane *own = &from->lanes[l], *lane = &to->lanes[l];
        lane->baskets = own->baskets;
        lane->items = own->items;
        lane->basket_width = own->basket_width;
        for (size_t i = 0; i < sizeof moved / sizeof moved[0]; ++i) {
            patron_tape empty = lane->tape[moved[i]];
            lane->tape[moved[i]] = own->tape[moved[i]];
            own->tape[moved[i]] = empty;
        }
        patron_status one = renumber(join, &own->tape[PATRON_COLUMN_BASKET_CUSTOMER],
                                     &lane->tape[PATRON_COLUMN_BASKET_CUSTOMER]);
        if (one != PATRON_OK) {
#pragma omp critical(patron_join_baskets)
            status = one;
        }
    }
    to->has_customer = from->has_customer;
    to->has_time = from->has_time;
    to->has_basket_id = from->has_basket_id;
    to->frame.baskets = from->frame.baskets;
    to->frame.item_names = from->frame.item_names;
    to->frame.item_labels = from->frame.item_labels;
    from->frame.item_names = from->frame.item_labels = (patron_texts){0};
    return patron_comm_agree(join->comm, status);
}

/* ---- what is told ---- */

/* Rows that a source has read. */
static uint64_t rows_read(const patron_dataset_content *frame)
{
    for (uint32_t i = 0; i < frame->quality_count; ++i)
        if (strcmp(frame->quality[i].name, "rows_read") == 0)
            return frame->quality[i].count;
    return 0;
}

static patron_status add_totals(const patron_join *join)
{
    patron_dataset_content *frame = &join->lists->frame;
    uint64_t read = 0;
    for (uint32_t s = 0; s < join->count; ++s)
        read += rows_read(&join->sources[s].lists->frame);
    patron_status status = patron_quality_add_count(frame, "rows_read", read);
    if (status == PATRON_OK)
        status = patron_quality_add_count(frame, "customers", frame->rows);
    if (status == PATRON_OK && join->options->has_consent)
        status =
            patron_quality_add_count(frame, "customers_without_consent", join->options->refused);
    for (uint32_t s = 0; status == PATRON_OK && s < join->count; ++s)
        status =
            patron_quality_add_count(frame, join->sources[s].unmatched, join->counts.unmatched[s]);
    if (status == PATRON_OK)
        status = patron_quality_add_count(frame, "filled_values", join->counts.filled);
    if (status == PATRON_OK)
        status = patron_quality_add_count(frame, "missing_values", join->counts.missing);
    return status;
}

/* The figures of sources, whose names become SOURCE_NAME and lie in the lists. */
static patron_status add_figures(const patron_join *join)
{
    patron_dataset_content *frame = &join->lists->frame;
    uint64_t room = 1;
    for (uint32_t s = 0; s < join->count; ++s)
        for (uint32_t i = 0; i < join->sources[s].lists->frame.quality_count; ++i)
            room += strlen(join->sources[s].name) + 2 +
                    strlen(join->sources[s].lists->frame.quality[i].name);
    char *at = join->lists->figure_names = patron_allocate(room, 1);
    patron_status status = at == NULL ? PATRON_RESOURCE : add_totals(join);
    for (uint32_t s = 0; s < join->count; ++s) {
        const patron_dataset_content *own = &join->sources[s].lists->frame;
        for (uint32_t i = 0; status == PATRON_OK && i < own->quality_count; ++i) {
            const patron_quality *figure = &own->quality[i];
            const char *name = at;
            at += sprintf(at, "%s_%s", join->sources[s].name, figure->name) + 1;
            status = figure->is_real ? patron_quality_add_real(frame, name, figure->real)
                                     : patron_quality_add_count(frame, name, figure->count);
        }
    }
    return status;
}

static void note_ids(const patron_join *join)
{
    patron_dataset_content *frame = &join->lists->frame;
    const patron_dataset_content *first = &join->sources[0].lists->frame;
    frame->id_form = first->id_form;
    memcpy(frame->id_key, first->id_key, sizeof frame->id_key);
}

/* ---- the story ---- */

patron_status patron_ingested_join(const patron_comm *comm, const patron_join_options *options,
                                   const patron_join_source *sources, uint32_t count,
                                   patron_ingested *lists)
{
    patron_join join = {.comm = comm,
                        .options = options,
                        .sources = sources,
                        .count = count,
                        .threads = sources[0].lists->count,
                        .lists = lists};
    *lists = (patron_ingested){0};
    patron_status status = check_sources(&join);
    if (status == PATRON_OK)
        status = create_lanes(&join);
    if (status == PATRON_OK) {
        status = take_columns(&join);
        if (status == PATRON_OK)
            status = take_absent(&join);
        status = patron_comm_agree(comm, status);
    }
    if (status == PATRON_OK)
        status = cut_lanes(&join);
    patron_span span = patron_meter_enter(PATRON_STEP_CUSTOMERS);
    if (status == PATRON_OK)
        status = patron_join_feed(&join);
    if (status == PATRON_OK)
        status = patron_join_walk(&join);
    patron_meter_leave(span, 0, 0);
    if (status == PATRON_OK)
        status = take_baskets(&join);
    if (status == PATRON_OK) {
        note_ids(&join);
        status = patron_comm_agree(comm, add_figures(&join));
    }
    patron_shuffle_free(join.rows);
    patron_splitters_free(&join.cuts);
    patron_row_map_free(&join.of_first);
    free(join.absent);
    if (status != PATRON_OK)
        patron_ingested_free(lists);
    return status;
}
