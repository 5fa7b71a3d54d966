/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions as CSV to lists: the stages one after the other, and what is told of all. */
#include "ingest/transactions.h"

#include "ingest/features.h"
#include "ingest/labels.h"
#include "ingest/pseudonym.h"
#include "ingest/quality.h"
#include "patron/memory.h"
#include "runtime/meter.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const rule_figure[PATRON_RULES] = {
    "dropped_no_consent", "dropped_no_customer", "dropped_no_basket", "dropped_no_item",
    "dropped_cancelled",  "dropped_quantity",    "dropped_price",     "dropped_too_old",
};

static const uint64_t STANDARD_MEMORY = UINT64_C(1) << 31;

patron_ingest_transactions_options patron_ingest_transactions_defaults(void)
{
    return (patron_ingest_transactions_options){.drop_no_customer = true,
                                                .drop_quantity = true,
                                                .drop_price = true,
                                                .others_last = INT64_MIN,
                                                .threads = 1};
}

bool patron_ingest_parse_time(const char *text, int64_t *seconds)
{
    return patron_slice_time(patron_slice_of(text), seconds);
}

patron_status patron_as_of_check(const char *name, int64_t as_of, int64_t last)
{
    char mine[PATRON_TIME_CAPACITY], theirs[PATRON_TIME_CAPACITY];
    if (as_of >= last)
        return PATRON_OK;
    return patron_fail(PATRON_DATA,
                       "%s: the time to count back from, %s, lies before the last time of the rows "
                       "kept, %s",
                       name, patron_time_text(as_of, mine), patron_time_text(last, theirs));
}

/* ---- what is needed for the stages ---- */

static patron_ingest_shares share_memory(uint64_t memory, int threads)
{
    enum { LEAST_BLOCK = 1 << 14, MOST_BLOCK = 1 << 20 };
    memory = memory == 0 ? STANDARD_MEMORY : memory;
    uint64_t block = memory / 16 / (uint64_t)threads;
    block = block < LEAST_BLOCK ? LEAST_BLOCK : block > MOST_BLOCK ? MOST_BLOCK : block;
    return (patron_ingest_shares){.block = block,
                                  .sorted = memory / 16 * 5,
                                  .on_way = memory / 8,
                                  .labels = memory / 32 / (uint64_t)threads,
                                  .lists = memory / 8};
}

/* Lanes are as many on every rank. */
static void count_lanes(patron_transactions *all)
{
    uint64_t threads = (uint64_t)all->options->threads;
    patron_comm_reduce_u64(all->comm, &threads, 1, PATRON_MIN);
    all->threads = (int)threads;
    all->lanes = threads * (uint64_t)all->comm->size;
}

static patron_status create_shuffle(const patron_transactions *all, uint64_t sorted,
                                    uint64_t on_way, patron_shuffle **shuffle)
{
    const patron_shuffle_options options = {.threads = all->threads,
                                            .folder = all->options->folder,
                                            .name = all->options->output,
                                            .sorted = sorted,
                                            .on_the_way = on_way};
    return patron_shuffle_create(all->comm, &options, shuffle);
}

static patron_status create_stages(patron_transactions *all)
{
    const patron_ingest_shares *s = &all->shares;
    uint64_t of_labels = s->labels * (uint64_t)all->threads;
    patron_status status = create_shuffle(all, s->sorted, s->on_way, &all->by_basket);
    if (status == PATRON_OK && all->cleaning.has[PATRON_ROLE_CUSTOMER])
        status = create_shuffle(all, s->sorted, s->on_way, &all->by_customer);
    if (status == PATRON_OK && all->cleaning.has[PATRON_ROLE_LABEL])
        status = create_shuffle(all, of_labels, of_labels, &all->by_item);
    return status;
}

patron_status patron_transactions_cut_lanes(patron_transactions *transactions,
                                            const patron_texts *customers,
                                            const patron_texts *baskets)
{
    patron_status status = patron_splitters_choose(transactions->comm, customers,
                                                   transactions->lanes, &transactions->customers);
    if (status == PATRON_OK)
        status = patron_splitters_choose(transactions->comm, baskets, transactions->lanes,
                                         &transactions->baskets);
    return status;
}

/* ---- what is told ---- */

static patron_status fail_nothing_kept(const patron_transactions *all)
{
    char list[256];
    patron_quality_list(rule_figure, all->counts.dropped, PATRON_RULES, list, sizeof list);
    bool has_any = list[0] != '\0';
    return patron_fail(PATRON_DATA, "%s: no row is kept of %" PRIu64 " read%s%s%s", all->name,
                       all->counts.read, has_any ? " (" : "", list, has_any ? ")" : "");
}

static patron_status add_figures(patron_transactions *all)
{
    patron_dataset_content *frame = &all->lists->frame;
    const patron_cleaning *cleaning = &all->cleaning;
    patron_status status =
        patron_quality_add_count(frame, "rows_read", all->counts.read + all->counts.rejected);
    if (status == PATRON_OK && all->options->rejects != NULL)
        status = patron_quality_add_count(frame, "rows_rejected", all->counts.rejected);
    if (status == PATRON_OK)
        status = patron_quality_add_count(frame, "rows_kept", all->counts.kept);
    for (int rule = 0; status == PATRON_OK && rule < PATRON_RULES; ++rule)
        if (cleaning->in_force[rule])
            status = patron_quality_add_count(frame, rule_figure[rule], all->counts.dropped[rule]);
    if (status == PATRON_OK && cleaning->has[PATRON_ROLE_CUSTOMER])
        status = patron_quality_add_count(frame, "duplicate_rows", all->duplicates);
    if (status == PATRON_OK && cleaning->has[PATRON_ROLE_CUSTOMER])
        status = patron_quality_add_count(frame, "customers", frame->rows);
    if (status == PATRON_OK)
        status = patron_quality_add_count(frame, "baskets", frame->baskets);
    if (status == PATRON_OK)
        status = patron_quality_add_count(frame, "items", frame->item_names.count);
    if (status == PATRON_OK && cleaning->has_value)
        status =
            patron_quality_add_real(frame, "revenue", patron_exactsum_round(&all->counts.revenue));
    if (status == PATRON_OK && frame->rows > 0 && cleaning->has[PATRON_ROLE_TIME])
        status = patron_quality_add_count(frame, "missing_mean_days_between_baskets", all->single);
    return status;
}

/* ---- the story ---- */

static patron_status choose_labels(patron_transactions *all)
{
    if (all->by_item == NULL)
        return PATRON_OK;
    patron_status status = patron_shuffle_finish(all->by_item);
    if (status == PATRON_OK)
        status = patron_labels_choose(all->comm, all->by_item, all->threads, all->items.place,
                                      all->items.names.texts.count, &all->lists->frame.item_labels);
    patron_shuffle_free(all->by_item);
    all->by_item = NULL;
    return status;
}

/* Ages count back from the last time unless as_of is given: the text tells it in a reading of its
 * own. */
static patron_status find_oldest(patron_transactions *all)
{
    const patron_ingest_transactions_options *options = all->options;
    int64_t last = INT64_MIN;
    if (options->retain_days == 0 || options->has_as_of)
        return PATRON_OK;
    for (uint32_t i = 0; i < all->sources->count; ++i)
        if (!patron_source_is_lasting(&all->sources->files[i]))
            return patron_fail(PATRON_USAGE,
                               "%s: --retain-days needs --as-of for what can be read "
                               "once only",
                               patron_source_name(&all->sources->files[i]));
    patron_status status = patron_transactions_last_time(all, &last);
    if (status == PATRON_OK && last != INT64_MIN)
        patron_cleaning_retain(&all->cleaning, last);
    return status;
}

static patron_status run_stages(patron_transactions *all)
{
    patron_span span = patron_meter_enter(PATRON_STEP_PARSE);
    patron_status status = find_oldest(all);
    if (status == PATRON_OK)
        status = patron_transactions_gather(all);
    patron_meter_leave(span, 0, 0);
    if (status == PATRON_OK && all->counts.kept == 0)
        status = fail_nothing_kept(all);
    if (status == PATRON_OK)
        status = patron_comm_agree(all->comm, patron_dictionary_sort(&all->items));
    if (status == PATRON_OK)
        status = choose_labels(all);
    span = patron_meter_enter(PATRON_STEP_CUSTOMERS);
    if (status == PATRON_OK && all->by_customer != NULL)
        status = patron_transactions_customers(all);
    patron_meter_leave(span, 0, 0);
    span = patron_meter_enter(PATRON_STEP_BASKETS);
    if (status == PATRON_OK)
        status = patron_transactions_baskets(all);
    patron_meter_leave(span, 0, 0);
    if (status != PATRON_OK)
        return status;
    all->lists->frame.item_names = patron_interner_take(&all->items.names);
    if (all->lists->frame.rows > 0) {
        patron_pseudonym_note(all->options->privacy.secret, &all->lists->frame);
        status = patron_features_name(&all->cleaning, all->lists);
    }
    if (all->cleaning.has[PATRON_ROLE_TIME])
        all->lists->last_time = all->counts.last_time;
    if (status == PATRON_OK)
        status = add_figures(all);
    return patron_comm_agree(all->comm, status);
}

static void free_stages(patron_transactions *all)
{
    patron_shuffle_free(all->by_customer);
    patron_shuffle_free(all->by_basket);
    patron_shuffle_free(all->by_item);
    patron_splitters_free(&all->customers);
    patron_splitters_free(&all->baskets);
    patron_dictionary_free(&all->items);
    free(all->customers_before);
}

patron_status patron_ingest_transactions(const patron_comm *comm, const patron_sources *sources,
                                         const patron_ingest_transactions_options *options,
                                         patron_ingested *lists)
{
    patron_transactions all = {.comm = comm, .sources = sources, .options = options};
    *lists = (patron_ingested){0};
    bool has_days = options->customer != NULL && options->time != NULL;
    if (options->item == NULL || (options->basket == NULL && !has_days))
        return patron_fail(PATRON_USAGE, "transactions need the columns of the item and of the "
                                         "basket, or of the customer and the time");
    all.cleaning = patron_cleaning_create(options);
    all.lists = lists;
    patron_sources_name(sources, all.name, sizeof all.name);
    count_lanes(&all);
    all.shares = share_memory(options->memory, all.threads);
    patron_status status =
        patron_comm_agree(comm, patron_ingested_create(options->folder, options->output,
                                                       all.shares.lists, all.threads, lists));
    lists->has_customer = all.cleaning.has[PATRON_ROLE_CUSTOMER];
    lists->has_time = all.cleaning.has[PATRON_ROLE_TIME];
    lists->has_basket_id = !options->drop_basket_ids;
    if (status == PATRON_OK)
        status = create_stages(&all);
    if (status == PATRON_OK)
        status = run_stages(&all);
    free_stages(&all);
    if (status != PATRON_OK)
        patron_ingested_free(lists);
    return status;
}
