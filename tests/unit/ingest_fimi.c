/* SPDX-License-Identifier: Apache-2.0 */
/* Baskets as FIMI text. */
#include "ingest_support.h"

static patron_dataset_content content;

/* All baskets, as one process gets them. */
static patron_status read_baskets(const char *path)
{
    const patron_comm self = patron_comm_self();
    patron_basket_range range;
    content = (patron_dataset_content){0};
    patron_status status = patron_ingest_baskets(&self, path, NULL, &range);
    if (status == PATRON_OK)
        status = patron_basket_range_frame(&self, &range, &content);
    content.basket_offsets = range.offsets;
    content.basket_items = range.items;
    return status;
}

static void assert_baskets(const char *path, const char *baskets, const char *items)
{
    assert_ok(read_baskets(path));
    assert_string_equal(basket_list(&content), baskets);
    assert_string_equal(joined(&content.item_names), items);
    patron_dataset_content_free(&content);
}

static void test_lines(void **state)
{
    (void)state;
    assert_baskets(input("10 9 2\n9\n"), "0 1 2;1;", "2|9|10");
    assert_baskets(input("10 9 2\n9"), "0 1 2;1;", "2|9|10");
    assert_baskets(input("10\t9  2 \r\n 9\r\n"), "0 1 2;1;", "2|9|10");
    assert_baskets(input("\xef\xbb\xbf"
                         "1\n"),
                   "0;", "1");
}

static void test_empty_lines_are_baskets(void **state)
{
    (void)state;
    assert_baskets(input("1\n\n  \n1\n\n"), "0;;;0;;", "1");
    assert_baskets(input("\n"), ";", "");
}

static void test_repeats_and_zeros(void **state)
{
    (void)state;
    assert_baskets(input("7 7 007 3 7\n0\n"), "1 2;0;", "0|3|7");
}

static void test_large_numbers(void **state)
{
    (void)state;
    assert_baskets(input("18446744073709551615 4006381333931 5\n4294967296 1048575 1048576\n"),
                   "0 4 5;1 2 3;",
                   "5|1048575|1048576|4294967296|4006381333931|18446744073709551615");
    assert_failed(read_baskets(input("1\n18446744073709551616\n")), PATRON_DATA, "line 2");
}

static void test_long_basket(void **state)
{
    (void)state;
    char text[4000];
    size_t used = 0;
    for (int i = 299; i >= 0; --i)
        used += (size_t)snprintf(text + used, sizeof text - used, "%d %d ", 2 * i, 2 * i);
    assert_ok(read_baskets(input(text)));
    assert_int_equal(content.basket_offsets[1], 300);
    for (uint32_t i = 0; i < 300; ++i)
        assert_int_equal(content.basket_items[i], i);
    patron_dataset_content_free(&content);
}

/* Numbers that straddle the pieces in which the file is read. */
static void test_many_pieces(void **state)
{
    (void)state;
    enum { LINES = 200000 };
    char *text = malloc((size_t)LINES * 16);
    assert_non_null(text);
    size_t used = 0;
    for (int i = 0; i < LINES; ++i)
        used += (size_t)sprintf(text + used, "%d %d\n", i % 1000, 100000 + i % 7);
    const char *path = input_gzip(text, 0);
    free(text);
    assert_ok(read_baskets(path));
    assert_int_equal(content.baskets, LINES);
    assert_int_equal(content.item_names.count, 1007);
    for (uint32_t i = 0; i < LINES; ++i) {
        assert_int_equal(content.basket_offsets[i], 2 * (uint64_t)i);
        assert_int_equal(content.basket_items[2 * i], i % 1000);
        assert_int_equal(content.basket_items[2 * i + 1], 1000 + i % 7);
    }
    patron_dataset_content_free(&content);
}

static void test_figures(void **state)
{
    (void)state;
    assert_ok(read_baskets(input("1 2 2\n\n3\n")));
    assert_true(figure(&content, "rows_read") == 3 && figure(&content, "baskets") == 3);
    assert_true(figure(&content, "items") == 3 && figure(&content, "entries") == 3);
    patron_dataset_content_free(&content);
}

static void test_what_is_refused(void **state)
{
    (void)state;
    assert_failed(read_baskets(input("1 2\n3 milk\n")), PATRON_DATA, "line 2: found 'm'");
    assert_failed(read_baskets(input("-1\n")), PATRON_DATA, "line 1: found '-'");
    assert_failed(read_baskets(input_of("1\n\0\n", 4)), PATRON_DATA, "line 2: found byte 0x00");
    assert_failed(read_baskets(input("")), PATRON_DATA, "empty");
    assert_failed(read_baskets("/nowhere/at/all"), PATRON_NO_INPUT, "/nowhere/at/all");
    assert_int_equal(content.baskets, 0);
    assert_null(content.basket_items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_empty_lines_are_baskets),
        cmocka_unit_test(test_repeats_and_zeros),
        cmocka_unit_test(test_large_numbers),
        cmocka_unit_test(test_long_basket),
        cmocka_unit_test(test_many_pieces),
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_what_is_refused),
    };
    return RUN_GROUP("ingest_fimi", tests);
}
