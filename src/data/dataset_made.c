/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a dataset that is never held: files are laid out with room for all rows; then each rank
 * makes its pieces, some threads at a time, and writes each to its place. */
#include "data/made_layout.h"
#include "data/pieces.h"

#include "patron/memory.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* A piece has so many features or items, and no more rows or baskets. */
enum { PIECE_VALUES = 1 << 18, PIECE_ROWS = 1 << 16, PIECE_BASKETS = 1 << 12 };

/* What all threads of a rank share; what is not constant is changed by one of them at a time. */
typedef struct made_writer {
    const patron_comm *comm;
    const patron_dataset_maker *maker;
    patron_output *output;
    uint32_t parts; /* 0: a lone file */
    patron_pieces customers, baskets;
    uint64_t *items_before; /* pieces of baskets + 1: items of the pieces before */
    uint32_t part;          /* that is being filled, and where its arrays lie */
    patron_h5_place places[PATRON_MADE_ARRAYS];
    patron_status status; /* the first failure */
    uint64_t done;        /* rows */
} made_writer;

static uint32_t files_of(const made_writer *writer)
{
    return writer->parts == 0 ? 1 : writer->parts;
}

/* The pieces that this rank makes. */
static patron_range own_pieces(const made_writer *writer, const patron_pieces *pieces)
{
    return patron_range_cut(pieces->first[pieces->parts], (uint64_t)writer->comm->rank,
                            (uint64_t)writer->comm->size);
}

/* Progress is told of one rank, in rows that are about as many on each. */
static void begin_progress(const made_writer *writer, const char *phase, const char *unit,
                           uint64_t rows)
{
    patron_progress_begin(writer->maker->progress, phase, unit,
                          (rows - 1) / (uint64_t)writer->comm->size + 1);
}

/* ---- writing rows to their place ---- */

static patron_status write_rows(made_writer *writer, patron_made_array array, uint64_t first,
                                uint64_t count, const void *values)
{
    const patron_h5_place *place = &writer->places[array];
    if (place->offsets == NULL)
        return PATRON_OK;
    return patron_part_write_entries(writer->output, writer->part, writer->parts, place, first,
                                     count, values);
}

static bool has_failed(const made_writer *writer)
{
    patron_status status;
#pragma omp atomic read
    status = writer->status;
    return status != PATRON_OK;
}

/* Notes that a piece of `count` rows is done, or failed. */
static void note(made_writer *writer, patron_status status, uint64_t count)
{
    if (status != PATRON_OK && writer->status == PATRON_OK) {
#pragma omp atomic write
        writer->status = status;
    }
    writer->done += count;
    patron_progress_update(writer->maker->progress, writer->done, NULL);
}

/* ---- customers ---- */

typedef struct customer_room {
    patron_customer_block block;
    patron_status status;
} customer_room;

static customer_room open_customer_room(const made_writer *writer)
{
    uint64_t rows = writer->customers.most;
    customer_room room = {.status = PATRON_OK};
    room.block.id = patron_allocate(rows, sizeof *room.block.id);
    room.block.features =
        patron_allocate(rows * writer->maker->frame->columns, sizeof *room.block.features);
    room.block.truth = patron_allocate(rows, sizeof *room.block.truth);
    if (writer->maker->has_weight)
        room.block.weight = patron_allocate(rows, sizeof *room.block.weight);
    if (room.block.id == NULL || room.block.features == NULL || room.block.truth == NULL ||
        (writer->maker->has_weight && room.block.weight == NULL))
        room.status = PATRON_RESOURCE;
    return room;
}

static void close_customer_room(customer_room *room)
{
    free(room->block.id);
    free(room->block.features);
    free(room->block.truth);
    free(room->block.weight);
}

static patron_status write_customers(made_writer *writer, patron_range rows,
                                     const patron_customer_block *block)
{
    const struct {
        patron_made_array array;
        const void *values;
    } all[] = {{PATRON_MADE_ID, block->id},
               {PATRON_MADE_FEATURES, block->features},
               {PATRON_MADE_WEIGHT, block->weight},
               {PATRON_MADE_TRUTH, block->truth}};
    uint64_t first = rows.first - patron_pieces_part(&writer->customers, writer->part).first;
    patron_status status = PATRON_OK;
    for (size_t i = 0; status == PATRON_OK && i < sizeof all / sizeof all[0]; ++i)
        status = write_rows(writer, all[i].array, first, rows.count, all[i].values);
    return status;
}

static void fill_customers(made_writer *writer, patron_range pieces)
{
    const patron_dataset_maker *maker = writer->maker;
#pragma omp parallel num_threads(maker->threads)
    {
        customer_room room = open_customer_room(writer);
#pragma omp for schedule(dynamic, 1)
        for (uint64_t piece = pieces.first; piece < pieces.first + pieces.count; ++piece) {
            if (has_failed(writer))
                continue;
            patron_range rows = patron_pieces_rows(&writer->customers, writer->part, piece);
            patron_status status = room.status;
            if (status == PATRON_OK)
                status = maker->customers(maker->context, omp_get_thread_num(), rows, &room.block);
#pragma omp critical(patron_made_write)
            {
                if (status == PATRON_OK && writer->status == PATRON_OK)
                    status = write_customers(writer, rows, &room.block);
                note(writer, status, rows.count);
            }
        }
        close_customer_room(&room);
    }
}

/* ---- baskets ---- */

static void count_pieces(made_writer *writer, uint32_t part, patron_range pieces)
{
    const patron_dataset_maker *maker = writer->maker;
#pragma omp parallel for num_threads(maker->threads) schedule(dynamic, 1)
    for (uint64_t piece = pieces.first; piece < pieces.first + pieces.count; ++piece) {
        if (has_failed(writer))
            continue;
        patron_range rows = patron_pieces_rows(&writer->baskets, part, piece);
        patron_status status = maker->count_items(maker->context, omp_get_thread_num(), rows,
                                                  &writer->items_before[piece + 1]);
#pragma omp critical(patron_made_write)
        note(writer, status, rows.count);
    }
}

/* Fills items_before[] on every rank. */
static patron_status count_items(made_writer *writer)
{
    const patron_pieces *pieces = &writer->baskets;
    patron_range own = own_pieces(writer, pieces);
    uint64_t total = pieces->first[pieces->parts];
    writer->items_before = patron_allocate(total + 1, sizeof *writer->items_before);
    writer->status =
        patron_comm_agree(writer->comm, writer->items_before == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (writer->status != PATRON_OK)
        return writer->status;
    if (pieces->rows > 0)
        begin_progress(writer, "counting items", "baskets", pieces->rows);
    for (uint32_t part = 0; part < pieces->parts; ++part)
        count_pieces(writer, part, patron_pieces_within(pieces, part, own));
    if (pieces->rows > 0)
        patron_progress_end(writer->maker->progress);
    writer->status = patron_comm_agree(writer->comm, writer->status);
    if (writer->status != PATRON_OK)
        return writer->status;
    patron_comm_reduce_u64(writer->comm, writer->items_before, total + 1, PATRON_SUM);
    for (uint64_t piece = 0; piece < total; ++piece)
        writer->items_before[piece + 1] += writer->items_before[piece];
    return PATRON_OK;
}

/* Items of the pieces [from, to). */
static uint64_t items_between(const made_writer *writer, uint64_t from, uint64_t to)
{
    return writer->items_before[to] - writer->items_before[from];
}

static patron_status open_basket_block(const made_writer *writer, patron_range rows, uint64_t items,
                                       patron_basket_block *block)
{
    *block =
        (patron_basket_block){.offsets = patron_allocate(rows.count + 1, sizeof *block->offsets),
                              .items = patron_allocate(items, sizeof *block->items),
                              .time = patron_allocate(rows.count, sizeof *block->time)};
    if (writer->maker->has_basket_customer)
        block->customer = patron_allocate(rows.count, sizeof *block->customer);
    bool whole = block->offsets != NULL && block->items != NULL && block->time != NULL &&
                 (block->customer != NULL || !writer->maker->has_basket_customer);
    return whole ? PATRON_OK : PATRON_RESOURCE;
}

static void close_basket_block(patron_basket_block *block)
{
    free(block->offsets);
    free(block->items);
    free(block->time);
    free(block->customer);
}

/* The first offset of a part is 0, which is what a new file holds. */
static patron_status write_baskets(made_writer *writer, patron_range rows, uint64_t items_before,
                                   const patron_basket_block *block)
{
    uint64_t first = rows.first - patron_pieces_part(&writer->baskets, writer->part).first;
    uint64_t items = block->offsets[rows.count];
    for (uint64_t b = 1; b <= rows.count; ++b)
        block->offsets[b] += items_before;
    patron_status status =
        write_rows(writer, PATRON_MADE_OFFSETS, first + 1, rows.count, block->offsets + 1);
    if (status == PATRON_OK)
        status = write_rows(writer, PATRON_MADE_ITEMS, items_before, items, block->items);
    if (status == PATRON_OK)
        status = write_rows(writer, PATRON_MADE_CUSTOMER, first, rows.count, block->customer);
    if (status == PATRON_OK)
        status = write_rows(writer, PATRON_MADE_TIME, first, rows.count, block->time);
    return status;
}

static void fill_basket_piece(made_writer *writer, uint64_t piece)
{
    const patron_dataset_maker *maker = writer->maker;
    patron_range rows = patron_pieces_rows(&writer->baskets, writer->part, piece);
    patron_basket_block block;
    patron_status status =
        open_basket_block(writer, rows, items_between(writer, piece, piece + 1), &block);
    if (status == PATRON_OK)
        status = maker->baskets(maker->context, omp_get_thread_num(), rows, &block);
    uint64_t before = items_between(writer, writer->baskets.first[writer->part], piece);
#pragma omp critical(patron_made_write)
    {
        if (status == PATRON_OK && writer->status == PATRON_OK)
            status = write_baskets(writer, rows, before, &block);
        note(writer, status, rows.count);
    }
    close_basket_block(&block);
}

static void fill_baskets(made_writer *writer, patron_range pieces)
{
#pragma omp parallel for num_threads(writer->maker->threads) schedule(dynamic, 1)
    for (uint64_t piece = pieces.first; piece < pieces.first + pieces.count; ++piece)
        if (!has_failed(writer))
            fill_basket_piece(writer, piece);
}

/* ---- parts ---- */

/* Ranks lay out the parts in turns. */
static patron_status lay_out(const made_writer *writer)
{
    patron_status status = PATRON_OK;
    char path[PATRON_PART_PATH];
    for (uint32_t part = (uint32_t)writer->comm->rank;
         status == PATRON_OK && part < files_of(writer); part += (uint32_t)writer->comm->size) {
        uint64_t items =
            items_between(writer, writer->baskets.first[part], writer->baskets.first[part + 1]);
        patron_part_path(writer->output, part, writer->parts, path, sizeof path);
        status = patron_made_lay_out(writer->maker, path, part, files_of(writer), items);
    }
    return patron_comm_agree(writer->comm, status);
}

/* Makes and writes this rank's pieces of one kind, part by part. */
static patron_status fill(made_writer *writer, const patron_pieces *pieces, patron_made_array first,
                          patron_made_array last, void (*fill_pieces)(made_writer *, patron_range))
{
    char path[PATRON_PART_PATH];
    patron_range own = own_pieces(writer, pieces);
    if (pieces->rows == 0)
        return PATRON_OK;
    writer->done = 0;
    begin_progress(writer, "writing", first == PATRON_MADE_ID ? "rows" : "baskets", pieces->rows);
    for (uint32_t part = 0; writer->status == PATRON_OK && part < files_of(writer); ++part) {
        patron_range within = patron_pieces_within(pieces, part, own);
        if (within.count == 0)
            continue;
        writer->part = part;
        patron_part_path(writer->output, part, writer->parts, path, sizeof path);
        writer->status = patron_made_find(path, first, last, writer->places);
        if (writer->status == PATRON_OK)
            fill_pieces(writer, within);
        patron_made_free(writer->places);
    }
    patron_progress_end(writer->maker->progress);
    return patron_comm_agree(writer->comm, writer->status);
}

/* Rows of a piece, where each has about so many values. */
static uint64_t rows_of_piece(uint64_t values, uint64_t most)
{
    uint64_t rows = PIECE_VALUES / values;
    return rows == 0 ? 1 : rows > most ? most : rows;
}

static patron_status write_all(made_writer *writer)
{
    const patron_dataset_content *frame = writer->maker->frame;
    uint64_t columns = frame->columns == 0 ? 1 : frame->columns;
    patron_status status = patron_pieces_create(frame->rows, rows_of_piece(columns, PIECE_ROWS),
                                                files_of(writer), &writer->customers);
    if (status == PATRON_OK)
        status = patron_pieces_create(frame->baskets,
                                      rows_of_piece(writer->maker->basket_length, PIECE_BASKETS),
                                      files_of(writer), &writer->baskets);
    status = patron_comm_agree(writer->comm, status);
    if (status == PATRON_OK)
        status = count_items(writer);
    if (status == PATRON_OK)
        status = lay_out(writer);
    if (status == PATRON_OK)
        status =
            fill(writer, &writer->customers, PATRON_MADE_ID, PATRON_MADE_TRUTH, fill_customers);
    if (status == PATRON_OK)
        status =
            fill(writer, &writer->baskets, PATRON_MADE_OFFSETS, PATRON_MADE_TIME, fill_baskets);
    return status;
}

patron_status patron_dataset_write_made(const patron_comm *comm, const patron_dataset_maker *maker,
                                        const char *path, uint32_t parts, bool force,
                                        char digest[PATRON_DIGEST_CAPACITY])
{
    made_writer writer = {.comm = comm, .maker = maker, .parts = parts};
    patron_status status = patron_output_begin(
        comm, path, parts > 0 ? PATRON_OUTPUT_FOLDER : PATRON_OUTPUT_FILE, force, &writer.output);
    if (status != PATRON_OK)
        return status;
    status = write_all(&writer);
    if (status == PATRON_OK)
        status = patron_dataset_record_digest(comm, maker->threads, writer.output, parts, digest);
    patron_pieces_free(&writer.customers);
    patron_pieces_free(&writer.baskets);
    free(writer.items_before);
    return patron_output_end(comm, writer.output, status);
}
