/* SPDX-License-Identifier: Apache-2.0 */
/* The options of the ingest job: their table, and what they must be together. */
#include "ingest_options.h"

#include "ingest/ingest.h"
#include "ingest_dialect.h"
#include "patron/memory.h"

#include <string.h>

static const patron_option_list *list_of(const ingest_options *options, ingest_input input)
{
    const patron_option_list *const lists[INGEST_INPUTS] = {
        &options->transactions, &options->features, &options->events, &options->baskets,
        &options->basket_lists};
    return lists[input];
}

patron_status ingest_list_names(const ingest_options *options, ingest_input input,
                                const char ***names, uint32_t *count)
{
    uint64_t room = 0;
    *names = NULL;
    *count = 0;
    for (int i = 0; i <= INGEST_INPUTS; ++i) {
        const patron_option_list *list =
            i == INGEST_INPUTS ? &options->more : list_of(options, (ingest_input)i);
        if (input != INGEST_INPUTS && i != (int)input && i != INGEST_INPUTS)
            continue;
        const char **grown =
            patron_grow(*names, (uint64_t)*count + list->count, &room, sizeof *grown);
        if (grown == NULL)
            return PATRON_RESOURCE;
        *names = grown;
        for (uint32_t n = 0; n < list->count; ++n)
            grown[(*count)++] = list->names[n];
    }
    return PATRON_OK;
}

int ingest_count_sources(const ingest_options *options)
{
    return (options->transactions.count > 0) + (options->features.count > 0) +
           (options->events.count > 0);
}

bool ingest_makes_pseudonyms(const ingest_options *options)
{
    bool may_have = options->id != NULL || options->plan != NULL; /* a plan may name the id */
    bool has_ids = (options->transactions.count > 0 && options->customer != NULL) ||
                   (options->features.count > 0 && may_have) || options->events.count > 0;
    return has_ids && !options->plain_ids;
}

bool ingest_split_consent(const char *consent, patron_slice *column, patron_slice *value)
{
    const char *sign = strchr(consent, '=');
    if (sign == NULL)
        return false;
    *column =
        patron_slice_trim((patron_slice){.bytes = consent, .length = (uint64_t)(sign - consent)});
    *value = patron_slice_trim(patron_slice_of(sign + 1));
    return column->length > 0 && value->length > 0;
}

/* Options that some inputs do not go together with. */
static patron_status check_privacy(const patron_options *given, const ingest_options *options)
{
    patron_slice column, value;
    bool has_times =
        (options->transactions.count > 0 && options->time != NULL) || options->events.count > 0;
    if (options->consent != NULL && ingest_count_sources(options) == 0)
        return patron_fail(PATRON_USAGE,
                           "--consent is for --transactions, --features and --events");
    if (options->consent != NULL && !ingest_split_consent(options->consent, &column, &value))
        return patron_fail(PATRON_USAGE, "--consent: found '%s', expected COLUMN=VALUE",
                           options->consent);
    if (patron_options_given(given, "retain-days") && !has_times)
        return patron_fail(PATRON_USAGE,
                           "--retain-days is for --transactions with --time, and for --events");
    bool has_events = options->events.count > 0;
    if (options->retain_days > 0 && options->as_of == NULL &&
        (has_events || ingest_count_sources(options) > 1))
        return patron_fail(PATRON_USAGE,
                           "--retain-days needs --as-of for --events, and for several "
                           "sources");
    if (options->drop_basket_ids && options->transactions.count == 0)
        return patron_fail(PATRON_USAGE, "--drop-basket-ids is for --transactions");
    return PATRON_OK;
}

/* Several sources are told apart by their options, and joined by ids. */
static patron_status check_join(const ingest_options *options)
{
    int standard = 0;
    for (int i = 0; i < INGEST_INPUTS; ++i)
        for (uint32_t n = 0; n < list_of(options, (ingest_input)i)->count; ++n)
            standard += strcmp(list_of(options, (ingest_input)i)->names[n], "-") == 0 ? 1 : 0;
    if (standard > 1)
        return patron_fail(PATRON_USAGE, "standard input can be read once only");
    if (options->more.count > 0)
        return patron_fail(PATRON_USAGE,
                           "%s: with several sources each file needs its option, --transactions or "
                           "--events",
                           options->more.names[0]);
    if (options->transactions.count > 0 && options->customer == NULL)
        return patron_fail(PATRON_USAGE,
                           "--transactions needs --customer beside other sources: they are joined "
                           "by it");
    if (options->features.count > 0 && options->id == NULL && options->plan == NULL)
        return patron_fail(PATRON_USAGE, "--features needs --id beside other sources: they are "
                                         "joined by it");
    return PATRON_OK;
}

static patron_status check_transactions(const ingest_options *options)
{
    bool has_days = options->customer != NULL && options->time != NULL;
    if (options->item == NULL || (options->basket == NULL && !has_days))
        return patron_fail(PATRON_USAGE,
                           "--transactions needs --item, and --basket or --customer and --time: a "
                           "basket is then what a customer buys on a day");
    if (options->basket == NULL && options->cancelled_prefix != NULL)
        return patron_fail(PATRON_USAGE, "--cancelled-prefix needs --basket");
    return PATRON_OK;
}

/* What is read, and of how many files. */
static patron_status check_inputs(const patron_options *given, const ingest_options *options)
{
    int sources = ingest_count_sources(options);
    int inputs = (sources > 0) + (options->baskets.count > 0) + (options->basket_lists.count > 0);
    if (inputs != 1)
        return patron_fail(
            PATRON_USAGE,
            "one kind of input is expected, %d found: --transactions, --features and "
            "--events, which may stand together, or --baskets, or --basket-lists",
            inputs);
    bool may_have_more = options->transactions.count + options->events.count > 0;
    if (options->features.count > 1 ||
        (!may_have_more && options->features.count + options->baskets.count +
                                   options->basket_lists.count + options->more.count >
                               1))
        return patron_fail(PATRON_USAGE, "one file is expected, of transactions and events alone "
                                         "there may be more");
    if (options->transactions.count > 0 && check_transactions(options) != PATRON_OK)
        return PATRON_USAGE;
    if (options->events.count > 0 &&
        (options->event_customer == NULL || options->event_time == NULL))
        return patron_fail(PATRON_USAGE, "--events needs --event-customer and --event-time");
    if (sources < 2 && patron_options_find(given, "fill")->source == PATRON_FROM_FLAG)
        return patron_fail(PATRON_USAGE, "--fill is for several of --transactions, --features and "
                                         "--events");
    return sources > 1 ? check_join(options) : PATRON_OK;
}

patron_status ingest_options_check(const patron_options *given, const void *argument)
{
    const ingest_options *options = argument;
    patron_status status = check_inputs(given, options);
    if (status != PATRON_OK)
        return status;
    int64_t seconds = 0;
    if (options->as_of != NULL && !patron_ingest_parse_time(options->as_of, &seconds))
        return patron_fail(PATRON_USAGE,
                           "--as-of: found '%s', expected YYYY-MM-DD or YYYY-MM-DD HH:MM:SS",
                           options->as_of);
    if (options->dry_run &&
        (options->features.count + options->events.count == 0 || options->transactions.count > 0))
        return patron_fail(PATRON_USAGE, "--dry-run is for --features and --events");
    if (options->write_plan != NULL && options->features.count == 0)
        return patron_fail(PATRON_USAGE, "--write-plan is for --features");
    if (options->write_plan != NULL && !options->dry_run)
        return patron_fail(PATRON_USAGE, "--write-plan goes with --dry-run");
    if (!options->dry_run && !patron_options_given(given, "output"))
        return patron_fail(PATRON_USAGE, "--output is required (but for --dry-run)");
    status = check_privacy(given, options);
    return status == PATRON_OK ? ingest_dialect_check(given, options) : status;
}

static const char *const fills[] = {"none", "zero", "mean"}; /* as patron_join_fill */
static const char *const quotes[] = {"standard", "none"};
static const char *const encodings[] = {"utf-8", "latin1", "windows-1252"};

const patron_option ingest_option_table[INGEST_OPTIONS] = {
    {.name = "transactions",
     .argument = "CSV",
     .doc = "a line an item bought: customers with features, and baskets",
     .group = "Input (files, plain or gzip, or - for standard input)",
     .is_input = true,
     PATRON_OPTION_STORE_FILES(ingest_options, transactions)},
    {.name = "features",
     .argument = "CSV",
     .doc = "a line a customer: numbers, categories, dates",
     .is_input = true,
     PATRON_OPTION_STORE_FILES(ingest_options, features)},
    {.name = "events",
     .argument = "CSV",
     .doc = "a line an event of a customer: features of each kind of event",
     .is_input = true,
     PATRON_OPTION_STORE_FILES(ingest_options, events)},
    {.name = "baskets",
     .argument = "FIMI",
     .doc = "a line a basket, item numbers with blanks between",
     .is_input = true,
     PATRON_OPTION_STORE_FILES(ingest_options, baskets)},
    {.name = "basket-lists",
     .argument = "CSV",
     .doc = "a line a basket, names of items, without a header",
     .is_input = true,
     PATRON_OPTION_STORE_FILES(ingest_options, basket_lists)},
    {.name = "fill",
     .argument = "RULE",
     .doc =
         "with several sources: what is missing of a customer whom a source does not have becomes "
         "none: missing, zero, or mean: the column's; counts and sums are 0 in any case",
     PATRON_OPTION_STORE_CHOICE(ingest_options, fill, fills),
     .standard = "none"},
    {.name = "parts",
     .argument = "N",
     .doc = "write a folder of N part files instead of one file",
     PATRON_OPTION_STORE(ingest_options, parts),
     .least = 1,
     .most = 99999},
    {.name = "memory",
     .argument = "SIZE",
     .doc = "most memory of a rank for rows, as 500M or 2G; more of them wait on disk, in "
            "the output's folder (default: 2G)",
     PATRON_OPTION_STORE_SIZE(ingest_options, memory),
     .least = 1 << 20},
    {.name = "delimiter",
     .argument = "C",
     .doc = "what stands between fields, \\t for a tab (default: found among , ; tab |)",
     .group = "CSV: how the text is written",
     PATRON_OPTION_STORE(ingest_options, delimiter)},
    {.name = "header",
     .argument = "NAME,...",
     .doc = "names of the columns of files that have no header line",
     PATRON_OPTION_STORE(ingest_options, header),
     .excludes = "no-header"},
    {.name = "no-header",
     .doc = "files have no header line; columns are called column1, column2, ... (so are those "
            "that a header leaves unnamed)",
     PATRON_OPTION_STORE(ingest_options, no_header)},
    {.name = "quote",
     .argument = "RULE",
     .doc = "standard: fields may be quoted, a quote in them is doubled; none: a quote is a letter "
            "like others",
     PATRON_OPTION_STORE_CHOICE(ingest_options, quote, quotes),
     .standard = "standard"},
    {.name = "encoding",
     .argument = "NAME",
     .doc = "how letters are encoded: utf-8, latin1 or windows-1252",
     PATRON_OPTION_STORE_CHOICE(ingest_options, encoding, encodings),
     .standard = "utf-8"},
    {.name = "decimal",
     .argument = "C",
     .doc = "mark before the fraction of a number, . or , (default: .)",
     PATRON_OPTION_STORE(ingest_options, decimal)},
    {.name = "thousands",
     .argument = "C",
     .doc = "mark between groups of three digits, one of . , ' _ or a blank (default: none)",
     PATRON_OPTION_STORE(ingest_options, thousands)},
    {.name = "time-format",
     .argument = "FORMAT",
     .doc =
         "how dates and times are written, as %d.%m.%Y or %m/%d/%y %I:%M %p; given again, each is "
         "tried (default: ISO forms, 2011-12-09 or 2011-12-09T12:50:00+01:00)",
     PATRON_OPTION_STORE_FILES(ingest_options, time_format)},
    {.name = "missing-words",
     .argument = "WORD,...",
     .doc =
         "words that stand for no value, beside empty and blank fields (default: NA, NaN and NULL "
         "in feature tables, none in transactions)",
     PATRON_OPTION_STORE(ingest_options, missing_words)},
    {.name = "bad-rows",
     .argument = "error|skip|FILE",
     .doc =
         "what a row that does not parse is: an error, left out, or left out and written to a file "
         "with its line and reason, for you alone (default: error)",
     PATRON_OPTION_STORE(ingest_options, bad_rows)},
    {.name = "max-bad",
     .argument = "SHARE",
     .doc = "the share of rows that may be bad",
     PATRON_OPTION_STORE(ingest_options, max_bad),
     .interval = {.low = 0, .high = 1},
     .standard = "0.01"},
    {.name = "customer",
     .argument = "COL",
     .doc = "column of the customer's id (without: baskets only)",
     .group = "Transactions: columns by their names in the header",
     PATRON_OPTION_STORE(ingest_options, customer)},
    {.name = "basket",
     .argument = "COL",
     .doc =
         "column of the basket's id (without: a basket is what a customer buys on a day, in UTC)",
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
     .doc = "column of the time, taken as UTC where it tells no offset",
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
    {.name = "event-customer",
     .argument = "COL",
     .doc = "column of the customer's id",
     .group = "Events: columns by their names in the header",
     PATRON_OPTION_STORE(ingest_options, event_customer)},
    {.name = "event-time",
     .argument = "COL",
     .doc = "column of the time",
     PATRON_OPTION_STORE(ingest_options, event_time)},
    {.name = "event-kind",
     .argument = "COL",
     .doc = "column of the kind (without: all are of one kind, events)",
     PATRON_OPTION_STORE(ingest_options, event_kind)},
    {.name = "event-value",
     .argument = "COL",
     .doc = "column of a number, which may be empty",
     PATRON_OPTION_STORE(ingest_options, event_value)},
    {.name = "max-kinds",
     .argument = "N",
     .doc =
         "kinds that become features of their own, those of the most rows; the rest is joined as "
         "other, as are those of fewer rows than --min-level",
     PATRON_OPTION_STORE(ingest_options, max_kinds),
     .standard = "20",
     .least = 1,
     .most = 1000},
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
    {.name = "dry-run",
     .doc = "only show what each column, or kind of event, is and what it would become; nothing is "
            "written",
     PATRON_OPTION_STORE(ingest_options, dry_run)},
    {.name = "plan",
     .argument = "FILE",
     .doc =
         "what columns are, where that is not what is found: INI, a section [columns] with lines "
         "COLUMN = number, boolean, category, ordinal(low<middle<high), date, id or ignore",
     .is_input = true,
     PATRON_OPTION_STORE(ingest_options, plan)},
    {.name = "write-plan",
     .argument = "FILE",
     .doc = "with --dry-run: write what was found as such a file, to be edited",
     PATRON_OPTION_STORE(ingest_options, write_plan)},
    {.name = "one-hot",
     .doc = "make a feature of 0 and 1 of each level of the categories that are found",
     PATRON_OPTION_STORE(ingest_options, one_hot)},
    {.name = "min-level",
     .argument = "N",
     .doc =
         "rows that a level, or a kind of event, has at least which becomes a feature; rarer ones "
         "are joined as other",
     PATRON_OPTION_STORE(ingest_options, min_level),
     .standard = "10",
     .least = 1},
    {.name = "key-file",
     .argument = "FILE",
     .doc = "secret key of the pseudonyms that customers' ids become, made where there is none; "
            "for its owner alone (default: patron/pseudonym.key in $XDG_DATA_HOME or "
            "~/.local/share)",
     .group = "Privacy",
     .is_input = true,
     PATRON_OPTION_STORE(ingest_options, key_file),
     .excludes = "plain-ids"},
    {.name = "plain-ids",
     .doc = "keep customers' ids as they are",
     PATRON_OPTION_STORE(ingest_options, plain_ids)},
    {.name = "drop-basket-ids",
     .doc = "leave baskets' ids out of the dataset; their order stays",
     PATRON_OPTION_STORE(ingest_options, drop_basket_ids)},
    {.name = "consent",
     .argument = "COLUMN=VALUE",
     .doc = "leave out rows where the column holds anything but the value; of several sources, "
            "customers who have such a row in any",
     PATRON_OPTION_STORE(ingest_options, consent)},
    {.name = "retain-days",
     .argument = "N",
     .doc = "leave out transactions and events of more than N days before --as-of (default: keep "
            "all)",
     PATRON_OPTION_STORE(ingest_options, retain_days),
     .least = 1,
     .most = 1000000},
    {.name = "show-values",
     .doc = "let messages quote what stands in fields, which may be personal",
     PATRON_OPTION_STORE(ingest_options, show_values)},
};

const patron_positional ingest_more_input = {
    .name = "CSV",
    .doc = "more files of transactions, or of events",
    .most = PATRON_POSITIONAL_UNLIMITED,
    .offset = offsetof(ingest_options, more),
};
