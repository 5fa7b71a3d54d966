/* SPDX-License-Identifier: Apache-2.0 */
/* The contact policy: an INI file whose section [policy] says who gets which offers at most. */
#ifndef PATRON_JOBS_SCORE_POLICY_H
#define PATRON_JOBS_SCORE_POLICY_H

#include "cli/option.h"

#include <stdio.h>

/* What the ids of a list are. */
typedef enum score_quiet_ids { SCORE_QUIET_SHOP, SCORE_QUIET_DATASET } score_quiet_ids;

typedef struct score_policy {
    patron_options keys; /* which own the texts below */
    patron_option_list exclude_segments, exclude_items;
    uint32_t customer_cap; /* 0: none */
    uint64_t item_cap;     /* 0: none */
    const char *quiet_list, *key_file;
    score_quiet_ids quiet_ids;
    const char *quiet_column;
    double quiet_below;
} score_policy;

/* Reads the file; `baskets`: rows are no customers.  CONFIG: as patron_options_read_file; keys that
 * go together and do not stand together, or that are of customers where there are none; RESOURCE.
 * Release with score_policy_free in any case. */
patron_status score_policy_read(const char *path, bool baskets, score_policy *policy);
void score_policy_free(score_policy *policy);

/* What it says, and the files that it names, as patron_fingerprint_write; errors of both. */
patron_status score_policy_fingerprint(const char *path, bool baskets, FILE *file);

/* "FILE:7: item-cap": where `key`, which was given, stands. */
const char *score_policy_place(const score_policy *policy, const char *key);

#endif
