/* SPDX-License-Identifier: Apache-2.0 */
/* Scores as CSV, a line a customer (or a basket) in the order of rows.  Lines are made in pieces,
 * so that any number of customers fits; into a file twice, as each rank must know how much comes
 * before its own. */
#include "score_run.h"

#include "item_labels.h"
#include "report_csv.h"
#include "runtime/meter.h"
#include "store/output.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 1 << 16 }; /* rows whose lines are made at a time */

/* ---- lines ---- */

/* A distance; nothing where there is none. */
static void put_distance(FILE *out, float distance)
{
    putc(',', out);
    if (!isnan(distance))
        fprintf(out, "%.9g", (double)distance);
}

static void put_line(FILE *out, const score_run *run, uint64_t row)
{
    const patron_scores *scores = &run->scores;
    fprintf(out, ",%" PRId32, scores->segment[row]);
    put_distance(out, scores->distance[row]);
    fprintf(out, ",%d,%" PRId32, scores->outlier[row], scores->second[row]);
    put_distance(out, scores->second_distance[row]);
}

static void put_heading(FILE *out, const score_run *run)
{
    fputs(run->options->baskets ? "basket" : "id,segment,distance,outlier,second,second_distance",
          out);
    for (uint32_t i = 1; run->options->rules != NULL && i <= run->offers.places.most; ++i)
        fprintf(out, ",offer_%" PRIu32 ",offer_%" PRIu32 "_score,offer_%" PRIu32 "_because", i, i,
                i);
    putc('\n', out);
}

/* The offers of a row: item, score, and what the customer has that is the reason. */
static patron_status put_offers(FILE *out, const score_run *run, uint64_t row)
{
    const patron_offer_places *offers = &run->offers.places;
    const patron_texts *names = &run->offers.table.names;
    patron_status status = PATRON_OK;
    for (uint64_t i = row * offers->most; status == PATRON_OK && i < (row + 1) * offers->most;
         ++i) {
        if (offers->item[i] < 0) {
            fputs(",,,", out);
            continue;
        }
        uint64_t item = (uint64_t)offers->item[i], count = 0;
        const uint32_t *reason = score_reasons_find(&run->offers.reasons, offers->rank[i], &count);
        patron_texts because = {0};
        putc(',', out);
        report_csv_text(out, patron_texts_at(names, item), patron_texts_length(names, item));
        fprintf(out, ",%.17g,", offers->score[i]);
        status = patron_item_labels_join(names, NULL, reason, (uint32_t)count, &because);
        if (status == PATRON_OK)
            report_csv_text(out, patron_texts_at(&because, 0), patron_texts_length(&because, 0));
        patron_texts_free(&because);
    }
    return status;
}

/* Of customers, or of baskets; those of baskets that have none are their numbers. */
static patron_status read_ids(const score_run *run, patron_range range, patron_texts *ids)
{
    patron_status status = PATRON_OK;
    if (!run->options->baskets)
        return patron_dataset_read_ids(run->dataset, range, ids);
    if (patron_dataset_has_basket_ids(run->dataset))
        return patron_dataset_read_basket_ids(run->dataset, range, ids);
    for (uint64_t i = 0; status == PATRON_OK && i < range.count; ++i) {
        char text[24];
        int length = snprintf(text, sizeof text, "%" PRIu64, range.first + i);
        status = patron_texts_append(ids, text, (uint64_t)length);
    }
    return status;
}

/* Lines of this rank's rows from `first` on, at most PIECE of them; the heading before the first of
 * all.  *lines are to free(). */
static patron_status make_lines(const score_run *run, uint64_t first, char **lines, size_t *bytes)
{
    uint64_t left = run->range.count - first;
    const patron_range range = {.first = run->range.first + first,
                                .count = left < PIECE ? left : PIECE};
    patron_texts ids = {0};
    FILE *out = open_memstream(lines, bytes);
    if (out == NULL)
        return patron_fail(PATRON_RESOURCE, "out of memory for lines of CSV");
    if (range.first == 0 && run->context->comm->rank == 0)
        put_heading(out, run);
    patron_status status = read_ids(run, range, &ids);
    for (uint64_t i = 0; status == PATRON_OK && i < range.count; ++i) {
        report_csv_text(out, patron_texts_at(&ids, i), patron_texts_length(&ids, i));
        if (!run->options->baskets)
            put_line(out, run, first + i);
        if (run->options->rules != NULL)
            status = put_offers(out, run, first + i);
        putc('\n', out);
    }
    patron_texts_free(&ids);
    bool is_short = ferror(out) != 0;
    if (fclose(out) != 0 || is_short)
        return patron_fail(PATRON_RESOURCE, "out of memory for lines of CSV");
    return status;
}

/* Calls `take` for all lines of this rank, a piece at a time. */
static patron_status
each_piece(const score_run *run,
           patron_status (*take)(void *argument, const char *lines, uint64_t bytes), void *argument)
{
    patron_status status = PATRON_OK;
    uint64_t first = 0;
    do {
        char *lines = NULL;
        size_t bytes = 0;
        patron_span span = patron_meter_enter(PATRON_STEP_FORMAT);
        status = make_lines(run, first, &lines, &bytes);
        patron_meter_leave(span, 0, 0);
        if (status == PATRON_OK)
            status = take(argument, lines, bytes);
        free(lines);
        first += PIECE;
    } while (status == PATRON_OK && first < run->range.count);
    return status;
}

/* ---- a file ---- */

typedef struct writing {
    patron_output *output;
    uint64_t offset;
} writing;

static patron_status measure_piece(void *argument, const char *lines, uint64_t bytes)
{
    (void)lines;
    *(uint64_t *)argument += bytes;
    return PATRON_OK;
}

static patron_status write_piece(void *argument, const char *lines, uint64_t bytes)
{
    writing *run = argument;
    patron_status status = patron_output_write(run->output, run->offset, lines, bytes);
    run->offset += bytes;
    return status;
}

static patron_status write_file(const score_run *run)
{
    const patron_comm *comm = run->context->comm;
    writing file = {0};
    uint64_t bytes = 0;
    patron_status status = patron_comm_agree(comm, each_piece(run, measure_piece, &bytes));
    if (status != PATRON_OK)
        return status;
    file.offset = patron_comm_prefix_u64(comm, bytes);
    status = patron_output_begin(comm, run->options->text, PATRON_OUTPUT_FILE,
                                 run->context->common->force, &file.output);
    if (status != PATRON_OK)
        return status;
    status = comm->rank == 0 ? patron_output_create(patron_output_path(file.output)) : PATRON_OK;
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = each_piece(run, write_piece, &file);
    return patron_output_end(comm, file.output, status);
}

/* ---- standard output ---- */

static patron_status print_piece(void *argument, const char *lines, uint64_t bytes)
{
    (void)argument;
    return fwrite(lines, 1, bytes, stdout) == bytes
               ? PATRON_OK
               : patron_fail(PATRON_IO, "standard output: can't be written");
}

/* To rank 0, the number of bytes first; 0 ends. */
static patron_status send_piece(void *argument, const char *lines, uint64_t bytes)
{
    const patron_comm *comm = argument;
    if (bytes == 0)
        return PATRON_OK;
    patron_comm_send(comm, &bytes, sizeof bytes, 0);
    patron_comm_send(comm, lines, bytes, 0);
    return PATRON_OK;
}

/* All of a rank's pieces are taken, also where they can't be printed any more. */
static patron_status print_pieces_of(const patron_comm *comm, int rank, patron_status status)
{
    for (uint64_t bytes = 0;;) {
        patron_comm_receive(comm, &bytes, sizeof bytes, rank);
        if (bytes == 0)
            return status;
        char *lines = malloc(bytes);
        if (lines == NULL)
            return patron_fail(PATRON_RESOURCE, "out of memory for lines of CSV");
        patron_comm_receive(comm, lines, bytes, rank);
        if (status == PATRON_OK)
            status = print_piece(NULL, lines, bytes);
        free(lines);
    }
}

static patron_status print_all(const score_run *run)
{
    const patron_comm *comm = run->context->comm;
    patron_status status = PATRON_OK;
    if (comm->rank == 0) {
        status = each_piece(run, print_piece, NULL);
        for (int rank = 1; rank < comm->size; ++rank)
            status = print_pieces_of(comm, rank, status);
        if (fflush(stdout) != 0 && status == PATRON_OK)
            status = patron_fail(PATRON_IO, "standard output: can't be written");
    } else {
        const uint64_t end = 0;
        status = each_piece(run, send_piece, (void *)(uintptr_t)comm);
        patron_comm_send(comm, &end, sizeof end, 0);
    }
    return patron_comm_agree(comm, status);
}

patron_status score_text_write(const score_run *run)
{
    return strcmp(run->options->text, "-") == 0 ? print_all(run) : write_file(run);
}
