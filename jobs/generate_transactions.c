/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the export in rounds: in each, every rank makes the text of some baskets, a share a
 * thread, and learns from the lengths of the ranks before where its text belongs. */
#include "generate_transactions.h"

#include "generate/shop.h"
#include "ingest/text.h"
#include "patron/memory.h"
#include "store/output.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* A round of a rank has so many slices; a slice has so many items, and no more baskets. */
enum { SLICES = 32, SLICE_ITEMS = 1 << 15, SLICE_BASKETS = 1 << 10, NUMBER = 24 };

static const char HEADER[] = "customer,invoice,item,description,quantity,price,time\n";

/* The text of consecutive baskets. */
typedef struct export_slice {
    char *text;
    uint64_t length, capacity;
    generate_export figures;
    patron_status status;
} export_slice;

/* What is the same for all slices. */
typedef struct export_shape {
    const patron_basket_model *model;
    const patron_texts *names, *labels;
    uint64_t seed;
    uint64_t *prices; /* of items */
    double dirt;
    uint32_t customer_digits, invoice_digits;
    uint64_t longest_line;
    uint64_t slice_baskets;
} export_shape;

/* An invoice as its lines begin and end. */
typedef struct invoice {
    const char *mark; /* before its number */
    uint64_t number;
    uint64_t customer; /* UINT64_MAX: none is told */
    int sign;          /* of quantities */
    char time[PATRON_TIME_CAPACITY];
} invoice;

uint32_t generate_digits(uint64_t count)
{
    uint32_t digits = 1;
    for (uint64_t last = count > 0 ? count - 1 : 0; last >= 10; last /= 10)
        ++digits;
    return digits;
}

/* ---- lines ---- */

static void put(export_slice *slice, const char *bytes, uint64_t length)
{
    memcpy(slice->text + slice->length, bytes, length);
    slice->length += length;
}

static void put_text(export_slice *slice, const char *text)
{
    put(slice, text, strlen(text));
}

/* With zeros in front up to `digits`. */
static void put_number(export_slice *slice, uint64_t number, uint32_t digits)
{
    char text[NUMBER];
    uint32_t used = 0;
    for (; used < digits || number > 0; number /= 10)
        text[NUMBER - ++used] = (char)('0' + number % 10);
    put(slice, text + NUMBER - used, used);
}

static void put_line(const export_shape *shape, export_slice *slice, const invoice *head,
                     uint32_t item, uint32_t quantity, uint64_t price)
{
    if (head->customer != UINT64_MAX)
        put_number(slice, head->customer, shape->customer_digits);
    put_text(slice, ",");
    put_text(slice, head->mark);
    put_number(slice, head->number, shape->invoice_digits);
    put_text(slice, ",");
    put(slice, patron_texts_at(shape->names, item), patron_texts_length(shape->names, item));
    put_text(slice, ",");
    put(slice, patron_texts_at(shape->labels, item), patron_texts_length(shape->labels, item));
    put_text(slice, head->sign < 0 ? ",-" : ",");
    put_number(slice, quantity, 1);
    put_text(slice, ",");
    put_number(slice, price / 100, 1);
    put_text(slice, ".");
    put_number(slice, price % 100, 2);
    put_text(slice, ",");
    put_text(slice, head->time);
    put_text(slice, "\n");
    ++slice->figures.lines;
}

/* All lines of an invoice; `dirty` ones have some without a price. */
static void put_invoice(const export_shape *shape, export_slice *slice, const invoice *head,
                        const uint32_t *items, uint32_t count, bool dirty)
{
    for (uint32_t i = 0; i < count; ++i) {
        patron_shop_line line =
            patron_shop_draw_line(shape->seed, head->number, i, dirty ? shape->dirt : 0.0);
        put_line(shape, slice, head, items[i], line.quantity, shape->prices[items[i]]);
        if (line.free_of_charge) {
            put_line(shape, slice, head, items[i], line.quantity, 0);
            ++slice->figures.free_lines;
        }
    }
}

static void put_basket(const export_shape *shape, export_slice *slice, uint64_t basket,
                       const uint32_t *items, uint32_t count)
{
    patron_shop_sequel sequel = patron_shop_draw_sequel(shape->seed, basket, shape->dirt);
    invoice one = {.mark = "",
                   .number = basket,
                   .customer = patron_basket_customer(shape->model, basket),
                   .sign = 1};
    patron_time_text(patron_basket_time(shape->model, basket), one.time);
    put_invoice(shape, slice, &one, items, count, true);
    if (count > 0 && sequel.cancelled) {
        one.mark = "C";
        one.sign = -1;
        put_invoice(shape, slice, &one, items, count, false);
        ++slice->figures.cancelled;
    }
    if (count > 0 && sequel.anonymous && one.customer != UINT64_MAX) {
        one.mark = "A";
        one.sign = 1;
        one.customer = UINT64_MAX;
        put_invoice(shape, slice, &one, items, count, false);
        ++slice->figures.anonymous;
    }
}

/* Makes the text of `count` baskets from `first` on. */
static patron_status fill_slice(const export_shape *shape, uint64_t first, uint64_t count,
                                patron_basket_list *list, export_slice *slice)
{
    const uint64_t lines_an_item = 4; /* itself, free of charge, cancelled, anonymous */
    slice->length = 0;
    slice->figures = (generate_export){0};
    patron_status status = patron_baskets_draw(shape->model, first, count, list);
    for (uint64_t b = 0; status == PATRON_OK && b < count; ++b) {
        uint32_t items = (uint32_t)(list->offsets[b + 1] - list->offsets[b]);
        uint64_t room = slice->length + items * lines_an_item * shape->longest_line + 1;
        char *text = patron_grow(slice->text, room, &slice->capacity, 1);
        if (text == NULL)
            return PATRON_RESOURCE;
        slice->text = text;
        put_basket(shape, slice, first + b, list->items + list->offsets[b], items);
    }
    return status;
}

/* ---- rounds ---- */

typedef struct export_writer {
    patron_job_context *context;
    export_shape shape;
    patron_output *output;
    uint64_t written;            /* bytes of the rounds before, on all ranks */
    export_slice slices[SLICES]; /* of the round */
    patron_basket_list *lists;   /* one a thread */
    generate_export *figures;
} export_writer;

/* This rank's baskets of a round: those of all ranks follow one another. */
static void fill_round(export_writer *writer, uint64_t first)
{
    uint64_t baskets = writer->shape.model->options.baskets;
    uint64_t most = writer->shape.slice_baskets;
#pragma omp parallel for num_threads(writer->context->threads) schedule(dynamic, 1)
    for (int s = 0; s < SLICES; ++s) {
        export_slice *slice = &writer->slices[s];
        uint64_t from = first + (uint64_t)s * most;
        uint64_t left = from < baskets ? baskets - from : 0;
        slice->length = 0;
        slice->figures = (generate_export){0};
        slice->status = PATRON_OK;
        if (left > 0)
            slice->status = fill_slice(&writer->shape, from, left < most ? left : most,
                                       &writer->lists[omp_get_thread_num()], slice);
    }
}

static void add_figures(generate_export *sum, const generate_export *figures, uint64_t bytes)
{
    sum->lines += figures->lines;
    sum->cancelled += figures->cancelled;
    sum->anonymous += figures->anonymous;
    sum->free_lines += figures->free_lines;
    sum->bytes += bytes;
}

/* Writes the slices behind those of the ranks before.  Collective. */
static patron_status write_round(export_writer *writer)
{
    const patron_comm *comm = writer->context->comm;
    uint64_t own = 0;
    patron_status status = PATRON_OK;
    for (int s = 0; s < SLICES; ++s) {
        own += writer->slices[s].length;
        if (status == PATRON_OK)
            status = writer->slices[s].status;
    }
    uint64_t all = own, offset = writer->written + patron_comm_prefix_u64(comm, own);
    patron_comm_reduce_u64(comm, &all, 1, PATRON_SUM);
    for (int s = 0; status == PATRON_OK && s < SLICES; ++s) {
        const export_slice *slice = &writer->slices[s];
        if (slice->length > 0)
            status = patron_output_write(writer->output, offset, slice->text, slice->length);
        add_figures(writer->figures, &slice->figures, slice->length);
        offset += slice->length;
    }
    writer->written += all;
    return patron_comm_agree(comm, status);
}

static patron_status write_rounds(export_writer *writer)
{
    const patron_comm *comm = writer->context->comm;
    uint64_t baskets = writer->shape.model->options.baskets;
    uint64_t own = SLICES * writer->shape.slice_baskets; /* of a round, each rank */
    uint64_t round = (uint64_t)comm->size * own;
    patron_status status = PATRON_OK;
    if (comm->rank == 0)
        status = patron_output_write(writer->output, 0, HEADER, sizeof HEADER - 1);
    status = patron_comm_agree(comm, status);
    writer->written = sizeof HEADER - 1;
    patron_progress_begin(&writer->context->progress, "exporting", "baskets", baskets);
    for (uint64_t first = 0; status == PATRON_OK && first < baskets; first += round) {
        fill_round(writer, first + (uint64_t)comm->rank * own);
        status = write_round(writer);
        uint64_t done = first + round < baskets ? first + round : baskets;
        patron_progress_update(&writer->context->progress, done, NULL);
    }
    patron_progress_end(&writer->context->progress);
    return status;
}

/* ---- the whole ---- */

static patron_status create_shape(export_shape *shape)
{
    uint32_t items = shape->model->options.patterns.items;
    shape->customer_digits = generate_digits(shape->model->options.customers);
    shape->invoice_digits = generate_digits(shape->model->options.baskets);
    shape->longest_line = patron_texts_longest(shape->names) + patron_texts_longest(shape->labels) +
                          4 * (uint64_t)NUMBER + PATRON_TIME_CAPACITY + sizeof HEADER;
    uint64_t baskets = SLICE_ITEMS / patron_basket_mean_length(shape->model);
    shape->slice_baskets = baskets == 0 ? 1 : baskets > SLICE_BASKETS ? SLICE_BASKETS : baskets;
    shape->prices = patron_allocate(items, sizeof *shape->prices);
    if (shape->prices == NULL)
        return PATRON_RESOURCE;
    for (uint32_t i = 0; i < items; ++i)
        shape->prices[i] = patron_shop_price(shape->seed, i);
    return PATRON_OK;
}

static void reduce_figures(const patron_comm *comm, generate_export *figures)
{
    uint64_t all[] = {figures->lines, figures->cancelled, figures->anonymous, figures->free_lines,
                      figures->bytes};
    patron_comm_reduce_u64(comm, all, sizeof all / sizeof all[0], PATRON_SUM);
    *figures = (generate_export){.lines = all[0],
                                 .cancelled = all[1],
                                 .anonymous = all[2],
                                 .free_lines = all[3],
                                 .bytes = all[4] + sizeof HEADER - 1};
}

static void close_writer(export_writer *writer)
{
    for (int s = 0; s < SLICES; ++s)
        free(writer->slices[s].text);
    for (int t = 0; writer->lists != NULL && t < writer->context->threads; ++t)
        patron_basket_list_free(&writer->lists[t]);
    free(writer->lists);
    free(writer->shape.prices);
}

patron_status generate_transactions_write(patron_job_context *context,
                                          const patron_basket_model *model,
                                          const patron_texts *item_names,
                                          const patron_texts *item_labels, double dirt,
                                          const char *path, generate_export *written)
{
    const patron_comm *comm = context->comm;
    *written = (generate_export){0};
    export_writer writer = {.context = context,
                            .figures = written,
                            .shape = {.model = model,
                                      .names = item_names,
                                      .labels = item_labels,
                                      .seed = context->common->seed,
                                      .dirt = dirt}};
    patron_status status =
        patron_output_begin(comm, path, PATRON_OUTPUT_FILE, context->common->force, &writer.output);
    if (status != PATRON_OK)
        return status;
    writer.lists = patron_allocate((uint64_t)context->threads, sizeof *writer.lists);
    status = writer.lists == NULL ? PATRON_RESOURCE : create_shape(&writer.shape);
    if (status == PATRON_OK && comm->rank == 0)
        status = patron_output_create(patron_output_path(writer.output));
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = write_rounds(&writer);
    if (status == PATRON_OK)
        reduce_figures(comm, written);
    close_writer(&writer);
    return patron_output_end(comm, writer.output, status);
}
