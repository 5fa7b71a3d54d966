/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of a table: what each column is, and which features it becomes.  Nothing here is
 * collective: all ranks make the same plan of the same facts. */
#ifndef PATRON_INGEST_COLUMNS_H
#define PATRON_INGEST_COLUMNS_H

#include "ingest/csv_split.h"
#include "ingest/survey.h"

/* What the user says of a column. */
typedef struct patron_column_wish {
    const char *name; /* as the header has it, or column1, column2, ... by its place */
    patron_kind kind;
    const char *const *levels; /* of an ordinal, from the least on */
    uint32_t level_count;
} patron_column_wish;

typedef struct patron_columns_options {
    const char *id;             /* NULL: none */
    const char *consent;        /* a column that is no feature; NULL: none */
    const char *const *columns; /* to take; none: all */
    uint32_t column_count;
    const char *const *exclude;
    uint32_t exclude_count;
    const patron_column_wish *wishes;
    uint32_t wish_count;
    bool one_hot; /* categories that were found become features, as those that were wished do */
    uint64_t min_level; /* rows that a level has which becomes a feature */
    bool has_as_of;
    int64_t as_of; /* ages count to it; else to the column's last date */
} patron_columns_options;

static const uint32_t PATRON_NO_FEATURE = UINT32_MAX;

/* A column of the text. */
typedef struct patron_column_plan {
    patron_kind kind;
    bool is_wished;
    const patron_column_wish *wish;
    uint32_t feature, feature_count; /* the first, how many */
    uint32_t *feature_of;            /* of a category's levels */
    int64_t as_of;                   /* of a date */
} patron_column_plan;

/* Start from a zeroed struct. */
typedef struct patron_columns {
    uint32_t count;
    patron_texts names; /* of the text's columns */
    patron_column_facts *facts;
    patron_column_plan *plans;
    uint32_t id, consent; /* UINT32_MAX: none */
    uint32_t width;       /* features */
    patron_texts feature_names, feature_units, feature_sources;
    char problem[1024]; /* why no dataset can come of it; empty: it can */
} patron_columns;

/* Takes the columns of a header.  DATA, told as patron_csv_fail does: two of one name, one missing
 * that the options name.  RESOURCE. */
patron_status patron_columns_read(const patron_columns_options *options,
                                  const patron_csv_record *header, patron_columns *columns);

/* Makes the plan of the facts.  `options` outlive it.  RESOURCE. */
patron_status patron_columns_plan(const patron_columns_options *options, patron_columns *columns);

/* Turns a row into features[width]; adds the fields that are missing to *missing.  DATA, told as
 * patron_csv_fail does: a value that is none of the column's kind. */
patron_status patron_columns_convert(const patron_columns *columns, const patron_value_forms *forms,
                                     const patron_csv_record *record, float *features,
                                     uint64_t *missing);

void patron_columns_free(patron_columns *columns);

#endif
