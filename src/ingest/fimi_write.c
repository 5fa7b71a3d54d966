/* SPDX-License-Identifier: Apache-2.0 */
/* Baskets of a plain file, which lie spread over ranks, to a dataset. */
#include "ingest/fimi_ranges.h"

#include "ingest/quality.h"
#include "patron/memory.h"
#include "runtime/meter.h"

#include <stdlib.h>

static uint64_t items_of(const patron_basket_range *range)
{
    return range->offsets[range->count];
}

patron_status patron_basket_range_frame(const patron_comm *comm, patron_basket_range *range,
                                        patron_dataset_content *frame)
{
    uint64_t totals[2] = {range->count, items_of(range)};
    patron_comm_reduce_u64(comm, totals, 2, PATRON_SUM);
    *frame = (patron_dataset_content){.baskets = totals[0], .item_names = range->names};
    range->names = (patron_texts){0};
    const struct {
        const char *name;
        uint64_t count;
    } figures[] = {{"rows_read", totals[0]},
                   {"baskets", totals[0]},
                   {"items", frame->item_names.count},
                   {"entries", totals[1]}};
    patron_status status = PATRON_OK;
    for (int i = 0; status == PATRON_OK && i < 4; ++i)
        status = patron_quality_add_count(frame, figures[i].name, figures[i].count);
    return patron_comm_agree(comm, status);
}

/* Items before each file's first basket, of all ranks. */
static void find_cuts(const patron_comm *comm, const patron_basket_range *range, uint64_t total,
                      uint32_t files, uint64_t *items_before)
{
    uint64_t first = patron_comm_prefix_u64(comm, range->count);
    uint64_t before = patron_comm_prefix_u64(comm, items_of(range));
    uint64_t items = items_of(range);
    patron_comm_reduce_u64(comm, &items, 1, PATRON_SUM);
    for (uint32_t part = 0; part < files; ++part) {
        uint64_t basket = patron_range_cut(total, part, files).first;
        if (basket >= first && basket - first < range->count)
            items_before[part] = before + range->offsets[basket - first];
        else if (basket == total && comm->rank == 0)
            items_before[part] = items;
    }
    patron_comm_reduce_u64(comm, items_before, files, PATRON_SUM);
    items_before[files] = items;
}

static patron_status put(const patron_comm *comm, const patron_basket_range *range,
                         patron_dataset_writer *writer)
{
    uint64_t first = patron_comm_prefix_u64(comm, range->count);
    uint64_t before = patron_comm_prefix_u64(comm, items_of(range));
    uint64_t *ends = patron_allocate(range->count, sizeof *ends);
    if (ends == NULL)
        return PATRON_RESOURCE;
    for (uint64_t b = 0; b < range->count; ++b)
        ends[b] = before + range->offsets[b + 1];
    patron_status status =
        patron_dataset_writer_put(writer, PATRON_ARRAY_BASKET_END, first, range->count, ends);
    if (status == PATRON_OK)
        status = patron_dataset_writer_put(writer, PATRON_ARRAY_BASKET_ITEM, before,
                                           items_of(range), range->items);
    free(ends);
    return status;
}

patron_status patron_basket_range_write(const patron_comm *comm, int threads,
                                        const patron_basket_range *range,
                                        const patron_dataset_content *frame, const char *path,
                                        uint32_t parts, bool force,
                                        char digest[PATRON_DIGEST_CAPACITY])
{
    uint32_t files = parts == 0 ? 1 : parts;
    patron_dataset_writer *writer = NULL;
    patron_span span = patron_meter_enter(PATRON_STEP_WRITE);
    uint64_t *items_before = patron_allocate((uint64_t)files + 1, sizeof *items_before);
    patron_status status =
        patron_comm_agree(comm, items_before == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK) {
        find_cuts(comm, range, frame->baskets, files, items_before);
        const patron_dataset_plan plan = {
            .frame = frame,
            .has = {[PATRON_ARRAY_BASKET_END] = true, [PATRON_ARRAY_BASKET_ITEM] = true},
            .items_before = items_before};
        status = patron_dataset_writer_begin(comm, &plan, path, parts, force, &writer);
        if (status == PATRON_OK)
            status = patron_dataset_writer_end(writer, threads, put(comm, range, writer), digest);
    }
    free(items_before);
    patron_meter_leave(span, 0, 0);
    return status;
}
