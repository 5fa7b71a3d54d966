/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the generate job: their table, and what they must be together. */
#include "generate_options.h"

#include "ingest/ingest.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double DAY = 86400.0;                /* seconds */
static const double LAST_SECOND = 253402300799.0; /* of the year 9999 */

/* ---- names such as T10I4D100K ---- */

/* Reads a number with an optional K or M (times 1000) from *text on. */
static bool read_figure(const char **text, double *figure)
{
    char *end;
    if (**text < '0' || **text > '9')
        return false;
    errno = 0;
    *figure = strtod(*text, &end);
    if (*end == 'K' || *end == 'k')
        *figure *= 1e3;
    else if (*end == 'M' || *end == 'm')
        *figure *= 1e6;
    *text = end + (strchr("KkMm", *end) != NULL && *end != '\0' ? 1 : 0);
    return errno == 0 && isfinite(*figure);
}

/* T, I and D in this order, then N and L where they are given. */
static bool read_quest(const char *name, generate_options *options)
{
    double length, pattern, baskets, items = options->items, patterns = options->patterns;
    if (*name++ != 'T' || !read_figure(&name, &length) || *name++ != 'I' ||
        !read_figure(&name, &pattern) || *name++ != 'D' || !read_figure(&name, &baskets))
        return false;
    if (*name == 'N' && (++name, !read_figure(&name, &items)))
        return false;
    if (*name == 'L' && (++name, !read_figure(&name, &patterns)))
        return false;
    if (*name != '\0' || !(length > 0.0 && length <= PATRON_POISSON_MOST) ||
        !(pattern >= 1.0 && pattern <= PATRON_POISSON_MOST) ||
        !(baskets >= 1.0 && baskets < 1e15) || !(items >= 1.0 && items <= INT32_MAX) ||
        !(patterns >= 1.0 && patterns <= INT32_MAX))
        return false;
    options->basket_length = length;
    options->pattern_length = pattern;
    options->baskets = (uint64_t)baskets;
    options->items = (uint32_t)items;
    options->patterns = (uint32_t)patterns;
    return true;
}

/* The options with what --quest names. */
static generate_options resolved(const generate_options *options)
{
    generate_options all = *options;
    if (all.quest != NULL)
        read_quest(all.quest, &all);
    return all;
}

/* ---- checks ---- */

static patron_status check_quest(const patron_options *given, const generate_options *options)
{
    static const char *const named[] = {"baskets", "basket-length", "pattern-length", "dense"};
    generate_options parsed = *options;
    if (options->quest == NULL)
        return PATRON_OK;
    for (size_t i = 0; i < sizeof named / sizeof named[0]; ++i)
        if (patron_options_given(given, named[i]))
            return patron_fail(PATRON_USAGE, "--quest %s and --%s do not go together",
                               options->quest, named[i]);
    if (!read_quest(options->quest, &parsed))
        return patron_fail(PATRON_USAGE,
                           "--quest: found '%s', expected a name such as T10I4D100K or "
                           "T10I4D100KN1KL2K",
                           options->quest);
    return PATRON_OK;
}

/* Options that mean nothing without another. */
static patron_status check_needs(const patron_options *given, const generate_options *options)
{
    const struct {
        const char *name, *needs;
        bool fulfilled;
    } needs[] = {
        {"columns", "--rows", options->rows > 0},
        {"clusters", "--rows", options->rows > 0},
        {"lognormal", "--rows", options->rows > 0},
        {"separation", "--rows", options->rows > 0},
        {"spread", "--rows", options->rows > 0},
        {"imbalance", "--rows", options->rows > 0},
        {"noise", "--rows", options->rows > 0},
        {"missing", "--rows", options->rows > 0},
        {"weights", "--rows", options->rows > 0},
        {"items", "--baskets", options->baskets > 0},
        {"dense", "--baskets", options->baskets > 0},
        {"transactions", "--baskets", options->baskets > 0},
        {"affinity", "--rows and --baskets", options->rows > 0 && options->baskets > 0},
        {"start", "--baskets", options->baskets > 0},
        {"days", "--baskets", options->baskets > 0},
        {"basket-length", "baskets of patterns", options->baskets > 0 && !options->dense},
        {"pattern-length", "baskets of patterns", options->baskets > 0 && !options->dense},
        {"patterns", "baskets of patterns", options->baskets > 0 && !options->dense},
        {"correlation", "baskets of patterns", options->baskets > 0 && !options->dense},
        {"corruption", "baskets of patterns", options->baskets > 0 && !options->dense},
        {"corruption-variance", "baskets of patterns", options->baskets > 0 && !options->dense},
        {"affinity", "baskets of patterns", !options->dense},
        {"density", "--dense", options->dense},
        {"density-spread", "--dense", options->dense},
        {"dirt", "--transactions", options->transactions != NULL},
        {"parts", "--output", patron_options_given(given, "output")}};
    for (size_t i = 0; i < sizeof needs / sizeof needs[0]; ++i)
        if (!needs[i].fulfilled && patron_options_given(given, needs[i].name))
            return patron_fail(PATRON_USAGE, "--%s needs %s", needs[i].name, needs[i].needs);
    return PATRON_OK;
}

static patron_status check_outputs(const patron_options *given, const generate_options *options)
{
    const patron_option_entry *entry = patron_options_find(given, "output");
    const char *output = entry != NULL ? *(const char *const *)entry->target : NULL;
    if (options->rows == 0 && options->baskets == 0)
        return patron_fail(PATRON_USAGE,
                           "nothing to generate: --rows, --baskets or --quest is expected");
    if (output == NULL && options->transactions == NULL)
        return patron_fail(PATRON_USAGE, "--output or --transactions is expected");
    if (options->transactions != NULL && strcmp(options->transactions, "-") == 0)
        return patron_fail(PATRON_USAGE,
                           "--transactions: found '-', expected a file, which ranks fill side by "
                           "side");
    if (output != NULL && options->transactions != NULL &&
        strcmp(output, options->transactions) == 0)
        return patron_fail(PATRON_USAGE, "--output and --transactions are both %s", output);
    return PATRON_OK;
}

static patron_status check_values(const generate_options *options)
{
    int64_t start = 0;
    if (options->lognormal > options->columns)
        return patron_fail(PATRON_USAGE, "--lognormal: found %u, expected at most the %u columns",
                           options->lognormal, options->columns);
    if (options->affinity > 0.0 && options->patterns < options->clusters)
        return patron_fail(PATRON_USAGE,
                           "--affinity: %u patterns are not one for each of %u clusters",
                           options->patterns, options->clusters);
    if (!patron_ingest_parse_time(options->start, &start))
        return patron_fail(PATRON_USAGE,
                           "--start: found '%s', expected YYYY-MM-DD or YYYY-MM-DD HH:MM:SS",
                           options->start);
    if ((double)start + options->days * DAY > LAST_SECOND)
        return patron_fail(PATRON_USAGE, "--start %s and --days %g lead beyond the year 9999",
                           options->start, options->days);
    return PATRON_OK;
}

patron_status generate_options_check(const patron_options *given, const void *argument)
{
    patron_status status = check_quest(given, argument);
    const generate_options options = resolved(argument);
    if (status == PATRON_OK)
        status = check_outputs(given, &options);
    if (status == PATRON_OK)
        status = check_needs(given, &options);
    return status == PATRON_OK ? check_values(&options) : status;
}

/* ---- what they ask for ---- */

patron_mixture_options generate_mixture_options(const generate_options *options, uint64_t seed)
{
    return (patron_mixture_options){.columns = options->columns,
                                    .clusters = options->clusters,
                                    .separation = options->separation,
                                    .spread = options->spread,
                                    .imbalance = options->imbalance,
                                    .noise = options->noise,
                                    .missing = options->missing,
                                    .lognormal = options->lognormal,
                                    .seed = seed};
}

patron_basket_options generate_basket_options(const generate_options *options, uint64_t seed)
{
    const generate_options all = resolved(options);
    patron_basket_options baskets = {.baskets = all.baskets,
                                     .patterns = {.items = all.items,
                                                  .patterns = all.patterns,
                                                  .length = all.pattern_length,
                                                  .correlation = all.correlation,
                                                  .corruption = all.corruption,
                                                  .corruption_variance = all.corruption_variance,
                                                  .classes = all.affinity > 0.0 ? all.clusters : 0,
                                                  .seed = seed},
                                     .length = all.basket_length,
                                     .dense = all.dense,
                                     .density = all.density,
                                     .density_spread = all.density_spread,
                                     .customers = all.rows,
                                     .affinity = all.affinity,
                                     .days = all.days};
    patron_ingest_parse_time(all.start, &baskets.start);
    return baskets;
}

/* ---- the table ---- */

#define SHARE                                                                                      \
    {                                                                                              \
        .low = 0.0, .high = 1.0                                                                    \
    }

const patron_option generate_option_table[GENERATE_OPTIONS] = {
    {.name = "parts",
     .argument = "N",
     .doc = "write a folder of N part files instead of one file",
     .group = "Output",
     PATRON_OPTION_STORE(generate_options, parts),
     .least = 1,
     .most = 99999},
    {.name = "transactions",
     .argument = "FILE.csv",
     .doc = "write the baskets as a shop's export, too: a line an item bought, with the columns "
            "customer, invoice, item, description, quantity, price and time",
     PATRON_OPTION_STORE(generate_options, transactions)},
    {.name = "dirt",
     .argument = "SHARE",
     .doc = "of the export: after this share of invoices comes one that cancels it, after as many "
            "one without a customer, after this share of lines one without a price",
     PATRON_OPTION_STORE(generate_options, dirt),
     .standard = "0",
     .interval = SHARE},
    {.name = "rows",
     .argument = "N",
     .doc = "number of customers",
     .group = "Customers: a mixture of Gaussians",
     PATRON_OPTION_STORE(generate_options, rows),
     .most = UINT64_C(1) << 48},
    {.name = "columns",
     .argument = "N",
     .doc = "number of features",
     PATRON_OPTION_STORE(generate_options, columns),
     .standard = "8",
     .least = 1,
     .most = 1 << 20},
    {.name = "clusters",
     .argument = "N",
     .doc = "number of Gaussians",
     PATRON_OPTION_STORE(generate_options, clusters),
     .standard = "8",
     .least = 1,
     .most = PATRON_MIXTURE_MOST_CLUSTERS},
    {.name = "separation",
     .argument = "X",
     .doc = "distance of the nearest centroids, in sums of their clusters' deviations",
     PATRON_OPTION_STORE(generate_options, separation),
     .standard = "2",
     .interval = {.low = 0.0, .high = 1e6}},
    {.name = "spread",
     .argument = "X",
     .doc = "deviation of the widest cluster over that of the narrowest",
     PATRON_OPTION_STORE(generate_options, spread),
     .standard = "1",
     .interval = {.low = 1.0, .high = 1e6}},
    {.name = "imbalance",
     .argument = "X",
     .doc = "size of the largest cluster, the first, over that of the smallest, the last",
     PATRON_OPTION_STORE(generate_options, imbalance),
     .standard = "1",
     .interval = {.low = 1.0, .high = 1e9}},
    {.name = "noise",
     .argument = "SHARE",
     .doc = "share of customers that belong to no cluster",
     PATRON_OPTION_STORE(generate_options, noise),
     .standard = "0",
     .interval = SHARE},
    {.name = "missing",
     .argument = "SHARE",
     .doc = "share of values that are missing",
     PATRON_OPTION_STORE(generate_options, missing),
     .standard = "0",
     .interval = SHARE},
    {.name = "lognormal",
     .argument = "N",
     .doc = "so many of the last columns are the exponential of what was drawn",
     PATRON_OPTION_STORE(generate_options, lognormal),
     .standard = "0"},
    {.name = "weights",
     .doc = "give customers weights, exponential of mean 1",
     PATRON_OPTION_STORE(generate_options, weights)},
    {.name = "baskets",
     .argument = "N",
     .doc = "number of baskets",
     .group = "Baskets: patterns after Agrawal and Srikant (IBM Quest)",
     PATRON_OPTION_STORE(generate_options, baskets),
     .most = UINT64_C(1) << 48},
    {.name = "quest",
     .argument = "NAME",
     .doc = "the usual name for lengths and numbers: T10I4D100K is --basket-length 10 "
            "--pattern-length 4 --baskets 100000; N1K and L2K may follow, for items and patterns",
     PATRON_OPTION_STORE(generate_options, quest)},
    {.name = "items",
     .argument = "N",
     .doc = "number of items",
     PATRON_OPTION_STORE(generate_options, items),
     .standard = "1000",
     .least = 1,
     .most = INT32_MAX},
    {.name = "basket-length",
     .argument = "X",
     .doc = "mean length of a basket",
     PATRON_OPTION_STORE(generate_options, basket_length),
     .standard = "10",
     .interval = {.low = 0.0, .high = PATRON_POISSON_MOST, .low_open = true}},
    {.name = "pattern-length",
     .argument = "X",
     .doc = "mean length of a pattern",
     PATRON_OPTION_STORE(generate_options, pattern_length),
     .standard = "4",
     .interval = {.low = 1.0, .high = PATRON_POISSON_MOST}},
    {.name = "patterns",
     .argument = "N",
     .doc = "number of patterns",
     PATRON_OPTION_STORE(generate_options, patterns),
     .standard = "2000",
     .least = 1,
     .most = INT32_MAX},
    {.name = "correlation",
     .argument = "X",
     .doc = "mean share of a pattern's items that come from the pattern before",
     PATRON_OPTION_STORE(generate_options, correlation),
     .standard = "0.5",
     .interval = SHARE},
    {.name = "corruption",
     .argument = "X",
     .doc = "mean of the patterns' corruption levels: the chance that one more item is left out",
     PATRON_OPTION_STORE(generate_options, corruption),
     .standard = "0.5",
     .interval = SHARE},
    {.name = "corruption-variance",
     .argument = "X",
     .doc = "variance of these levels",
     PATRON_OPTION_STORE(generate_options, corruption_variance),
     .standard = "0.1",
     .interval = SHARE},
    {.name = "affinity",
     .argument = "SHARE",
     .doc = "share of patterns that come from those of the customer's own cluster",
     PATRON_OPTION_STORE(generate_options, affinity),
     .standard = "0",
     .interval = SHARE},
    {.name = "start",
     .argument = "TIME",
     .doc = "time of the first baskets",
     PATRON_OPTION_STORE(generate_options, start),
     .standard = "2010-12-01"},
    {.name = "days",
     .argument = "X",
     .doc = "days over which baskets are spread",
     PATRON_OPTION_STORE(generate_options, days),
     .standard = "365",
     .interval = {.low = 0.0, .high = 3e6}},
    {.name = "dense",
     .doc = "draw each item of a basket by itself instead of patterns",
     .group = "Baskets: dense",
     PATRON_OPTION_STORE(generate_options, dense)},
    {.name = "density",
     .argument = "SHARE",
     .doc = "mean share of the items that a basket holds",
     PATRON_OPTION_STORE(generate_options, density),
     .standard = "0.5",
     .interval = SHARE},
    {.name = "density-spread",
     .argument = "X",
     .doc = "how unlike the items' own shares are: 0 all alike, 1 as far from the mean as can be",
     PATRON_OPTION_STORE(generate_options, density_spread),
     .standard = "0",
     .interval = SHARE},
};
