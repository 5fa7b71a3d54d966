/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the segment job: their table, and what they must be together. */
#include "segment_options.h"

#include "model/segment_start.h"
#include "sweep/judged_rows.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const init_names[] = {"k-means||", "k-means++", "random"};

patron_kmeans_init segment_init_of(const char *init)
{
    for (int i = 0; i < PATRON_KMEANS_GIVEN; ++i)
        if (strcmp(init, init_names[i]) == 0)
            return (patron_kmeans_init)i;
    return PATRON_KMEANS_GIVEN;
}

bool segment_k_range_of(const char *text, uint32_t *first, uint32_t *last)
{
    static const char between[] = "..";
    unsigned long ends[2];
    for (int i = 0; i < 2; ++i) {
        char *end;
        if (*text < '0' || *text > '9')
            return false;
        errno = 0;
        ends[i] = strtoul(text, &end, 10);
        if (errno != 0 || ends[i] < 1 || ends[i] > INT32_MAX)
            return false;
        text = end;
        if (i == 0 && strncmp(text, between, strlen(between)) == 0)
            text += strlen(between);
    }
    *first = (uint32_t)ends[0];
    *last = (uint32_t)ends[1];
    return *text == '\0' && *first <= *last;
}

/* Options of a sweep, and the start. */
static patron_status check_sweep(const patron_options *given, const segment_options *options)
{
    static const char *const needs[] = {"k-rule", "gap-draws"};
    static const char *const judges[] = {"stability-pairs", "silhouette-rows"};
    uint32_t first, last;
    if (options->k_range == NULL) {
        for (size_t i = 0; i < sizeof needs / sizeof needs[0]; ++i)
            if (patron_options_given(given, needs[i]))
                return patron_fail(PATRON_USAGE, "--%s: means nothing without --k-range", needs[i]);
        for (size_t i = 0; i < sizeof judges / sizeof judges[0]; ++i)
            if (patron_options_given(given, judges[i]) && !options->validate)
                return patron_fail(
                    PATRON_USAGE, "--%s: means nothing without --k-range or --validate", judges[i]);
        return PATRON_OK;
    }
    if (!segment_k_range_of(options->k_range, &first, &last))
        return patron_fail(PATRON_USAGE,
                           "--k-range: found '%s', expected two whole numbers of at least 1, as "
                           "2..20, the second not below the first",
                           options->k_range);
    if (segment_init_of(options->init) == PATRON_KMEANS_GIVEN)
        return patron_fail(
            PATRON_USAGE,
            "--k-range: the start --init %s has its own number of segments, expected "
            "one of the two",
            options->init);
    return PATRON_OK;
}

patron_status segment_options_check(const patron_options *given, const void *argument)
{
    const segment_options *options = argument;
    if (segment_init_of(options->init) == PATRON_KMEANS_GIVEN &&
        !patron_segment_start_may_be(options->init))
        return patron_fail(PATRON_USAGE,
                           "--init: found '%s', expected k-means||, k-means++, random, a segment "
                           "model, or FILE.h5:/path",
                           options->init);
    if (segment_init_of(options->init) == PATRON_KMEANS_GIVEN && options->refine > 0)
        return patron_fail(PATRON_USAGE,
                           "--refine: segments would lose the numbers that they have in the start "
                           "--init %s, expected one of the two",
                           options->init);
    return check_sweep(given, options);
}

static const char *const scale_names[] = {"zscore", "none", "minmax", "robust"};
static const char *const isa_names[] = {"auto", "generic", "avx2", "avx512", "avx512vnni"};
static const char *const missing_names[] = {"error", "drop", "mean", "median"};

const patron_option segment_option_table[SEGMENT_OPTIONS] = {
    {.name = "k",
     .key = 'k',
     .argument = "N",
     .doc = "number of segments",
     .group = "Segments",
     PATRON_OPTION_STORE(segment_options, k),
     .standard = "8",
     .least = 1,
     .most = INT32_MAX},
    {.name = "k-range",
     .argument = "A..B",
     .doc = "fit every number of segments from A to B, judge them, and keep the one that --k-rule "
            "chooses",
     PATRON_OPTION_STORE(segment_options, k_range),
     .excludes = "k"},
    {.name = "k-rule",
     .argument = "NAME",
     .doc =
         "how --k-range chooses: by silhouette and description together (combined), the elbow of "
         "the inertia, an index alone, the gap statistic, or stability",
     .type = PATRON_OPTION_CHOICE,
     .offset = offsetof(segment_options, k_rule),
     .choices = patron_sweep_rule_names,
     .choice_count = PATRON_SWEEP_RULES,
     .standard = "combined"},
    {.name = "gap-draws",
     .argument = "N",
     .doc = "of --k-range: draws of rows without clusters that each k is held against",
     PATRON_OPTION_STORE(segment_options, gap_draws),
     .standard = "5",
     .least = 1,
     .most = 1000},
    {.name = "stability-pairs",
     .argument = "N",
     .doc = "of --k-range and --validate: pairs of halves of the rows that each k is fitted to",
     PATRON_OPTION_STORE(segment_options, stability_pairs),
     .standard = "3",
     .least = 1,
     .most = 1000},
    {.name = "silhouette-rows",
     .argument = "N",
     .doc = "of --k-range and --validate: customers up to which the silhouette by all pairs is "
            "exact; of more, it is that of a sample of N; 0: 16384 with --k-range, else 32768",
     PATRON_OPTION_STORE(segment_options, silhouette_rows),
     .standard = "0",
     .most = PATRON_JUDGED_ROWS},
    {.name = "init",
     .argument = "HOW",
     .doc =
         "start: k-means||, k-means++, random, a segment model (its segments keep their numbers, "
         "and how far each moves is told), or FILE.h5:/path with one row a segment in the data's "
         "own units; --k is then that of the start",
     .is_input = true,
     PATRON_OPTION_STORE(segment_options, init),
     .standard = "k-means||"},
    {.name = "max-iter",
     .argument = "N",
     .doc = "most iterations; 0 labels by the start",
     PATRON_OPTION_STORE(segment_options, max_iter),
     .standard = "300"},
    {.name = "tol",
     .argument = "X",
     .doc =
         "converged once the squared shift of all centroids is at most X times the mean variance "
         "of the clustered columns",
     PATRON_OPTION_STORE(segment_options, tol),
     .standard = "1e-4",
     .interval = {.low = 0.0, .high = (double)INFINITY}},
    {.name = "n-init",
     .argument = "N",
     .doc = "fits from other starts, of which the least inertia is kept",
     PATRON_OPTION_STORE(segment_options, n_init),
     .standard = "1",
     .least = 1},
    {.name = "oversampling",
     .argument = "X",
     .doc = "of k-means||: rows that a round draws on average, in multiples of --k",
     PATRON_OPTION_STORE(segment_options, oversampling),
     .standard = "2",
     .interval = {.low = 0.0, .high = (double)INFINITY, .low_open = true}},
    {.name = "rounds",
     .argument = "N",
     .doc = "of k-means||: rounds of draws",
     PATRON_OPTION_STORE(segment_options, rounds),
     .standard = "5",
     .least = 1,
     .most = 1000},
    {.name = "refine",
     .argument = "N",
     .doc = "then try to better the fit by new centroids where rows lie far from theirs, until N "
            "tries in a row did not help; 0: don't, 2 is a good choice",
     PATRON_OPTION_STORE(segment_options, refine),
     .standard = "0",
     .most = 1000},
    {.name = "validate",
     .doc = "judge the segments: compactness, separation, connectedness, silhouette, stability",
     PATRON_OPTION_STORE(segment_options, validate)},
    {.name = "outliers",
     .argument = "FILE|N",
     .doc = "list the customers that lie far from every segment, in a CSV file, or the N (up to "
            "1000) farthest with the summary; a file whose name is a number is written ./N",
     .is_apart = true,
     PATRON_OPTION_STORE(segment_options, outliers)},
    {.name = "min-group",
     .argument = "N",
     .doc = "withhold segments of fewer than N customers from the summary; the model has all; 0 "
            "shows all",
     .is_apart = true,
     PATRON_OPTION_STORE(segment_options, min_group),
     .standard = "10"},
    {.name = "memory",
     .argument = "SIZE",
     .doc = "most memory of a rank, as 500M or 2G; where its rows need more they are read again in "
            "every iteration, with the same result (default: no limit)",
     .is_apart = true,
     PATRON_OPTION_STORE_SIZE(segment_options, memory)},
    {.name = "isa",
     .argument = "NAME",
     .doc = "instructions of the kernels, with which the model is the same (default: the widest "
            "that the processor has)",
     .is_apart = true,
     PATRON_OPTION_STORE_CHOICE(segment_options, isa, isa_names),
     .standard = "auto"},
    {.name = "scale",
     .argument = "HOW",
     .doc = "how columns are made comparable",
     .group = "Columns",
     PATRON_OPTION_STORE_CHOICE(segment_options, scale, scale_names),
     .standard = "zscore"},
    {.name = "log1p",
     .argument = "COL,...",
     .doc = "columns to take the logarithm of 1 + x of, before they are scaled",
     PATRON_OPTION_STORE(segment_options, log1p)},
    {.name = "columns",
     .argument = "COL,...",
     .doc = "columns to cluster (default: all)",
     PATRON_OPTION_STORE(segment_options, columns)},
    {.name = "exclude-columns",
     .argument = "COL,...",
     .doc = "columns to leave out",
     PATRON_OPTION_STORE(segment_options, exclude_columns)},
    {.name = "missing",
     .argument = "HOW",
     .doc = "missing values: an error, drop the row, or fill by the column's mean or median",
     PATRON_OPTION_STORE_CHOICE(segment_options, missing, missing_names),
     .standard = "median"},
    {.name = "weight",
     .argument = "COL",
     .doc = "column of weights, which is not clustered (default: /customers/weight where it is "
            "there)",
     PATRON_OPTION_STORE(segment_options, weight)},
};

const patron_positional segment_input = {.name = "DATASET",
                                         .doc =
                                             "a dataset: an HDF5 file, or a folder of part files",
                                         .least = 1,
                                         .most = 1,
                                         .offset = offsetof(segment_options, inputs)};
