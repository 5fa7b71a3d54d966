/* SPDX-License-Identifier: Apache-2.0 */
/* Tables for people: alignment, shortening, blocks, numbers, texts that a terminal must not see;
 * and the layout of help. */
#include "cli/table.h"
#include "cli/help.h"
#include "cli/number.h"
#include "cli/text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void add_column(patron_table *table, const char *heading, patron_align align, bool shrinks)
{
    patron_table_add_column(table, heading, strlen(heading), align, shrinks);
}

static void add_text(patron_table *table, const char *text)
{
    patron_table_add_text(table, text, strlen(text));
}

static void expect_print(const patron_table *table, uint32_t width, const char *expected)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    assert_int_equal(patron_table_print(table, out, width), PATRON_OK);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void test_alignment(void **state)
{
    (void)state;
    patron_table table = {0};
    add_column(&table, "segment", PATRON_ALIGN_LEFT, false);
    add_column(&table, "size", PATRON_ALIGN_RIGHT, false);
    add_column(&table, "note", PATRON_ALIGN_LEFT, false);
    add_text(&table, "0");
    patron_table_add_count(&table, 541909);
    add_text(&table, "x");
    add_text(&table, "caf\xC3\xA9");
    patron_table_add_real(&table, 12.345, 3);
    add_text(&table, "longer");
    expect_print(&table, 100,
                 "segment     size  note\n"
                 "0        541,909  x\n"
                 "caf\xC3\xA9        12.3  longer\n");
    patron_table_free(&table);
}

static void test_shortening(void **state)
{
    (void)state;
    patron_table table = {0};
    add_column(&table, "item", PATRON_ALIGN_LEFT, true);
    add_column(&table, "count", PATRON_ALIGN_RIGHT, false);
    add_text(&table, "WHITE HANGING HEART T-LIGHT HOLDER");
    patron_table_add_count(&table, 7);
    add_text(&table, "\xE7\x99\xBD\xE8\x89\xB2\xE7\x9A\x84\xE5\xBF\x83\xE5\xBD\xA2"
                     "\xE7\x99\xBD\xE8\x89\xB2\xE7\x9A\x84\xE5\xBF\x83\xE5\xBD\xA2");
    patron_table_add_count(&table, 8);
    expect_print(&table, 22,
                 "item             count\n"
                 "WHITE HANGING \xE2\x80\xA6      7\n"
                 "\xE7\x99\xBD\xE8\x89\xB2\xE7\x9A\x84\xE5\xBF\x83\xE5\xBD\xA2"
                 "\xE7\x99\xBD\xE8\x89\xB2\xE2\x80\xA6      8\n");
    patron_table_free(&table);
}

static void test_blocks(void **state)
{
    (void)state;
    patron_table table = {0};
    const char *const headings[] = {"id", "alpha", "beta", "gamma"};
    for (int c = 0; c < 4; ++c)
        add_column(&table, headings[c], c == 0 ? PATRON_ALIGN_LEFT : PATRON_ALIGN_RIGHT, false);
    for (int c = 0; c < 4; ++c)
        patron_table_add_count(&table, (uint64_t)c);
    expect_print(&table, 15, "id  alpha  beta\n0       1     2\n\nid  gamma\n0       3\n");
    expect_print(&table, 1, "id  alpha\n0       1\n\nid  beta\n0      2\n\nid  gamma\n0       3\n");
    patron_table_free(&table);
}

static void test_one_column_and_none(void **state)
{
    (void)state;
    patron_table table = {0};
    expect_print(&table, 10, "");
    add_column(&table, "a", PATRON_ALIGN_LEFT, false);
    expect_print(&table, 10, "a\n");
    add_text(&table, "bcd");
    expect_print(&table, 10, "a\nbcd\n");
    patron_table_free(&table);
}

static void test_transposition(void **state)
{
    (void)state;
    patron_table table = {0}, turned = {0};
    add_column(&table, "segment", PATRON_ALIGN_LEFT, false);
    add_column(&table, "size", PATRON_ALIGN_RIGHT, false);
    add_column(&table, "recency", PATRON_ALIGN_RIGHT, false);
    for (uint64_t r = 0; r < 2; ++r) {
        patron_table_add_count(&table, r);
        patron_table_add_count(&table, 1000 * (r + 1));
        patron_table_add_real(&table, 0.5 + (double)r, 2);
    }
    patron_table_transpose(&table, &turned);
    expect_print(&turned, 100,
                 "segment      0      1\n"
                 "size     1,000  2,000\n"
                 "recency   0.50    1.5\n");
    patron_table_free(&table);
    patron_table_free(&turned);
}

static void expect_printable(const char *bytes, uint64_t length, const char *expected)
{
    char *text = patron_text_printable(bytes, length);
    assert_string_equal(text, expected);
    free(text);
}

static void test_texts_cannot_steer_a_terminal(void **state)
{
    (void)state;
    expect_printable("a\x1B[31mb\n\t\0c\x7F", 12, "a?[31mb???c?");
    expect_printable("\xC2\x9B"
                     "2J\xE2\x80\xAEx",
                     8, "?2J?x");
    expect_printable("\xFF\xC3", 2, "??");
    expect_printable("\xC0\xAF\xED\xA0\x80\xF4\x90\x80\x80", 9, "?????????");
    expect_printable("\xE2\x82\xAC\xF0\x9F\x98\x80", 7, "\xE2\x82\xAC\xF0\x9F\x98\x80");
    char *repaired = patron_text_repair("a\n\xFF", 3);
    assert_string_equal(repaired, "a\n\xEF\xBF\xBD");
    free(repaired);
}

static void test_unseen_controls(void **state)
{
    static const struct {
        uint32_t first, last;
    } runs[] = {{0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},     {0x61C, 0x61C},
                {0x200B, 0x200B}, {0x200E, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},
                {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}};
    (void)state;
    for (uint32_t point = 0; point < 0xFFFE; ++point) {
        if (point >= 0xD800 && point <= 0xDFFF)
            continue;
        bool is_unseen = false;
        for (size_t i = 0; i < sizeof runs / sizeof runs[0]; ++i)
            is_unseen |= point >= runs[i].first && point <= runs[i].last;
        char bytes[4] = {(char)point};
        uint64_t length = point < 0x80 ? 1 : point < 0x800 ? 2 : 3;
        if (length == 2)
            bytes[0] = (char)(0xC0 | point >> 6);
        if (length == 3) {
            bytes[0] = (char)(0xE0 | point >> 12);
            bytes[1] = (char)(0x80 | (point >> 6 & 0x3F));
        }
        if (length > 1)
            bytes[length - 1] = (char)(0x80 | (point & 0x3F));
        expect_printable(bytes, length, is_unseen ? "?" : bytes);
    }
}

static void test_widths(void **state)
{
    (void)state;
    assert_int_equal(patron_text_width(""), 0);
    assert_int_equal(patron_text_width("abc"), 3);
    assert_int_equal(patron_text_width("caf\xC3\xA9"), 4);
    assert_int_equal(patron_text_width("cafe\xCC\x81"), 4);
    assert_int_equal(patron_text_width("\xE7\x99\xBD"), 2);
    assert_int_equal(patron_text_fit("\xE7\x99\xBD\xE8\x89\xB2", 3), 3);
    assert_int_equal(patron_text_fit("abc", 2), 2);
    assert_int_equal(patron_text_fit("abc", 9), 3);
}

static void expect_real(double real, int digits, const char *expected)
{
    char text[PATRON_NUMBER_CAPACITY];
    patron_number_real(real, digits, text);
    assert_string_equal(text, expected);
}

static void expect_decimal(double real, int decimals, const char *expected)
{
    char text[PATRON_NUMBER_CAPACITY];
    patron_number_decimal(real, decimals, text);
    assert_string_equal(text, expected);
}

static void test_numbers(void **state)
{
    (void)state;
    char text[PATRON_NUMBER_CAPACITY];
    patron_number_count(0, text);
    assert_string_equal(text, "0");
    patron_number_count(999, text);
    assert_string_equal(text, "999");
    patron_number_count(UINT64_MAX, text);
    assert_string_equal(text, "18,446,744,073,709,551,615");
    expect_real(0.0, 4, "0");
    expect_real(-0.0, 4, "0");
    expect_real(0.61224, 4, "0.6122");
    expect_real(9.99996, 4, "10.00");
    expect_real(1285.2, 4, "1,285");
    expect_real(-123456.7, 4, "-123,457");
    expect_real(3.14e-7, 2, "3.1e-07");
    expect_real(2e15, 2, "2.0e+15");
    expect_real(NAN, 3, "-");
    expect_real(INFINITY, 3, "inf");
    expect_decimal(8911407.904, 3, "8,911,407.904");
    expect_decimal(-999.0, 1, "-999.0");
    patron_number_decimal(-1e308, 20, text);
    assert_int_equal(strlen(text), 1 + 309 + 102 + 1 + 20);
}

static void test_page_width(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    assert_int_equal(patron_table_page_width(file), 100);
    fclose(file);
}

static void test_help(void **state)
{
    (void)state;
    struct {
        uint32_t k;
        patron_option_list inputs;
    } values = {0};
    static const char *const kinds[] = {"all", "closed"};
    const patron_option table[] = {
        {.name = "k",
         .key = 'k',
         .argument = "N",
         .doc = "segments",
         .standard = "8",
         .least = 1,
         .type = PATRON_OPTION_U32},
        {.name = "kind-of-the-itemsets",
         .argument = "KIND",
         .doc = "which of them",
         .group = "Sets",
         .type = PATRON_OPTION_CHOICE,
         .choices = kinds,
         .choice_count = 2,
         .required = true},
    };
    const patron_positional positional = {.name = "DATASET",
                                          .doc = "a file",
                                          .least = 1,
                                          .most = PATRON_POSITIONAL_UNLIMITED,
                                          .offset =
                                              (size_t)((char *)&values.inputs - (char *)&values)};
    const patron_help help = {.summary = "Does it",
                              .description = "one two three\nfour five six seven eight nine ten "
                                             "eleven twelve\n\nnext\n",
                              .examples = "  patron job a\n"};
    patron_options options = {.job = "job"};
    char *text = NULL;
    size_t length = 0;
    patron_options_add(&options, table, 2, &values, NULL);
    patron_options_set_positional(&options, &positional, &values);
    FILE *out = open_memstream(&text, &length);
    patron_help_write(out, &help, &options, 50);
    fclose(out);
    assert_string_equal(text, "Usage: patron job [options] DATASET...\n\nDoes it.\n\n"
                              "one two three four five six seven eight nine ten\n"
                              "eleven twelve\n\nnext\n\nInput:\n"
                              "  DATASET                   a file\n\nOptions:\n"
                              "  -k, --k N                 segments (at least 1;\n"
                              "                            default 8)\n\nSets:\n"
                              "      --kind-of-the-itemsets KIND\n"
                              "                            which of them (one of\n"
                              "                            all, closed; required)\n\n"
                              "Options may also be set by the environment\n"
                              "(--log-level by PATRON_LOG_LEVEL) and by a job\n"
                              "file (--config). A flag comes before the\n"
                              "environment, the environment before the file, the\n"
                              "file before the default. A flag may be shortened\n"
                              "while it stays unambiguous.\n\nExamples:\n  patron job a\n");
    free(text);
    patron_options_free(&options);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alignment),
        cmocka_unit_test(test_shortening),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_one_column_and_none),
        cmocka_unit_test(test_transposition),
        cmocka_unit_test(test_texts_cannot_steer_a_terminal),
        cmocka_unit_test(test_unseen_controls),
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_page_width),
        cmocka_unit_test(test_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
