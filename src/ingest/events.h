/* SPDX-License-Identifier: Apache-2.0 */
/* Events as CSV in, features of customers out: a line is an event, of a customer, at a time, of a
 * kind, perhaps with a value.  Calls, visits, clicks, opened mails, readings of devices.
 *
 * Read by all ranks in bounded memory, but for the kinds, which all hold.  The result does not
 * depend on the order of the lines. */
#ifndef PATRON_INGEST_EVENTS_H
#define PATRON_INGEST_EVENTS_H

#include "ingest/ingest.h"
#include "ingest/kinds.h"

enum { PATRON_KIND_LENGTH = 200 }; /* bytes of a kind; a longer one is a bad row */

typedef struct patron_ingest_events_options {
    /* Columns by their names in the header. */
    const char *customer, *time;
    const char *kind;  /* NULL: all are of one kind, "events" */
    const char *value; /* NULL: none */
    patron_dialect_options dialect;
    patron_value_forms forms;
    uint32_t most_kinds; /* with features of their own, at least 1 */
    uint64_t min_rows;   /* that such a kind has at least */
    bool only_kinds;     /* rows are counted and forgotten: no lists can be made */
    bool has_as_of;
    int64_t as_of;        /* seconds since 1970; else the latest time of the rows kept */
    uint64_t retain_days; /* rows of more days before as_of are too old; needs has_as_of; 0: no rule
                           */
    patron_ingest_privacy privacy;
    const patron_rejects_options *rejects; /* NULL: the first bad row is an error */
    int threads;                           /* of this rank, at least 1 */
    uint64_t memory;                       /* bytes of this rank; 0: 2 GiB */
    const char *folder, *output;           /* as of transactions */
    patron_progress *progress;             /* NULL: silent */
} patron_ingest_events_options;

typedef struct patron_events patron_events;

/* Reads all files as if they were one; each has a header of its own.  Left out, and counted by the
 * first that hits, are rows without consent, without a customer, without a kind, and too old.
 * Collective.  Errors as of transactions. */
patron_status patron_events_read(const patron_comm *comm, const patron_sources *sources,
                                 const patron_ingest_events_options *options,
                                 patron_events **events);

/* The latest time of the rows kept. */
int64_t patron_events_last_time(const patron_events *events);

const patron_kinds *patron_events_kinds(const patron_events *events);

/* Makes the lists of what was read, once.  Recency counts to as_of, or else to the latest time of
 * the rows kept or `others_last`, that of other sources, whichever is later (INT64_MIN: none).
 *
 * Features by customer, for each kind that patron_kinds_choose gives a slot, in bytewise order of
 * kinds, "other" behind them:
 *   KIND.count         rows
 *   KIND.per_day       count / days from the customer's first event of any kind to as_of, at least
 * 1 KIND.recency_days  days from the last to as_of; where the customer has none, those from the
 *                      first event of all customers
 *   KIND.sum, .mean    of the values, exact, rounded once; the mean NaN where there is none; only
 *                      of kinds with values
 *
 * quality: rows_read, rows_rejected (where rows may be), rows_kept, a dropped_... for each rule in
 * force, duplicate_rows (rows kept that are the same as one before in customer, time, kind and
 * value), customers, kinds, kinds_joined, filled_recency_days, missing_means.
 *
 * Collective.  DATA: as_of lies before the last time, a feature is more than float32 holds. */
patron_status patron_events_lists(patron_events *events, int64_t others_last,
                                  patron_ingested *lists);

/* NULL is allowed. */
void patron_events_free(patron_events *events);

#endif
