/* SPDX-License-Identifier: Apache-2.0 */
/* Counting items, by threads and then over ranks. */
#include "itemset/counting.h"

#include "patron/memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static patron_status check_basket(const patron_itemset_baskets *baskets, uint64_t basket)
{
    uint64_t start = baskets->offsets[basket];
    uint64_t end = baskets->offsets[basket + 1];
    if (end < start)
        return patron_fail(PATRON_DATA,
                           "basket %" PRIu64 ": offset %" PRIu64 " follows %" PRIu64
                           ", expected ascending offsets",
                           basket, end, start);
    for (uint64_t i = start; i < end; ++i) {
        uint32_t item = baskets->items[i];
        if (item >= baskets->item_count)
            return patron_fail(PATRON_DATA,
                               "basket %" PRIu64 ": item index %" PRIu32
                               ", expected one below %" PRIu32,
                               basket, item, baskets->item_count);
        if (i > start && item <= baskets->items[i - 1])
            return patron_fail(PATRON_DATA,
                               "basket %" PRIu64 ": item %" PRIu32 " follows %" PRIu32
                               ", expected ascending items, each once",
                               basket, item, baskets->items[i - 1]);
    }
    return PATRON_OK;
}

static patron_status check_baskets(const patron_itemset_baskets *baskets, int threads)
{
    patron_status status = PATRON_OK;
    if (baskets->count > 0 && baskets->offsets[0] != 0)
        return patron_fail(PATRON_DATA, "baskets: the first offset is %" PRIu64 ", expected 0",
                           baskets->offsets[0]);
#pragma omp parallel for schedule(static) num_threads(threads)
    for (uint64_t basket = 0; basket < baskets->count; ++basket) {
        patron_status one = check_basket(baskets, basket);
        if (one != PATRON_OK) {
#pragma omp atomic write
            status = one;
        }
    }
    return status;
}

static patron_status check_options(const patron_itemset_options *options)
{
    if (options->min_count < 1)
        return patron_fail(PATRON_USAGE, "least count 0, expected at least 1");
    if (options->min_length < 1)
        return patron_fail(PATRON_USAGE, "least length 0, expected at least 1");
    if (options->threads < 1)
        return patron_fail(PATRON_USAGE, "%d threads, expected at least 1", options->threads);
    return PATRON_OK;
}

static patron_status check_item(const patron_itemset_baskets *baskets, uint32_t item)
{
    if (item < baskets->item_count)
        return PATRON_OK;
    return patron_fail(PATRON_USAGE,
                       "item index %" PRIu32 " to include or exclude, expected one below %" PRIu32,
                       item, baskets->item_count);
}

/* An item that is both included and excluded is excluded: then no basket holds all included ones.
 */
static patron_status give_roles(itemset_selection *selection, const patron_itemset_options *options)
{
    patron_status status = PATRON_OK;
    for (uint32_t i = 0; i < options->include_count && status == PATRON_OK; ++i) {
        uint32_t item = options->include[i];
        status = check_item(selection->baskets, item);
        if (status == PATRON_OK && selection->roles[item] != ITEMSET_INCLUDED) {
            selection->roles[item] = ITEMSET_INCLUDED;
            selection->included[selection->included_count++] = item;
        }
    }
    for (uint32_t i = 0; i < options->exclude_count && status == PATRON_OK; ++i) {
        status = check_item(selection->baskets, options->exclude[i]);
        if (status == PATRON_OK)
            selection->roles[options->exclude[i]] = ITEMSET_EXCLUDED;
    }
    return status;
}

patron_status itemset_selection_create(itemset_selection *selection,
                                       const patron_itemset_baskets *baskets,
                                       const patron_itemset_options *options)
{
    *selection = (itemset_selection){.baskets = baskets};
    patron_status status = check_options(options);
    if (status == PATRON_OK)
        status = check_baskets(baskets, options->threads);
    if (status != PATRON_OK)
        return status;
    selection->roles = patron_allocate(baskets->item_count, sizeof *selection->roles);
    selection->included = patron_allocate(options->include_count, sizeof *selection->included);
    if (selection->roles == NULL || selection->included == NULL)
        return PATRON_RESOURCE;
    selection->projected = options->include_count > 0 && (options->count_only || !options->rules);
    return give_roles(selection, options);
}

void itemset_selection_free(itemset_selection *selection)
{
    free(selection->roles);
    free(selection->included);
    *selection = (itemset_selection){0};
}

bool itemset_selection_holds(const itemset_selection *selection, uint64_t basket)
{
    if (!selection->projected)
        return true;
    const patron_itemset_baskets *baskets = selection->baskets;
    uint64_t held = 0;
    for (uint64_t i = baskets->offsets[basket]; i < baskets->offsets[basket + 1]; ++i)
        held += selection->roles[baskets->items[i]] == ITEMSET_INCLUDED;
    return held == selection->included_count;
}

/* counters[counter_count][item_count] by as many threads; selected[counter_count]. */
static void count_by_threads(const itemset_selection *selection, int counter_count,
                             uint64_t *counters, uint64_t *selected)
{
    const patron_itemset_baskets *baskets = selection->baskets;
#pragma omp parallel for schedule(static, 1) num_threads(counter_count)
    for (int counter = 0; counter < counter_count; ++counter) {
        uint64_t *counts = counters + (uint64_t)counter * baskets->item_count;
        uint64_t first = baskets->count / (uint64_t)counter_count * (uint64_t)counter;
        uint64_t end = counter + 1 == counter_count
                           ? baskets->count
                           : baskets->count / (uint64_t)counter_count * (uint64_t)(counter + 1);
        uint64_t here = 0;
        for (uint64_t basket = first; basket < end; ++basket) {
            if (!itemset_selection_holds(selection, basket))
                continue;
            ++here;
            for (uint64_t i = baskets->offsets[basket]; i < baskets->offsets[basket + 1]; ++i)
                ++counts[baskets->items[i]];
        }
        selected[counter] = here;
    }
}

/* A thread has its own counters only where they are not larger than its share of the baskets. */
static int counters_worthwhile(const patron_itemset_baskets *baskets, int threads)
{
    uint64_t items = baskets->count > 0 ? baskets->offsets[baskets->count] : 0;
    uint64_t most = 1 + items / ((uint64_t)baskets->item_count + 1);
    return most < (uint64_t)threads ? (int)most : threads;
}

patron_status itemset_count_items(const patron_comm *comm, patron_status so_far,
                                  itemset_selection *selection, int threads,
                                  itemset_database *database)
{
    enum { NUMBERS = 2 }; /* of baskets, behind the counts of items */
    const patron_itemset_baskets *baskets = selection->baskets;
    uint64_t items = baskets->item_count;
    uint64_t *selected = NULL, *counters = NULL;
    int counter_count = 0;
    if (so_far == PATRON_OK) {
        counter_count = counters_worthwhile(baskets, threads);
        selected = patron_allocate((uint64_t)counter_count, sizeof *selected);
        counters = patron_allocate((uint64_t)counter_count * items + NUMBERS, sizeof *counters);
        so_far = selected == NULL || counters == NULL ? PATRON_RESOURCE : PATRON_OK;
    }
    patron_status status = patron_comm_agree(comm, so_far);
    if (status != PATRON_OK) {
        free(counters);
        free(selected);
        return status;
    }
    count_by_threads(selection, counter_count, counters, selected);
    for (int counter = 1; counter < counter_count; ++counter) {
        selected[0] += selected[counter];
        for (uint64_t item = 0; item < items; ++item)
            counters[item] += counters[(uint64_t)counter * items + item];
    }
    uint64_t *numbers = counters + items;
    numbers[0] = baskets->count;
    numbers[1] = selected[0];
    patron_comm_reduce_u64(comm, counters, items + NUMBERS, PATRON_SUM);
    free(selected);
    database->item_count = baskets->item_count;
    database->baskets = numbers[0];
    database->selected = numbers[1];
    database->projected = selection->projected;
    database->item_counts = counters;
    database->included = selection->included;
    database->included_count = selection->included_count;
    selection->included = NULL;
    return PATRON_OK;
}

typedef struct counted_item {
    uint64_t count;
    uint32_t item;
} counted_item;

static int compare_counted(const void *left, const void *right)
{
    const counted_item *a = left;
    const counted_item *b = right;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return (a->item > b->item) - (a->item < b->item);
}

static bool is_mined(const itemset_selection *selection, uint32_t item)
{
    uint8_t role = selection->roles[item];
    return role == ITEMSET_PLAIN || (role == ITEMSET_INCLUDED && !selection->projected);
}

patron_status itemset_label_items(const itemset_selection *selection, uint64_t min_count,
                                  itemset_node *node, const uint64_t *item_counts,
                                  uint32_t **labels)
{
    uint32_t item_count = selection->baskets->item_count;
    counted_item *frequent = patron_allocate(item_count, sizeof *frequent);
    *labels = patron_allocate(item_count, sizeof **labels);
    node->items = patron_allocate(item_count, sizeof *node->items);
    node->counts = patron_allocate(item_count, sizeof *node->counts);
    patron_status status = PATRON_RESOURCE;
    if (frequent == NULL || *labels == NULL || node->items == NULL || node->counts == NULL)
        goto cleanup;
    for (uint32_t item = 0; item < item_count; ++item) {
        (*labels)[item] = ITEMSET_NO_LABEL;
        if (is_mined(selection, item) && item_counts[item] >= min_count)
            frequent[node->width++] = (counted_item){item_counts[item], item};
    }
    qsort(frequent, node->width, sizeof *frequent, compare_counted);
    for (uint32_t label = 0; label < node->width; ++label) {
        (*labels)[frequent[label].item] = label;
        node->items[label] = frequent[label].item;
        node->counts[label] = frequent[label].count;
    }
    status = PATRON_OK;

cleanup:
    free(frequent);
    return status;
}
