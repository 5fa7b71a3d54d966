/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the ingest job: their table, and what they must be together. */
#include "ingest_options.h"

#include "ingest/csv_split.h"
#include "ingest/ingest.h"

#include <string.h>

const patron_option_list *ingest_inputs(const ingest_options *options)
{
    if (options->transactions.count > 0)
        return &options->transactions;
    return options->features.count > 0 ? &options->features : &options->baskets;
}

char ingest_delimiter(const ingest_options *options)
{
    if (options->delimiter == NULL)
        return 0;
    return strcmp(options->delimiter, "\\t") == 0 ? '\t' : options->delimiter[0];
}

patron_status ingest_options_check(const patron_options *given, const void *argument)
{
    const ingest_options *options = argument;
    int inputs = (options->transactions.count > 0) + (options->features.count > 0) +
                 (options->baskets.count > 0);
    if (inputs != 1)
        return patron_fail(PATRON_USAGE,
                           "one of --transactions, --features and --baskets is expected, %d found",
                           inputs);
    bool is_transactions = options->transactions.count > 0;
    if (is_transactions && (options->basket == NULL || options->item == NULL))
        return patron_fail(PATRON_USAGE, "--transactions needs --basket and --item");
    if (!is_transactions && ingest_inputs(options)->count + options->more.count > 1)
        return patron_fail(PATRON_USAGE, "one file is expected, of transactions alone there may be "
                                         "more");
    if (!is_transactions && patron_options_given(given, "memory"))
        return patron_fail(PATRON_USAGE, "--memory is for --transactions");
    int64_t seconds = 0;
    if (options->as_of != NULL && !patron_ingest_parse_time(options->as_of, &seconds))
        return patron_fail(PATRON_USAGE,
                           "--as-of: found '%s', expected YYYY-MM-DD or YYYY-MM-DD HH:MM:SS",
                           options->as_of);
    bool is_character =
        options->delimiter == NULL || strcmp(options->delimiter, "\\t") == 0 ||
        (strlen(options->delimiter) == 1 && patron_csv_may_delimit(options->delimiter[0]));
    if (!is_character)
        return patron_fail(PATRON_USAGE,
                           "--delimiter: found '%s', expected \\t or one character that is no "
                           "letter, digit, blank, quote, sign or point",
                           options->delimiter);
    return PATRON_OK;
}

const patron_option ingest_option_table[INGEST_OPTIONS] = {
    {.name = "transactions",
     .argument = "CSV",
     .doc = "a line an item bought: customers with features, and baskets",
     .group = "Input (files, plain or gzip, or - for standard input)",
     PATRON_OPTION_STORE_FILES(ingest_options, transactions)},
    {.name = "features",
     .argument = "CSV",
     .doc = "a line a customer, numbers in columns",
     PATRON_OPTION_STORE_FILES(ingest_options, features)},
    {.name = "baskets",
     .argument = "FIMI",
     .doc = "a line a basket, item numbers with blanks between",
     PATRON_OPTION_STORE_FILES(ingest_options, baskets)},
    {.name = "delimiter",
     .argument = "C",
     .doc = "what stands between fields (default: a comma)",
     PATRON_OPTION_STORE(ingest_options, delimiter)},
    {.name = "parts",
     .argument = "N",
     .doc = "write a folder of N part files instead of one file",
     PATRON_OPTION_STORE(ingest_options, parts),
     .least = 1,
     .most = 99999},
    {.name = "memory",
     .argument = "SIZE",
     .doc = "most memory of a rank for transactions, as 500M or 2G; more of them wait on disk, in "
            "the output's folder (default: 2G)",
     PATRON_OPTION_STORE_SIZE(ingest_options, memory),
     .least = 1 << 20},
    {.name = "customer",
     .argument = "COL",
     .doc = "column of the customer's id (without: baskets only)",
     .group = "Transactions: columns by their names in the header",
     PATRON_OPTION_STORE(ingest_options, customer)},
    {.name = "basket",
     .argument = "COL",
     .doc = "column of the basket's id",
     PATRON_OPTION_STORE(ingest_options, basket)},
    {.name = "item",
     .argument = "COL",
     .doc = "column of the item's id",
     PATRON_OPTION_STORE(ingest_options, item)},
    {.name = "label",
     .argument = "COL",
     .doc = "column of a text for the item",
     PATRON_OPTION_STORE(ingest_options, label)},
    {.name = "quantity",
     .argument = "COL",
     .doc = "column of the quantity",
     PATRON_OPTION_STORE(ingest_options, quantity)},
    {.name = "price",
     .argument = "COL",
     .doc = "column of the price of one",
     PATRON_OPTION_STORE(ingest_options, price)},
    {.name = "time",
     .argument = "COL",
     .doc = "column of the time, YYYY-MM-DD[ HH:MM[:SS]], taken as UTC",
     PATRON_OPTION_STORE(ingest_options, time)},
    {.name = "as-of",
     .argument = "TIME",
     .doc = "when recency and tenure are counted to (default: the last time seen)",
     PATRON_OPTION_STORE(ingest_options, as_of)},
    {.name = "keep-no-customer",
     .doc = "keep rows without a customer, for baskets",
     .group = "Transactions: rows left out unless kept",
     PATRON_OPTION_STORE(ingest_options, keep_no_customer)},
    {.name = "keep-quantity",
     .doc = "keep rows with a quantity of 0 or below",
     PATRON_OPTION_STORE(ingest_options, keep_quantity)},
    {.name = "keep-price",
     .doc = "keep rows with a price of 0 or below",
     PATRON_OPTION_STORE(ingest_options, keep_price)},
    {.name = "cancelled-prefix",
     .argument = "TEXT",
     .doc = "leave out baskets whose id starts so, as cancelled (default: none)",
     PATRON_OPTION_STORE(ingest_options, cancelled_prefix)},
    {.name = "id",
     .argument = "COL",
     .doc = "column of the customer's id (default: the row's number)",
     .group = "Feature tables",
     PATRON_OPTION_STORE(ingest_options, id)},
    {.name = "columns",
     .argument = "COL,...",
     .doc = "columns to take (default: all)",
     PATRON_OPTION_STORE(ingest_options, columns)},
    {.name = "exclude-columns",
     .argument = "COL,...",
     .doc = "columns to leave out",
     PATRON_OPTION_STORE(ingest_options, exclude_columns)},
};

const patron_positional ingest_more_input = {
    .name = "CSV",
    .doc = "more files of transactions",
    .most = PATRON_POSITIONAL_UNLIMITED,
    .offset = offsetof(ingest_options, more),
};
