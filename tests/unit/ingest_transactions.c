/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions: the rules, the order, baskets, labels and features by hand. */
#include "ingest_support.h"

#include "ingest/show.h"

#include <math.h>

#define HEADER "who,order,sku,text,n,each,when\n"

static patron_dataset_content content;
static patron_ingest_transactions_options options;

static int all_columns(void **state)
{
    (void)state;
    options = patron_ingest_transactions_defaults();
    options.customer = "who";
    options.basket = "order";
    options.item = "sku";
    options.label = "text";
    options.quantity = "n";
    options.price = "each";
    options.time = "when";
    return 0;
}

static int release(void **state)
{
    (void)state;
    patron_dataset_content_free(&content);
    return 0;
}

static patron_status read_text(const char *text)
{
    const patron_comm alone = patron_comm_self();
    const char *name = input(text);
    patron_sources sources = {0};
    patron_ingested lists = {0};
    options.folder = folder;
    options.output = "output";
    patron_status status = patron_sources_find(&alone, &name, 1, &sources);
    if (status == PATRON_OK)
        status = patron_ingest_transactions(&alone, &sources, &options, &lists);
    patron_sources_free(&sources);
    content = (patron_dataset_content){0};
    if (status == PATRON_OK)
        collect(&lists, &content);
    return status;
}

/* Customer 7 buys three times, 12 once, in a basket with an item twice. */
static const char *const shop[] = {
    "12,104,c,Cup,1,3,2020-01-11 00:00:00\n",     "7,101,a,Apple,2,0.5,2020-01-01 12:00:00\n",
    "7,101,b,Bread,1,1.25,2020-01-01 12:00:00\n", "7,102,a,Apple,1,0.5,2020-01-03 12:00:00\n",
    "7,102,a,apple,3,0.1,2020-01-03 13:00:00\n",  "7,103,c,cup,10,2,2020-01-07 00:00:00\n"};
enum { SHOP_ROWS = 6 };

/* The shop's rows from `first` on, round about, every `step`-th. */
static const char *shop_text(int first, int step)
{
    static char text[1024];
    strcpy(text, HEADER);
    for (int i = 0; i < SHOP_ROWS; ++i)
        strcat(text, shop[(first + i * step) % SHOP_ROWS]);
    return text;
}

static void assert_shop(void)
{
    assert_string_equal(joined(&content.customer_id), "12|7");
    assert_string_equal(joined(&content.basket_id), "101|102|103|104");
    assert_string_equal(joined(&content.item_names), "a|b|c");
    assert_string_equal(joined(&content.item_labels), "Apple|Bread|Cup");
    assert_string_equal(basket_list(&content), "0 1;0;2;2;");
    assert_memory_equal(content.basket_customer, ((const uint64_t[]){1, 1, 1, 0}), 32);
    assert_memory_equal(content.basket_time,
                        ((const int64_t[]){1577880000, 1578052800, 1578355200, 1578700800}), 32);
    assert_string_equal(joined(&content.column_names),
                        "recency_days|frequency|monetary|mean_basket_value|distinct_items|"
                        "mean_items_per_basket|tenure_days|mean_days_between_baskets");
    assert_string_equal(joined(&content.column_units),
                        "days|baskets|currency|currency|items|items|days|days");
    const double monetary = 1.0 + 1.25 + 0.5 + 3 * 0.1 + 20.0;
    const float of_12[] = {0, 1, 3, 3, 1, 1, 0};
    const float of_7[] = {
        4, 3, (float)monetary, (float)(monetary / 3.0), 3, (float)(4.0 / 3.0), 9.5F, 2.75F};
    assert_memory_equal(content.features, of_12, sizeof of_12);
    assert_true(isnan(content.features[7]));
    assert_memory_equal(content.features + 8, of_7, sizeof of_7);
    assert_true(figure(&content, "revenue") == monetary + 3.0);
    assert_true(figure(&content, "missing_mean_days_between_baskets") == 1);
}

static void test_features_and_baskets(void **state)
{
    (void)state;
    assert_ok(read_text(shop_text(0, 1)));
    assert_shop();
}

static void test_row_order_does_not_matter(void **state)
{
    (void)state;
    for (int first = 0; first < SHOP_ROWS; ++first)
        for (int step = 1; step <= 5; step += 4) {
            assert_ok(read_text(shop_text(first, step)));
            assert_shop();
            patron_dataset_content_free(&content);
        }
}

static void test_as_of(void **state)
{
    (void)state;
    options.has_as_of = true;
    assert_true(patron_ingest_parse_time("2020-01-12", &options.as_of));
    assert_ok(read_text(shop_text(0, 1)));
    assert_true(content.features[0] == 1.0F && content.features[6] == 1.0F);
    assert_true(content.features[8] == 5.0F && content.features[14] == 10.5F);
    patron_dataset_content_free(&content);
    assert_true(patron_ingest_parse_time("2020-01-10", &options.as_of));
    assert_failed(read_text(shop_text(0, 1)), PATRON_DATA,
                  "2020-01-10T00:00:00Z, lies before the last time of the rows kept, "
                  "2020-01-11T00:00:00Z");
}

/* A row for each rule, and rows that two rules would hit. */
static const char dirty[] = HEADER ",1,a,x,1,1,2020-01-01\n"
                                   ",C1,a,x,-1,0,2020-01-01\n"
                                   "9,,a,x,1,1,2020-01-01\n"
                                   "9,1, ,x,1,1,2020-01-01\n"
                                   "9,C2,a,x,-1,1,2020-01-01\n"
                                   "9,1,a,x,0,0,2020-01-01\n"
                                   "9,1,a,x,-2.5,1,2020-01-01\n"
                                   "9,1,a,x,1,0.00,2020-01-01\n"
                                   "9,1,a,x,2,3,2020-01-01\n";

static void test_rules_by_default(void **state)
{
    (void)state;
    assert_ok(read_text(dirty));
    assert_true(figure(&content, "rows_read") == 9 && figure(&content, "rows_kept") == 1);
    assert_true(figure(&content, "dropped_no_customer") == 2);
    assert_true(figure(&content, "dropped_no_basket") == 1);
    assert_true(figure(&content, "dropped_no_item") == 1);
    assert_true(figure(&content, "dropped_cancelled") == -1);
    assert_true(figure(&content, "dropped_quantity") == 3);
    assert_true(figure(&content, "dropped_price") == 1);
    assert_true(figure(&content, "customers") == 1 && figure(&content, "baskets") == 1);
    assert_true(figure(&content, "items") == 1 && figure(&content, "revenue") == 6.0);
}

static void test_cancelled_rule(void **state)
{
    (void)state;
    options.cancelled_prefix = "C";
    assert_ok(read_text(dirty));
    assert_true(figure(&content, "dropped_no_customer") == 2);
    assert_true(figure(&content, "dropped_cancelled") == 1);
    assert_true(figure(&content, "dropped_quantity") == 2);
}

static void test_rules_off(void **state)
{
    (void)state;
    options.drop_no_customer = options.drop_quantity = options.drop_price = false;
    assert_ok(read_text(dirty));
    assert_true(figure(&content, "rows_kept") == 7);
    assert_true(figure(&content, "dropped_no_customer") == -1);
    assert_true(figure(&content, "dropped_quantity") == -1);
    assert_true(figure(&content, "dropped_price") == -1);
    assert_true(figure(&content, "revenue") == 1.0 - 1.0 - 2.5 + 6.0);
    assert_string_equal(joined(&content.customer_id), "9");
    assert_string_equal(joined(&content.basket_id), "1|C1|C2");
    assert_memory_equal(content.basket_customer, ((const uint64_t[]){0, UINT64_MAX, 0}), 24);
    assert_true(content.features[1] == 2.0F && content.features[2] == 2.5F);
}

static void test_no_customer_at_all(void **state)
{
    (void)state;
    options.drop_no_customer = false;
    assert_ok(read_text(HEADER ",1,a,x,1,1,2020-01-01\n"));
    assert_int_equal(content.rows, 0);
    assert_int_equal(content.columns, 0);
    assert_true(content.basket_customer[0] == UINT64_MAX);
}

static void test_nothing_kept(void **state)
{
    (void)state;
    assert_failed(read_text(HEADER "1,1,a,x,0,1,2020-01-01\n,1,a,x,1,1,2020-01-01\n"), PATRON_DATA,
                  "no row is kept of 2 read (dropped_no_customer 1, dropped_quantity 1)");
    assert_failed(read_text(HEADER), PATRON_DATA, "no row is kept of 0 read");
}

static void test_labels(void **state)
{
    (void)state;
    assert_ok(read_text(HEADER "1,1,tie,zebra,1,1,2020-01-01\n"
                               "1,2,tie,  Ape ,1,1,2020-01-01\n"
                               "1,1,often,a,1,1,2020-01-01\n"
                               "1,2,often,b ,1,1,2020-01-01\n"
                               "1,3,often, b,1,1,2020-01-01\n"
                               "1,1,rest,,1,1,2020-01-01\n"
                               "1,2,rest, ,1,1,2020-01-01\n"
                               "1,3,rest,word,1,1,2020-01-01\n"
                               "1,1,bare,,1,1,2020-01-01\n"
                               "1,1,few,dropped,0,1,2020-01-01\n"
                               "1,2,few,dropped,0,1,2020-01-01\n"
                               "1,3,few,\"kept, \"\"so\"\"\",1,1,2020-01-01\n"
                               "1,3,gone,x,0,1,2020-01-01\n"));
    assert_string_equal(joined(&content.item_names), "bare|few|often|rest|tie");
    assert_string_equal(joined(&content.item_labels), "|kept, \"so\"|b|word|Ape");
}

static void test_basket_of_several_customers(void **state)
{
    (void)state;
    static const char *const rows[] = {"b,1,x,,1,1,2020-01-02\n", "c,1,y,,1,2,2020-01-01\n",
                                       "a,1,x,,1,4,2020-01-02\n", "d,1,z,,1,8,2020-01-01\n"};
    for (int first = 0; first < 4; ++first) {
        char text[256] = HEADER;
        for (int i = 0; i < 4; ++i)
            strcat(text, rows[(first + i) % 4]);
        assert_ok(read_text(text));
        assert_true(content.basket_customer[0] == 2); /* c: earliest, and before d */
        assert_true(content.basket_time[0] == 1577836800);
        for (int c = 0; c < 4; ++c)
            assert_true(content.features[8 * c + 1] == 1.0F && content.features[8 * c + 5] == 1.0F);
        patron_dataset_content_free(&content);
    }
}

static void test_columns_left_out(void **state)
{
    (void)state;
    options.label = options.price = options.time = NULL;
    assert_ok(read_text(shop_text(0, 1)));
    assert_string_equal(joined(&content.column_names),
                        "frequency|distinct_items|mean_items_per_basket");
    assert_null(content.basket_time);
    assert_int_equal(content.item_labels.count, 0);
    assert_true(figure(&content, "revenue") == -1);
    patron_dataset_content_free(&content);
    options.customer = NULL;
    assert_ok(read_text(shop_text(0, 1)));
    assert_int_equal(content.rows, 0);
    assert_int_equal(content.columns, 0);
    assert_null(content.basket_customer);
    assert_string_equal(basket_list(&content), "0 1;0;2;2;");
    patron_dataset_content_free(&content);
    options.basket = NULL;
    assert_failed(read_text(shop_text(0, 1)), PATRON_USAGE, "basket");
}

/* Cancellation that float64 sums in any order would miss. */
static void test_sums_are_exact(void **state)
{
    (void)state;
    options.drop_quantity = false;
    assert_ok(read_text(HEADER "1,1,a,x,1,1e16,2020-01-01\n1,1,b,x,1,1,2020-01-01\n"
                               "1,1,c,x,-1,1e16,2020-01-01\n"));
    assert_true(figure(&content, "revenue") == 1.0);
    assert_true(content.features[2] == 1.0F);
}

static void test_malformed_fields(void **state)
{
    (void)state;
    assert_failed(read_text(HEADER "1,1,a,\"x\ny\",1,1,2020-01-01\n1,1,a,x,1,two,2020-01-01\n"),
                  PATRON_DATA, "line 4, column 'each': found 'two', expected a number");
    assert_failed(read_text(HEADER "1,1,a,x,,1,2020-01-01\n"), PATRON_DATA,
                  "line 2, column 'n': found '', expected a number");
    assert_failed(read_text(HEADER "1,1,a,x,1e999,1,2020-01-01\n"), PATRON_DATA, "column 'n'");
    assert_failed(read_text(HEADER "1,1,a,x,1e200,1e200,2020-01-01\n"), PATRON_DATA,
                  "quantity times price");
    assert_failed(read_text(HEADER "1,1,a,x,1,1e39,2020-01-01\n"), PATRON_DATA,
                  "the feature monetary of a customer");
    assert_failed(read_text(HEADER "1,1,a,x,1,1,1/2/2020\n"), PATRON_DATA,
                  "line 2, column 'when': found '1/2/2020', expected a time");
    assert_failed(read_text(HEADER "1,1,a\xe9,x,1,1,2020-01-01\n"), PATRON_DATA,
                  "line 2, byte 37: byte 0xE9, the row's 6., is no UTF-8");
    assert_null(content.basket_items);
}

static void test_dropped_rows_may_hold_anything(void **state)
{
    (void)state;
    assert_ok(read_text(HEADER ",1,a,x,many,two,never\n1,1,a,x,1,1,2020-01-01\n"));
    assert_true(figure(&content, "dropped_no_customer") == 1);
}

static void test_unknown_column(void **state)
{
    (void)state;
    options.price = "Price";
    assert_failed(read_text(shop_text(0, 1)), PATRON_DATA,
                  "no column 'Price'; the header names: who, order, sku, text, n, each, when");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, all_columns, release)
    const struct CMUnitTest tests[] = {
        TEST(test_features_and_baskets),
        TEST(test_row_order_does_not_matter),
        TEST(test_as_of),
        TEST(test_rules_by_default),
        TEST(test_cancelled_rule),
        TEST(test_rules_off),
        TEST(test_no_customer_at_all),
        TEST(test_nothing_kept),
        TEST(test_labels),
        TEST(test_basket_of_several_customers),
        TEST(test_columns_left_out),
        TEST(test_sums_are_exact),
        TEST(test_malformed_fields),
        TEST(test_dropped_rows_may_hold_anything),
        TEST(test_unknown_column),
    };
    patron_show_values(true);
    return RUN_GROUP("ingest_transactions", tests);
}
