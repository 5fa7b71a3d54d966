/* SPDX-License-Identifier: Apache-2.0 */
/* From a record of transactions to a row that is kept, or to the rule that leaves it out.  Nothing
 * here is collective. */
#ifndef PATRON_INGEST_CLEAN_H
#define PATRON_INGEST_CLEAN_H

#include "ingest/csv_split.h"
#include "ingest/ingest.h"

/* What a column is for; the first four are texts. */
typedef enum patron_role {
    PATRON_ROLE_CUSTOMER,
    PATRON_ROLE_BASKET,
    PATRON_ROLE_ITEM,
    PATRON_ROLE_LABEL,
    PATRON_ROLE_QUANTITY,
    PATRON_ROLE_PRICE,
    PATRON_ROLE_TIME,
    PATRON_ROLE_CONSENT,
    PATRON_ROLES,
    PATRON_TEXTS = PATRON_ROLE_QUANTITY
} patron_role;

/* Why a row is left out, in the order of the rules. */
typedef enum patron_rule {
    PATRON_RULE_NO_CONSENT,
    PATRON_RULE_NO_CUSTOMER,
    PATRON_RULE_NO_BASKET,
    PATRON_RULE_NO_ITEM,
    PATRON_RULE_CANCELLED,
    PATRON_RULE_QUANTITY,
    PATRON_RULE_PRICE,
    PATRON_RULE_TOO_OLD,
    PATRON_RULES,
    PATRON_RULE_KEEP = PATRON_RULES
} patron_rule;

/* What is asked, and where its columns are in the file at hand. */
typedef struct patron_cleaning {
    const patron_ingest_transactions_options *options;
    bool has[PATRON_ROLES];
    bool has_value; /* quantity and price */
    bool in_force[PATRON_RULES];
    int64_t oldest; /* times before it are too old */
    uint32_t column[PATRON_ROLES];
} patron_cleaning;

/* A row that is kept. */
typedef struct patron_row {
    patron_slice text[PATRON_TEXTS]; /* empty: none */
    double value;                    /* quantity * price */
    uint64_t content;                /* a hash of all fields of the record */
    int64_t time;                    /* seconds since 1970 */
} patron_row;

/* `options` outlives it. */
patron_cleaning patron_cleaning_create(const patron_ingest_transactions_options *options);

/* Puts the rule on age in force: `as_of` is the time that it counts back from. */
void patron_cleaning_retain(patron_cleaning *cleaning, int64_t as_of);

/* Finds the columns; `context` is the patron_cleaning.  DATA, told as patron_csv_fail does. */
patron_status patron_cleaning_header(void *context, const patron_csv_record *header);

/* Keeps the record as *row, or says in *rule which rule leaves it out.  DATA, told so, where a
 * field that is needed does not parse. */
patron_status patron_clean(const patron_cleaning *cleaning, const patron_csv_record *record,
                           patron_row *row, patron_rule *rule);

#endif
