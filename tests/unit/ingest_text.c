/* SPDX-License-Identifier: Apache-2.0 */
/* Fields: blanks, numbers, times, UTF-8; and interning. */
#include "ingest_support.h"

#include "ingest/intern.h"
#include "ingest/text.h"

static void test_trim(void **state)
{
    (void)state;
    assert_true(patron_slice_equal(patron_slice_trim(patron_slice_of(" \t a b \r\n")),
                                   patron_slice_of("a b")));
    assert_int_equal(patron_slice_trim(patron_slice_of("  ")).length, 0);
}

static void test_numbers_are_nearest(void **state)
{
    (void)state;
    static const char *const texts[] = {"0",
                                        "-0",
                                        "12",
                                        "+3.50",
                                        ".5",
                                        "5.",
                                        "2.55",
                                        "1e3",
                                        "1.5E-3",
                                        "1e22",
                                        "1e-22",
                                        "123456789012345",
                                        "0.1",
                                        "1e23",
                                        "1e400",
                                        "8.41869e-323",
                                        "0.3e-5",
                                        "000012",
                                        "0.000123",
                                        "123456789012345678901",
                                        "9007199254740993",
                                        "0.1234567890123456789",
                                        "1e-400"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; ++i) {
        double value = 42.0, expected = strtod(texts[i], NULL);
        assert_true(patron_slice_number(patron_slice_of(texts[i]), &value));
        assert_memory_equal(&value, &expected, sizeof value);
    }
}

static void test_what_is_no_number(void **state)
{
    (void)state;
    static const char *const texts[] = {"",    "-",   ".",     "1,5", "0x10", "1e", "1e+", "12 3",
                                        "inf", "nan", "1.2.3", "--1", "e5",   "1f", "£5"};
    double value = 0.0;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; ++i)
        assert_false(patron_slice_number(patron_slice_of(texts[i]), &value));
}

static void test_times(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
    } cases[] = {{"1970-01-01", 0},
                 {"1970-01-02T00:00:01Z", 86401},
                 {"2011-12-09 12:50", 1323435000},
                 {"2011-12-09 12:50:07", 1323435007},
                 {"2000-02-29", 951782400},
                 {"2100-03-01", 4107542400},
                 {"1969-12-31 23:59:59", -1},
                 {"0001-01-01", -62135596800},
                 {"9999-12-31T23:59:59Z", 253402300799},
                 {"2011-12-09 12:50:07.999", 1323435007},
                 {"2011-12-09T12:50:07.5Z", 1323435007},
                 {"2011-12-09T12:50+01:00", 1323431400},
                 {"2011-12-09T12:50:07-0530", 1323454807},
                 {"2011-12-09 12:50:07+01", 1323431407}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        int64_t seconds = 7;
        assert_true(patron_ingest_parse_time(cases[i].text, &seconds));
        assert_int_equal(seconds, cases[i].seconds);
    }
    char text[PATRON_TIME_CAPACITY];
    assert_string_equal(patron_time_text(1323435007, text), "2011-12-09T12:50:07Z");
    assert_string_equal(patron_time_text(-1, text), "1969-12-31T23:59:59Z");
    assert_string_equal(patron_time_text(951782400, text), "2000-02-29T00:00:00Z");
}

static void test_what_is_no_time(void **state)
{
    (void)state;
    static const char *const texts[] = {"",           "2011-13-01",       "2011-02-29",
                                        "1900-02-29", "2011-00-10",       "2011-01-00",
                                        "0000-01-01", "2011-01-01Z",      "2011-01-01 24:00",
                                        "2011/01/01", "2011-01-01 12:60", "2011-01-01 12:00:60",
                                        "01-12-2011", "2011-01-01x12:00", "2011-01-01 12:00:00+1",
                                        "2011-1-1",   "2011-01-01 12"};
    int64_t seconds = 0;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; ++i)
        assert_false(patron_ingest_parse_time(texts[i], &seconds));
}

static void test_utf8(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "abc",
                                       "caf\xc3\xa9",
                                       "\xe2\x82\xac",
                                       "\xf0\x9f\x98\x80",
                                       "\xf4\x8f\xbf\xbf",
                                       "\xed\x9f\xbf"};
    static const char *const bad[] = {"\xe9t\xe9",        "\xc3",         "\xc0\x80",
                                      "\xe0\x80\x80",     "\xed\xa0\x80", "\xf0\x80\x80\x80",
                                      "\xf4\x90\x80\x80", "\x80",         "\xf5\x80\x80\x80",
                                      "\xe2\x82",         "\xc3(",        "\xff"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; ++i)
        assert_true(patron_slice_is_utf8(patron_slice_of(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i)
        assert_false(patron_slice_is_utf8(patron_slice_of(bad[i])));
}

static void test_quote_cuts_and_masks(void **state)
{
    (void)state;
    char quote[PATRON_QUOTE_CAPACITY], text[201];
    assert_string_equal(patron_slice_quote(patron_slice_of("a\tb\xff\xc3\xa9"), quote),
                        "a?b?\xc3\xa9");
    memset(text, 'x', 200);
    text[200] = '\0';
    patron_slice_quote(patron_slice_of(text), quote);
    assert_string_equal(quote + strlen(quote) - 4, "x...");
    for (int i = 0; i < 200; i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    assert_true(
        patron_slice_is_utf8(patron_slice_of(patron_slice_quote(patron_slice_of(text), quote))));
}

/* More texts than the first slots hold; sorting gives bytewise ranks. */
static void test_intern(void **state)
{
    (void)state;
    enum { COUNT = 5000 };
    patron_interner interner = {0};
    uint32_t number = 0, *rank = NULL;
    char text[16];
    for (int round = 0; round < 2; ++round)
        for (uint32_t i = 0; i < COUNT; ++i) {
            snprintf(text, sizeof text, "id%u", COUNT - i);
            assert_ok(patron_interner_find(&interner, patron_slice_of(text), &number));
            assert_int_equal(number, i);
        }
    assert_ok(patron_interner_sort(&interner, &rank));
    assert_int_equal(interner.texts.count, COUNT);
    for (uint32_t i = 0; i < COUNT; ++i) {
        const uint64_t *offset = interner.texts.offsets + rank[i];
        snprintf(text, sizeof text, "id%u", COUNT - i);
        assert_int_equal(offset[1] - offset[0], strlen(text));
        assert_memory_equal(interner.texts.bytes + offset[0], text, strlen(text));
    }
    free(rank);
    patron_interner_free(&interner);
}

static void test_bytewise_order(void **state)
{
    (void)state;
    static const char *const texts[] = {"b", "a", "abcdefgh",  "abcdefghi", "\xc3\xa9", "10",
                                        "9", "A", "abcdefgha", "",          "abcdefg"};
    patron_interner interner = {0};
    uint32_t number = 0, *rank = NULL;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; ++i)
        assert_ok(patron_interner_find(&interner, patron_slice_of(texts[i]), &number));
    assert_ok(patron_interner_sort(&interner, &rank));
    assert_string_equal(joined(&interner.texts),
                        "|10|9|A|a|abcdefg|abcdefgh|abcdefgha|abcdefghi|b|\xc3\xa9");
    free(rank);
    patron_interner_free(&interner);
}

static void test_cut_into_ranges(void **state)
{
    (void)state;
    for (uint64_t total = 0; total < 12; ++total)
        for (uint64_t parts = 1; parts < 6; ++parts) {
            uint64_t next = 0;
            for (uint64_t i = 0; i < parts; ++i) {
                patron_range range = patron_range_cut(total, i, parts);
                assert_int_equal(range.first, next);
                assert_in_range(range.count, total / parts, total / parts + 1);
                next += range.count;
            }
            assert_int_equal(next, total);
        }
    patron_range last = patron_range_cut(UINT64_MAX, UINT64_MAX - 1, UINT64_MAX);
    assert_int_equal(last.first, UINT64_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trim),
        cmocka_unit_test(test_numbers_are_nearest),
        cmocka_unit_test(test_what_is_no_number),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_what_is_no_time),
        cmocka_unit_test(test_utf8),
        cmocka_unit_test(test_quote_cuts_and_masks),
        cmocka_unit_test(test_intern),
        cmocka_unit_test(test_bytewise_order),
        cmocka_unit_test(test_cut_into_ranges),
    };
    return RUN_GROUP("ingest_text", tests);
}
