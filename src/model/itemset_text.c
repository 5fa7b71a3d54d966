/* SPDX-License-Identifier: Apache-2.0 */
/* Sets as text: each rank formats its slice, piece by piece, and either lays it into the file where
 * it belongs or hands it to rank 0, which prints. */
#include "model/itemset_text.h"

#include "patron/memory.h"
#include "store/output.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE_BYTES = 1 << 20, BLOCK_BYTES = 1 << 16, COUNT_DIGITS = 24 };

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

/* ---- to a file ---- */

typedef struct file_target {
    patron_output *output;
    uint64_t offset;
} file_target;

static patron_status lay_piece(void *argument, const char *bytes, uint64_t length)
{
    file_target *target = argument;
    patron_status status = patron_output_write(target->output, target->offset, bytes, length);
    target->offset += length;
    return status;
}

patron_status patron_itemset_text_write(const patron_comm *comm, const patron_itemset_sets *sets,
                                        const patron_texts *names, const char *path, bool force)
{
    file_target target = {0};
    uint64_t bytes = 0;
    patron_status status =
        patron_output_begin(comm, path, PATRON_OUTPUT_FILE, force, &target.output);
    if (status != PATRON_OK)
        return status;
    for (uint64_t i = 0; i < sets->count; ++i)
        bytes += line_bytes(sets, names, i);
    target.offset = patron_comm_prefix_u64(comm, bytes);
    status = patron_comm_agree(comm, comm->rank == 0
                                         ? patron_output_create(patron_output_path(target.output))
                                         : PATRON_OK);
    if (status == PATRON_OK)
        status = format_sets(sets, names, lay_piece, &target);
    return patron_output_end(comm, target.output, status);
}

/* ---- to a stream of rank 0 ---- */

/* A reader that went away (`| head`) has all that it wants. */
static patron_status print_piece(void *target, const char *bytes, uint64_t length)
{
    if (fwrite(bytes, 1, length, target) != length && errno != EPIPE)
        return patron_fail(PATRON_IO, "the sets could not be printed: %s", strerror(errno));
    return PATRON_OK;
}

/* To rank 0, in blocks that are announced by their length. */
static patron_status send_piece(void *target, const char *bytes, uint64_t length)
{
    const patron_comm *comm = target;
    while (length > 0) {
        uint64_t block = length < BLOCK_BYTES ? length : BLOCK_BYTES;
        patron_comm_send(comm, &block, sizeof block, 0);
        patron_comm_send(comm, bytes, block, 0);
        bytes += block;
        length -= block;
    }
    return PATRON_OK;
}

/* Prints the blocks of rank `source` until an empty one comes.  What comes has to be taken, also
 * when printing failed. */
static patron_status print_from(const patron_comm *comm, int source, FILE *out)
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
            status = print_piece(out, bytes, block);
    }
}

patron_status patron_itemset_text_print(const patron_comm *comm, const patron_itemset_sets *sets,
                                        const patron_texts *names, FILE *out)
{
    uint64_t end = 0;
    patron_status status = PATRON_OK;
    if (comm->rank == 0)
        status = format_sets(sets, names, print_piece, out);
    else {
        status = format_sets(sets, names, send_piece, (void *)comm);
        patron_comm_send(comm, &end, sizeof end, 0);
    }
    for (int source = 1; comm->rank == 0 && source < comm->size; ++source) {
        patron_status one = print_from(comm, source, out);
        status = status == PATRON_OK ? one : status;
    }
    return patron_comm_agree(comm, status);
}
