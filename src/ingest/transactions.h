/* SPDX-License-Identifier: Apache-2.0 */
/* The steps from transactions to a dataset: records are cleaned into rows (clean), rows are grouped
 * by what they belong to (group), groups become baskets and labels (baskets) and features
 * (features).  Nothing here is collective. */
#ifndef PATRON_INGEST_TRANSACTIONS_H
#define PATRON_INGEST_TRANSACTIONS_H

#include "ingest/csv.h"
#include "ingest/ingest.h"
#include "ingest/intern.h"
#include "patron/exactsum.h"

/* What a column is for; the first four are interned and are keys of a row. */
typedef enum patron_role {
    PATRON_ROLE_CUSTOMER,
    PATRON_ROLE_BASKET,
    PATRON_ROLE_ITEM,
    PATRON_ROLE_LABEL,
    PATRON_ROLE_QUANTITY,
    PATRON_ROLE_PRICE,
    PATRON_ROLE_TIME,
    PATRON_ROLES,
    PATRON_KEYS = PATRON_ROLE_QUANTITY
} patron_role;

/* Why a row is left out, in the order of the rules. */
typedef enum patron_rule {
    PATRON_RULE_NO_CUSTOMER,
    PATRON_RULE_NO_BASKET,
    PATRON_RULE_NO_ITEM,
    PATRON_RULE_CANCELLED,
    PATRON_RULE_QUANTITY,
    PATRON_RULE_PRICE,
    PATRON_RULES,
    PATRON_RULE_KEEP = PATRON_RULES
} patron_rule;

/* A row that is kept. */
typedef struct patron_transaction {
    uint32_t key[PATRON_KEYS]; /* numbers of texts, or PATRON_INTERN_NONE */
    double value;              /* quantity * price */
    int64_t time;              /* seconds since 1970 */
} patron_transaction;

/* The rows that are kept and what is known of all.  Start from a zeroed struct. */
typedef struct patron_transactions {
    const patron_ingest_transactions_options *options;
    const patron_input *input;
    uint32_t column[PATRON_ROLES];
    bool has[PATRON_ROLES];
    bool in_force[PATRON_RULES];

    uint64_t rows_read;
    uint64_t dropped[PATRON_RULES];
    patron_exactsum revenue;
    int64_t last_time;

    patron_transaction *rows;
    uint64_t count, capacity;
    patron_interner names[PATRON_KEYS];
} patron_transactions;

bool patron_transactions_has_value(const patron_transactions *transactions);

/* Cleaning: finds the columns in the header; keeps a record or counts the rule that leaves it out.
 * `context` is the patron_transactions, as patron_csv_handler has it. */
patron_status patron_transactions_header(void *context, const patron_csv_record *header);
patron_status patron_transactions_record(void *context, const patron_csv_record *record);

/* Gives the rows their final keys: numbers of texts that are sorted bytewise. */
patron_status patron_transactions_renumber(patron_transactions *transactions);

/* Rows by one of their keys: group g has rows order[offsets[g]] ... order[offsets[g + 1] - 1]. */
typedef struct patron_groups {
    uint64_t count;
    uint64_t largest; /* rows of the largest group */
    uint64_t *offsets;
    uint64_t *order;
} patron_groups;

/* Groups the rows; those without the key belong to none.  To be freed whatever the status. */
patron_status patron_transactions_group(const patron_transactions *transactions, patron_role key,
                                        patron_groups *groups);
void patron_groups_free(patron_groups *groups);

/* Fills the baskets' items, customers and times. */
patron_status patron_transactions_baskets(const patron_transactions *transactions,
                                          patron_dataset_content *content);

/* Fills the items' labels. */
patron_status patron_transactions_labels(const patron_transactions *transactions,
                                         patron_dataset_content *content);

/* Fills the customers' features, and the figure of those that are missing. */
patron_status patron_transactions_features(const patron_transactions *transactions,
                                           patron_dataset_content *content);

#endif
