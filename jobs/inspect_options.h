/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the inspect job. */
#ifndef PATRON_JOBS_INSPECT_OPTIONS_H
#define PATRON_JOBS_INSPECT_OPTIONS_H

#include "cli/option.h"

enum { INSPECT_OPTIONS = 8 };

typedef struct inspect_options {
    patron_option_list inputs;
    patron_option_list columns;
    uint32_t top;
    uint32_t cut; /* 0: none */
    uint64_t min_group;
    uint64_t memory;
    double fail_missing; /* a gate only where it was given */
    uint64_t fail_below_rows, fail_below_baskets;
} inspect_options;

extern const patron_option inspect_option_table[INSPECT_OPTIONS];
extern const patron_positional inspect_input;

/* What only a dataset, or only a segment model can be asked; `path` is a model, or none of the
 * latter.  DATA where one of it was given. */
patron_status inspect_options_check_model(const patron_options *given, const char *path);
patron_status inspect_options_check_other(const patron_options *given, const char *path);

#endif
