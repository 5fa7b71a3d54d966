/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of the baskets that hold items, of very different lengths, against looking at each. */
#include "itemset/holders.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { BASKETS = 3000, ITEMS = 9, GROUPS = 5 };

/* Item i is in every i^3 + 1-th basket or so; the last in none. */
static bool holds(uint64_t basket, uint32_t item)
{
    uint64_t every = (uint64_t)item * item * item + 1;
    return item + 1 < ITEMS && (basket * 2654435761U >> 7) % every == 0;
}

/* Group 1 is empty. */
static const uint64_t firsts[GROUPS + 1] = {0, 700, 700, 701, 2100, BASKETS};

static patron_itemset_groups make_groups(void)
{
    static uint64_t offsets[BASKETS + 1];
    static uint32_t items[BASKETS * ITEMS];
    for (uint64_t b = 0; b < BASKETS; ++b) {
        offsets[b + 1] = offsets[b];
        for (uint32_t i = 0; i < ITEMS; ++i)
            if (holds(b, i))
                items[offsets[b + 1]++] = i;
    }
    return (patron_itemset_groups){.count = GROUPS,
                                   .item_count = ITEMS,
                                   .first = (uint64_t *)firsts,
                                   .offsets = offsets,
                                   .items = items};
}

/* Whether counts[] are those of baskets that hold the items of both sets of bits. */
static bool are_right(const uint64_t *counts, uint32_t set, uint32_t other)
{
    for (int g = 0; g < GROUPS; ++g) {
        uint64_t expected = 0;
        for (uint64_t b = firsts[g]; b < firsts[g + 1]; ++b) {
            bool all = true;
            for (uint32_t i = 0; i < ITEMS; ++i)
                all = all && ((set | other) >> i & 1) <= holds(b, i);
            expected += all;
        }
        if (counts[2 * g] != expected || counts[2 * g + 1] != 0)
            return false;
    }
    return true;
}

static uint64_t items_of(uint32_t set, uint32_t *items)
{
    uint64_t length = 0;
    for (uint32_t i = 0; i < ITEMS; ++i)
        if (set >> i & 1)
            items[length++] = i;
    return length;
}

static void test_every_pair_of_sets(void **state)
{
    (void)state;
    const patron_itemset_groups groups = make_groups();
    itemset_holders holders;
    itemset_basket_marks marks;
    itemset_basket_list list = {0}, other_list = {0};
    uint32_t items[ITEMS];
    uint64_t wrong = 0;
    assert_int_equal(itemset_holders_create(&groups, &holders), PATRON_OK);
    assert_int_equal(itemset_basket_marks_create(&groups, &marks), PATRON_OK);
    for (uint32_t set = 1; set < 1 << ITEMS; set += 3) {
        uint64_t counts[2 * GROUPS] = {0};
        itemset_basket_marks_set(&marks, NULL);
        assert_int_equal(itemset_holders_find(&holders, items, items_of(set, items), &list),
                         PATRON_OK);
        itemset_basket_list_count(&list, &groups, 2, counts);
        wrong += !are_right(counts, set, 0);
        itemset_basket_marks_set(&marks, &list);
        for (uint32_t other = 1 + set % 7; other < 1 << ITEMS; other += 37) {
            uint64_t both[2 * GROUPS] = {0};
            assert_int_equal(
                itemset_holders_find(&holders, items, items_of(other, items), &other_list),
                PATRON_OK);
            assert_int_equal(itemset_basket_marks_count(&marks, &other_list, &groups, 2, both),
                             PATRON_OK);
            wrong += !are_right(both, set, other);
        }
    }
    itemset_basket_marks_free(&marks);
    itemset_holders_free(&holders);
    free(list.array);
    free(other_list.array);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_pair_of_sets)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
