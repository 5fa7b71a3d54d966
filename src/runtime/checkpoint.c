/* SPDX-License-Identifier: Apache-2.0 */
/* Records by name, and the decision when to save them. */
#include "patron/checkpoint.h"

#include "patron/memory.h"
#include "patron/progress.h"
#include "runtime/log.h"
#include "runtime/stop.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct record {
    char name[PATRON_CHECKPOINT_NAME];
    unsigned char *bytes;
    uint64_t count, capacity;
    bool is_shared;
} record;

struct patron_checkpoint {
    const patron_comm *comm;
    const char *path;
    double period;
    double saved; /* patron_clock, when it was saved or begun */
    double due;   /* when it was found to be due */
    double rest;  /* seconds that regular ones have to wait for, so as not to take too much */
    bool is_to_stop;
    patron_checkpoint_write write;
    void *argument;
    record *records;
    uint64_t count, capacity;
};

/* ---- bytes ---- */

void patron_pack(patron_packing *packing, const void *data, uint64_t bytes)
{
    if (packing->failed || bytes == 0)
        return;
    unsigned char *grown =
        patron_grow(packing->bytes, packing->count + bytes, &packing->capacity, 1);
    packing->failed = grown == NULL;
    if (grown == NULL)
        return;
    packing->bytes = grown;
    memcpy(packing->bytes + packing->count, data, bytes);
    packing->count += bytes;
}

void patron_unpack(patron_unpacking *unpacking, void *data, uint64_t bytes)
{
    if (bytes == 0)
        return;
    if (unpacking->failed || bytes > unpacking->left) {
        unpacking->failed = true;
        memset(data, 0, bytes);
        return;
    }
    memcpy(data, unpacking->bytes, bytes);
    unpacking->bytes += bytes;
    unpacking->left -= bytes;
}

/* ---- records ---- */

/* Of the time that passes, regular ones take no more than one part of so many. */
static const double LEAST_REST = 50.0;

static record *find(const patron_checkpoint *checkpoint, const char *name)
{
    for (uint64_t i = 0; i < checkpoint->count; ++i)
        if (strcmp(checkpoint->records[i].name, name) == 0)
            return &checkpoint->records[i];
    return NULL;
}

static record *add(patron_checkpoint *checkpoint, const char *name)
{
    record *grown = patron_grow(checkpoint->records, checkpoint->count + 1, &checkpoint->capacity,
                                sizeof *checkpoint->records);
    if (grown == NULL)
        return NULL;
    checkpoint->records = grown;
    record *added = &grown[checkpoint->count++];
    *added = (record){.bytes = NULL};
    snprintf(added->name, sizeof added->name, "%s", name);
    return added;
}

patron_status patron_checkpoint_keep(patron_checkpoint *checkpoint, const char *name,
                                     patron_packing *packing)
{
    record *kept = NULL;
    if (checkpoint != NULL && !packing->failed) {
        kept = find(checkpoint, name);
        kept = kept == NULL ? add(checkpoint, name) : kept;
    }
    patron_status status = checkpoint != NULL && kept == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (kept != NULL) {
        free(kept->bytes);
        kept->bytes = packing->bytes;
        kept->count = packing->count;
        kept->capacity = packing->capacity;
        packing->bytes = NULL;
    }
    free(packing->bytes);
    *packing = (patron_packing){0};
    return status;
}

patron_status patron_checkpoint_add(patron_checkpoint *checkpoint, const char *name,
                                    patron_packing *packing)
{
    patron_status status = packing->failed ? PATRON_RESOURCE : PATRON_OK;
    record *kept = find(checkpoint, name);
    if (kept == NULL)
        kept = add(checkpoint, name);
    if (kept != NULL) {
        patron_packing all = {
            .bytes = kept->bytes, .count = kept->count, .capacity = kept->capacity};
        patron_pack(&all, packing->bytes, packing->count);
        kept->bytes = all.bytes;
        kept->count = all.count;
        kept->capacity = all.capacity;
        kept->is_shared = true;
        status = all.failed ? PATRON_RESOURCE : status;
    }
    free(packing->bytes);
    *packing = (patron_packing){0};
    return kept == NULL ? PATRON_RESOURCE : status;
}

bool patron_checkpoint_recall(const patron_checkpoint *checkpoint, const char *name,
                              patron_unpacking *unpacking)
{
    const record *found = checkpoint != NULL ? find(checkpoint, name) : NULL;
    *unpacking = (patron_unpacking){0};
    if (found != NULL)
        *unpacking = (patron_unpacking){.bytes = found->bytes, .left = found->count};
    return found != NULL;
}

void patron_checkpoint_forget(patron_checkpoint *checkpoint, const char *prefix)
{
    if (checkpoint == NULL)
        return;
    uint64_t kept = 0;
    for (uint64_t i = 0; i < checkpoint->count; ++i) {
        if (strncmp(checkpoint->records[i].name, prefix, strlen(prefix)) == 0)
            free(checkpoint->records[i].bytes);
        else
            checkpoint->records[kept++] = checkpoint->records[i];
    }
    checkpoint->count = kept;
}

patron_status patron_checkpoint_fail(const char *name)
{
    return patron_fail(PATRON_DATA,
                       "the checkpoint's record '%s' is damaged; remove the checkpoint "
                       "to start anew",
                       name);
}

uint64_t patron_checkpoint_count(const patron_checkpoint *checkpoint)
{
    return checkpoint->count;
}

const char *patron_checkpoint_at(const patron_checkpoint *checkpoint, uint64_t index,
                                 patron_unpacking *unpacking)
{
    const record *found = &checkpoint->records[index];
    *unpacking = (patron_unpacking){.bytes = found->bytes, .left = found->count};
    return found->name;
}

bool patron_checkpoint_is_shared(const patron_checkpoint *checkpoint, uint64_t index)
{
    return checkpoint->records[index].is_shared;
}

/* ---- safe points ---- */

/* One clock decides, as those of ranks differ. */
static bool time_is_up(const patron_checkpoint *checkpoint)
{
    double wait = checkpoint->period;
    if (wait > 0.0 && wait < checkpoint->rest)
        wait = checkpoint->rest;
    return checkpoint->comm->rank == 0 && patron_clock() - checkpoint->saved >= wait;
}

bool patron_checkpoint_is_wished(const patron_checkpoint *checkpoint)
{
    return checkpoint != NULL && (patron_stop_is_wished() || time_is_up(checkpoint));
}

enum { STOP = 1, TIME = 2 };

/* Whether any rank wishes to save. */
static bool ask_all(patron_checkpoint *checkpoint, uint64_t wishes)
{
    if (patron_stop_is_wished())
        wishes |= STOP;
    patron_comm_reduce_u64(checkpoint->comm, &wishes, 1, PATRON_OR);
    checkpoint->is_to_stop = (wishes & STOP) != 0;
    checkpoint->due = patron_clock();
    return wishes != 0;
}

bool patron_checkpoint_is_due(patron_checkpoint *checkpoint)
{
    return checkpoint != NULL && ask_all(checkpoint, time_is_up(checkpoint) ? TIME : 0);
}

patron_status patron_checkpoint_save(patron_checkpoint *checkpoint, patron_status so_far)
{
    patron_status status = patron_comm_agree(checkpoint->comm, so_far);
    if (status != PATRON_OK)
        return status;
    status = checkpoint->write(checkpoint->argument, checkpoint);
    checkpoint->saved = patron_clock();
    checkpoint->rest = LEAST_REST * (checkpoint->saved - checkpoint->due);
    if (status == PATRON_OK)
        patron_log_write(PATRON_LOG_DEBUG, "checkpoint %s took %.3f s", checkpoint->path,
                         checkpoint->saved - checkpoint->due);
    if (checkpoint->is_to_stop)
        return status != PATRON_OK
                   ? status
                   : patron_fail(PATRON_STOPPED,
                                 "stopped at checkpoint %s; run the same command again to go on",
                                 checkpoint->path);
    if (status != PATRON_OK) {
        char reason[PATRON_FAIL_CAPACITY];
        patron_fail_text(status, reason, sizeof reason);
        patron_log_write(PATRON_LOG_WARNING, "no checkpoint was written: %s", reason);
    }
    return PATRON_OK;
}

patron_status patron_checkpoint_pass(patron_checkpoint *checkpoint)
{
    return patron_checkpoint_is_due(checkpoint) ? patron_checkpoint_save(checkpoint, PATRON_OK)
                                                : PATRON_OK;
}

patron_status patron_checkpoint_heed(patron_checkpoint *checkpoint)
{
    return checkpoint != NULL && ask_all(checkpoint, 0)
               ? patron_checkpoint_save(checkpoint, PATRON_OK)
               : PATRON_OK;
}

/* ---- life ---- */

patron_checkpoint *patron_checkpoint_create(const patron_comm *comm, const char *path,
                                            double period, patron_checkpoint_write write,
                                            void *argument)
{
    patron_checkpoint *checkpoint = patron_allocate(1, sizeof *checkpoint);
    if (checkpoint != NULL)
        *checkpoint = (patron_checkpoint){.comm = comm,
                                          .path = path,
                                          .period = period,
                                          .saved = patron_clock(),
                                          .write = write,
                                          .argument = argument};
    return checkpoint;
}

void patron_checkpoint_free(patron_checkpoint *checkpoint)
{
    if (checkpoint == NULL)
        return;
    patron_checkpoint_forget(checkpoint, "");
    free(checkpoint->records);
    free(checkpoint);
}
