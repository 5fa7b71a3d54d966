/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing columns and loading rows. */
#include "data/shard.h"

#include "patron/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- columns ---- */

static patron_status find_column(const patron_dataset *dataset, const char *name, uint32_t *column)
{
    const patron_texts *names = patron_dataset_column_names(dataset);
    uint64_t length = strlen(name), found = 0;
    for (uint64_t j = 0; j < names->count; ++j)
        if (patron_texts_length(names, j) == length &&
            memcmp(patron_texts_at(names, j), name, length) == 0) {
            *column = (uint32_t)j;
            ++found;
        }
    if (found == 1)
        return PATRON_OK;
    if (found > 1)
        return patron_fail(PATRON_DATA, "%s: %" PRIu64 " columns are named '%s'",
                           patron_dataset_path(dataset), found, name);
    char list[512];
    patron_texts_list(names, list, sizeof list);
    return patron_fail(PATRON_DATA, "%s: no column '%s'; there are: %s",
                       patron_dataset_path(dataset), name, list);
}

/* Marks the columns named; `mark` must not stand there yet. */
static patron_status mark_columns(const patron_dataset *dataset, const char *const *names,
                                  uint32_t count, char mark, char *marks)
{
    for (uint32_t i = 0; i < count; ++i) {
        uint32_t column = 0;
        patron_status status = find_column(dataset, names[i], &column);
        if (status != PATRON_OK)
            return status;
        if (marks[column] == mark)
            return patron_fail(PATRON_DATA, "column '%s' is named twice", names[i]);
        marks[column] = mark;
    }
    return PATRON_OK;
}

/* The columns to cluster, into columns[], and the weight's behind them where one is chosen. */
static patron_status choose_columns(const patron_dataset *dataset,
                                    const patron_shard_choice *choice, uint32_t *columns,
                                    uint32_t *count)
{
    uint32_t all = patron_dataset_columns(dataset);
    char *marks = patron_allocate(all, 1);
    if (marks == NULL)
        return PATRON_RESOURCE;
    *count = 0;
    patron_status status = mark_columns(dataset, choice->columns, choice->column_count, 'c', marks);
    if (status == PATRON_OK)
        status = mark_columns(dataset, choice->exclude, choice->exclude_count, 'x', marks);
    if (status == PATRON_OK && choice->weight != NULL)
        status = mark_columns(dataset, &choice->weight, 1, 'w', marks);
    for (uint32_t i = 0; status == PATRON_OK && i < choice->column_count; ++i) {
        uint32_t column = 0;
        status = find_column(dataset, choice->columns[i], &column);
        if (status == PATRON_OK && marks[column] == 'c')
            columns[(*count)++] = column;
    }
    for (uint32_t j = 0; choice->column_count == 0 && j < all; ++j)
        if (marks[j] == 0)
            columns[(*count)++] = j;
    if (status == PATRON_OK && *count == 0)
        status = patron_fail(PATRON_DATA, "%s: no column is left to cluster",
                             patron_dataset_path(dataset));
    if (status == PATRON_OK && choice->weight != NULL)
        status = find_column(dataset, choice->weight, &columns[*count]);
    free(marks);
    return status;
}

static patron_status name_columns(const patron_dataset *dataset, const uint32_t *columns,
                                  patron_shard *shard)
{
    const patron_texts *names = patron_dataset_column_names(dataset);
    const patron_texts *units = patron_dataset_column_units(dataset);
    patron_status status = PATRON_OK;
    for (uint32_t j = 0; status == PATRON_OK && j < shard->columns; ++j) {
        status = patron_texts_append(&shard->names, patron_texts_at(names, columns[j]),
                                     patron_texts_length(names, columns[j]));
        if (status == PATRON_OK && units->count > 0)
            status = patron_texts_append(&shard->units, patron_texts_at(units, columns[j]),
                                         patron_texts_length(units, columns[j]));
    }
    return status;
}

/* ---- rows ---- */

/* Moves the last column of columns + 1 out of the rows and into the weights. */
static patron_status split_weight(const char *name, patron_shard *shard)
{
    uint64_t width = (uint64_t)shard->columns + 1;
    for (uint64_t i = 0; i < shard->count; ++i) {
        float weight = shard->values[i * width + shard->columns];
        if (!(weight >= 0.0F))
            return patron_fail(PATRON_DATA,
                               "row %" PRIu64 ", column '%s': weight is %g, 0 or above expected",
                               shard->row[i], name, (double)weight);
        memmove(shard->values + i * shard->columns, shard->values + i * width,
                shard->columns * sizeof *shard->values);
        shard->weight[i] = weight;
    }
    return PATRON_OK;
}

static bool has_missing(const float *row, uint32_t columns)
{
    for (uint32_t j = 0; j < columns; ++j)
        if (isnan(row[j]))
            return true;
    return false;
}

static void drop_missing(patron_shard *shard)
{
    uint64_t kept = 0;
    for (uint64_t i = 0; i < shard->count; ++i) {
        const float *row = shard->values + i * shard->columns;
        if (has_missing(row, shard->columns))
            continue;
        memmove(shard->values + kept * shard->columns, row, shard->columns * sizeof *row);
        shard->row[kept] = shard->row[i];
        if (shard->weight != NULL)
            shard->weight[kept] = shard->weight[i];
        ++kept;
    }
    shard->count = kept;
}

static patron_status load_here(const patron_dataset *dataset, const patron_shard_choice *choice,
                               uint32_t *columns, patron_shard *shard)
{
    bool weighs = choice->weight != NULL || patron_dataset_has_weight(dataset);
    patron_status status = choose_columns(dataset, choice, columns, &shard->columns);
    if (status != PATRON_OK)
        return status;
    uint32_t width = shard->columns + (choice->weight != NULL ? 1 : 0);
    shard->count = shard->range.count;
    shard->values = patron_allocate(shard->count * width, sizeof *shard->values);
    shard->row = patron_allocate(shard->count, sizeof *shard->row);
    if (weighs)
        shard->weight = patron_allocate(shard->count, sizeof *shard->weight);
    if (shard->values == NULL || shard->row == NULL || (weighs && shard->weight == NULL))
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < shard->count; ++i)
        shard->row[i] = shard->range.first + i;
    status = name_columns(dataset, columns, shard);
    if (status == PATRON_OK)
        status = patron_dataset_read_features(dataset, shard->range, columns, width, shard->values);
    if (status == PATRON_OK && choice->weight != NULL)
        status = split_weight(choice->weight, shard);
    else if (status == PATRON_OK && weighs)
        status = patron_dataset_read_weight(dataset, shard->range, shard->weight);
    if (status == PATRON_OK && choice->drop_missing)
        drop_missing(shard);
    return status;
}

patron_status patron_shard_load(const patron_comm *comm, const patron_dataset *dataset,
                                const patron_shard_choice *choice, patron_shard *shard)
{
    *shard = (patron_shard){.range = patron_range_cut(patron_dataset_rows(dataset),
                                                      (uint64_t)comm->rank, (uint64_t)comm->size)};
    patron_status status = PATRON_OK;
    if (!patron_dataset_has_customers(dataset))
        status = patron_fail(PATRON_DATA, "%s: no customers in this dataset",
                             patron_dataset_path(dataset));
    uint32_t *columns =
        patron_allocate((uint64_t)patron_dataset_columns(dataset) + 1, sizeof *columns);
    if (status == PATRON_OK && columns == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK)
        status = load_here(dataset, choice, columns, shard);
    free(columns);
    return patron_comm_agree(comm, status);
}

void patron_shard_free(patron_shard *shard)
{
    free(shard->values);
    free(shard->weight);
    free(shard->row);
    patron_texts_free(&shard->names);
    patron_texts_free(&shard->units);
    *shard = (patron_shard){0};
}
