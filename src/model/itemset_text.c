/* SPDX-License-Identifier: Apache-2.0 */
/* Text of tasks goes straight on where there is one rank.  Of several, each spools what its tasks
 * write; in the end the lengths of all tasks tell where each belongs.  Sorted sets are formatted
 * piece by piece, and each rank knows from their lengths where its slice belongs. */
#include "model/itemset_text.h"

#include "patron/memory.h"
#include "shuffle/spool.h"
#include "store/output.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PIECE_BYTES = 1 << 20, BLOCK_BYTES = 1 << 16, COUNT_DIGITS = 24 };

struct patron_itemset_text_output {
    const char *name;    /* for messages */
    patron_output *file; /* NULL: a stream */
    FILE *stream;        /* of rank 0 */
    FILE *opened;        /* the stream, where it is ours */
    uint64_t offset;     /* of what this rank writes next to the file */
    patron_spool spool;  /* of several ranks */
    uint64_t *lengths;   /* in the spool, by task */
    uint64_t *starts;
    uint64_t task_room;
};

/* Bytes of set `i` as a line. */
static uint64_t line_bytes(const patron_itemset_sets *sets, const patron_texts *names, uint64_t i)
{
    char count[COUNT_DIGITS];
    uint64_t bytes = (uint64_t)snprintf(count, sizeof count, "%" PRIu64, sets->support_count[i]);
    for (uint64_t j = sets->offsets[i]; j < sets->offsets[i + 1]; ++j)
        bytes += patron_texts_length(names, sets->items[j]) + 1;
    return bytes + 3; /* the parentheses and the newline */
}

static char *write_line(const patron_itemset_sets *sets, const patron_texts *names, uint64_t i,
                        char *at)
{
    char count[COUNT_DIGITS];
    for (uint64_t j = sets->offsets[i]; j < sets->offsets[i + 1]; ++j) {
        uint64_t length = patron_texts_length(names, sets->items[j]);
        memcpy(at, patron_texts_at(names, sets->items[j]), length);
        at += length;
        *at++ = ' ';
    }
    int digits = snprintf(count, sizeof count, "%" PRIu64, sets->support_count[i]);
    *at++ = '(';
    memcpy(at, count, (size_t)digits);
    at += digits;
    *at++ = ')';
    *at++ = '\n';
    return at;
}

typedef patron_status (*piece_sink)(void *target, const char *bytes, uint64_t length);

/* Formats sets[] and gives pieces of about a megabyte to `sink`. */
static patron_status format_sets(const patron_itemset_sets *sets, const patron_texts *names,
                                 piece_sink sink, void *target)
{
    uint64_t room = 0, used = 0;
    char *piece = NULL;
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < sets->count; ++i) {
        uint64_t bytes = line_bytes(sets, names, i);
        if (used > 0 && used + bytes > room) {
            status = sink(target, piece, used);
            used = 0;
        }
        if (piece == NULL || bytes > room) {
            room = bytes > PIECE_BYTES ? bytes : PIECE_BYTES;
            free(piece);
            piece = patron_allocate(room, 1);
            status = status == PATRON_OK && piece == NULL ? PATRON_RESOURCE : status;
        }
        if (status == PATRON_OK)
            used = (uint64_t)(write_line(sets, names, i, piece + used) - piece);
    }
    if (status == PATRON_OK && used > 0)
        status = sink(target, piece, used);
    free(piece);
    return status;
}

/* ---- where it goes ---- */

static patron_status lay_piece(void *argument, const char *bytes, uint64_t length)
{
    patron_itemset_text_output *output = argument;
    patron_status status = patron_output_write(output->file, output->offset, bytes, length);
    output->offset += length;
    return status;
}

static patron_status fail_stream(const patron_itemset_text_output *output)
{
    return patron_fail(PATRON_IO, "%s: the sets cannot be written: %s", output->name,
                       strerror(errno));
}

/* A reader that went away (`| head`) has all that it wants. */
static patron_status print_piece(void *argument, const char *bytes, uint64_t length)
{
    patron_itemset_text_output *output = argument;
    if (fwrite(bytes, 1, length, output->stream) != length && errno != EPIPE)
        return fail_stream(output);
    return PATRON_OK;
}

/* To rank 0, in blocks that are announced by their length. */
static patron_status send_piece(void *argument, const char *bytes, uint64_t length)
{
    const patron_comm *comm = argument;
    while (length > 0) {
        uint64_t block = length < BLOCK_BYTES ? length : BLOCK_BYTES;
        patron_comm_send(comm, &block, sizeof block, 0);
        patron_comm_send(comm, bytes, block, 0);
        bytes += block;
        length -= block;
    }
    return PATRON_OK;
}

static void send_end(const patron_comm *comm)
{
    uint64_t end = 0;
    patron_comm_send(comm, &end, sizeof end, 0);
}

/* Prints the blocks of rank `source` until an empty one comes.  What comes has to be taken, also
 * when printing failed. */
static patron_status print_from(const patron_comm *comm, int source,
                                patron_itemset_text_output *output)
{
    char bytes[BLOCK_BYTES];
    uint64_t block = 0;
    patron_status status = PATRON_OK;
    for (;;) {
        patron_comm_receive(comm, &block, sizeof block, source);
        if (block == 0)
            return status;
        patron_comm_receive(comm, bytes, block, source);
        if (status == PATRON_OK)
            status = print_piece(output, bytes, block);
    }
}

/* ---- the output ---- */

bool patron_itemset_text_is_stream(const char *path)
{
    struct stat info;
    return strcmp(path, "-") == 0 ||
           (stat(path, &info) == 0 && (S_ISCHR(info.st_mode) || S_ISFIFO(info.st_mode)));
}

static patron_status open_stream(const char *path, patron_itemset_text_output *output)
{
    if (output->stream == NULL)
        output->stream = output->opened = fopen(path, "w");
    return output->stream != NULL
               ? PATRON_OK
               : patron_fail(PATRON_CANT_CREATE, "%s: %s", path, strerror(errno));
}

static patron_status open_file(const patron_comm *comm, const char *path, bool force,
                               patron_itemset_text_output *output)
{
    patron_status status =
        patron_output_begin(comm, path, PATRON_OUTPUT_FILE, force, &output->file);
    if (status == PATRON_OK)
        status = patron_comm_agree(
            comm,
            comm->rank == 0 ? patron_output_create(patron_output_path(output->file)) : PATRON_OK);
    return status;
}

/* Beside a file; for a stream, where temporary files go. */
static patron_status open_spool(const char *path, patron_itemset_text_output *output)
{
    char copy[PATH_MAX];
    const char *temporary = getenv("TMPDIR");
    snprintf(copy, sizeof copy, "%s", path);
    const char *folder = temporary != NULL ? temporary : "/tmp";
    if (output->file != NULL)
        folder = dirname(copy);
    return patron_spool_create(folder, output->name, &output->spool);
}

static void free_output(patron_itemset_text_output *output)
{
    if (output->opened != NULL)
        fclose(output->opened);
    patron_spool_close(&output->spool);
    free(output->lengths);
    free(output->starts);
    free(output);
}

patron_status patron_itemset_text_begin(const patron_comm *comm, const char *path, FILE *standard,
                                        bool force, patron_itemset_text_output **output)
{
    patron_itemset_text_output *created = patron_allocate(1, sizeof *created);
    patron_status status = patron_comm_agree(comm, created == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status != PATRON_OK) {
        free(created);
        return status;
    }
    created->spool.descriptor = -1;
    bool is_standard = strcmp(path, "-") == 0;
    created->name = is_standard ? "standard output" : path;
    created->stream = is_standard && comm->rank == 0 ? standard : NULL;
    if (patron_itemset_text_is_stream(path))
        status = comm->rank == 0 ? open_stream(path, created) : PATRON_OK;
    else
        status = open_file(comm, path, force, created);
    if (status == PATRON_OK && comm->size > 1)
        status = open_spool(path, created);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK) {
        *output = created;
        return status;
    }
    status = patron_output_end(comm, created->file, status);
    free_output(created);
    return status;
}

patron_status patron_itemset_text_sets(const patron_comm *comm, patron_itemset_text_output *output,
                                       const patron_itemset_sets *sets, const patron_texts *names)
{
    patron_status status = PATRON_OK;
    if (output->file != NULL) {
        uint64_t bytes = 0;
        for (uint64_t i = 0; i < sets->count; ++i)
            bytes += line_bytes(sets, names, i);
        output->offset = patron_comm_prefix_u64(comm, bytes);
        return format_sets(sets, names, lay_piece, output);
    }
    if (comm->rank == 0) {
        status = format_sets(sets, names, print_piece, output);
    } else {
        status = format_sets(sets, names, send_piece, (void *)(uintptr_t)comm);
        send_end(comm);
    }
    for (int source = 1; comm->rank == 0 && source < comm->size; ++source) {
        patron_status one = print_from(comm, source, output);
        status = status == PATRON_OK ? one : status;
    }
    return status;
}

/* ---- text of tasks ---- */

static patron_status make_task_room(patron_itemset_text_output *output, uint64_t room)
{
    uint64_t *lengths = patron_reallocate(output->lengths, room, sizeof *lengths);
    output->lengths = lengths == NULL ? output->lengths : lengths;
    uint64_t *starts = patron_reallocate(output->starts, room, sizeof *starts);
    output->starts = starts == NULL ? output->starts : starts;
    if (lengths == NULL || starts == NULL)
        return PATRON_RESOURCE;
    memset(lengths + output->task_room, 0, (room - output->task_room) * sizeof *lengths);
    output->task_room = room;
    return PATRON_OK;
}

patron_status patron_itemset_text_take(void *argument, uint64_t task, const char *bytes,
                                       uint64_t length)
{
    patron_itemset_text_output *output = argument;
    if (output->spool.descriptor < 0)
        return output->file != NULL ? lay_piece(output, bytes, length)
                                    : print_piece(output, bytes, length);
    if (task >= output->task_room && make_task_room(output, 2 * (task + 1)) != PATRON_OK)
        return PATRON_RESOURCE;
    if (output->lengths[task] == 0)
        output->starts[task] = output->spool.size;
    output->lengths[task] += length;
    return patron_spool_append(&output->spool, bytes, length);
}

/* Gives the text of a task, if this rank has it, to `sink`. */
static patron_status unspool(patron_itemset_text_output *output, uint64_t task, piece_sink sink,
                             void *target)
{
    char bytes[BLOCK_BYTES];
    patron_status status = PATRON_OK;
    uint64_t from = output->starts[task], left = output->lengths[task];
    while (left > 0 && status == PATRON_OK) {
        uint64_t block = left < BLOCK_BYTES ? left : BLOCK_BYTES;
        status = patron_spool_take(&output->spool, from, bytes, block);
        if (status == PATRON_OK)
            status = sink(target, bytes, block);
        from += block;
        left -= block;
    }
    return status;
}

/* Each rank lays its tasks into the file; all[task_room] are the lengths over all ranks. */
static patron_status lay_tasks(patron_itemset_text_output *output, const uint64_t *all)
{
    uint64_t offset = 0;
    patron_status status = PATRON_OK;
    for (uint64_t task = 0; task < output->task_room && status == PATRON_OK; ++task) {
        output->offset = offset;
        status = unspool(output, task, lay_piece, output);
        offset += all[task];
    }
    return status;
}

/* Rank 0 prints the tasks in order, its own and the others'. */
static patron_status print_tasks(const patron_comm *comm, patron_itemset_text_output *output,
                                 const uint64_t *owners)
{
    patron_status status = PATRON_OK;
    for (uint64_t task = 0; task < output->task_room; ++task) {
        patron_status one = PATRON_OK;
        if (owners[task] == (uint64_t)comm->rank && comm->rank == 0) {
            one = unspool(output, task, print_piece, output);
        } else if (owners[task] == (uint64_t)comm->rank) {
            one = unspool(output, task, send_piece, (void *)(uintptr_t)comm);
            send_end(comm);
        } else if (comm->rank == 0) {
            one = print_from(comm, (int)owners[task], output);
        }
        status = status == PATRON_OK ? one : status;
    }
    return status;
}

static patron_status put_together(const patron_comm *comm, patron_itemset_text_output *output)
{
    uint64_t tasks = output->task_room;
    patron_comm_reduce_u64(comm, &tasks, 1, PATRON_MAX);
    uint64_t *all = patron_allocate(tasks, sizeof *all);
    patron_status status = all == NULL ? PATRON_RESOURCE : make_task_room(output, tasks);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK && output->file != NULL) {
        memcpy(all, output->lengths, tasks * sizeof *all);
        patron_comm_reduce_u64(comm, all, tasks, PATRON_SUM);
        status = lay_tasks(output, all);
    } else if (status == PATRON_OK) {
        for (uint64_t task = 0; task < tasks; ++task)
            all[task] = output->lengths[task] > 0 ? (uint64_t)comm->rank : 0;
        patron_comm_reduce_u64(comm, all, tasks, PATRON_MAX);
        status = print_tasks(comm, output, all);
    }
    free(all);
    return status;
}

patron_status patron_itemset_text_end(const patron_comm *comm, patron_itemset_text_output *output,
                                      patron_status so_far)
{
    if (output == NULL)
        return so_far;
    patron_status status = patron_comm_agree(comm, so_far);
    if (status == PATRON_OK && comm->size > 1)
        status = put_together(comm, output);
    if (status == PATRON_OK && output->stream != NULL && fflush(output->stream) != 0 &&
        errno != EPIPE)
        status = fail_stream(output);
    status = output->file != NULL ? patron_output_end(comm, output->file, status)
                                  : patron_comm_agree(comm, status);
    free_output(output);
    return status;
}
