/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks, the threads that split them, and the first fault of all. */
#include "ingest/scan.h"

#include "patron/memory.h"

#include <stdlib.h>

/* A place in the text: the file, then the byte, in one number. */
enum { OFFSET_BITS = 44 };
#define NO_PLACE UINT64_MAX

/* ---- a block ---- */

static patron_status reject(void *context, patron_slice row, const patron_csv_fault *fault)
{
    patron_scan_thread *thread = context;
    const patron_scan *scan = thread->scan;
    if (scan->options.rejects == NULL)
        return PATRON_OK;
    uint64_t offset = fault->offset + scan->blocks.cuts[thread->number];
    return patron_rejects_add(scan->options.rejects, thread->number, offset, row, fault->text);
}

static void split_piece(patron_scan *scan, int t)
{
    const patron_blocks *blocks = &scan->blocks;
    patron_scan_thread *thread = &scan->threads[t];
    void *context = scan->options.contexts[t];
    uint64_t first = blocks->cuts[t], end = blocks->cuts[t + 1];
    bool is_end = t < blocks->last || blocks->is_end;
    thread->status = PATRON_OK;
    thread->used = 0;
    thread->splitter.dialect = blocks->dialect;
    thread->splitter.fault.text[0] = '\0';
    if (first < end)
        thread->status = patron_csv_split(&thread->splitter, blocks->bytes + first, end - first,
                                          is_end, scan->options.take, context, &thread->used);
    if (thread->status == PATRON_OK && scan->options.end != NULL)
        thread->status = scan->options.end(context);
}

/* Keeps what patron_fail has recorded for the place that is at fault. */
static patron_status note_fault(patron_scan *scan, patron_status status, uint64_t offset)
{
    if (status != PATRON_DATA)
        return status;
    const uint64_t most = (UINT64_C(1) << OFFSET_BITS) - 1;
    scan->fault = (uint64_t)scan->blocks.file << OFFSET_BITS | (offset < most ? offset : most);
    patron_fail_text(status, scan->fault_text, sizeof scan->fault_text);
    scan->is_done = true;
    return PATRON_OK;
}

/* The first piece that is at fault is so for what stands in it: those before it are well. */
static patron_status judge_pieces(patron_scan *scan)
{
    int threads = scan->options.blocks.threads;
    patron_blocks *blocks = &scan->blocks;
    for (int t = 0; t < threads; ++t)
        if (scan->threads[t].status != PATRON_OK && scan->threads[t].status != PATRON_DATA)
            return scan->threads[t].status;
    for (int t = 0; t < threads; ++t)
        if (scan->threads[t].status == PATRON_DATA) {
            patron_csv_fault fault = scan->threads[t].splitter.fault;
            fault.offset += blocks->cuts[t];
            return note_fault(scan, patron_blocks_fail(blocks, &fault),
                              blocks->offset + fault.offset);
        }
    patron_status status = PATRON_OK;
    if (scan->options.rejects != NULL)
        status = patron_rejects_settle(scan->options.rejects, blocks->file, blocks->lines,
                                       blocks->bytes);
    patron_blocks_split(blocks, scan->threads[blocks->last].used);
    return status;
}

static patron_status next_block(patron_scan *scan)
{
    patron_status status = patron_blocks_next(&scan->blocks, &scan->has_block);
    if (status != PATRON_OK)
        scan->has_block = false;
    scan->is_done = scan->is_done || !scan->has_block;
    return note_fault(scan, status, scan->blocks.offset);
}

patron_status patron_scan_step(patron_scan *scan)
{
    patron_status status = PATRON_OK;
    int threads = scan->options.blocks.threads;
    if (!scan->is_done && !scan->has_block)
        status = next_block(scan);
    if (status != PATRON_OK || scan->is_done || !scan->has_block)
        return status;
#pragma omp parallel for num_threads(threads) schedule(static, 1)
    for (int t = 0; t < threads; ++t)
        split_piece(scan, t);
    scan->has_block = false;
    return judge_pieces(scan);
}

/* ---- ranks ---- */

/* All ranks end with the first fault of all. */
static patron_status tell_fault(patron_scan *scan, uint64_t first)
{
    const patron_comm *comm = scan->comm;
    uint64_t rank = scan->fault == first ? (uint64_t)comm->rank : UINT64_MAX;
    patron_comm_reduce_u64(comm, &rank, 1, PATRON_MIN);
    patron_comm_broadcast(comm, scan->fault_text, sizeof scan->fault_text, (int)rank);
    patron_fail_set_text(scan->fault_text);
    return PATRON_DATA;
}

patron_status patron_scan_meet(patron_scan *scan, patron_status so_far, bool *is_last)
{
    patron_status status = patron_comm_agree(scan->comm, so_far);
    *is_last = false;
    if (status != PATRON_OK)
        return status;
    uint64_t least[2] = {scan->fault, scan->is_done};
    uint64_t bytes = scan->blocks.bytes_read;
    patron_comm_reduce_u64(scan->comm, least, 2, PATRON_MIN);
    patron_comm_reduce_u64(scan->comm, &bytes, 1, PATRON_SUM);
    patron_progress_update(scan->options.progress, bytes, NULL);
    *is_last = least[1] == 1;
    if (*is_last && least[0] != NO_PLACE)
        return tell_fault(scan, least[0]);
    if (least[0] != NO_PLACE && least[0] >> OFFSET_BITS < scan->blocks.file)
        scan->is_done = true; /* what this rank could find is behind it */
    return PATRON_OK;
}

patron_status patron_scan_begin(const patron_comm *comm, const patron_sources *sources,
                                const patron_scan_options *options, patron_scan *scan)
{
    int threads = options->blocks.threads;
    *scan = (patron_scan){.comm = comm,
                          .options = *options,
                          .blocks = {.descriptor = -1},
                          .threads = patron_allocate((uint64_t)threads, sizeof *scan->threads),
                          .fault = NO_PLACE};
    scan->options.blocks.counts_lines = options->rejects != NULL;
    patron_progress_begin(options->progress, "reading", "bytes", sources->weight);
    patron_status status =
        patron_comm_agree(comm, scan->threads == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        status = patron_blocks_create(comm, sources, &scan->options.blocks, &scan->blocks);
    if (status != PATRON_OK)
        return status;
    for (int t = 0; t < threads; ++t) {
        patron_scan_thread *thread = &scan->threads[t];
        thread->scan = scan;
        thread->number = t;
        thread->splitter.reject_context = thread;
        if (options->rejects != NULL || options->passes_over)
            thread->splitter.reject = reject;
    }
    if (options->rejects != NULL)
        scan->blocks.lines_of = options->rejects->lines;
    return patron_comm_agree(comm, next_block(scan));
}

patron_status patron_scan_rest(patron_scan *scan)
{
    patron_status status = PATRON_OK;
    for (bool is_last = false; status == PATRON_OK && !is_last;) {
        while (status == PATRON_OK && !scan->is_done)
            status = patron_scan_step(scan);
        status = patron_scan_meet(scan, status, &is_last);
    }
    return status;
}

void patron_scan_end(patron_scan *scan)
{
    for (int t = 0; scan->threads != NULL && t < scan->options.blocks.threads; ++t)
        patron_csv_splitter_free(&scan->threads[t].splitter);
    if (scan->comm != NULL) {
        patron_progress_end(scan->options.progress);
        patron_blocks_free(&scan->blocks);
    }
    free(scan->threads);
    *scan = (patron_scan){0};
}
