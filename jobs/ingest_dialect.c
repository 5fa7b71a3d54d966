/* SPDX-License-Identifier: Apache-2.0 */
/* Options of the text's form. */
#include "ingest_dialect.h"

#include <string.h>

static char delimiter_of(const ingest_options *options)
{
    if (options->delimiter == NULL)
        return 0;
    return strcmp(options->delimiter, "\\t") == 0 ? '\t' : options->delimiter[0];
}

static patron_status check_marks(const ingest_options *options)
{
    const char *delimiter = options->delimiter, *decimal = options->decimal,
               *thousands = options->thousands;
    bool is_delimiter = delimiter == NULL || strcmp(delimiter, "\\t") == 0 ||
                        (strlen(delimiter) == 1 && patron_dialect_may_delimit(delimiter[0]));
    if (!is_delimiter)
        return patron_fail(PATRON_USAGE,
                           "--delimiter: found '%s', expected \\t or one character that is no "
                           "letter, digit, blank, quote, sign or point",
                           delimiter);
    if (decimal != NULL && strcmp(decimal, ".") != 0 && strcmp(decimal, ",") != 0)
        return patron_fail(PATRON_USAGE, "--decimal: found '%s', expected . or ,", decimal);
    if (thousands != NULL && (strlen(thousands) != 1 || strchr(".,' _", thousands[0]) == NULL))
        return patron_fail(PATRON_USAGE,
                           "--thousands: found '%s', expected one of . , ' _ or a "
                           "blank",
                           thousands);
    if (thousands != NULL && thousands[0] == (decimal == NULL ? '.' : decimal[0]))
        return patron_fail(PATRON_USAGE,
                           "--thousands: found '%s', which is the decimal mark (--decimal)",
                           thousands);
    return PATRON_OK;
}

/* The environment may hold options for other inputs. */
static bool is_flag(const patron_options *given, const char *name)
{
    return patron_options_find(given, name)->source == PATRON_FROM_FLAG;
}

patron_status ingest_dialect_check(const patron_options *given, const ingest_options *options)
{
    static const char *const of_records[] = {"header",    "no-header",   "decimal",
                                             "thousands", "time-format", "missing-words",
                                             "bad-rows",  "max-bad"};
    static const char *const of_text[] = {"delimiter", "quote", "encoding"};
    bool is_fimi = options->baskets.count > 0, is_list = options->basket_lists.count > 0;
    for (size_t i = 0; (is_fimi || is_list) && i < sizeof of_records / sizeof of_records[0]; ++i)
        if (is_flag(given, of_records[i]))
            return patron_fail(PATRON_USAGE,
                               "--%s is for CSV of --transactions, --features or --events",
                               of_records[i]);
    for (size_t i = 0; is_fimi && i < sizeof of_text / sizeof of_text[0]; ++i)
        if (is_flag(given, of_text[i]))
            return patron_fail(PATRON_USAGE, "--%s is for CSV, not for --baskets", of_text[i]);
    patron_status status = check_marks(options);
    for (uint32_t i = 0; status == PATRON_OK && i < options->time_format.count; ++i)
        status = patron_time_check_format(options->time_format.names[i]);
    return status;
}

bool ingest_rejects(const ingest_options *options, const char *folder, bool force, int threads,
                    patron_rejects_options *rejects)
{
    enum { MEMORY = 1 << 22 };
    if (options->bad_rows == NULL || strcmp(options->bad_rows, "error") == 0)
        return false;
    bool is_file = strcmp(options->bad_rows, "skip") != 0;
    *rejects = (patron_rejects_options){.path = is_file ? options->bad_rows : NULL,
                                        .force = force,
                                        .most = options->max_bad,
                                        .threads = threads,
                                        .folder = folder,
                                        .memory = MEMORY};
    return true;
}

patron_dialect_options ingest_dialect(const ingest_options *options)
{
    return (patron_dialect_options){.delimiter = delimiter_of(options),
                                    .plain_quotes = options->quote == INGEST_QUOTE_NONE,
                                    .encoding = (patron_encoding)options->encoding,
                                    .no_header = options->no_header,
                                    .names = options->header.names,
                                    .name_count = options->header.count};
}

patron_value_forms ingest_forms(const ingest_options *options)
{
    return (patron_value_forms){.decimal = options->decimal == NULL ? 0 : options->decimal[0],
                                .thousands = options->thousands == NULL ? 0 : options->thousands[0],
                                .missing = options->missing_words.names,
                                .missing_count = options->missing_words.count,
                                .time_formats = options->time_format.names,
                                .time_format_count = options->time_format.count};
}
