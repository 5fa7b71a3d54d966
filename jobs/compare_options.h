/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the compare job. */
#ifndef PATRON_JOBS_COMPARE_OPTIONS_H
#define PATRON_JOBS_COMPARE_OPTIONS_H

#include "cli/option.h"

enum { COMPARE_OPTIONS = 8 };

typedef struct compare_options {
    patron_option_list inputs;       /* two */
    patron_option_list label_column; /* none, one for both, or one for each */
    uint64_t min_group;
    bool drift;
    const char *old_data, *new_data;
    const char *const *data_options; /* what the job calls these two; NULL: as compare does */
    patron_option_list columns;
    double fail_above; /* a gate only where it was given */
    uint64_t memory;   /* of --drift, of a rank */
} compare_options;

extern const patron_option compare_option_table[COMPARE_OPTIONS];
extern const patron_positional compare_inputs;

/* What options must be together; `argument` is a compare_options.  USAGE. */
patron_status compare_options_check(const patron_options *given, const void *argument);

/* The column of labels of input `side` (0 or 1); NULL where none is named. */
const char *compare_options_column(const compare_options *options, int side);

#endif
