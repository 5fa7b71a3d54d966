/* SPDX-License-Identifier: Apache-2.0 */
/* Bars of counts and of a course, in block elements and in ASCII; and what a terminal may be sent.
 */
#include "cli/bars.h"
#include "cli/terminal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_bars(const uint64_t *counts, uint32_t count, const char *unicode,
                        const char *ascii)
{
    char text[PATRON_BARS_CAPACITY];
    patron_bars_draw(counts, count, true, text);
    assert_string_equal(text, unicode);
    patron_bars_draw(counts, count, false, text);
    assert_string_equal(text, ascii);
}

static void test_every_height(void **state)
{
    (void)state;
    const uint64_t counts[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
    expect_bars(counts, 9, " ▁▂▃▄▅▆▇█", " _.-:=+*#");
}

/* Only 0 is blank, however small a count is beside the greatest. */
static void test_small_and_huge_counts(void **state)
{
    (void)state;
    const uint64_t counts[] = {1, 0, UINT64_C(1) << 63, UINT64_C(1) << 61};
    expect_bars(counts, 4, "▁ █▂", "_ #.");
}

static void test_nothing(void **state)
{
    (void)state;
    const uint64_t counts[] = {0, 0};
    char text[PATRON_BARS_CAPACITY];
    expect_bars(counts, 2, "  ", "  ");
    expect_bars(counts, 0, "", "");
    patron_bars_draw_course(NULL, 0, 8, true, text);
    assert_string_equal(text, "");
}

static void test_most_bars_fit(void **state)
{
    (void)state;
    uint64_t counts[PATRON_BARS_MOST];
    char text[PATRON_BARS_CAPACITY];
    for (int i = 0; i < PATRON_BARS_MOST; ++i)
        counts[i] = 5;
    patron_bars_draw(counts, PATRON_BARS_MOST, true, text);
    assert_int_equal(strlen(text), 3 * PATRON_BARS_MOST);
}

static void test_courses(void **state)
{
    (void)state;
    const double falling[] = {7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0, 0.0};
    const double constant[] = {3.0, 3.0};
    char text[PATRON_BARS_CAPACITY];
    patron_bars_draw_course(falling, 8, 8, true, text);
    assert_string_equal(text, "█▇▆▅▄▃▂▁");
    patron_bars_draw_course(falling, 8, 3, false, text); /* entries 0, 3 and 7 */
    assert_string_equal(text, "#=_");
    patron_bars_draw_course(falling, 8, 1, false, text);
    assert_string_equal(text, "#");
    patron_bars_draw_course(constant, 2, 8, false, text);
    assert_string_equal(text, "__");
}

static void test_locales(void **state)
{
    (void)state;
    unsetenv("LC_ALL");
    unsetenv("LC_CTYPE");
    unsetenv("LANG");
    assert_false(patron_terminal_is_unicode());
    setenv("LANG", "de_DE.utf8", 1);
    assert_true(patron_terminal_is_unicode());
    setenv("LC_CTYPE", "C", 1);
    assert_false(patron_terminal_is_unicode());
    setenv("LC_ALL", "en_US.UTF-8", 1);
    assert_true(patron_terminal_is_unicode());
    setenv("LC_ALL", "", 1); /* set to nothing is not set */
    assert_false(patron_terminal_is_unicode());
}

static void test_no_colours_in_files(void **state)
{
    (void)state;
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    patron_terminal_print_heading(out, "Columns");
    fclose(out);
    assert_string_equal(text, "\nColumns\n\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_height),
                                       cmocka_unit_test(test_small_and_huge_counts),
                                       cmocka_unit_test(test_nothing),
                                       cmocka_unit_test(test_most_bars_fit),
                                       cmocka_unit_test(test_courses),
                                       cmocka_unit_test(test_locales),
                                       cmocka_unit_test(test_no_colours_in_files)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
