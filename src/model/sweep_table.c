/* SPDX-License-Identifier: Apache-2.0 */
/* A row a k, the choice in attributes, and the stability of every segment. */
#include "model/sweep_table.h"

#include "model/verify_parts.h"
#include "patron/memory.h"
#include "store/h5.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#define FIELD(type, name)                                                                          \
    {                                                                                              \
#name, PATRON_H5_##type, offsetof(patron_sweep_row, name)                                  \
    }

static const patron_h5_field fields[] = {FIELD(U32, k),
                                         FIELD(U32, segments),
                                         FIELD(U32, iterations),
                                         FIELD(U32, converged),
                                         FIELD(F64, inertia),
                                         FIELD(F64, silhouette),
                                         FIELD(F64, silhouette_error),
                                         FIELD(F64, pair_silhouette),
                                         FIELD(F64, pair_silhouette_error),
                                         FIELD(F64, calinski_harabasz),
                                         FIELD(F64, davies_bouldin),
                                         FIELD(F64, bic),
                                         FIELD(F64, gap),
                                         FIELD(F64, gap_error),
                                         FIELD(F64, jaccard),
                                         FIELD(F64, jaccard_least),
                                         FIELD(F64, adjusted_rand)};

static patron_status attach_choice(const patron_h5_file *file, const patron_sweep *sweep)
{
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {{"chosen_k", sweep->rows[sweep->chosen].k},
                  {"has_clusters", sweep->test.has_clusters ? 1 : 0},
                  {"judged_rows", sweep->judged_rows},
                  {"paired_rows", sweep->paired_rows},
                  {"resampled_rows", sweep->resampled_rows}};
    const struct {
        const char *name;
        double value;
    } reals[] = {{"bic_of_one", sweep->test.single},
                 {"gain", sweep->test.gain},
                 {"gain_needed", sweep->test.needed}};
    patron_status status =
        patron_h5_attach_text(file, "/sweep", "rule", patron_sweep_rule_names[sweep->rule]);
    if (status == PATRON_OK)
        status = patron_h5_attach_text(file, "/sweep", "reason", sweep->reason);
    for (size_t i = 0; status == PATRON_OK && i < sizeof counts / sizeof counts[0]; ++i)
        status = patron_h5_attach_u64(file, "/sweep", counts[i].name, counts[i].value);
    for (size_t i = 0; status == PATRON_OK && i < sizeof reals / sizeof reals[0]; ++i)
        status = patron_h5_attach_f64(file, "/sweep", reals[i].name, reals[i].value);
    return status;
}

patron_status patron_sweep_table_write(const patron_h5_file *file, const patron_sweep *sweep)
{
    patron_status status =
        patron_h5_write_records(file, "/sweep", fields, sizeof fields / sizeof fields[0],
                                sizeof *sweep->rows, sweep->count, sweep->rows);
    if (status == PATRON_OK)
        status = attach_choice(file, sweep);
    if (status == PATRON_OK)
        status = patron_h5_write(file, "/sweep_jaccard", PATRON_H5_F64, sweep->count, sweep->most,
                                 sweep->jaccard);
    return status;
}

/* ---- read ---- */

static patron_status read_rows(const patron_h5_array *table, patron_sweep_row *rows)
{
    hid_t type = H5Tcreate(H5T_COMPOUND, sizeof *rows);
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; ++i)
        H5Tinsert(type, fields[i].name, fields[i].offset,
                  fields[i].type == PATRON_H5_U32 ? H5T_NATIVE_UINT32 : H5T_NATIVE_DOUBLE);
    herr_t error = H5Dread(table->dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, rows);
    H5Tclose(type);
    return error < 0 ? patron_h5_fail(PATRON_DATA, table->name, "lacks figures of a sweep")
                     : PATRON_OK;
}

static patron_status read_choice(const patron_h5_array *table, const char *path,
                                 patron_sweep *sweep)
{
    uint64_t k = 0, has_clusters = 0;
    patron_texts reason = {0};
    patron_status status = patron_h5_attribute_u64(table->dataset, path, "chosen_k", &k);
    if (status == PATRON_OK)
        status = patron_h5_attribute_u64(table->dataset, path, "has_clusters", &has_clusters);
    if (status == PATRON_OK)
        status = patron_h5_attribute_texts(table->dataset, path, "reason", &reason);
    if (status == PATRON_OK && reason.count > 0)
        snprintf(sweep->reason, sizeof sweep->reason, "%.*s", (int)patron_texts_length(&reason, 0),
                 patron_texts_at(&reason, 0));
    for (uint32_t i = 0; i < sweep->count; ++i)
        if (sweep->rows[i].k == k)
            sweep->chosen = i;
    sweep->test.has_clusters = has_clusters != 0;
    patron_texts_free(&reason);
    return status;
}

patron_status patron_sweep_table_read(hid_t file, const char *path, patron_sweep *sweep)
{
    patron_h5_array table;
    *sweep = (patron_sweep){0};
    if (!patron_h5_exists(file, "/sweep"))
        return PATRON_OK;
    patron_status status = patron_h5_array_open(file, path, "/sweep", 1, PATRON_H5_RECORD, &table);
    if (status == PATRON_OK &&
        (sweep->rows = patron_allocate(table.shape[0], sizeof *sweep->rows)) == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK) {
        sweep->count = (uint32_t)table.shape[0];
        status = read_rows(&table, sweep->rows);
    }
    if (status == PATRON_OK)
        status = read_choice(&table, path, sweep);
    patron_h5_array_close(&table);
    return status;
}

/* ---- verify ---- */

typedef struct k_pair {
    uint32_t k, segments;
} k_pair;

static patron_status read_pairs(const patron_h5_array *table, k_pair *pairs)
{
    hid_t type = H5Tcreate(H5T_COMPOUND, sizeof *pairs);
    H5Tinsert(type, "k", offsetof(k_pair, k), H5T_NATIVE_UINT32);
    H5Tinsert(type, "segments", offsetof(k_pair, segments), H5T_NATIVE_UINT32);
    herr_t error = H5Dread(table->dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, pairs);
    H5Tclose(type);
    return error < 0 ? patron_h5_fail(PATRON_DATA, table->name, "has no k and segments")
                     : PATRON_OK;
}

/* Rows ascend by k, and the chosen one is that of the model. */
static patron_status check_pairs(const patron_h5_array *table, const k_pair *pairs, uint64_t chosen,
                                 uint64_t k)
{
    bool is_there = false;
    for (uint64_t i = 0; i < table->shape[0]; ++i) {
        if (i > 0 && pairs[i].k <= pairs[i - 1].k)
            return patron_fail(PATRON_DATA, "%s: row %" PRIu64 ": k does not ascend", table->name,
                               i);
        is_there = is_there || (pairs[i].k == chosen && pairs[i].segments == k);
    }
    if (is_there)
        return PATRON_OK;
    return patron_fail(PATRON_DATA,
                       "%s: no row has chosen_k, %" PRIu64 ", and %" PRIu64 " segments",
                       table->name, chosen, k);
}

patron_status patron_sweep_table_verify(hid_t file, const char *path, uint64_t k)
{
    patron_h5_array table, jaccard;
    k_pair *pairs = NULL;
    uint64_t chosen = 0;
    if (!patron_h5_exists(file, "/sweep"))
        return PATRON_OK;
    patron_status status = patron_h5_array_open(file, path, "/sweep", 1, PATRON_H5_RECORD, &table);
    if (status == PATRON_OK)
        status = patron_h5_attribute_u64(table.dataset, path, "chosen_k", &chosen);
    if (status == PATRON_OK && (pairs = patron_allocate(table.shape[0], sizeof *pairs)) == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK)
        status = read_pairs(&table, pairs);
    if (status == PATRON_OK)
        status = check_pairs(&table, pairs, chosen, k);
    if (status == PATRON_OK) {
        status = patron_h5_array_open(file, path, "/sweep_jaccard", 2, PATRON_H5_REAL, &jaccard);
        if (status == PATRON_OK)
            status = patron_verify_equal(path, "/sweep_jaccard", jaccard.shape[0], table.shape[0]);
        patron_h5_array_close(&jaccard);
    }
    free(pairs);
    patron_h5_array_close(&table);
    return status;
}
