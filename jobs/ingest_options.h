/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the ingest job. */
#ifndef PATRON_JOBS_INGEST_OPTIONS_H
#define PATRON_JOBS_INGEST_OPTIONS_H

#include "cli/option.h"
#include "ingest/text.h"

enum { INGEST_OPTIONS = 50 };

enum { INGEST_QUOTE_STANDARD, INGEST_QUOTE_NONE };

/* What an input is. */
typedef enum ingest_input {
    INGEST_TRANSACTIONS,
    INGEST_FEATURES,
    INGEST_EVENTS,
    INGEST_BASKETS,
    INGEST_BASKET_LISTS,
    INGEST_INPUTS
} ingest_input;

typedef struct ingest_options {
    patron_option_list transactions, features, events, baskets, basket_lists, more;
    uint64_t memory;
    uint32_t parts;
    const char *delimiter;
    patron_option_list header, time_format, missing_words;
    bool no_header;
    int quote, encoding; /* encoding: a patron_encoding */
    const char *decimal, *thousands;
    const char *bad_rows; /* NULL: error */
    double max_bad;
    const char *plan, *write_plan;
    bool one_hot, dry_run;
    uint64_t min_level;
    const char *customer, *basket, *item, *label, *quantity, *price, *time;
    bool keep_no_customer, keep_quantity, keep_price;
    const char *cancelled_prefix, *as_of;
    const char *event_customer, *event_time, *event_kind, *event_value;
    uint32_t max_kinds;
    int fill; /* a patron_join_fill */
    const char *id;
    patron_option_list columns, exclude_columns;
    const char *key_file;
    bool plain_ids, drop_basket_ids;
    const char *consent;
    uint32_t retain_days;
    bool show_values;
} ingest_options;

extern const patron_option ingest_option_table[INGEST_OPTIONS];
extern const patron_positional ingest_more_input;

/* The files of `input`, or of all inputs for INGEST_INPUTS: those of the option, then those that
 * stand alone, as a shell's patterns leave them.  The list is to be freed.  RESOURCE. */
patron_status ingest_list_names(const ingest_options *options, ingest_input input,
                                const char ***names, uint32_t *count);

/* How many of --transactions, --features and --events are given. */
int ingest_count_sources(const ingest_options *options);

/* Whether customers' ids may be read, and are to become pseudonyms. */
bool ingest_makes_pseudonyms(const ingest_options *options);

/* The column and the value of --consent; false where it is not COLUMN=VALUE. */
bool ingest_split_consent(const char *consent, patron_slice *column, patron_slice *value);

/* What options must be together; `argument` is an ingest_options.  USAGE. */
patron_status ingest_options_check(const patron_options *given, const void *argument);

#endif
