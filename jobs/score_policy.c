/* SPDX-License-Identifier: Apache-2.0 */
/* The policy's file, and what it names in the dataset and the models. */
#include "score_policy.h"

#include "cli/fingerprint.h"
#include "patron/memory.h"
#include "runtime/suggest.h"
#include "score_run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const quiet_ids[] = {"shop", "dataset"};

enum { POLICY_KEYS = 9 };

static const patron_option key_table[POLICY_KEYS] = {
    {.name = "exclude-segments", PATRON_OPTION_STORE(score_policy, exclude_segments)},
    {.name = "exclude-items", PATRON_OPTION_STORE_FILES(score_policy, exclude_items)},
    {.name = "customer-cap",
     PATRON_OPTION_STORE(score_policy, customer_cap),
     .least = 1,
     .most = 1000},
    {.name = "item-cap", PATRON_OPTION_STORE(score_policy, item_cap), .least = 1},
    {.name = "quiet-list", .is_input = true, PATRON_OPTION_STORE(score_policy, quiet_list)},
    {.name = "quiet-ids", PATRON_OPTION_STORE_CHOICE(score_policy, quiet_ids, quiet_ids)},
    {.name = "key-file", .is_input = true, PATRON_OPTION_STORE(score_policy, key_file)},
    {.name = "quiet-column", PATRON_OPTION_STORE(score_policy, quiet_column)},
    {.name = "quiet-below", PATRON_OPTION_STORE(score_policy, quiet_below)}};

/* ---- the file ---- */

const char *score_policy_place(const score_policy *policy, const char *key)
{
    return patron_options_find(&policy->keys, key)->given[PATRON_FROM_FILE].place;
}

/* A key that means nothing without the other. */
static patron_status check_pair(const score_policy *policy, const char *key, const char *other)
{
    if (!patron_options_given(&policy->keys, key) || patron_options_given(&policy->keys, other))
        return PATRON_OK;
    return patron_fail(PATRON_CONFIG, "%s: goes with %s only", score_policy_place(policy, key),
                       other);
}

static patron_status check_keys(const score_policy *policy, bool baskets)
{
    static const char *const pairs[][2] = {{"quiet-ids", "quiet-list"},
                                           {"key-file", "quiet-list"},
                                           {"quiet-column", "quiet-below"},
                                           {"quiet-below", "quiet-column"}};
    static const char *const of_customers[] = {"exclude-segments", "quiet-list", "quiet-column"};
    patron_status status = PATRON_OK;
    for (size_t i = 0; status == PATRON_OK && i < sizeof pairs / sizeof pairs[0]; ++i)
        status = check_pair(policy, pairs[i][0], pairs[i][1]);
    for (size_t i = 0; baskets && status == PATRON_OK && i < sizeof of_customers / sizeof(char *);
         ++i)
        if (patron_options_given(&policy->keys, of_customers[i]))
            status = patron_fail(PATRON_CONFIG, "%s: is of customers, --baskets knows none",
                                 score_policy_place(policy, of_customers[i]));
    return status;
}

patron_status score_policy_read(const char *path, bool baskets, score_policy *policy)
{
    *policy = (score_policy){.keys = {.job = "policy"}};
    patron_status status = patron_options_add(&policy->keys, key_table, POLICY_KEYS, policy, NULL);
    if (status == PATRON_OK)
        status = patron_options_read_file(&policy->keys, "policy", path);
    return status == PATRON_OK ? check_keys(policy, baskets) : status;
}

void score_policy_free(score_policy *policy)
{
    patron_options_free(&policy->keys);
}

patron_status score_policy_fingerprint(const char *path, bool baskets, FILE *file)
{
    score_policy policy;
    patron_status status = score_policy_read(path, baskets, &policy);
    if (status == PATRON_OK)
        status = patron_fingerprint_write(&policy.keys, "policy.", key_table, POLICY_KEYS, file);
    score_policy_free(&policy);
    return status;
}

/* ---- what it names ---- */

static patron_status find_segments(const score_run *run, uint8_t *is_excluded)
{
    const score_policy *policy = &run->policy;
    const patron_option number = {.type = PATRON_OPTION_U64};
    for (uint32_t i = 0; i < policy->exclude_segments.count; ++i) {
        uint64_t segment = 0;
        const char *name = policy->exclude_segments.names[i];
        name += strspn(name, " \t");
        if (patron_option_convert(&number, name, &segment) != PATRON_OK ||
            segment >= run->segments.k)
            return patron_fail(
                PATRON_CONFIG, "%s: found '%.200s', expected segments from 0 to %" PRIu64,
                score_policy_place(policy, "exclude-segments"), name, run->segments.k - 1);
        is_excluded[segment] = 1;
    }
    return PATRON_OK;
}

static patron_status withhold_segments(score_run *run)
{
    uint8_t *is_excluded = patron_allocate(run->segments.k, sizeof *is_excluded);
    patron_status status = is_excluded == NULL ? PATRON_RESOURCE : find_segments(run, is_excluded);
    for (uint64_t row = 0; status == PATRON_OK && row < run->range.count; ++row) {
        int32_t segment = run->scores.segment[row];
        if (segment >= 0 && is_excluded[segment])
            run->offers.withheld[row] = PATRON_WITHHELD_SEGMENT;
    }
    free(is_excluded);
    return status;
}

patron_status score_policy_fail_name(const score_policy *policy, const char *key, const char *what,
                                     const char *name, const patron_texts *names)
{
    for (uint64_t i = 0; i < names->count; ++i) {
        char known[64];
        uint64_t length = patron_texts_length(names, i);
        if (length >= sizeof known)
            continue;
        memcpy(known, patron_texts_at(names, i), length);
        known[length] = '\0';
        if (patron_may_mean(name, known))
            return patron_fail(PATRON_CONFIG, "%s: no %s '%.200s'; did you mean '%s'?",
                               score_policy_place(policy, key), what, name, known);
    }
    return patron_fail(PATRON_CONFIG, "%s: no %s '%.200s'", score_policy_place(policy, key), what,
                       name);
}

static patron_status close_items(score_run *run)
{
    const patron_texts *names = &run->offers.table.names;
    const patron_option_list *excluded = &run->policy.exclude_items;
    for (uint32_t i = 0; i < excluded->count; ++i) {
        uint64_t item = patron_texts_find(names, excluded->names[i]);
        if (item == UINT64_MAX)
            return score_policy_fail_name(&run->policy, "exclude-items", "item", excluded->names[i],
                                          names);
        run->offers.limits[item] = (patron_offer_limit){0};
    }
    return PATRON_OK;
}

patron_status score_policy_apply(score_run *run)
{
    const patron_comm *comm = run->context->comm;
    score_offers *offers = &run->offers;
    uint64_t items = offers->table.names.count;
    offers->limits = patron_allocate(items, sizeof *offers->limits);
    offers->withheld = patron_allocate(run->range.count, sizeof *offers->withheld);
    patron_status status =
        offers->limits == NULL || offers->withheld == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (uint64_t item = 0; status == PATRON_OK && item < items; ++item)
        offers->limits[item] = (patron_offer_limit){.rank = UINT64_MAX};
    if (status == PATRON_OK)
        status = close_items(run);
    if (status == PATRON_OK && run->policy.exclude_segments.count > 0)
        status = withhold_segments(run);
    status = patron_comm_agree(comm, status);
    return status == PATRON_OK ? score_quiet_find(run) : status;
}
