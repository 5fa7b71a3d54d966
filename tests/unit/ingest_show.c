/* SPDX-License-Identifier: Apache-2.0 */
/* What messages tell of fields. */
#include "ingest_support.h"

#include "ingest/show.h"

static const char *tell(const char *text)
{
    static char told[PATRON_TOLD_CAPACITY];
    return patron_slice_tell(patron_slice_of(text), told);
}

static void test_shapes(void **state)
{
    (void)state;
    patron_show_values(false);
    assert_string_equal(tell("Zo\xc3\xab-9 x@y.zz"),
                        "'Aaa-9 a@a.aa' (its shape; --show-values tells more)");
    assert_string_equal(tell("-1.50E+3"), "'-9.99A+9' (its shape; --show-values tells more)");
    assert_string_equal(tell(""), "''");
    const char *cut = tell("1234567812345678123456781234567812345678123456781234567812345678");
    assert_non_null(strstr(cut, "999...'"));
    assert_null(strpbrk(cut, "12345678"));
}

static void test_values(void **state)
{
    (void)state;
    patron_show_values(true);
    assert_string_equal(tell("Zo\xc3\xab 7"), "'Zo\xc3\xab 7'");
}

static const char *tell_header(const char *name)
{
    static char told[640];
    patron_slice fields[] = {patron_slice_of("Customer"), patron_slice_of("b"),
                             patron_slice_of("Ann Quartz")};
    const patron_csv_record header = {.fields = fields, .count = 3};
    patron_header_tell(&header, patron_slice_of(name), told, sizeof told);
    return told;
}

static void test_headers(void **state)
{
    (void)state;
    patron_show_values(false);
    assert_string_equal(tell_header("customer"), "did you mean 'Customer'?");
    assert_string_equal(tell_header("Custommer"), "did you mean 'Customer'?");
    assert_string_equal(tell_header("B"), "did you mean 'b'?");
    assert_string_equal(tell_header("c"), "the header names 3 columns (--show-values lists them)");
    assert_string_equal(tell_header("price"),
                        "the header names 3 columns (--show-values lists them)");
    patron_show_values(true);
    assert_string_equal(tell_header("price"), "the header names: Customer, b, Ann Quartz");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_shapes), cmocka_unit_test(test_values),
                                       cmocka_unit_test(test_headers)};
    return RUN_GROUP("ingest_show", tests);
}
