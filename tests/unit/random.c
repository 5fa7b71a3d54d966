/* SPDX-License-Identifier: Apache-2.0 */
/* Known answers of Philox4x32-10 (the table that Random123 publishes) and the open unit interval.
 */
#include "patron/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* The counter is (index, draw, purpose) and the key the seed; the first two words of the block are
 * taken, the low one first. */
static void test_known_answers(void **state)
{
    (void)state;
    uint64_t zeros = patron_random_bits(0, (patron_purpose)0, 0, 0);
    assert_true(zeros == UINT64_C(0xe169c58d6627e8d5));
    uint64_t ones =
        patron_random_bits(UINT64_MAX, (patron_purpose)0xffffffff, UINT64_MAX, 0xffffffff);
    assert_true(ones == UINT64_C(0x41c83b0e408f276d));
    uint64_t digits_of_pi =
        patron_random_bits(UINT64_C(0x299f31d0a4093822), (patron_purpose)0x03707344,
                           UINT64_C(0x85a308d3243f6a88), 0x13198a2e);
    assert_true(digits_of_pi == UINT64_C(0x94fdccebd16cfe09));
}

/* All four words of the same table. */
static void test_known_words(void **state)
{
    (void)state;
    static const uint32_t zeros[] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
    static const uint32_t digits_of_pi[] = {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1};
    uint32_t words[4];
    patron_random_words(0, (patron_purpose)0, 0, 0, words);
    assert_memory_equal(words, zeros, sizeof words);
    patron_random_words(UINT64_C(0x299f31d0a4093822), (patron_purpose)0x03707344,
                        UINT64_C(0x85a308d3243f6a88), 0x13198a2e, words);
    assert_memory_equal(words, digits_of_pi, sizeof words);
}

static void test_every_argument_counts(void **state)
{
    (void)state;
    uint64_t bits = patron_random_bits(1, PATRON_PURPOSE_FIRST_ROW, 2, 3);
    assert_true(bits == patron_random_bits(1, PATRON_PURPOSE_FIRST_ROW, 2, 3));
    assert_true(bits != patron_random_bits(2, PATRON_PURPOSE_FIRST_ROW, 2, 3));
    assert_true(bits != patron_random_bits(1, PATRON_PURPOSE_SAMPLE_ROW, 2, 3));
    assert_true(bits != patron_random_bits(1, PATRON_PURPOSE_FIRST_ROW, 3, 3));
    assert_true(bits != patron_random_bits(1, PATRON_PURPOSE_FIRST_ROW, 2, 4));
    assert_true(bits !=
                patron_random_bits(1 + (UINT64_C(1) << 32), PATRON_PURPOSE_FIRST_ROW, 2, 3));
    assert_true(bits !=
                patron_random_bits(1, PATRON_PURPOSE_FIRST_ROW, 2 + (UINT64_C(1) << 32), 3));
}

static void test_unit_interval_is_open(void **state)
{
    (void)state;
    assert_true(patron_random_to_unit(0) == 0x1p-53);
    assert_true(patron_random_to_unit(UINT64_MAX) == 1.0 - 0x1p-53);
    assert_true(patron_random_to_unit(UINT64_MAX >> 1) == 0.5 - 0x1p-53);
}

/* The mean of 65,536 uniform numbers has a standard deviation of 0.0011. */
static void test_unit_is_centred(void **state)
{
    (void)state;
    double sum = 0.0;
    for (uint64_t i = 0; i < 65536; ++i)
        sum += patron_random_unit(7, PATRON_PURPOSE_WEIGHTED_ROW, i, 0);
    double mean = sum / 65536.0;
    assert_true(mean > 0.494 && mean < 0.506);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),         cmocka_unit_test(test_known_words),
        cmocka_unit_test(test_every_argument_counts), cmocka_unit_test(test_unit_interval_is_open),
        cmocka_unit_test(test_unit_is_centred),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
