/* SPDX-License-Identifier: Apache-2.0 */
/* Baskets as lines of items' names.  All ranks read their ranges of a plain file: threads number
 * the items that they meet by themselves, and keep their baskets until it is known how all are
 * numbered.  One rank reads what is none, and deals it to the others. */
#include "ingest/basket_stream.h"
#include "ingest/dictionary.h"
#include "ingest/ingest.h"
#include "ingest/scan.h"
#include "ingest/sort.h"
#include "patron/memory.h"
#include "runtime/meter.h"

#include <stdlib.h>

enum {
    BLOCK = 1 << 18, /* bytes of a thread */
    ROUND = 16       /* blocks before ranks meet */
};

/* How much a thread had read at a time. */
typedef struct mark {
    uint64_t baskets, entries;
} mark;

/* What one thread reads. */
typedef struct reader {
    patron_basket_sink *sink; /* takes the baskets; NULL: they stay here */
    patron_own_items own;
    uint32_t *entries; /* items as the thread numbers them, each once in a basket */
    uint64_t *ends;    /* of each basket, in entries */
    mark now;
    uint64_t entry_room, end_room;
    mark *marks; /* behind its piece of each block */
    uint64_t blocks, mark_room;
} reader;

/* Who reads, and of what. */
typedef struct reading {
    const patron_comm *comm;
    const patron_sources *sources;
    patron_dialect_options dialect;
    patron_progress *progress;
    int threads;
    reader *readers;
    void **contexts;         /* the same, for the scan */
    patron_own_items **owns; /* theirs */
    patron_dictionary items;
} reading;

/* ---- baskets ---- */

static patron_status take_basket(void *context, const patron_csv_record *record)
{
    reader *r = context;
    uint64_t first = r->now.entries, count = 0;
    patron_status status = PATRON_OK;
    uint32_t *entries =
        patron_grow(r->entries, first + record->count + 1, &r->entry_room, sizeof *entries);
    r->entries = entries == NULL ? r->entries : entries;
    uint64_t *ends = patron_grow(r->ends, r->now.baskets + 1, &r->end_room, sizeof *ends);
    r->ends = ends == NULL ? r->ends : ends;
    if (entries == NULL || ends == NULL)
        return PATRON_RESOURCE;
    for (uint32_t i = 0; status == PATRON_OK && i < record->count; ++i)
        if (record->fields[i].length > 0)
            status =
                patron_interner_find(&r->own.names, record->fields[i], &entries[first + count++]);
    if (status != PATRON_OK)
        return status;
    count = patron_sort_unique(entries + first, count);
    if (r->sink != NULL)
        return patron_basket_sink_add(r->sink, entries, count);
    r->now.entries += count;
    ends[r->now.baskets++] = r->now.entries;
    return PATRON_OK;
}

/* Of every thread, for every block. */
static patron_status end_piece(void *context)
{
    reader *r = context;
    if (r->sink != NULL)
        return PATRON_OK;
    mark *marks = patron_grow(r->marks, r->blocks + 1, &r->mark_room, sizeof *marks);
    if (marks == NULL)
        return PATRON_RESOURCE;
    r->marks = marks;
    marks[r->blocks++] = r->now;
    return PATRON_OK;
}

/* ---- reading ---- */

static patron_status create_readers(reading *r, patron_basket_sink *sink)
{
    uint64_t threads = (uint64_t)r->threads;
    r->readers = patron_allocate(threads, sizeof *r->readers);
    r->contexts = patron_allocate(threads, sizeof *r->contexts);
    r->owns = patron_allocate(threads, sizeof(patron_own_items *));
    if (r->readers == NULL || r->contexts == NULL || r->owns == NULL)
        return PATRON_RESOURCE;
    for (uint64_t t = 0; t < threads; ++t) {
        r->readers[t].sink = sink;
        r->contexts[t] = &r->readers[t];
        r->owns[t] = &r->readers[t].own;
    }
    return PATRON_OK;
}

static void free_reading(reading *r)
{
    for (int t = 0; r->readers != NULL && t < r->threads; ++t) {
        patron_own_items_free(&r->readers[t].own);
        free(r->readers[t].entries);
        free(r->readers[t].ends);
        free(r->readers[t].marks);
    }
    free(r->readers);
    free(r->contexts);
    free(r->owns);
    patron_dictionary_free(&r->items);
}

static patron_status run_rounds(reading *r, patron_scan *scan)
{
    patron_status status = PATRON_OK;
    for (bool is_last = false; status == PATRON_OK && !is_last;) {
        for (int i = 0; status == PATRON_OK && !scan->is_done && i < ROUND; ++i)
            status = patron_scan_step(scan);
        status = patron_scan_meet(scan, status, &is_last);
        if (status == PATRON_OK)
            status = patron_dictionary_meet(r->comm, &r->items, r->owns, r->threads);
    }
    return status;
}

/* Reads all, and puts the items in order.  Collective over the ranks that read. */
static patron_status read_all(reading *r, patron_basket_sink *sink)
{
    patron_scan scan = {0};
    patron_status status = patron_comm_agree(r->comm, create_readers(r, sink));
    if (status != PATRON_OK)
        return status;
    const patron_scan_options options = {
        .blocks = {.threads = r->threads,
                   .piece = BLOCK,
                   .header = {.dialect = r->dialect, .is_ragged = true}},
        .take = take_basket,
        .end = end_piece,
        .contexts = r->contexts,
        .progress = r->progress};
    status = patron_scan_begin(r->comm, r->sources, &options, &scan);
    if (status == PATRON_OK)
        status = run_rounds(r, &scan);
    patron_scan_end(&scan);
    return status == PATRON_OK ? patron_comm_agree(r->comm, patron_dictionary_sort(&r->items))
                               : status;
}

/* ---- a plain file ---- */

/* Copies what a thread read between two marks to `at` of the range, items under their final
 * numbers. */
static void place_baskets(const reader *own, const uint32_t *place, mark from, mark to, mark at,
                          patron_basket_range *range)
{
    uint64_t entry = from.entries;
    for (uint64_t b = from.baskets; b < to.baskets; ++b) {
        uint32_t *items = range->items + at.entries;
        uint64_t count = own->ends[b] - entry;
        for (uint64_t i = 0; i < count; ++i)
            items[i] = place[own->own.common[own->entries[entry + i]]];
        patron_sort_u32(items, count);
        entry += count;
        at.entries += count;
        range->offsets[++at.baskets] = at.entries;
    }
}

/* Those of thread `t`, which are between those of the others block by block. */
static void place_pieces(const reading *r, int t, patron_basket_range *range)
{
    mark at = {0};
    for (uint64_t block = 0; block < r->readers[t].blocks; ++block)
        for (int other = 0; other < r->threads; ++other) {
            const mark *marks = r->readers[other].marks;
            const mark from = block == 0 ? (mark){0} : marks[block - 1], to = marks[block];
            if (other == t)
                place_baskets(&r->readers[t], r->items.place, from, to, at, range);
            at.baskets += to.baskets - from.baskets;
            at.entries += to.entries - from.entries;
        }
}

/* What this rank's threads have read, in the order of the text. */
static patron_status join_baskets(reading *r, patron_basket_range *range)
{
    int threads = r->threads;
    uint64_t entries = 0;
    for (int t = 0; t < threads; ++t) {
        range->count += r->readers[t].now.baskets;
        entries += r->readers[t].now.entries;
    }
    range->offsets = patron_allocate(range->count + 1, sizeof *range->offsets);
    range->items = patron_allocate(entries, sizeof *range->items);
    if (range->offsets == NULL || range->items == NULL)
        return PATRON_RESOURCE;
    patron_expect_filled(range->items, entries * sizeof *range->items);
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int t = 0; t < threads; ++t)
        place_pieces(r, t, range);
    range->names = patron_interner_take(&r->items.names);
    return PATRON_OK;
}

/* Collective. */
static patron_status read_ranges(reading *r, patron_basket_range *range)
{
    *range = (patron_basket_range){0};
    patron_span span = patron_meter_enter(PATRON_STEP_PARSE);
    patron_status status = read_all(r, NULL);
    patron_meter_leave(span, 0, 0);
    if (status == PATRON_OK)
        status = patron_comm_agree(r->comm, join_baskets(r, range));
    if (status != PATRON_OK)
        patron_basket_range_free(range);
    return status;
}

/* ---- a stream ---- */

/* On one rank. */
static patron_status read_stream(void *context, patron_basket_sink *sink, patron_texts *names,
                                 uint32_t **rank)
{
    const patron_comm alone = patron_comm_self();
    reading *r = context;
    r->comm = &alone;
    r->threads = 1;
    patron_status status = read_all(r, sink);
    *rank = r->items.place;
    r->items.place = NULL;
    *names = patron_interner_take(&r->items.names);
    return status;
}

/* Whether it is a plain file, and the same one on all ranks.  Where it is not rank 0 reads alone,
 * and its status counts.  Collective. */
static patron_status look(const patron_comm *comm, const char *path, patron_sources *sources,
                          bool *is_plain)
{
    patron_status status = patron_sources_look(path, sources);
    bool is_range = status == PATRON_OK && !sources->files[0].is_stream;
    uint64_t bytes = is_range ? sources->files[0].bytes : 0;
    uint64_t least[2] = {bytes, ~bytes};
    patron_comm_reduce_u64(comm, least, 2, PATRON_MIN);
    *is_plain = least[0] > 0 && least[0] == ~least[1]; /* the least is the greatest */
    return patron_comm_agree(comm,
                             comm->rank == 0 || status == PATRON_RESOURCE ? status : PATRON_OK);
}

patron_status patron_ingest_basket_lists(const patron_comm *comm, const char *path,
                                         const patron_dialect_options *dialect, int threads,
                                         patron_progress *progress, patron_basket_range *range)
{
    patron_sources sources = {0};
    reading r = {.comm = comm,
                 .sources = &sources,
                 .dialect = *dialect,
                 .progress = progress,
                 .threads = threads};
    const patron_basket_reader stream = {&r, read_stream};
    bool is_plain = false;
    r.dialect.no_header = true; /* files have none */
    *range = (patron_basket_range){0};
    patron_status status = look(comm, path, &sources, &is_plain);
    if (status == PATRON_OK)
        status =
            is_plain ? read_ranges(&r, range) : patron_basket_stream_read(comm, &stream, range);
    free_reading(&r);
    patron_sources_free(&sources);
    return status;
}
