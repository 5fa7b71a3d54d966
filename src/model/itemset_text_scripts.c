/* SPDX-License-Identifier: Apache-2.0 */
/* Text of several ranks, of several threads into a file, or of a run that keeps a checkpoint. Where
 * a task's text belongs is known once all tasks are done, so each rank spools scripts, which are
 * far shorter than their text, and makes the text in the end: into the file, each thread at its own
 * place, or in the order of the tasks to the stream of rank 0. */
#include "model/itemset_text_output.h"
#include "patron/memory.h"

#include <omp.h>
#include <stdlib.h>
#include <string.h>

patron_status patron_text_keep_script(void *argument, uint64_t task, const char *script,
                                      uint64_t length)
{
    patron_text_scripts *scripts = &((patron_itemset_text_output *)argument)->scripts;
    patron_text_script *list =
        patron_grow(scripts->list, scripts->count + 1, &scripts->room, sizeof *list);
    if (list == NULL)
        return PATRON_RESOURCE;
    scripts->list = list;
    list[scripts->count++] = (patron_text_script){task, scripts->spool.size, length,
                                                  patron_itemset_script_text_bytes(script)};
    return patron_spool_append(&scripts->spool, script, length);
}

/* Reads scripts and prints them; of one thread. */
typedef struct reader {
    patron_itemset_printer *printer;
    char *script;
    uint64_t room;
} reader;

static void close_reader(reader *r)
{
    patron_itemset_printer_free(r->printer);
    free(r->script);
}

static patron_status print_script(reader *r, const patron_itemset_text_output *output,
                                  const patron_text_script *script, const patron_itemset_sink *sink)
{
    char *bytes = patron_grow(r->script, script->length, &r->room, 1);
    if (bytes == NULL)
        return PATRON_RESOURCE;
    r->script = bytes;
    patron_status status =
        patron_spool_read(&output->scripts.spool, script->start, bytes, script->length);
    if (status == PATRON_OK)
        status = patron_itemset_printer_print(r->printer, bytes, script->length, sink);
    return status;
}

/* ---- each to its place ---- */

/* A place in the file, which moves on. */
typedef struct place {
    patron_output *file;
    uint64_t offset;
} place;

static patron_status lay_at(void *argument, const char *bytes, uint64_t length)
{
    place *p = argument;
    patron_status status = patron_output_write(p->file, p->offset, bytes, length);
    p->offset += length;
    return status;
}

/* One thread's share of scripts, of which script i belongs at offsets[i] of a file. */
static patron_status lay_share(patron_itemset_text_output *output, const uint64_t *offsets)
{
    reader r = {0};
    patron_status status = patron_itemset_printer_create(output->names, &r.printer);
#pragma omp for schedule(dynamic)
    for (uint64_t i = 0; i < output->scripts.count; ++i) {
        place p = {output->file, offsets[i]};
        patron_itemset_sink sink = {lay_at, &p};
        if (output->is_null)
            sink = (patron_itemset_sink){patron_text_print, output};
        if (status == PATRON_OK)
            status = print_script(&r, output, &output->scripts.list[i], &sink);
    }
    close_reader(&r);
    return status;
}

static patron_status lay_scripts(patron_itemset_text_output *output, const uint64_t *offsets)
{
    patron_status status = PATRON_OK;
    if (output->file != NULL) /* opens it, which threads cannot do side by side */
        status = patron_output_write(output->file, 0, "", 0);
    if (status != PATRON_OK)
        return status;
#pragma omp parallel num_threads(output->threads)
    {
        patron_status one = lay_share(output, offsets);
#pragma omp critical(patron_text)
        status = status == PATRON_OK ? one : status;
    }
    return status;
}

/* offsets[count] of this rank's scripts; next[task] is where the task's text begins, and is moved
 * on. */
static void find_offsets(const patron_text_scripts *scripts, uint64_t *next, uint64_t *offsets)
{
    for (uint64_t i = 0; i < scripts->count; ++i) {
        const patron_text_script *script = &scripts->list[i];
        offsets[i] = next[script->task];
        next[script->task] += script->text_bytes;
    }
}

static void sum_before(uint64_t *bytes, uint64_t count)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < count; ++i) {
        uint64_t own = bytes[i];
        bytes[i] = sum;
        sum += own;
    }
}

/* tasks[count] is zero. */
static patron_status lay_tasks(const patron_comm *comm, patron_itemset_text_output *output,
                               uint64_t *tasks, uint64_t count)
{
    const patron_text_scripts *scripts = &output->scripts;
    uint64_t *offsets = patron_allocate(scripts->count, sizeof *offsets);
    for (uint64_t i = 0; i < scripts->count; ++i)
        tasks[scripts->list[i].task] += scripts->list[i].text_bytes;
    patron_comm_reduce_u64(comm, tasks, count, PATRON_SUM);
    sum_before(tasks, count);
    patron_status status = offsets == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK) {
        find_offsets(scripts, tasks, offsets);
        status = lay_scripts(output, offsets);
    }
    free(offsets);
    return status;
}

/* ---- in order to the stream ---- */

static int by_task(const void *a, const void *b)
{
    const patron_text_script *x = a, *y = b;
    if (x->task != y->task)
        return x->task < y->task ? -1 : 1;
    return x->start < y->start ? -1 : x->start > y->start;
}

/* tasks[count] is zero.  Rank 0 prints the tasks in order, its own and the others'. */
static patron_status print_tasks(const patron_comm *comm, patron_itemset_text_output *output,
                                 uint64_t *tasks, uint64_t count)
{
    patron_text_scripts *scripts = &output->scripts;
    reader r = {0};
    patron_status status =
        patron_comm_agree(comm, patron_itemset_printer_create(output->names, &r.printer));
    if (status != PATRON_OK) {
        close_reader(&r);
        return status;
    }
    qsort(scripts->list, scripts->count, sizeof *scripts->list, by_task);
    for (uint64_t i = 0; i < scripts->count; ++i)
        tasks[scripts->list[i].task] = (uint64_t)comm->rank;
    patron_comm_reduce_u64(comm, tasks, count, PATRON_MAX);
    patron_itemset_sink sink = {patron_text_print, output};
    if (comm->rank != 0)
        sink = (patron_itemset_sink){patron_text_send, (void *)(uintptr_t)comm};
    uint64_t next = 0;
    for (uint64_t task = 0; task < count; ++task) {
        for (; next < scripts->count && scripts->list[next].task == task; ++next)
            if (status == PATRON_OK)
                status = print_script(&r, output, &scripts->list[next], &sink);
        if (tasks[task] > 0 && tasks[task] == (uint64_t)comm->rank)
            patron_text_send_end(comm);
        if (tasks[task] == 0 || comm->rank != 0)
            continue;
        patron_status one = patron_text_print_from(comm, (int)tasks[task], output);
        status = status == PATRON_OK ? one : status;
    }
    close_reader(&r);
    return status;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Sorts numbers[count], and leaves each once; returns how many. */
static uint64_t sort_once(uint64_t *numbers, uint64_t count)
{
    uint64_t kept = 0;
    if (count > 0)
        qsort(numbers, count, sizeof *numbers, by_value);
    for (uint64_t i = 0; i < count; ++i)
        if (kept == 0 || numbers[kept - 1] != numbers[i])
            numbers[kept++] = numbers[i];
    return kept;
}

/* Numbers the tasks of all scripts of all ranks 0, 1, ... in their order, *count of them.
 * Collective. */
static patron_status number_tasks(const patron_comm *comm, patron_text_scripts *scripts,
                                  uint64_t *count)
{
    void *gathered = NULL;
    uint64_t bytes = 0, own = 0;
    uint64_t *tasks = patron_allocate(scripts->count, sizeof *tasks);
    patron_status status = tasks == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (uint64_t i = 0; i < scripts->count && tasks != NULL; ++i)
        tasks[i] = scripts->list[i].task;
    if (tasks != NULL)
        own = sort_once(tasks, scripts->count);
    status = patron_comm_gather(comm, status, tasks, own * sizeof *tasks, &gathered, &bytes);
    free(tasks);
    if (status != PATRON_OK)
        return status;
    const uint64_t *all = gathered;
    *count = sort_once(gathered, bytes / sizeof *all);
    for (uint64_t i = 0; i < scripts->count; ++i) {
        uint64_t *task = &scripts->list[i].task;
        const uint64_t *found = bsearch(task, all, *count, sizeof *all, by_value);
        *task = (uint64_t)(found - all);
    }
    free(gathered);
    return PATRON_OK;
}

patron_status patron_text_print_scripts(const patron_comm *comm, patron_itemset_text_output *output)
{
    uint64_t count = 0;
    patron_status status = number_tasks(comm, &output->scripts, &count);
    if (status != PATRON_OK)
        return status;
    uint64_t *tasks = patron_allocate(count, sizeof *tasks);
    status = patron_comm_agree(comm, tasks == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        status = output->file != NULL || output->is_null ? lay_tasks(comm, output, tasks, count)
                                                         : print_tasks(comm, output, tasks, count);
    free(tasks);
    return status;
}
