/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the inspect job: their table, and which of them a model has no answer to. */
#include "inspect_options.h"

const patron_option inspect_option_table[INSPECT_OPTIONS] = {
    {.name = "columns",
     .argument = "COL,...",
     .doc = "columns of a dataset to look at (default: all); rows count as equal by these",
     .group = "What is shown",
     PATRON_OPTION_STORE(inspect_options, columns)},
    {.name = "top",
     .argument = "N",
     .doc = "items, sets and rules to list",
     PATRON_OPTION_STORE(inspect_options, top),
     .standard = "10",
     .most = 10000},
    {.name = "min-group",
     .argument = "N",
     .doc = "withhold what fewer than N baskets or customers stand behind: items, sets, rules, "
            "segments; 0 shows all",
     PATRON_OPTION_STORE(inspect_options, min_group),
     .standard = "10"},
    {.name = "cut",
     .argument = "K",
     .doc = "of a segment model: cut its tree into K groups, and tell which group each segment is "
            "in",
     PATRON_OPTION_STORE(inspect_options, cut),
     .least = 1,
     .most = INT32_MAX},
    {.name = "memory",
     .argument = "SIZE",
     .doc =
         "about the most memory of a rank, as 500M or 2G; where its rows need more they are read "
         "again for every step, with the same result",
     PATRON_OPTION_STORE_SIZE(inspect_options, memory),
     .standard = "1G",
     .least = 1},
    {.name = "fail-missing",
     .argument = "SHARE",
     .doc = "exit with 1 where a larger share of a column is missing, 0.05 for 5 %",
     .group = "Gates, for datasets",
     PATRON_OPTION_STORE(inspect_options, fail_missing),
     .interval = {.low = 0.0, .high = 1.0}},
    {.name = "fail-below-rows",
     .argument = "N",
     .doc = "exit with 1 where there are fewer customers",
     PATRON_OPTION_STORE(inspect_options, fail_below_rows)},
    {.name = "fail-below-baskets",
     .argument = "N",
     .doc = "exit with 1 where there are fewer baskets",
     PATRON_OPTION_STORE(inspect_options, fail_below_baskets)},
};

const patron_positional inspect_input = {.name = "FILE",
                                         .doc =
                                             "a dataset (a file or a folder of parts) or a model",
                                         .least = 1,
                                         .most = 1,
                                         .offset = offsetof(inspect_options, inputs)};

patron_status inspect_options_check_model(const patron_options *given, const char *path)
{
    static const char *const of_datasets[] = {"columns", "fail-missing", "fail-below-rows",
                                              "fail-below-baskets"};
    for (size_t i = 0; i < sizeof of_datasets / sizeof of_datasets[0]; ++i)
        if (patron_options_given(given, of_datasets[i]))
            return patron_fail(PATRON_DATA, "--%s: %s is a model, a dataset expected",
                               of_datasets[i], path);
    return PATRON_OK;
}

patron_status inspect_options_check_other(const patron_options *given, const char *path)
{
    if (patron_options_given(given, "cut"))
        return patron_fail(PATRON_DATA, "--cut: %s is no segment model", path);
    return PATRON_OK;
}
