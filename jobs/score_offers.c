/* SPDX-License-Identifier: Apache-2.0 */
/* What to offer each customer next, by the rules of an itemset model. */
#include "score_run.h"

#include "data/basket_columns.h"
#include "model/itemset_model.h"
#include "model/model_verify.h"
#include "patron/memory.h"
#include "runtime/meter.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- the rules ---- */

/* Rules name items by their number, so that both dictionaries must be the same. */
static patron_status check_items(const score_run *run, const patron_texts *names)
{
    const patron_texts *own = patron_dataset_item_names(run->dataset);
    uint64_t count = names->count < own->count ? names->count : own->count, i = 0;
    while (i < count && patron_texts_length(names, i) == patron_texts_length(own, i) &&
           memcmp(patron_texts_at(names, i), patron_texts_at(own, i),
                  patron_texts_length(own, i)) == 0)
        ++i;
    if (i == names->count && i == own->count)
        return PATRON_OK;
    if (i == count)
        return patron_fail(PATRON_DATA,
                           "%s: %" PRIu64 " items found, %s has %" PRIu64 ": the rules are of "
                           "another dictionary",
                           run->options->rules, names->count, patron_dataset_path(run->dataset),
                           own->count);
    return patron_fail(PATRON_DATA,
                       "%s: item %" PRIu64 " is '%.*s', in %s '%.*s': the rules are of another "
                       "dictionary",
                       run->options->rules, i, (int)patron_texts_length(names, i),
                       patron_texts_at(names, i), patron_dataset_path(run->dataset),
                       (int)patron_texts_length(own, i), patron_texts_at(own, i));
}

static patron_status check_dataset(const score_run *run)
{
    if (run->options->baskets || patron_dataset_has_basket_customers(run->dataset))
        return PATRON_OK;
    return patron_fail(PATRON_DATA,
                       "%s: no baskets of customers, --rules needs them; --baskets takes each "
                       "basket by itself",
                       patron_dataset_path(run->dataset));
}

static patron_status read_rules(score_run *run)
{
    const patron_comm *comm = run->context->comm;
    score_offers *offers = &run->offers;
    const char *path = run->options->rules;
    patron_status status = patron_comm_agree(comm, check_dataset(run));
    if (status == PATRON_OK)
        status = patron_model_verify_as(comm, path, PATRON_ITEMSET_KIND, "an itemset model");
    if (status == PATRON_OK)
        status = patron_model_digest(comm, path, offers->rules_digest);
    if (status != PATRON_OK)
        return status;
    status = patron_rule_table_read(path, comm, &offers->table);
    if (status == PATRON_OK)
        status = check_items(run, &offers->table.names);
    return patron_comm_agree(comm, status);
}

/* ---- the offers ---- */

static void count_offers(score_run *run)
{
    score_offers *offers = &run->offers;
    const patron_comm *comm = run->context->comm;
    const patron_offer_places *places = &offers->places;
    for (uint64_t i = 0; i < places->rows * places->most; ++i) {
        if (places->item[i] < 0)
            continue;
        ++offers->total;
        offers->rows += i % places->most == 0 ? 1 : 0;
    }
    patron_comm_reduce_u64(comm, &offers->total, 1, PATRON_SUM);
    patron_comm_reduce_u64(comm, &offers->rows, 1, PATRON_SUM);
}

/* What was withheld, of all ranks. */
static patron_status count_withheld(score_run *run, const patron_offer_ground *ground)
{
    const patron_comm *comm = run->context->comm;
    score_offers *offers = &run->offers;
    patron_withheld_tally *tally = &offers->tally;
    patron_status status = patron_comm_agree(
        comm, patron_withheld_count(ground, &offers->places, &offers->before, tally));
    if (status != PATRON_OK)
        return status;
    patron_comm_reduce_u64(comm, &tally->before, 1, PATRON_SUM);
    patron_comm_reduce_u64(comm, &tally->instead, 1, PATRON_SUM);
    patron_comm_reduce_u64(comm, tally->offers, PATRON_WITHHELD_REASONS, PATRON_SUM);
    patron_comm_reduce_u64(comm, tally->rows, PATRON_WITHHELD_REASONS, PATRON_SUM);
    return PATRON_OK;
}

/* The ground on which offers are made without a policy. */
static patron_offer_ground without_policy(const patron_offer_ground *ground)
{
    patron_offer_ground open = *ground;
    open.limits = NULL;
    open.withheld = NULL;
    return open;
}

/* Offers by the rules of a block, which nothing that follows takes back. */
static patron_status offer_block(score_run *run, patron_offer_ground *ground,
                                 const patron_offer_rules *rules)
{
    const patron_comm *comm = run->context->comm;
    score_offers *offers = &run->offers;
    patron_offer_index index;
    patron_status status = patron_offer_index_create(rules, &index);
    ground->index = &index;
    if (status == PATRON_OK)
        status = patron_offer_places_fill(ground, &offers->places);
    if (status == PATRON_OK && run->options->policy != NULL) {
        const patron_offer_ground open = without_policy(ground);
        status = patron_offer_places_fill(&open, &offers->before);
    }
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK && run->policy.item_cap > 0)
        status = patron_offer_caps_keep(comm, ground, &offers->caps, &offers->places);
    if (status == PATRON_OK && run->options->text != NULL)
        status =
            patron_comm_agree(comm, score_reasons_take(&offers->places, rules, &offers->reasons));
    patron_offer_index_free(&index);
    ground->index = NULL;
    return status;
}

/* Whether rules that follow may be the reason of an offer, on any rank. */
static bool are_wanting(const score_run *run, const patron_offer_ground *ground)
{
    const score_offers *offers = &run->offers;
    const patron_offer_ground open = without_policy(ground);
    uint64_t wanting =
        patron_offer_places_are_wanting(ground, &offers->places) ||
        (run->options->policy != NULL && patron_offer_places_are_wanting(&open, &offers->before));
    patron_comm_reduce_u64(run->context->comm, &wanting, 1, PATRON_MAX);
    return wanting != 0;
}

/* Rules of a block: few enough for an eighth of --memory. */
static uint64_t block_size(const score_run *run)
{
    const uint64_t most = UINT64_C(1) << 17, least = 256;
    const uint64_t rule_bytes = 256; /* as they travel, in order, in the index, and by item */
    uint64_t fit = run->options->memory / 8 / rule_bytes;
    if (run->options->memory == 0 || fit > most)
        return most;
    return fit < least ? least : fit;
}

static patron_status find_offers(score_run *run, const score_items *lists)
{
    const patron_comm *comm = run->context->comm;
    score_offers *offers = &run->offers;
    patron_rule_blocks blocks;
    patron_offer_ground ground = {.limits = offers->limits,
                                  .offsets = lists->offsets,
                                  .items = lists->items,
                                  .withheld = offers->withheld,
                                  .threads = run->context->threads};
    patron_status status =
        patron_rule_blocks_begin(comm, &offers->table.share, block_size(run), &blocks);
    offers->rules = blocks.total;
    bool more = true;
    while (status == PATRON_OK && more) {
        patron_rule_block block;
        status = patron_rule_blocks_next(&blocks, &block);
        if (status == PATRON_OK)
            status = offer_block(run, &ground, &block.rules);
        patron_rule_block_free(&block);
        more = status == PATRON_OK && blocks.done < blocks.total && are_wanting(run, &ground);
    }
    patron_rule_blocks_free(&blocks);
    if (status == PATRON_OK && run->options->policy != NULL)
        status = count_withheld(run, &ground);
    if (status == PATRON_OK)
        count_offers(run);
    return status;
}

/* Room for offers, and what a policy holds of them. */
static patron_status make_room(score_run *run)
{
    score_offers *offers = &run->offers;
    uint64_t first = run->range.first, rows = run->range.count, items = offers->table.names.count;
    uint32_t most = run->options->max_offers, cap = run->policy.customer_cap;
    patron_status status = patron_offer_places_create(
        first, rows, cap > 0 && cap < most ? cap : most, &offers->places);
    if (status == PATRON_OK && run->options->policy != NULL)
        status = patron_offer_places_create(first, rows, most, &offers->before);
    status = patron_comm_agree(run->context->comm, status);
    if (status == PATRON_OK && run->options->policy != NULL)
        status = score_policy_apply(run);
    if (status == PATRON_OK && run->policy.item_cap > 0)
        status = patron_comm_agree(
            run->context->comm,
            patron_offer_caps_create(items, run->policy.item_cap, offers->limits, &offers->caps));
    return status;
}

patron_status score_offers_find(score_run *run)
{
    score_items lists = {0};
    patron_span span = patron_meter_enter(PATRON_STEP_MATCH);
    patron_status status = read_rules(run);
    if (status == PATRON_OK)
        status = make_room(run);
    if (status == PATRON_OK)
        status = score_items_read(run, &lists);
    if (status == PATRON_OK)
        status = find_offers(run, &lists);
    score_items_free(&lists);
    patron_meter_leave(span, 0, 0);
    return status;
}

void score_offers_free(score_offers *offers)
{
    patron_rule_table_free(&offers->table);
    patron_offer_places_free(&offers->places);
    patron_offer_places_free(&offers->before);
    patron_offer_caps_free(&offers->caps);
    score_reasons_free(&offers->reasons);
    free(offers->limits);
    free(offers->withheld);
    *offers = (score_offers){0};
}
