/* SPDX-License-Identifier: Apache-2.0 */
/* Which groups are withheld: few, and those that hide them. */
#include "model/group_least.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define LEAST(min_group, ...)                                                                      \
    patron_group_least((const uint64_t[]){__VA_ARGS__},                                            \
                       sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t), min_group)

static void test_all_are_large(void **state)
{
    (void)state;
    assert_int_equal(LEAST(10, 10, 50, 12), 10);
    assert_int_equal(LEAST(0, 0, 1, 2), 0);
    assert_int_equal(patron_group_least(NULL, 0, 10), 10);
}

static void test_one_is_small(void **state)
{
    (void)state;
    assert_int_equal(LEAST(10, 300, 9, 50, 40), 41);
    assert_int_equal(LEAST(10, 300, 9, 40, 40), 41); /* equal ones go together */
    assert_int_equal(LEAST(10, 0, 9, 12, 70), 13);   /* an empty one hides nobody */
}

static void test_several_are_small(void **state)
{
    (void)state;
    assert_int_equal(LEAST(10, 9, 8, 50), 10);
    assert_int_equal(LEAST(10, 4, 5, 50, 60), 51); /* nine in all would be told */
}

static void test_none_is_left(void **state)
{
    (void)state;
    assert_int_equal(LEAST(10, 9), 10);
    assert_int_equal(LEAST(10, 9, 200), 201);
    assert_int_equal(LEAST(10, 0, 0), 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_are_large), cmocka_unit_test(test_one_is_small),
        cmocka_unit_test(test_several_are_small), cmocka_unit_test(test_none_is_left)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
