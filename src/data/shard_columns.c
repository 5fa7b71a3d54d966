/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing columns by name. */
#include "data/shard_columns.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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

patron_status patron_shard_choose_columns(const patron_dataset *dataset,
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

/* Those of `all` that belong to the columns; none where `all` is empty. */
static patron_status take_texts(const patron_texts *all, const uint32_t *columns, uint32_t count,
                                patron_texts *taken)
{
    patron_status status = PATRON_OK;
    for (uint32_t j = 0; status == PATRON_OK && all->count > 0 && j < count; ++j)
        status = patron_texts_append(taken, patron_texts_at(all, columns[j]),
                                     patron_texts_length(all, columns[j]));
    return status;
}

patron_status patron_shard_name_columns(const patron_dataset *dataset, const uint32_t *columns,
                                        patron_shard *shard)
{
    patron_status status =
        take_texts(patron_dataset_column_names(dataset), columns, shard->columns, &shard->names);
    if (status == PATRON_OK)
        status = take_texts(patron_dataset_column_units(dataset), columns, shard->columns,
                            &shard->units);
    if (status == PATRON_OK)
        status = take_texts(patron_dataset_column_sources(dataset), columns, shard->columns,
                            &shard->sources);
    return status;
}
