/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions as CSV to a dataset: read and clean, number by content, group, write down. */
#include "ingest/transactions.h"

#include "ingest/quality.h"
#include "patron/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const rule_figure[PATRON_RULES] = {
    "dropped_no_customer", "dropped_no_basket", "dropped_no_item",
    "dropped_cancelled",   "dropped_quantity",  "dropped_price",
};

patron_ingest_transactions_options patron_ingest_transactions_defaults(void)
{
    return (patron_ingest_transactions_options){
        .drop_no_customer = true, .drop_quantity = true, .drop_price = true};
}

bool patron_ingest_parse_time(const char *text, int64_t *seconds)
{
    return patron_slice_time(patron_slice_of(text), seconds);
}

static patron_status fail_nothing_kept(const patron_transactions *t)
{
    char list[256] = "";
    size_t used = 0;
    for (int rule = 0; rule < PATRON_RULES && used < sizeof list; ++rule)
        if (t->dropped[rule] > 0) {
            int wrote = snprintf(list + used, sizeof list - used, "%s%s %" PRIu64,
                                 used == 0 ? "" : ", ", rule_figure[rule], t->dropped[rule]);
            used += wrote > 0 ? (size_t)wrote : 0;
        }
    return patron_fail(PATRON_DATA, "%s: no row is kept of %" PRIu64 " read%s%s%s", t->input->name,
                       t->rows_read, used > 0 ? " (" : "", list, used > 0 ? ")" : "");
}

static patron_status read_rows(patron_input *input, patron_transactions *t)
{
    patron_csv_handler handler = {
        .context = t, .header = patron_transactions_header, .record = patron_transactions_record};
    patron_status status = patron_csv_read(input, t->options->delimiter, &handler);
    if (status != PATRON_OK)
        return status;
    return t->count == 0 ? fail_nothing_kept(t) : PATRON_OK;
}

static patron_status add_figures(patron_transactions *t, patron_dataset_content *content)
{
    patron_status status = patron_quality_add_count(content, "rows_read", t->rows_read);
    if (status == PATRON_OK)
        status = patron_quality_add_count(content, "rows_kept", t->count);
    for (int rule = 0; status == PATRON_OK && rule < PATRON_RULES; ++rule)
        if (t->in_force[rule])
            status = patron_quality_add_count(content, rule_figure[rule], t->dropped[rule]);
    static const char *const key_figure[] = {"customers", "baskets", "items"};
    for (int key = 0; status == PATRON_OK && key <= PATRON_ROLE_ITEM; ++key)
        if (t->has[key])
            status = patron_quality_add_count(content, key_figure[key], t->names[key].texts.count);
    if (status == PATRON_OK && patron_transactions_has_value(t))
        status = patron_quality_add_real(content, "revenue", patron_exactsum_round(&t->revenue));
    return status;
}

static patron_status build(patron_transactions *t, patron_dataset_content *content)
{
    patron_status status = patron_transactions_renumber(t);
    if (status == PATRON_OK)
        status = add_figures(t, content);
    if (status == PATRON_OK)
        status = patron_transactions_baskets(t, content);
    if (status == PATRON_OK && t->has[PATRON_ROLE_LABEL])
        status = patron_transactions_labels(t, content);
    if (status == PATRON_OK && t->names[PATRON_ROLE_CUSTOMER].texts.count > 0)
        status = patron_transactions_features(t, content);
    if (status != PATRON_OK)
        return status;
    content->customer_id = patron_interner_take(&t->names[PATRON_ROLE_CUSTOMER]);
    content->basket_id = patron_interner_take(&t->names[PATRON_ROLE_BASKET]);
    content->item_names = patron_interner_take(&t->names[PATRON_ROLE_ITEM]);
    return PATRON_OK;
}

patron_status patron_ingest_transactions(const char *path,
                                         const patron_ingest_transactions_options *options,
                                         patron_dataset_content *content)
{
    patron_input input = {0};
    patron_transactions transactions = {.options = options, .input = &input};
    *content = (patron_dataset_content){0};
    if (options->basket == NULL || options->item == NULL)
        return patron_fail(PATRON_USAGE,
                           "transactions need the columns of the basket and of the item");
    patron_status status = patron_input_open(path, options->progress, &input);
    if (status != PATRON_OK)
        goto cleanup;
    status = read_rows(&input, &transactions);
    if (status == PATRON_OK)
        status = build(&transactions, content);
cleanup:
    if (status != PATRON_OK)
        patron_dataset_content_free(content);
    free(transactions.rows);
    for (int key = 0; key < PATRON_KEYS; ++key)
        patron_interner_free(&transactions.names[key]);
    patron_input_close(&input);
    return status;
}
