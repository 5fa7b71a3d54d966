/* SPDX-License-Identifier: Apache-2.0 */
/* Who is to be quiet: customers on a list of ids, and those of whom a column tells that a message
 * would come too soon.  Rank 0 reads the list, a piece at a time, and every rank looks each id up
 * among those of its own rows, so that no rank holds the list. */
#include "score_run.h"

#include "data/feature_reader.h"
#include "data/id_hash.h"
#include "ingest/pseudonym.h"
#include "patron/memory.h"
#include "runtime/meter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- the list ---- */

enum { LIST_PIECE = 1 << 20 /* bytes that ranks get at a time */ };

typedef struct list_reading {
    score_run *run;
    FILE *file;  /* on rank 0 */
    char *line;  /* of it */
    size_t room; /* for a line */
    char *piece; /* LIST_PIECE: ids, each with a NUL */
    char *rest;  /* an id that did not fit the piece before */
    uint64_t found;
    patron_id_finder finder;
    patron_pseudonymiser pseudonymiser;
} list_reading;

/* The id in a line, without the blanks around it; NULL where there is none. */
static char *id_in(char *line)
{
    line += strspn(line, " \t\r\n");
    size_t length = strlen(line);
    while (length > 0 && strchr(" \t\r\n", line[length - 1]) != NULL)
        line[--length] = '\0';
    return length > 0 ? line : NULL;
}

/* Fills the piece on rank 0; *used is 0 at the end of the list. */
static patron_status fill_piece(list_reading *reading, uint64_t *used)
{
    const char *path = reading->run->policy.quiet_list;
    *used = 0;
    for (;;) {
        if (reading->rest == NULL) {
            errno = 0;
            if (getline(&reading->line, &reading->room, reading->file) < 0)
                return errno == 0 ? PATRON_OK
                                  : patron_fail(PATRON_IO, "%s: %s", path, strerror(errno));
            reading->rest = id_in(reading->line);
            if (reading->rest == NULL)
                continue;
        }
        size_t length = strlen(reading->rest) + 1;
        if (length > LIST_PIECE)
            return patron_fail(PATRON_DATA, "%s: a line of %zu bytes is no id", path, length - 1);
        if (*used + length > LIST_PIECE)
            return PATRON_OK;
        memcpy(reading->piece + *used, reading->rest, length);
        *used += length;
        reading->rest = NULL;
    }
}

/* Looks the piece's ids up among this rank's rows. */
static patron_status mark_piece(list_reading *reading, uint64_t used)
{
    score_run *run = reading->run;
    for (uint64_t at = 0; at < used; at += strlen(reading->piece + at) + 1) {
        const char *id = reading->piece + at;
        patron_slice stored;
        uint64_t row = 0;
        patron_status status = patron_pseudonymise(
            &reading->pseudonymiser, (patron_slice){.bytes = id, .length = strlen(id)}, &stored);
        if (status != PATRON_OK)
            return status;
        ++run->offers.listed;
        if (!patron_id_finder_find(&reading->finder, stored.bytes, stored.length, &row))
            continue;
        ++reading->found;
        uint8_t *mark = &run->offers.withheld[row - run->range.first];
        if (*mark == PATRON_WITHHELD_NOT)
            *mark = PATRON_WITHHELD_LISTED;
    }
    return PATRON_OK;
}

static patron_status read_list(list_reading *reading)
{
    const patron_comm *comm = reading->run->context->comm;
    patron_status status = PATRON_OK;
    uint64_t used = 0;
    do {
        if (comm->rank == 0) {
            patron_span span = patron_meter_enter(PATRON_STEP_READ);
            status = fill_piece(reading, &used);
            patron_meter_leave(span, used, 0);
        }
        status = patron_comm_agree(comm, status);
        if (status != PATRON_OK)
            return status;
        patron_comm_broadcast(comm, &used, sizeof used, 0);
        patron_comm_broadcast(comm, reading->piece, used, 0);
        status = patron_comm_agree(comm, mark_piece(reading, used));
    } while (status == PATRON_OK && used > 0);
    patron_comm_reduce_u64(comm, &reading->found, 1, PATRON_SUM);
    reading->run->offers.unknown = reading->run->offers.listed - reading->found;
    return status;
}

/* The key under which the dataset's ids are pseudonyms, into the pseudonymiser; where they are
 * none, or the list holds pseudonyms, ids stay what they are. */
static patron_status take_key(list_reading *reading)
{
    const score_run *run = reading->run;
    const patron_comm *comm = run->context->comm;
    patron_dataset_content note = {0};
    patron_secret secret;
    char name[PATRON_KEY_NAME_CAPACITY] = "";
    patron_status status = patron_dataset_read_key_name(run->dataset, name);
    status = patron_comm_agree(comm, status);
    reading->pseudonymiser = patron_pseudonymiser_create(NULL);
    if (status != PATRON_OK || name[0] == '\0' || run->policy.quiet_ids == SCORE_QUIET_DATASET)
        return status;
    status = patron_secret_find(comm, run->policy.key_file, &secret);
    if (status != PATRON_OK)
        return status;
    patron_pseudonym_note(&secret, &note);
    if (strcmp(note.id_key, name) != 0)
        status = patron_fail(PATRON_DATA,
                             "%s: the ids are pseudonyms of key %s, found is key %s: %s needs the "
                             "key-file that they were made with, or quiet-ids = dataset",
                             patron_dataset_path(run->dataset), name, note.id_key,
                             run->policy.quiet_list);
    else
        reading->pseudonymiser = patron_pseudonymiser_create(&secret);
    patron_secret_wipe(&secret);
    return patron_comm_agree(comm, status);
}

static patron_status open_list(list_reading *reading)
{
    const score_run *run = reading->run;
    const char *path = run->policy.quiet_list;
    reading->piece = patron_allocate(LIST_PIECE, 1);
    if (reading->piece == NULL)
        return PATRON_RESOURCE;
    if (run->context->comm->rank != 0)
        return PATRON_OK;
    reading->file = fopen(path, "r");
    return reading->file != NULL ? PATRON_OK
                                 : patron_fail(PATRON_NO_INPUT, "%s: the list can't be opened: %s",
                                               path, strerror(errno));
}

static patron_status find_listed(score_run *run)
{
    const patron_comm *comm = run->context->comm;
    list_reading reading = {.run = run};
    patron_status status = patron_comm_agree(comm, open_list(&reading));
    if (status == PATRON_OK)
        status = take_key(&reading);
    if (status == PATRON_OK)
        status = patron_comm_agree(
            comm, patron_id_finder_create(run->dataset, run->range, &reading.finder));
    if (status == PATRON_OK)
        status = read_list(&reading);
    if (reading.file != NULL)
        fclose(reading.file);
    free(reading.line);
    free(reading.piece);
    patron_id_finder_free(&reading.finder);
    patron_pseudonymiser_free(&reading.pseudonymiser);
    return status;
}

/* ---- the column ---- */

/* A missing value, as of who was never written to, keeps nobody quiet. */
static void mark_below(score_run *run, const float *values, uint64_t columns, patron_range piece)
{
    for (uint64_t i = 0; i < piece.count; ++i) {
        uint8_t *mark = &run->offers.withheld[piece.first - run->range.first + i];
        if (*mark == PATRON_WITHHELD_NOT && (double)values[i * columns] < run->policy.quiet_below)
            *mark = PATRON_WITHHELD_COLUMN;
    }
}

static patron_status find_below(score_run *run)
{
    enum { PIECE_ROWS = 4096 };
    const patron_texts *names = patron_dataset_column_names(run->dataset);
    uint64_t columns = names->count, column = patron_texts_find(names, run->policy.quiet_column);
    if (column == UINT64_MAX)
        return score_policy_fail_name(&run->policy, "quiet-column", "column",
                                      run->policy.quiet_column, names);
    float *values = patron_allocate(PIECE_ROWS * columns, sizeof *values);
    patron_feature_reader reader = patron_feature_reader_create(run->dataset, false);
    patron_status status = values == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (uint64_t done = 0; status == PATRON_OK && done < run->range.count; done += PIECE_ROWS) {
        uint64_t left = run->range.count - done;
        const patron_range piece = {.first = run->range.first + done,
                                    .count = left < PIECE_ROWS ? left : PIECE_ROWS};
        status = patron_feature_reader_read(&reader, piece, values, NULL);
        if (status == PATRON_OK)
            mark_below(run, values + column, columns, piece);
    }
    patron_feature_reader_close(&reader);
    free(values);
    return status;
}

patron_status score_quiet_find(score_run *run)
{
    patron_status status = PATRON_OK;
    if (run->policy.quiet_list != NULL)
        status = find_listed(run);
    if (status == PATRON_OK && run->policy.quiet_column != NULL)
        status = patron_comm_agree(run->context->comm, find_below(run));
    return status;
}
