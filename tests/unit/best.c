/* SPDX-License-Identifier: Apache-2.0 */
/* The best of many, against sorting all of them. */
#include "runtime/best.h"

#include "patron/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ENTRIES = 500 };

static int compare(const void *a, const void *b)
{
    const patron_best_entry *x = a, *y = b;
    for (int i = 0; i < PATRON_BEST_KEYS; ++i)
        if (x->key[i] != y->key[i])
            return x->key[i] > y->key[i] ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

/* Keys of few values, so that the later ones and the numbers decide too. */
static void make_entries(patron_best_entry *entries)
{
    for (uint64_t i = 0; i < ENTRIES; ++i) {
        entries[i].number = (i * 7919) % ENTRIES;
        for (uint64_t k = 0; k < PATRON_BEST_KEYS; ++k)
            entries[i].key[k] =
                (uint64_t)(4.0 * patron_random_unit(1, PATRON_PURPOSE_SEED, i, (uint32_t)k));
    }
}

static void check_most(uint32_t most)
{
    patron_best_entry entries[ENTRIES];
    patron_best best;
    make_entries(entries);
    assert_int_equal(patron_best_create(most, &best), PATRON_OK);
    for (int i = 0; i < ENTRIES; ++i)
        patron_best_offer(&best, &entries[i]);
    qsort(entries, ENTRIES, sizeof *entries, compare);
    assert_int_equal(best.count, most < ENTRIES ? most : ENTRIES);
    for (uint32_t i = 0; i < best.count; ++i)
        assert_int_equal(best.entries[i].number, entries[i].number);
    patron_best_free(&best);
}

static void test_against_sorting(void **state)
{
    (void)state;
    check_most(0);
    check_most(1);
    check_most(10);
    check_most(ENTRIES);
    check_most(2 * ENTRIES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_against_sorting)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
