/* SPDX-License-Identifier: Apache-2.0 */
/* Feature tables. */
#include "ingest_support.h"

#include "ingest/show.h"

#include <math.h>

static patron_dataset_content content;
static patron_ingest_table_options options;

static int by_id(void **state)
{
    (void)state;
    options = (patron_ingest_table_options){
        .columns = {.id = "id", .min_level = 1}, .threads = 1, .folder = "/tmp", .output = "table"};
    return 0;
}

static int release(void **state)
{
    (void)state;
    patron_dataset_content_free(&content);
    return 0;
}

static patron_status read_table(const char *text)
{
    const patron_comm alone = patron_comm_self();
    const char *path = input(text);
    patron_sources sources = {0};
    patron_ingested lists = {0};
    patron_dataset_content_free(&content);
    patron_status status = patron_sources_find(&alone, &path, 1, &sources);
    if (status == PATRON_OK)
        status = patron_ingest_table(&alone, &sources, &options, &lists);
    if (status == PATRON_OK)
        collect(&lists, &content);
    patron_sources_free(&sources);
    return status;
}

static void assert_features(const float *expected)
{
    for (uint64_t i = 0; i < content.rows * content.columns; ++i)
        if (isnan(expected[i]))
            assert_true(isnan(content.features[i]));
        else
            assert_true(content.features[i] == expected[i]);
}

static void test_sorted_by_id(void **state)
{
    (void)state;
    assert_ok(read_table("age,id, income\n40,c,1.5\n30, b10 ,2\n20,a,3e2\n50,b9,-0.1\n"));
    assert_string_equal(joined(&content.customer_id), "a|b10|b9|c");
    assert_string_equal(joined(&content.column_names), "age|income");
    assert_string_equal(joined(&content.column_sources), "features|features");
    assert_int_equal(content.column_units.count, 0);
    assert_int_equal(content.baskets, 0);
    assert_features((const float[]){20, 300, 30, 2, 50, -0.1F, 40, 1.5F});
    assert_true(figure(&content, "rows_read") == 4 && figure(&content, "customers") == 4);
}

/* Every order of five rows: all kinds of cycles. */
static void test_any_order_gives_the_same(void **state)
{
    (void)state;
    static const char *const rows[] = {"a,0,5\n", "b,1,6\n", "c,2,7\n", "d,3,8\n", "e,4,9\n"};
    for (int code = 0; code < 3125; ++code) {
        char text[64] = "id,x,y\n";
        int seen = 0;
        for (int i = 0, rest = code; i < 5; ++i, rest /= 5) {
            seen |= 1 << (rest % 5);
            strcat(text, rows[rest % 5]);
        }
        if (seen != 31)
            continue;
        assert_ok(read_table(text));
        assert_string_equal(joined(&content.customer_id), "a|b|c|d|e");
        assert_features((const float[]){0, 5, 1, 6, 2, 7, 3, 8, 4, 9});
        patron_dataset_content_free(&content);
    }
}

static void test_missing_values(void **state)
{
    (void)state;
    assert_ok(read_table("id,x,y\na,,NA\nb,nan, \nc,NULL,7\n"));
    assert_features((const float[]){NAN, NAN, NAN, NAN, NAN, 7});
    assert_true(figure(&content, "missing_values") == 5);
}

static void test_row_numbers_as_ids(void **state)
{
    (void)state;
    options.columns.id = NULL;
    assert_ok(read_table("x\n0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n"));
    assert_string_equal(joined(&content.customer_id), "00|01|02|03|04|05|06|07|08|09|10");
    assert_features((const float[]){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10});
}

static void test_columns_and_exclusion(void **state)
{
    (void)state;
    const char *const columns[] = {"z", "x"}, *const exclude[] = {"name"}, *const unknown[] = {"w"};
    options.columns.columns = columns;
    options.columns.column_count = 2;
    assert_ok(read_table("id,x,name,z\na,1,Ann,2\n"));
    assert_string_equal(joined(&content.column_names), "x|z");
    patron_dataset_content_free(&content);
    options.columns.columns = NULL;
    options.columns.column_count = 0;
    options.columns.exclude = exclude;
    options.columns.exclude_count = 1;
    assert_ok(read_table("id,x,name,z\na,1,Ann,2\n"));
    assert_string_equal(joined(&content.column_names), "x|z");
    patron_dataset_content_free(&content);
    options.columns.exclude = unknown;
    assert_failed(read_table("id,x,name,z\na,1,Ann,2\n"), PATRON_DATA,
                  "no column 'w'; the header names: id, x, name, z");
}

static void test_bad_ids(void **state)
{
    (void)state;
    assert_failed(read_table("id,x\na,1\n\"b\nc\",2\nsecret,3\nd,4\nsecret,5\n"), PATRON_DATA,
                  "lines 5 and 7, column 'id': the same id");
    char text[1024];
    patron_fail_text(PATRON_DATA, text, sizeof text);
    assert_null(strstr(text, "secret"));
    assert_failed(read_table("id,x\na,1\n ,2\n"), PATRON_DATA,
                  "line 3, column 'id': the id is empty");
    assert_failed(read_table("id,x\na\xe9,1\n"), PATRON_DATA, "line 2, byte 7: byte 0xE9");
    assert_failed(read_table("key,x\na,1\n"), PATRON_DATA, "no column 'id'");
}

static void test_bad_values(void **state)
{
    (void)state;
    assert_failed(read_table("id,x\na,1\nb,many\n"), PATRON_DATA,
                  "line 3, column 'x': found 'many', expected a number; a --plan");
    assert_failed(read_table("id,x\na,inf\n"), PATRON_DATA,
                  "found 'inf', expected a finite number");
    assert_failed(read_table("id,x\na,-Infinity\n"), PATRON_DATA, "expected a finite number");
    assert_failed(read_table("id,x\na,1e39\n"), PATRON_DATA, "found '1e39', expected a finite");
    assert_failed(read_table("id,x\na,1e999\n"), PATRON_DATA, "expected a finite number");
    assert_ok(read_table("id,x\na,3.4028235e38\nb,1e-60\n"));
    assert_features((const float[]){3.4028235e38F, 0.0F});
}

static void test_bad_headers(void **state)
{
    (void)state;
    assert_failed(read_table("id,x,x\na,1,2\n"), PATRON_DATA, "columns 2 and 3 are both named 'x'");
    assert_failed(read_table("id\na\n"), PATRON_DATA, "no column is left");
    assert_failed(read_table("id,x\n"), PATRON_DATA, "no row follows");
    assert_failed(read_table(""), PATRON_DATA, "empty");
    assert_null(content.features);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, by_id, release)
    const struct CMUnitTest tests[] = {
        TEST(test_sorted_by_id),
        TEST(test_any_order_gives_the_same),
        TEST(test_missing_values),
        TEST(test_row_numbers_as_ids),
        TEST(test_columns_and_exclusion),
        TEST(test_bad_ids),
        TEST(test_bad_values),
        TEST(test_bad_headers),
    };
    patron_show_values(true);
    return RUN_GROUP("ingest_table", tests);
}
