/* SPDX-License-Identifier: Apache-2.0 */
/* Baskets as lines of items' names, read by one rank. */
#include "ingest/basket_stream.h"
#include "ingest/csv.h"
#include "ingest/ingest.h"
#include "ingest/intern.h"
#include "patron/memory.h"

#include <stdlib.h>

typedef struct basket_lists {
    const char *path;
    const patron_dialect_options *dialect;
    patron_progress *progress;
    patron_basket_sink *sink;
    patron_interner names;
    uint32_t *items; /* of the basket at hand, by their numbers in `names` */
    uint64_t room;
} basket_lists;

/* Files have no header. */
static patron_status pass_header(void *context, const patron_csv_record *header)
{
    (void)context, (void)header;
    return PATRON_OK;
}

static patron_status take_basket(void *context, const patron_csv_record *record)
{
    basket_lists *b = context;
    patron_status status = PATRON_OK;
    uint64_t count = 0;
    uint32_t *items = patron_grow(b->items, record->count + UINT64_C(1), &b->room, sizeof *items);
    if (items == NULL)
        return PATRON_RESOURCE;
    b->items = items;
    for (uint32_t i = 0; status == PATRON_OK && i < record->count; ++i)
        if (record->fields[i].length > 0)
            status = patron_interner_find(&b->names, record->fields[i], &items[count++]);
    return status == PATRON_OK ? patron_basket_sink_add(b->sink, items, count) : status;
}

static patron_status read_lists(void *context, patron_basket_sink *sink, patron_texts *names,
                                uint32_t **rank)
{
    basket_lists *b = context;
    patron_input input = {0};
    patron_dialect_options wanted = *b->dialect;
    const patron_csv_handler handler = {
        .context = b, .header = pass_header, .record = take_basket, .is_ragged = true};
    wanted.no_header = true;
    b->sink = sink;
    patron_status status = patron_input_open(b->path, b->progress, &input);
    if (status == PATRON_OK)
        status = patron_csv_read(&input, &wanted, &handler);
    if (status == PATRON_OK)
        status = patron_interner_sort(&b->names, rank);
    if (status == PATRON_OK)
        *names = patron_interner_take(&b->names);
    free(b->items);
    patron_interner_free(&b->names);
    patron_input_close(&input);
    return status;
}

patron_status patron_ingest_basket_lists(const patron_comm *comm, const char *path,
                                         const patron_dialect_options *dialect,
                                         patron_progress *progress, patron_basket_range *range)
{
    basket_lists lists = {.path = path, .dialect = dialect, .progress = progress};
    const patron_basket_reader reader = {&lists, read_lists};
    return patron_basket_stream_read(comm, &reader, range);
}
