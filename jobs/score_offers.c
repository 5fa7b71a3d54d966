/* SPDX-License-Identifier: Apache-2.0 */
/* What to offer each customer next, by the rules of an itemset model. */
#include "score_run.h"

#include "data/basket_columns.h"
#include "model/itemset_model.h"
#include "model/model_verify.h"
#include "patron/memory.h"

#include <inttypes.h>
#include <math.h>
#include <omp.h>
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
    if (patron_dataset_has_basket_customers(run->dataset))
        return PATRON_OK;
    return patron_fail(PATRON_DATA, "%s: no baskets of customers, --rules needs them",
                       patron_dataset_path(run->dataset));
}

/* Every rank has all rules. */
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
    status = patron_rule_table_read(path, &offers->table);
    if (status == PATRON_OK)
        status = check_items(run, &offers->table.names);
    if (status == PATRON_OK)
        status = patron_offer_index_create(&offers->table.rules, &offers->index);
    return patron_comm_agree(comm, status);
}

/* ---- the offers ---- */

static void find_row(score_run *run, const score_items *lists, uint64_t row, uint8_t *has,
                     patron_offer *found)
{
    score_offers *offers = &run->offers;
    uint64_t first = lists->offsets[row], place = row * offers->most;
    uint32_t count = patron_offers_find(&offers->index, lists->items + first,
                                        lists->offsets[row + 1] - first, has, offers->most, found);
    for (uint32_t i = 0; i < offers->most; ++i) {
        offers->item[place + i] = i < count ? (int32_t)found[i].item : -1;
        offers->rule[place + i] = i < count ? (int64_t)found[i].rule : -1;
        offers->score[place + i] = i < count ? found[i].score : (double)NAN;
    }
}

static patron_status find_all(score_run *run, const score_items *lists)
{
    score_offers *offers = &run->offers;
    uint64_t items = offers->table.rules.item_count, rows = run->shard.range.count;
    uint64_t threads = (uint64_t)run->context->threads;
    uint8_t *has = patron_allocate(threads, items);
    patron_offer *found = patron_allocate(threads, offers->most * sizeof *found);
    patron_status status = has == NULL || found == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK) {
#pragma omp parallel for num_threads(run->context->threads) schedule(dynamic, 1024)
        for (uint64_t row = 0; row < rows; ++row) {
            uint64_t thread = (uint64_t)omp_get_thread_num();
            find_row(run, lists, row, has + thread * items, found + thread * offers->most);
        }
    }
    free(has);
    free(found);
    return status;
}

static void count_offers(score_run *run)
{
    score_offers *offers = &run->offers;
    const patron_comm *comm = run->context->comm;
    for (uint64_t i = 0; i < run->shard.range.count * offers->most; ++i) {
        if (offers->item[i] < 0)
            continue;
        ++offers->total;
        offers->customers += i % offers->most == 0 ? 1 : 0;
    }
    patron_comm_reduce_u64(comm, &offers->total, 1, PATRON_SUM);
    patron_comm_reduce_u64(comm, &offers->customers, 1, PATRON_SUM);
}

patron_status score_offers_find(score_run *run)
{
    const patron_comm *comm = run->context->comm;
    score_offers *offers = &run->offers;
    score_items lists = {0};
    uint64_t rows = run->shard.range.count;
    offers->most = run->options->max_offers;
    patron_status status = read_rules(run);
    if (status != PATRON_OK)
        return status;
    offers->item = patron_allocate(rows, offers->most * sizeof *offers->item);
    offers->rule = patron_allocate(rows, offers->most * sizeof *offers->rule);
    offers->score = patron_allocate(rows, offers->most * sizeof *offers->score);
    bool is_short = offers->item == NULL || offers->rule == NULL || offers->score == NULL;
    status = patron_comm_agree(comm, is_short ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        status = score_items_read(run, &lists);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, find_all(run, &lists));
    if (status == PATRON_OK)
        count_offers(run);
    score_items_free(&lists);
    return status;
}

void score_offers_free(score_offers *offers)
{
    patron_rule_table_free(&offers->table);
    patron_offer_index_free(&offers->index);
    free(offers->item);
    free(offers->rule);
    free(offers->score);
    *offers = (score_offers){0};
}
