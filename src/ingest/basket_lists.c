/* SPDX-License-Identifier: Apache-2.0 */
/* Baskets as lines of items' names, read by one process. */
#include "ingest/baskets_content.h"
#include "ingest/csv.h"
#include "ingest/ingest.h"
#include "ingest/intern.h"
#include "patron/memory.h"

#include <stdlib.h>

typedef struct basket_lists {
    patron_interner names;
    uint64_t *offsets; /* of baskets, one more than there are */
    uint32_t *items;   /* by their numbers in `names` */
    uint64_t baskets, entries, offset_room, item_room;
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
    uint64_t *offsets = patron_grow(b->offsets, b->baskets + 2, &b->offset_room, sizeof *offsets);
    if (offsets == NULL)
        return PATRON_RESOURCE;
    b->offsets = offsets;
    uint32_t *items =
        patron_grow(b->items, b->entries + record->count, &b->item_room, sizeof *items);
    if (items == NULL)
        return PATRON_RESOURCE;
    b->items = items;
    for (uint32_t i = 0; status == PATRON_OK && i < record->count; ++i)
        if (record->fields[i].length > 0)
            status = patron_interner_find(&b->names, record->fields[i], &items[b->entries++]);
    b->offsets[0] = 0;
    b->offsets[++b->baskets] = b->entries;
    return status;
}

patron_status patron_ingest_basket_lists(const char *path, const patron_dialect_options *dialect,
                                         patron_progress *progress, patron_dataset_content *content)
{
    patron_input input = {0};
    basket_lists b = {0};
    uint32_t *rank = NULL;
    patron_dialect_options wanted = *dialect;
    const patron_csv_handler handler = {
        .context = &b, .header = pass_header, .record = take_basket, .is_ragged = true};
    wanted.no_header = true;
    *content = (patron_dataset_content){0};
    patron_status status = patron_input_open(path, progress, &input);
    if (status == PATRON_OK)
        status = patron_csv_read(&input, &wanted, &handler);
    if (status == PATRON_OK)
        status = patron_interner_sort(&b.names, &rank);
    if (status == PATRON_OK) {
        content->item_names = patron_interner_take(&b.names);
        status = patron_baskets_conclude(&b.offsets, b.baskets, &b.items, rank, content);
    }
    if (status != PATRON_OK)
        patron_dataset_content_free(content);
    free(rank);
    free(b.offsets);
    free(b.items);
    patron_interner_free(&b.names);
    patron_input_close(&input);
    return status;
}
