/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the compare job: their table, and what they must be together. */
#include "compare_options.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

const patron_option compare_option_table[COMPARE_OPTIONS] = {
    {.name = "label-column",
     .argument = "COL[,COL]",
     .doc = "column of a CSV that holds the labels: of both inputs, or one for each",
     .group = "What is compared",
     PATRON_OPTION_STORE(compare_options, label_column)},
    {.name = "min-group",
     .argument = "N",
     .doc = "withhold what fewer than N customers stand behind: segments, cells, flows, pairs; 0 "
            "shows all",
     PATRON_OPTION_STORE(compare_options, min_group),
     .standard = "10"},
    {.name = "drift",
     .doc = "the first input is of an earlier night than the second: match customers by their "
            "ids, tell who moved, and how features drifted",
     .group = "Drift",
     PATRON_OPTION_STORE(compare_options, drift)},
    {.name = "old-data",
     .argument = "DATASET",
     .doc = "customers of the first input (default: what its model says it was made of)",
     .is_input = true,
     PATRON_OPTION_STORE(compare_options, old_data)},
    {.name = "new-data",
     .argument = "DATASET",
     .doc = "customers of the second input (default: what its model says it was made of)",
     .is_input = true,
     PATRON_OPTION_STORE(compare_options, new_data)},
    {.name = "columns",
     .argument = "COL,...",
     .doc = "features whose drift is told (default: all that both datasets have)",
     PATRON_OPTION_STORE(compare_options, columns)},
    {.name = "fail-above",
     .argument = "X",
     .doc = "exit with 1 where a population stability index is above X; 0.1 and 0.25 are usual",
     PATRON_OPTION_STORE(compare_options, fail_above),
     .interval = {.low = 0.0, .high = (double)INFINITY}},
    {.name = "memory",
     .argument = "SIZE",
     .doc =
         "about the most memory of a rank, as 500M or 2G; where its customers need more they are "
         "read again for every step, with the same result",
     PATRON_OPTION_STORE_SIZE(compare_options, memory),
     .standard = "1G",
     .least = 1},
};

const patron_positional compare_inputs = {
    .name = "LABELS",
    .doc = "two of: a segment model, FILE.h5:/path of an array of whole numbers, a CSV of labels",
    .least = 2,
    .most = 2,
    .offset = offsetof(compare_options, inputs)};

patron_status compare_options_check(const patron_options *given, const void *argument)
{
    static const char *const of_drift[] = {"old-data", "new-data", "columns", "fail-above",
                                           "memory"};
    const compare_options *options = argument;
    for (size_t i = 0; !options->drift && i < sizeof of_drift / sizeof of_drift[0]; ++i)
        if (patron_options_given(given, of_drift[i]))
            return patron_fail(PATRON_USAGE, "--%s goes with --drift only", of_drift[i]);
    if (options->label_column.count > 2)
        return patron_fail(PATRON_USAGE,
                           "--label-column: %" PRIu32 " columns found, one or two expected",
                           options->label_column.count);
    if (strcmp(options->inputs.names[0], "-") == 0 && strcmp(options->inputs.names[1], "-") == 0)
        return patron_fail(PATRON_USAGE, "standard input can be one of the two inputs, not both");
    return PATRON_OK;
}

const char *compare_options_column(const compare_options *options, int side)
{
    const patron_option_list *columns = &options->label_column;
    return columns->count == 0 ? NULL : columns->names[columns->count == 2 ? side : 0];
}
