/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of texts: every length around the points where they grow, empty texts, search. */
#include "patron/texts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Text i has i % 7 letters, so that every seventh is empty. */
static uint64_t nth_text(uint64_t i, char text[8])
{
    uint64_t length = i % 7;
    memset(text, 0, 8);
    for (uint64_t j = 0; j < length; ++j)
        text[j] = (char)('a' + (i + j) % 26);
    return length;
}

static void test_append_keeps_all(void **state)
{
    (void)state;
    patron_texts texts = {0};
    char text[8];
    for (uint64_t i = 0; i < 3000; ++i) {
        uint64_t length = nth_text(i, text);
        assert_int_equal(patron_texts_append(&texts, text, length), PATRON_OK);
        assert_int_equal(texts.count, i + 1);
    }
    assert_int_equal(texts.offsets[0], 0);
    for (uint64_t i = 0; i < texts.count; ++i) {
        uint64_t length = nth_text(i, text);
        assert_int_equal(patron_texts_length(&texts, i), length);
        assert_memory_equal(patron_texts_at(&texts, i), text, length);
    }
    assert_int_equal(patron_texts_longest(&texts), 6);
    patron_texts_free(&texts);
    assert_null(texts.offsets);
    assert_int_equal(texts.count, 0);
}

static void test_texts_longer_than_all_before(void **state)
{
    (void)state;
    patron_texts texts = {0};
    uint64_t lengths[] = {0, 64, 1, 65, 1000, 0, 100000};
    char *long_text = malloc(100000);
    assert_non_null(long_text);
    memset(long_text, 'x', 100000);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; ++i)
        assert_int_equal(patron_texts_append(&texts, long_text, lengths[i]), PATRON_OK);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; ++i) {
        assert_int_equal(patron_texts_length(&texts, i), lengths[i]);
        assert_memory_equal(patron_texts_at(&texts, i), long_text, lengths[i]);
    }
    assert_int_equal(patron_texts_longest(&texts), 100000);
    patron_texts_free(&texts);
    free(long_text);
}

static void test_find(void **state)
{
    (void)state;
    patron_texts texts = {0};
    assert_int_equal(patron_texts_find(&texts, ""), UINT64_MAX);
    assert_int_equal(patron_texts_longest(&texts), 0);
    const char *const entries[] = {"ab", "", "a", "abc", "a"};
    for (size_t i = 0; i < 5; ++i)
        assert_int_equal(patron_texts_append(&texts, entries[i], strlen(entries[i])), PATRON_OK);
    assert_int_equal(patron_texts_find(&texts, "a"), 2);
    assert_int_equal(patron_texts_find(&texts, "ab"), 0);
    assert_int_equal(patron_texts_find(&texts, ""), 1);
    assert_int_equal(patron_texts_find(&texts, "abcd"), UINT64_MAX);
    patron_texts_free(&texts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append_keeps_all),
        cmocka_unit_test(test_texts_longer_than_all_before),
        cmocka_unit_test(test_find),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
