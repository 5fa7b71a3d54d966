/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes in memory, and what that does not hold in a spool. */
#include "shuffle/tape.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

patron_tape patron_tape_create(const char *folder, const char *name, uint64_t memory)
{
    return (patron_tape){
        .folder = folder, .name = name, .memory = memory, .spool = {.descriptor = -1}};
}

static patron_status spill(patron_tape *tape)
{
    patron_status status = PATRON_OK;
    if (tape->spool.descriptor < 0)
        status = patron_spool_create(tape->folder, tape->name, &tape->spool);
    if (status == PATRON_OK)
        status = patron_spool_append(&tape->spool, tape->bytes, tape->used);
    tape->used = 0;
    return status;
}

patron_status patron_tape_write(patron_tape *tape, const void *bytes, uint64_t length)
{
    patron_status status = PATRON_OK;
    if (length == 0)
        return status;
    if (tape->used > 0 && tape->used + length > tape->memory)
        status = spill(tape);
    if (status != PATRON_OK)
        return status;
    char *grown = patron_grow(tape->bytes, tape->used + length, &tape->room, 1);
    if (grown == NULL)
        return PATRON_RESOURCE;
    tape->bytes = grown;
    memcpy(grown + tape->used, bytes, length);
    tape->used += length;
    tape->length += length;
    return status;
}

patron_status patron_tape_peek(const patron_tape *tape, uint64_t offset, void *bytes,
                               uint64_t length)
{
    uint64_t spooled = tape->spool.descriptor >= 0 ? tape->spool.size : 0;
    if (offset < spooled)
        return patron_spool_read(&tape->spool, offset, bytes, length);
    memcpy(bytes, tape->bytes + (offset - spooled), length);
    return PATRON_OK;
}

/* The spool comes first: what was in memory behind it is read from there too. */
patron_status patron_tape_read(patron_tape *tape, void *bytes, uint64_t length)
{
    char *out = bytes;
    patron_status status = PATRON_OK;
    if (tape->spool.descriptor >= 0 && tape->at == 0 && tape->offset == 0)
        status = spill(tape);
    while (status == PATRON_OK && length > 0) {
        if (tape->spool.descriptor >= 0 && tape->at == tape->used) {
            uint64_t left = tape->spool.size - tape->offset;
            tape->used = left < tape->room ? left : tape->room;
            tape->at = 0;
            status = patron_spool_take(&tape->spool, tape->offset, tape->bytes, tape->used);
            tape->offset += tape->used;
        }
        uint64_t now = tape->used - tape->at < length ? tape->used - tape->at : length;
        if (status != PATRON_OK || now == 0)
            break;
        memcpy(out, tape->bytes + tape->at, now);
        out += now;
        length -= now;
        tape->at += now;
    }
    if (status == PATRON_OK && length > 0)
        return patron_fail(PATRON_SOFTWARE, "%s: a tape is read beyond its end", tape->name);
    return status;
}

void patron_tape_free(patron_tape *tape)
{
    if (tape->folder != NULL)
        patron_spool_close(&tape->spool);
    free(tape->bytes);
    *tape = (patron_tape){0};
}
