/* SPDX-License-Identifier: Apache-2.0 */
/* Capped offers of rules in blocks of any size against one list of all offers, read once from its
 * best end; what is told of them is the same, too. */
#include "mpi_main.h"

#include "score/offer_caps.h"
#include "score/offer_withheld.h"
#include "score/rule_blocks.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { ITEMS = 7, RULES = 60, ROWS = 30, MOST = 4, SIDE = 2 };

static uint64_t state_of_dice;

static uint32_t dice(uint32_t below)
{
    state_of_dice = state_of_dice * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(state_of_dice >> 33) % below;
}

/* All rules, best first as they are numbered, and what all rows have; the same on every rank. */
typedef struct plain_case {
    uint64_t offsets[2][RULES + 1], cap;
    uint32_t items[2][RULES * SIDE], most;
    double confidence[RULES], lift[RULES];
    bool has[ROWS][ITEMS];
    uint8_t withheld[ROWS];
} plain_case;

static void draw_case(uint64_t seed, plain_case *drawn)
{
    memset(drawn, 0, sizeof *drawn);
    state_of_dice = seed;
    for (uint64_t rule = 0; rule < RULES; ++rule) {
        uint32_t antecedent = 1 + dice(SIDE), first = dice(ITEMS);
        for (int side = 0; side < 2; ++side)
            drawn->offsets[side][rule + 1] = drawn->offsets[side][rule];
        for (uint32_t i = 0; i < antecedent + 1; ++i) {
            int side = i < antecedent ? 0 : 1;
            drawn->items[side][drawn->offsets[side][rule + 1]++] = (first + 2 * i) % ITEMS;
        }
        uint64_t step = rule / 3; /* three are as confident, and of these two lift as much */
        drawn->confidence[rule] = 1.0 - (double)step / RULES;
        drawn->lift[rule] = rule % 3 < 2 ? 2.0 : 1.0;
    }
    for (int row = 0; row < ROWS; ++row) {
        drawn->withheld[row] = dice(10) == 0 ? PATRON_WITHHELD_LISTED : PATRON_WITHHELD_NOT;
        for (int item = 0; item < ITEMS; ++item)
            drawn->has[row][item] = dice(5) < 2;
    }
    drawn->cap = 1 + dice(6);
    drawn->most = 1 + dice(MOST);
}

/* offered[row x MOST]: the rule and item of each offer, rule x ITEMS + item; UINT64_MAX: none. */
static void read_list(const plain_case *drawn, uint64_t *offered)
{
    uint64_t count[ROWS] = {0}, given[ITEMS] = {0};
    memset(offered, -1, ROWS * MOST * sizeof *offered);
    for (uint64_t rule = 0; rule < RULES; ++rule) {
        uint32_t item = drawn->items[1][drawn->offsets[1][rule]];
        for (uint64_t row = 0; row < ROWS; ++row) {
            bool applies = !drawn->has[row][item] && !drawn->withheld[row];
            for (uint64_t i = drawn->offsets[0][rule]; i < drawn->offsets[0][rule + 1]; ++i)
                applies = applies && drawn->has[row][drawn->items[0][i]];
            for (uint64_t i = 0; i < count[row]; ++i)
                applies = applies && offered[row * MOST + i] % ITEMS != item;
            if (!applies || count[row] == drawn->most || given[item] == drawn->cap)
                continue;
            offered[row * MOST + count[row]++] = rule * ITEMS + item;
            ++given[item];
        }
    }
}

/* What a run of this rank's rows works with. */
typedef struct capped_run {
    patron_offer_places places, before;
    patron_offer_limit limits[ITEMS];
    patron_offer_caps caps;
    patron_offer_ground ground;
    uint64_t offsets[ROWS + 1], first, rows;
    uint32_t items[ROWS * ITEMS];
} capped_run;

static patron_status prepare(const plain_case *drawn, capped_run *run)
{
    uint64_t rank = (uint64_t)test_comm.rank, ranks = (uint64_t)test_comm.size, used = 0;
    run->first = ROWS * rank / ranks;
    run->rows = ROWS * (rank + 1) / ranks - run->first;
    for (uint64_t row = 0; row < run->rows; ++row) {
        for (uint32_t item = 0; item < ITEMS; ++item)
            if (drawn->has[run->first + row][item])
                run->items[used++] = item;
        run->offsets[row + 1] = used;
    }
    for (int item = 0; item < ITEMS; ++item)
        run->limits[item] = (patron_offer_limit){.rank = UINT64_MAX};
    run->ground = (patron_offer_ground){.limits = run->limits,
                                        .offsets = run->offsets,
                                        .items = run->items,
                                        .withheld = drawn->withheld + run->first,
                                        .threads = 2};
    patron_status status = patron_offer_caps_create(ITEMS, drawn->cap, run->limits, &run->caps);
    if (status == PATRON_OK)
        status = patron_offer_places_create(run->first, run->rows, drawn->most, &run->places);
    return status == PATRON_OK
               ? patron_offer_places_create(run->first, run->rows, MOST, &run->before)
               : status;
}

static patron_status offer_block(capped_run *run, const patron_offer_rules *rules)
{
    patron_offer_index index;
    patron_status status = patron_offer_index_create(rules, &index);
    run->ground.index = &index;
    patron_offer_ground open = run->ground;
    open.limits = NULL;
    open.withheld = NULL;
    if (status == PATRON_OK)
        status = patron_offer_places_fill(&run->ground, &run->places);
    if (status == PATRON_OK)
        status = patron_offer_places_fill(&open, &run->before);
    status = patron_comm_agree(&test_comm, status);
    if (status == PATRON_OK)
        status = patron_offer_caps_keep(&test_comm, &run->ground, &run->caps, &run->places);
    patron_offer_index_free(&index);
    run->ground.index = NULL;
    return status;
}

/* Offers as read_list has them, and the tally, of all ranks. */
static patron_status offer(const plain_case *drawn, uint64_t block_size, uint64_t *offered,
                           patron_withheld_tally *tally)
{
    static capped_run run;
    uint64_t rank = (uint64_t)test_comm.rank, ranks = (uint64_t)test_comm.size;
    uint64_t from = RULES * rank / ranks, to = RULES * (rank + 1) / ranks;
    uint64_t offsets[2][RULES + 1];
    for (int side = 0; side < 2; ++side)
        for (uint64_t i = from; i <= to; ++i)
            offsets[side][i - from] = drawn->offsets[side][i] - drawn->offsets[side][from];
    const patron_rule_share share = {.first = from,
                                     .count = to - from,
                                     .item_count = ITEMS,
                                     .antecedent_offsets = offsets[0],
                                     .consequent_offsets = offsets[1],
                                     .antecedent_items = drawn->items[0] + drawn->offsets[0][from],
                                     .consequent_items = drawn->items[1] + drawn->offsets[1][from],
                                     .confidence = drawn->confidence + from,
                                     .lift = drawn->lift + from};
    patron_rule_blocks blocks = {0};
    patron_status status = patron_comm_agree(&test_comm, prepare(drawn, &run));
    if (status == PATRON_OK)
        status = patron_rule_blocks_begin(&test_comm, &share, block_size, &blocks);
    while (status == PATRON_OK && blocks.done < blocks.total) {
        patron_rule_block block;
        status = patron_rule_blocks_next(&blocks, &block);
        if (status == PATRON_OK)
            status = offer_block(&run, &block.rules);
        patron_rule_block_free(&block);
    }
    patron_rule_blocks_free(&blocks);
    if (status == PATRON_OK)
        status = patron_withheld_count(&run.ground, &run.places, &run.before, tally);
    memset(offered, 0, ROWS * MOST * sizeof *offered);
    for (uint64_t i = 0; status == PATRON_OK && i < run.rows * MOST; ++i) {
        uint64_t place = i / MOST * drawn->most + i % MOST;
        bool is_one = i % MOST < drawn->most && run.places.item[place] >= 0;
        offered[run.first * MOST + i] =
            is_one ? (uint64_t)run.places.rule[place] * ITEMS + (uint64_t)run.places.item[place]
                   : UINT64_MAX;
    }
    patron_comm_reduce_u64(&test_comm, offered, ROWS * MOST, PATRON_SUM);
    patron_comm_reduce_u64(&test_comm, (uint64_t *)tally, sizeof *tally / sizeof(uint64_t),
                           PATRON_SUM);
    patron_offer_places_free(&run.places);
    patron_offer_places_free(&run.before);
    patron_offer_caps_free(&run.caps);
    return status;
}

static void test_against_one_list(void **state)
{
    static const uint64_t sizes[] = {RULES, 20, 5};
    static plain_case drawn;
    uint64_t capped = 0, listed = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 240; ++seed) {
        static uint64_t expected[ROWS * MOST], offered[3][ROWS * MOST];
        patron_withheld_tally tallies[3];
        patron_status status = PATRON_OK;
        draw_case(seed, &drawn);
        read_list(&drawn, expected);
        for (int i = 0; i < 3 && status == PATRON_OK; ++i)
            status = offer(&drawn, sizes[i], offered[i], &tallies[i]);
        assert_int_equal(status, PATRON_OK);
        for (int i = 0; i < 3; ++i) {
            assert_memory_equal(offered[i], expected, sizeof expected);
            assert_memory_equal(&tallies[i], &tallies[0], sizeof tallies[0]);
        }
        capped += tallies[0].offers[PATRON_WITHHELD_ITEM_CAP];
        listed += tallies[0].offers[PATRON_WITHHELD_LISTED];
    }
    assert_true(capped > 100 && listed > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_one_list)};
    return test_mpi_main("offer_caps", tests, sizeof tests / sizeof tests[0]);
}
