/* SPDX-License-Identifier: Apache-2.0 */
/* Text of sorted sets: formatted piece by piece; each rank knows from the lengths where its slice
 * belongs. */
#include "model/itemset_text_output.h"
#include "patron/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE_BYTES = 1 << 20, COUNT_DIGITS = 24 };

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

/* Formats sets[] and gives pieces of about a megabyte to `sink`. */
static patron_status format_sets(const patron_itemset_sets *sets, const patron_texts *names,
                                 patron_itemset_sink sink)
{
    uint64_t room = 0, used = 0;
    char *piece = NULL;
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < sets->count; ++i) {
        uint64_t bytes = line_bytes(sets, names, i);
        if (used > 0 && used + bytes > room) {
            status = sink.take(sink.context, piece, used);
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
        status = sink.take(sink.context, piece, used);
    free(piece);
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
        return format_sets(sets, names, (patron_itemset_sink){patron_text_lay, output});
    }
    if (comm->rank == 0) {
        status = format_sets(sets, names, (patron_itemset_sink){patron_text_print, output});
    } else {
        status = format_sets(sets, names,
                             (patron_itemset_sink){patron_text_send, (void *)(uintptr_t)comm});
        patron_text_send_end(comm);
    }
    for (int source = 1; comm->rank == 0 && source < comm->size; ++source) {
        patron_status one = patron_text_print_from(comm, source, output);
        status = status == PATRON_OK ? one : status;
    }
    return status;
}
