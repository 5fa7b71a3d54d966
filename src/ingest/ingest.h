/* SPDX-License-Identifier: Apache-2.0 */
/* Text in, a dataset out: transactions as CSV, feature tables as CSV, baskets as FIMI text.  Each
 * may be gzip, and "-" is standard input.
 *
 * Transactions and tables are read by all ranks, in bounded memory, and so are baskets of a plain
 * file (of numbers: fimi_ranges.h).  Others are read by one rank and dealt to all as they come
 * (basket_stream.h).
 * The result does not depend on the order of the lines, but for FIMI baskets, which are numbered by
 * line.  On success it is the caller's to free; on failure it is empty.
 *
 * Errors of all three: NO_INPUT where the file is missing or unreadable; IO where reading fails
 * midway; RESOURCE where memory is short, or more than 2^32 - 2 items come; DATA for what does not
 * parse: the message names line and column, never a customer's id. */
#ifndef PATRON_INGEST_INGEST_H
#define PATRON_INGEST_INGEST_H

#include "ingest/columns.h"
#include "ingest/dialect.h"
#include "ingest/fimi_ranges.h"
#include "ingest/ingested.h"
#include "ingest/intern.h"
#include "ingest/rejects.h"
#include "ingest/sources.h"
#include "ingest/value.h"
#include "patron/data.h"
#include "patron/progress.h"
#include "runtime/secret.h"

#include <stdbool.h>
#include <stdint.h>

/* ---- who is in it, and under which name ---- */

/* Of transactions and of a table. */
typedef struct patron_ingest_privacy {
    const patron_secret
        *secret;         /* customers' ids become pseudonyms (pseudonym.h); NULL: they stay */
    const char *consent; /* a column; NULL: no rule */
    patron_slice consent_value;     /* rows where it holds another text are left out */
    const patron_interner *refused; /* ids of customers all of whose rows are left out, for the same
                                       reason (consent.h); NULL: none */
} patron_ingest_privacy;

/* ---- transactions ---- */

/* Columns by their names in the header; item is required, NULL leaves one out. */
typedef struct patron_ingest_transactions_options {
    const char *customer; /* NULL: baskets only */
    const char *basket; /* NULL: what a customer buys on a day, in UTC; this needs both columns, and
                           the id is the customer's, a blank and the date */
    const char *item;
    const char *label;    /* a text for the item */
    const char *quantity; /* with price: revenue, monetary, mean_basket_value */
    const char *price;    /* of one */
    const char *time;
    patron_dialect_options dialect;
    patron_value_forms forms;

    /* Rules that leave rows out; each needs its column.  A row is counted by the first that hits,
     * in this order: no consent, no customer, no basket, no item, cancelled, quantity, price, too
     * old.  The fields that come after it are not read, so they may hold anything.  Without a
     * basket's column a row without a customer has no basket. */
    bool drop_no_customer;        /* the customer is empty */
    const char *cancelled_prefix; /* the basket's id starts so, e.g. "C"; NULL: no rule */
    bool drop_quantity;           /* quantity <= 0 */
    bool drop_price;              /* price <= 0 */

    bool has_as_of;
    int64_t as_of;        /* seconds since 1970; else the latest time of the rows kept, or */
    int64_t others_last;  /* of other sources, whichever is later; INT64_MIN: none */
    uint64_t retain_days; /* rows of more days before as_of are too old, which needs the time; 0: no
                             rule.  Without has_as_of the text is read twice. */

    patron_ingest_privacy privacy;
    bool drop_basket_ids; /* after their order is made */

    const patron_rejects_options *rejects; /* what to do with rows that do not parse; NULL: the
                                              first is an error */
    int threads;                           /* of this rank, at least 1 */
    uint64_t memory; /* bytes of this rank for text and rows, beside the items and their labels and
                        what MPI and HDF5 take; 0: 2 GiB.  More rows wait on disk. */
    const char *folder, *output; /* where they do, and the output's name for messages */
    patron_progress *progress;   /* NULL: silent */
} patron_ingest_transactions_options;

/* No columns, one thread; the rules on customer, quantity and price are on. */
patron_ingest_transactions_options patron_ingest_transactions_defaults(void);

/* Reads transactions from all files as if they were one; each has a header of its own, and columns
 * in any order.  Blanks around fields do not count.  Collective; the lists lie spread over ranks.
 *
 * Customers, baskets and items are those of the rows kept, bytewise by id.  A basket's customer is
 * that of its earliest row that has one (the bytewise least on ties, of pseudonyms where ids become
 * such); its time is its earliest.  An
 * item's label is its most frequent one that is not empty (the bytewise least on ties); empty where
 * there is none.
 *
 * Features by customer, over the rows kept, in float64 until the end; those whose columns are not
 * there are left out:
 *   recency_days               from the last time to as_of
 *   frequency                  different baskets
 *   monetary                   the sum of quantity * price, exact, rounded once
 *   mean_basket_value          monetary / frequency
 *   distinct_items             different items
 *   mean_items_per_basket      different items of a basket, the mean over baskets
 *   tenure_days                from the first time to as_of
 *   mean_days_between_baskets  from the earliest to the latest basket, by the gaps between; NaN
 *                              with one basket
 * Of a basket that several customers share each has the own rows.  Rows without a customer, where
 * they are kept, count in baskets only.
 *
 * quality: rows_read, rows_rejected (where rows may be), rows_kept, a dropped_... for each rule in
 * force, duplicate_rows (rows kept, of customers, that are the same as one before in all fields,
 * those of other columns too; told by a hash of 64 bits), customers, baskets, items, revenue (the
 * exact sum, rounded once), missing_mean_days_between_baskets.
 *
 * Of several places that do not parse, the first in the order of files and lines is told, whatever
 * rank meets it.  DATA also: no row is kept, as_of lies before the last time.  IO also where the
 * disk is full, CANT_CREATE where the folder takes no file.  USAGE: standard input or a pipe would
 * have to be read twice. */
patron_status patron_ingest_transactions(const patron_comm *comm, const patron_sources *sources,
                                         const patron_ingest_transactions_options *options,
                                         patron_ingested *lists);

/* ---- feature table ---- */

typedef struct patron_ingest_table_options {
    patron_columns_options columns;
    patron_dialect_options dialect;
    patron_value_forms forms;
    const patron_rejects_options *rejects; /* NULL: the first bad row is an error */
    patron_ingest_privacy privacy;
    int threads;                 /* of this rank, at least 1 */
    uint64_t memory;             /* bytes of this rank; 0: 2 GiB */
    const char *folder, *output; /* as of transactions */
    patron_progress *progress;   /* NULL: silent */
} patron_ingest_table_options;

/* Reads a table of one row a customer, sorted bytewise by id; without a column of ids these are the
 * rows' numbers from 0, padded with zeros.  All rows are read first, to find what columns are
 * (survey.h), then again; so sources must last (patron_sources_keep).  Features keep the header's
 * order (columns.h). Collective; the lists lie spread over ranks.  quality: rows_read,
 * rows_rejected (where rows may be), dropped_no_consent where that is a rule, customers,
 * missing_values (fields).
 *
 * DATA also: an id that is empty or comes twice, a value that is none of its column's kind, a
 * column that the header lacks, one that can be no feature, none left.
 */
patron_status patron_ingest_table(const patron_comm *comm, const patron_sources *sources,
                                  const patron_ingest_table_options *options,
                                  patron_ingested *lists);

/* The first reading alone: what the columns are and would become, to be freed by
 * patron_columns_free whatever the status.  Collective. */
patron_status patron_ingest_look(const patron_comm *comm, const patron_sources *sources,
                                 const patron_ingest_table_options *options,
                                 patron_columns *columns);

/* ---- FIMI baskets ---- */

enum { PATRON_FIMI_LINE_LIMIT = 1 << 23 }; /* numbers in a line, repeated ones too */

/* Reads baskets, one a line: item numbers (0 ... 2^64 - 1) with blanks between.  An empty line is
 * an empty basket; an item twice in a line counts once; a line of more than PATRON_FIMI_LINE_LIMIT
 * numbers is DATA.  Items are sorted by number, their names
 * are the numbers without leading zeros.  Each rank gets a range of the lines.  Collective. */
patron_status patron_ingest_baskets(const patron_comm *comm, const char *path,
                                    patron_progress *progress, patron_basket_range *range);

/* ---- baskets by name ---- */

/* Reads CSV without a header, a basket a line: names of items, as many as there are.  Empty fields
 * and lines count for nothing, an item twice in a line once.  Items are sorted bytewise by name,
 * baskets by line.  A plain file that all ranks see is read by `threads` of each.  Collective. */
patron_status patron_ingest_basket_lists(const patron_comm *comm, const char *path,
                                         const patron_dialect_options *dialect, int threads,
                                         patron_progress *progress, patron_basket_range *range);

/* ---- for options ---- */

/* Reads a time in the form that the time column takes.  False where `text` is none. */
bool patron_ingest_parse_time(const char *text, int64_t *seconds);

/* ---- for its stages ---- */

/* DATA where the time that ages count back from lies before the last time of the rows kept of
 * `name`. */
patron_status patron_as_of_check(const char *name, int64_t as_of, int64_t last);

#endif
