/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the itemsets job: their table, and what they must be together. */
#include "itemsets_options.h"

#include <math.h>
#include <string.h>

static const char *const of_rules[] = {
    "min-confidence", "min-lift", "max-consequent", "prune-redundant", "significance",
    "top-rules",      "by"};

/* What it tells of each segment needs no output. */
static patron_status check_by_segment(const patron_options *given, const itemsets_options *options)
{
    if (options->text != NULL)
        return patron_fail(PATRON_USAGE, "--text goes without --by-segment, whose sets stand in "
                                         "the model: --output");
    if (patron_options_given(given, "memory"))
        return patron_fail(PATRON_USAGE, "--memory goes without --by-segment, which keeps the sets "
                                         "of all segments: --max-itemsets limits those of each");
    return PATRON_OK;
}

patron_status itemsets_options_check(const patron_options *given, const void *argument)
{
    const itemsets_options *options = argument;
    bool has_output = patron_options_given(given, "output");
    bool has_threshold =
        patron_options_given(given, "min-support") || patron_options_given(given, "min-count");
    if (!has_threshold && options->top == 0)
        return patron_fail(PATRON_USAGE, "--min-support, --min-count or --top is expected");
    if (!has_threshold && options->kind == PATRON_ITEMSET_MAXIMAL)
        return patron_fail(PATRON_USAGE,
                           "--kind maximal depends on what is frequent: --min-support "
                           "or --min-count is expected beside --top");
    if (options->by_segment == NULL && patron_options_given(given, "min-group"))
        return patron_fail(PATRON_USAGE, "--min-group needs --by-segment");
    if (options->max_length > 0 && options->max_length < options->min_length)
        return patron_fail(PATRON_USAGE, "--max-length %u is below --min-length %u",
                           options->max_length, options->min_length);
    for (size_t i = 0; !options->rules && i < sizeof of_rules / sizeof of_rules[0]; ++i)
        if (patron_options_given(given, of_rules[i]))
            return patron_fail(PATRON_USAGE, "--%s needs --rules", of_rules[i]);
    if (options->top_rules == 0 && patron_options_given(given, "by"))
        return patron_fail(PATRON_USAGE, "--by needs --top-rules");
    if (options->count_only && (has_output || options->text != NULL || options->rules))
        return patron_fail(PATRON_USAGE, "--count-only goes without --output, --text and --rules");
    if (options->by_segment != NULL)
        return check_by_segment(given, options);
    if (!options->count_only && !has_output && options->text == NULL)
        return patron_fail(PATRON_USAGE, "--output, --text or --count-only is expected");
    if (options->text != NULL && strcmp(options->text, "-") == 0 &&
        (patron_options_given(given, "json") || patron_options_given(given, "csv")))
        return patron_fail(PATRON_USAGE, "--text - and --%s both write to standard output",
                           patron_options_given(given, "json") ? "json" : "csv");
    if (options->rules && !has_output)
        return patron_fail(PATRON_USAGE, "--rules needs --output");
    return PATRON_OK;
}

#define MOST_SETS UINT64_C(1000000000000)

static const char *const kind_names[] = {"all", "closed", "maximal"};

const char *const itemsets_measure_names[PATRON_MEASURES] = {
    [PATRON_MEASURE_SUPPORT] = "support",
    [PATRON_MEASURE_CONFIDENCE] = "confidence",
    [PATRON_MEASURE_LIFT] = "lift",
    [PATRON_MEASURE_LEVERAGE] = "leverage",
    [PATRON_MEASURE_CONVICTION] = "conviction",
    [PATRON_MEASURE_ZHANGS_METRIC] = "zhangs_metric",
    [PATRON_MEASURE_JACCARD] = "jaccard",
    [PATRON_MEASURE_CHI_SQUARED] = "chi_squared"};

const patron_option itemsets_option_table[ITEMSETS_OPTIONS] = {
    {.name = "min-support",
     .argument = "S",
     .doc = "least share of the baskets that hold a set",
     .group = "Sets",
     PATRON_OPTION_STORE(itemsets_options, min_support),
     .interval = {.low = 0.0, .high = 1.0, .low_open = true},
     .excludes = "min-count"},
    {.name = "min-count",
     .argument = "C",
     .doc = "least number of baskets that hold a set",
     PATRON_OPTION_STORE(itemsets_options, min_count),
     .least = 1},
    {.name = "top",
     .argument = "N",
     .doc = "list the N sets that most baskets hold, and ties with the last; --min-support and "
            "--min-count may be left out",
     PATRON_OPTION_STORE(itemsets_options, top),
     .least = 1,
     .most = MOST_SETS},
    {.name = "kind",
     .argument = "KIND",
     .doc =
         "all sets; closed: no larger set has the same count; maximal: no larger set is frequent",
     PATRON_OPTION_STORE_CHOICE(itemsets_options, kind, kind_names),
     .standard = "all"},
    {.name = "min-length",
     .argument = "N",
     .doc = "least number of items of a set that is listed",
     PATRON_OPTION_STORE(itemsets_options, min_length),
     .standard = "1",
     .least = 1},
    {.name = "max-length",
     .argument = "N",
     .doc = "most items of a set that is listed (default: no limit)",
     PATRON_OPTION_STORE(itemsets_options, max_length),
     .least = 1},
    {.name = "include-items",
     .argument = "ITEM,...",
     .doc = "list only sets that hold all of these",
     PATRON_OPTION_STORE(itemsets_options, include_items)},
    {.name = "exclude-items",
     .argument = "ITEM,...",
     .doc = "leave these items out of all baskets",
     PATRON_OPTION_STORE(itemsets_options, exclude_items)},
    {.name = "max-itemsets",
     .argument = "N",
     .doc = "refuse to find more frequent sets than N, and tell which support would do (default: "
            "no limit)",
     PATRON_OPTION_STORE(itemsets_options, max_itemsets),
     .least = 1,
     .most = MOST_SETS},
    {.name = "memory",
     .argument = "SIZE",
     .doc = "most memory of a rank for sets that are found and kept, as 500M or 2G; refuse where "
            "they need more, and tell which support would do (default: no limit)",
     PATRON_OPTION_STORE_SIZE(itemsets_options, memory),
     .least = 1},
    {.name = "rules",
     .doc = "find rules too: antecedent -> consequent",
     .group = "Rules",
     PATRON_OPTION_STORE(itemsets_options, rules)},
    {.name = "min-confidence",
     .argument = "X",
     .doc = "least share of the antecedent's baskets that hold the consequent too",
     PATRON_OPTION_STORE(itemsets_options, min_confidence),
     .standard = "0.8",
     .interval = {.low = 0.0, .high = 1.0}},
    {.name = "min-lift",
     .argument = "X",
     .doc = "least lift",
     PATRON_OPTION_STORE(itemsets_options, min_lift),
     .standard = "0",
     .interval = {.low = 0.0, .high = (double)INFINITY}},
    {.name = "max-consequent",
     .argument = "N",
     .doc = "most items of a consequent",
     PATRON_OPTION_STORE(itemsets_options, max_consequent),
     .standard = "1",
     .least = 1},
    {.name = "prune-redundant",
     .doc = "leave out rules that a part of their antecedent predicts as well",
     PATRON_OPTION_STORE(itemsets_options, prune_redundant)},
    {.name = "significance",
     .argument = "P",
     .doc = "keep rules that Fisher's exact test with Holm's correction finds at this level",
     PATRON_OPTION_STORE(itemsets_options, significance),
     .interval = {.low = 0.0, .high = 1.0, .low_open = true, .high_open = true}},
    {.name = "top-rules",
     .argument = "N",
     .doc = "keep the N best rules, and ties with the last (default: all)",
     PATRON_OPTION_STORE(itemsets_options, top_rules),
     .least = 1},
    {.name = "by",
     .argument = "MEASURE",
     .doc = "what the top rules are best by",
     PATRON_OPTION_STORE_CHOICE(itemsets_options, by, itemsets_measure_names),
     .standard = "lift"},
    {.name = "by-segment",
     .argument = "MODEL",
     .doc = "mine each segment's baskets, and tell what it buys that others do not; MODEL is a "
            "segment model of the same customers",
     .group = "Segments",
     .is_input = true,
     PATRON_OPTION_STORE(itemsets_options, by_segment)},
    {.name = "min-group",
     .argument = "N",
     .doc = "withhold segments of fewer customers from what is printed; the model holds them",
     PATRON_OPTION_STORE(itemsets_options, min_group),
     .standard = "10"},
    {.name = "count-only",
     .doc = "print the number of sets by length, and keep none",
     .group = "Results",
     PATRON_OPTION_STORE(itemsets_options, count_only)},
    {.name = "text",
     .argument = "FILE",
     .doc = "write the sets as lines 'item item ... (count)'; - is standard output, which like a "
            "device or a pipe gets them as they are found",
     PATRON_OPTION_STORE(itemsets_options, text)},
};

const patron_positional itemsets_input = {
    .name = "INPUT",
    .doc = "a dataset (a file or a folder of parts), or baskets as FIMI text, plain or gzip; - is "
           "standard input",
    .least = 1,
    .most = 1,
    .offset = offsetof(itemsets_options, inputs)};
