/* SPDX-License-Identifier: Apache-2.0 */
/* Several sources of customers to one: all customers that any source has, each with the features of
 * all.  What a source does not know of a customer is what it says of customers without rows (0 of
 * counts and sums), or else filled by a rule.
 *
 * Customers of all sources are sorted together by id, in bounded memory; beside it every rank holds
 * a bit a customer, by which baskets find theirs. */
#ifndef PATRON_INGEST_JOIN_H
#define PATRON_INGEST_JOIN_H

#include "ingest/ingested.h"

/* What a missing value becomes where a source does not have the customer at all. */
typedef enum patron_join_fill {
    PATRON_FILL_NONE, /* NaN */
    PATRON_FILL_ZERO,
    PATRON_FILL_MEAN /* of the column's values: their exact sum, rounded once, by their number */
} patron_join_fill;

typedef struct patron_join_source {
    const char *name;       /* as "transactions": its figures are named so */
    const char *unmatched;  /* as "unmatched_transactions": customers that no other source has */
    const char *files;      /* for messages */
    patron_ingested *lists; /* used up, but to be freed */
} patron_join_source;

enum { PATRON_JOIN_SOURCES = 3 };

typedef struct patron_join_options {
    patron_join_fill fill;
    bool has_consent;            /* that is a rule */
    uint64_t refused;            /* customers who have no part for it */
    uint64_t memory;             /* bytes of this rank */
    const char *folder, *output; /* for what does not fit; its name for messages */
} patron_join_options;

/* Columns are those of the sources in their order; baskets those of the first source, of which
 * alone they may be.  quality: rows_read (of all sources), customers, customers_without_consent
 * (where that is a rule), an unmatched_... for each source, filled_values (of customers that a
 * source does not have: what is not missing there), missing_values (features that are NaN), then
 * the figures of each source, as SOURCE_NAME.
 *
 * Collective.  DATA: two sources have a column of the same name, or one has no ids.  RESOURCE, IO,
 * CANT_CREATE. */
patron_status patron_ingested_join(const patron_comm *comm, const patron_join_options *options,
                                   const patron_join_source *sources, uint32_t count,
                                   patron_ingested *lists);

#endif
