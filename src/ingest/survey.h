/* SPDX-License-Identifier: Apache-2.0 */
/* What the whole text shows of its columns: how many fields are missing, numbers, times, words for
 * true and false, and the different values while these are few.  Counts and sets only, so the same
 * whoever reads which rows. */
#ifndef PATRON_INGEST_SURVEY_H
#define PATRON_INGEST_SURVEY_H

#include "ingest/intern.h"
#include "ingest/value.h"
#include "patron/comm.h"

enum {
    PATRON_LEVELS_KEPT = 1000, /* different values of a column; of more none is kept */
    PATRON_LEVEL_LENGTH = 200  /* bytes of one; a longer one counts as too many */
};

/* What a column is. */
typedef enum patron_kind {
    PATRON_KIND_FOUND, /* none is given: what the survey finds */
    PATRON_KIND_NUMBER,
    PATRON_KIND_BOOLEAN,
    PATRON_KIND_CATEGORY,
    PATRON_KIND_ORDINAL,
    PATRON_KIND_DATE,
    PATRON_KIND_TEXT,
    PATRON_KIND_ID,
    PATRON_KIND_IGNORE,
    PATRON_KINDS
} patron_kind;

/* Start from a zeroed struct. */
typedef struct patron_column_facts {
    uint64_t missing, values; /* fields without and with a value */
    uint64_t numbers, booleans, times;
    int64_t last_time; /* where there are times */
    bool too_many;
    patron_interner levels; /* after the merge in bytewise order */
    uint64_t *counts, room; /* of the levels */
} patron_column_facts;

/* Takes a field into account.  RESOURCE. */
patron_status patron_column_facts_add(patron_column_facts *facts, const patron_value_forms *forms,
                                      patron_slice field);

/* Adds what another thread found.  RESOURCE. */
patron_status patron_column_facts_merge(patron_column_facts *facts,
                                        const patron_column_facts *other);

/* Facts of `count` columns of all ranks, on every rank; levels sorted bytewise.  Collective.
 * RESOURCE. */
patron_status patron_column_facts_share(const patron_comm *comm, patron_column_facts *facts,
                                        uint32_t count);

/* The kind that the facts show:
 *   number    no value, or at least half of them numbers (what is none is a bad value)
 *   boolean   all are true, false, yes, no, y or n, in any case
 *   date      at least half are times
 *   category  at most 100 different values, on average of two rows or more
 *   text      all else */
patron_kind patron_column_facts_kind(const patron_column_facts *facts);

/* 1 or 0 for a word for true or false, -1 for others. */
int patron_value_boolean(patron_slice field);

/* "number", ...; a static string. */
const char *patron_kind_name(patron_kind kind);

void patron_column_facts_free(patron_column_facts *facts);

#endif
