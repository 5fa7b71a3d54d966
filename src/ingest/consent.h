/* SPDX-License-Identifier: Apache-2.0 */
/* Who has refused: customers with a row, in any of several sources, that does not consent.  Sources
 * are read for that before anything else, so that no row of theirs gets into features, baskets or
 * the counts of items, whichever source it is in. */
#ifndef PATRON_INGEST_CONSENT_H
#define PATRON_INGEST_CONSENT_H

#include "ingest/dictionary.h"
#include "ingest/ingest.h"

typedef struct patron_consent_options {
    const char *customer;                /* the column; NULL: that of the table's ids */
    const patron_columns_options *table; /* NULL: no table */
    const patron_ingest_privacy *privacy;
    patron_dialect_options dialect;
    patron_value_forms forms;
    bool passes_over; /* rows that do not parse; else the first is an error */
    int threads;
    patron_progress *progress; /* NULL: silent */
} patron_consent_options;

/* Reads a source, which must last, and adds to `refused` the ids, as they stand, of customers with
 * a row whose column of consent holds another text than is asked for.  Every rank learns all of
 * them.  Collective.  DATA: a column that the header lacks, or what does not parse; NO_INPUT, IO,
 * RESOURCE. */
patron_status patron_consent_read(const patron_comm *comm, const patron_sources *sources,
                                  const patron_consent_options *options,
                                  patron_dictionary *refused);

#endif
