/* SPDX-License-Identifier: Apache-2.0 */
/* Outliers of a fit.  Each rank looks at its own rows; the farthest of all ranks are brought
 * together, a file is written side by side. */
#include "segment_outliers.h"

#include "checkpoint.h"
#include "cli/json.h"
#include "patron/memory.h"
#include "report_csv.h"
#include "report_json.h"
#include "report_text.h"
#include "store/output.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LISTED = 1000, PIECE = 1 << 16 /* ids read at a time */ };

bool segment_outliers_is_count(const char *what, uint32_t *count)
{
    size_t digits = strspn(what, "0123456789");
    unsigned long number = digits > 0 && digits < 6 ? strtoul(what, NULL, 10) : MOST_LISTED + 1;
    *count = (uint32_t)number;
    return what[digits] == '\0' && number <= MOST_LISTED;
}

static double ratio_of(double distance, double threshold)
{
    return distance / threshold;
}

/* Whether a row of this rank is one; its figures. */
static bool is_outlier(const patron_spread *spread, const int32_t *labels, uint64_t row,
                       double *distance, double *threshold)
{
    if (labels[row] < 0)
        return false;
    *distance = (double)spread->distance[row];
    *threshold = spread->threshold[labels[row]];
    return *distance > *threshold;
}

/* ---- the farthest ---- */

/* Numbers of 0 or above order as their bits do. */
static uint64_t bits_of(double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static double value_of(uint64_t bits)
{
    double value = 0.0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* A higher key comes first, so that of the segment is turned round. */
static uint64_t segment_of(const patron_best_entry *entry)
{
    return UINT32_MAX - entry->key[2];
}

static void offer_own(const patron_shard *shard, const int32_t *labels, segment_outliers *outliers)
{
    double distance = 0.0, threshold = 0.0;
    for (uint64_t row = 0; row < shard->range.count; ++row)
        if (is_outlier(outliers->spread, labels, row, &distance, &threshold)) {
            const patron_best_entry entry = {.key = {bits_of(ratio_of(distance, threshold)),
                                                     bits_of(distance),
                                                     UINT32_MAX - (uint64_t)labels[row]},
                                             .number = shard->range.first + row};
            patron_best_offer(&outliers->farthest, &entry);
        }
}

static patron_status read_ids(const patron_dataset *dataset, segment_outliers *outliers)
{
    patron_status status = PATRON_OK;
    for (uint32_t i = 0; status == PATRON_OK && i < outliers->farthest.count; ++i) {
        const patron_range row = {.first = outliers->farthest.entries[i].number, .count = 1};
        status = patron_dataset_read_ids(dataset, row, &outliers->ids);
    }
    return status;
}

patron_status segment_outliers_find(const patron_comm *comm, const patron_dataset *dataset,
                                    const patron_shard *shard, const int32_t *labels,
                                    const patron_spread *spread, uint32_t count,
                                    segment_outliers *outliers)
{
    *outliers = (segment_outliers){.spread = spread};
    patron_status status = patron_comm_agree(comm, patron_best_create(count, &outliers->farthest));
    if (status != PATRON_OK)
        return status;
    if (count > 0)
        offer_own(shard, labels, outliers);
    status = patron_best_merge(comm, &outliers->farthest);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, comm->rank == 0 ? read_ids(dataset, outliers) : PATRON_OK);
    return status;
}

void segment_outliers_free(segment_outliers *outliers)
{
    patron_best_free(&outliers->farthest);
    patron_texts_free(&outliers->ids);
}

/* ---- the file ---- */

static const char heading[] = "id,segment,distance,ratio\n";

/* The lines of rows [first, end) of this rank. */
static patron_status write_piece(FILE *out, const patron_dataset *dataset,
                                 const patron_shard *shard, const int32_t *labels,
                                 const patron_spread *spread, uint64_t first, uint64_t end)
{
    const patron_range range = {.first = shard->range.first + first, .count = end - first};
    patron_texts ids = {0};
    double distance = 0.0, threshold = 0.0;
    patron_status status = PATRON_OK;
    for (uint64_t row = first; status == PATRON_OK && row < end; ++row) {
        if (!is_outlier(spread, labels, row, &distance, &threshold))
            continue;
        if (ids.count == 0)
            status = patron_dataset_read_ids(dataset, range, &ids);
        if (status != PATRON_OK)
            break;
        report_csv_text(out, patron_texts_at(&ids, row - first),
                        patron_texts_length(&ids, row - first));
        fprintf(out, ",%" PRId32 ",%.9g,%.17g\n", labels[row], distance,
                ratio_of(distance, threshold));
    }
    patron_texts_free(&ids);
    return status;
}

/* All lines of this rank, to free(). */
static patron_status format_lines(const patron_comm *comm, const patron_dataset *dataset,
                                  const patron_shard *shard, const int32_t *labels,
                                  const patron_spread *spread, char **lines, size_t *bytes)
{
    patron_status status = PATRON_OK;
    FILE *out = open_memstream(lines, bytes);
    if (out == NULL)
        return patron_fail(PATRON_RESOURCE, "out of memory for outliers");
    if (comm->rank == 0)
        fputs(heading, out);
    for (uint64_t row = 0; status == PATRON_OK && row < shard->range.count; row += PIECE) {
        uint64_t left = shard->range.count - row;
        status = write_piece(out, dataset, shard, labels, spread, row,
                             row + (left < PIECE ? left : PIECE));
    }
    bool is_short = ferror(out) != 0;
    if (fclose(out) != 0 || is_short)
        return patron_fail(PATRON_RESOURCE, "out of memory for outliers");
    return status;
}

patron_status segment_outliers_write(const patron_job_context *context,
                                     const patron_dataset *dataset, const patron_shard *shard,
                                     const int32_t *labels, const patron_spread *spread,
                                     const char *path)
{
    const patron_comm *comm = context->comm;
    char *lines = NULL;
    size_t bytes = 0;
    patron_output *output = NULL;
    patron_status status =
        patron_comm_agree(comm, format_lines(comm, dataset, shard, labels, spread, &lines, &bytes));
    if (status != PATRON_OK)
        goto cleanup;
    uint64_t offset = patron_comm_prefix_u64(comm, bytes);
    status = patron_output_begin(comm, path, PATRON_OUTPUT_FILE,
                                 patron_job_may_replace_text(context), &output);
    if (status != PATRON_OK)
        goto cleanup;
    if (!context->common->force)
        patron_output_replace_same_only(output);
    status = patron_comm_agree(
        comm, comm->rank == 0 ? patron_output_create(patron_output_path(output)) : PATRON_OK);
    if (status == PATRON_OK)
        status = patron_output_write(output, offset, lines, bytes);
    status = patron_output_end(comm, output, status);
cleanup:
    free(lines);
    return status;
}

/* ---- reports ---- */

static uint64_t total(const patron_spread *spread)
{
    int64_t sum = 0;
    for (uint32_t s = 0; s < spread->k; ++s)
        sum += spread->beyond[s];
    return (uint64_t)sum;
}

void segment_outliers_set(const segment_outliers *outliers, patron_summary *summary)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < outliers->farthest.count; ++i) {
        const patron_best_entry *entry = &outliers->farthest.entries[i];
        json_t *object = json_object();
        report_json_set(object, "id", report_json_text_of(&outliers->ids, i));
        report_json_set(object, "segment", patron_json_count(segment_of(entry)));
        report_json_set(object, "distance", patron_json_real(value_of(entry->key[1])));
        report_json_set(object, "ratio", patron_json_real(value_of(entry->key[0])));
        json_array_append_new(list, object);
    }
    patron_summary_set_count(summary, "outliers", total(outliers->spread));
    patron_summary_set(summary, "farthest", list);
}

patron_status segment_outliers_print(const segment_outliers *outliers)
{
    patron_table table = {0};
    report_add_column(&table, "customer", PATRON_ALIGN_LEFT, false);
    report_add_column(&table, "segment", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "distance", PATRON_ALIGN_RIGHT, false);
    report_add_column(&table, "of the threshold", PATRON_ALIGN_RIGHT, false);
    for (uint32_t i = 0; i < outliers->farthest.count; ++i) {
        const patron_best_entry *entry = &outliers->farthest.entries[i];
        patron_table_add_text(&table, patron_texts_at(&outliers->ids, i),
                              patron_texts_length(&outliers->ids, i));
        patron_table_add_count(&table, segment_of(entry));
        patron_table_add_real(&table, value_of(entry->key[1]), 4);
        patron_table_add_decimal(&table, value_of(entry->key[0]), 2);
    }
    putchar('\n');
    patron_status status =
        report_print_line("%" PRIu64 " customers lie beyond their segment's threshold, the upper "
                          "quartile of distances and 1.5 interquartile ranges",
                          total(outliers->spread));
    patron_status printed = report_print_table("Farthest customers", &table);
    return status == PATRON_OK ? printed : status;
}
