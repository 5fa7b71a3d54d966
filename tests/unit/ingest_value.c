/* SPDX-License-Identifier: Apache-2.0 */
/* Fields in the forms that people write them in: numbers with other marks, times by formats, words
 * for nothing, encodings; and the delimiter that a text shows. */
#include "ingest_support.h"

#include "ingest/csv_split.h"
#include "ingest/dialect.h"
#include "ingest/value.h"

static bool number(const patron_value_forms *forms, const char *text, double *value)
{
    return patron_value_number(forms, patron_slice_of(text), value);
}

static void test_numbers(void **state)
{
    (void)state;
    static const patron_value_forms german = {.decimal = ',', .thousands = '.'};
    static const patron_value_forms english = {.thousands = ','};
    static const patron_value_forms plain = {0};
    static const struct {
        const patron_value_forms *forms;
        const char *text;
        double value;
    } cases[] = {{&german, "1.234.567,25", 1234567.25},
                 {&german, "-0,5", -0.5},
                 {&german, "12", 12},
                 {&german, "1,5e3", 1500},
                 {&german, "1234,5", 1234.5},
                 {&english, "1,234.5", 1234.5},
                 {&english, "999", 999},
                 {&english, "+12,000,000", 12e6},
                 {&plain, "1234.5", 1234.5},
                 {&german, ",5", 0.5}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        double value = 0;
        assert_true(number(cases[i].forms, cases[i].text, &value));
        assert_true(value == cases[i].value);
    }
    static const struct {
        const patron_value_forms *forms;
        const char *text;
    } wrong[] = {{&german, "1.5"},      {&german, "12.34"},     {&german, "1.2345,6"},
                 {&german, ".123"},     {&german, "1..234"},    {&german, "1,2,3"},
                 {&german, "1.234.5"},  {&german, "1,234.5"},   {&english, "1,23"},
                 {&english, "1.5,000"}, {&english, "1234,567"}, {&plain, "1,5"},
                 {&german, ""},         {&german, "-"},         {&english, "1,234,"}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; ++i) {
        double value = 0;
        if (number(wrong[i].forms, wrong[i].text, &value))
            fail_msg("'%s' is taken for a number", wrong[i].text);
    }
}

static void test_times(void **state)
{
    (void)state;
    static const struct {
        const char *format, *text;
        int64_t seconds;
    } cases[] = {{"%d.%m.%Y", "09.12.2011", 1323388800},
                 {"%d.%m.%Y", "9.12.2011", 1323388800},
                 {"%m/%d/%y %I:%M %p", "12/9/11 12:50 PM", 1323435000},
                 {"%m/%d/%y %I:%M %p", "12/9/11  12:50 am", 1323391800},
                 {"%d %b %Y", "9 Dec 2011", 1323388800},
                 {"%B %e, %Y", "december 9, 2011", 1323388800},
                 {"%Y%m%d", "20111209", 1323388800},
                 {"%Y-%m-%dT%H:%M:%S.%f%z", "2011-12-09T12:50:07.25+01:00", 1323431407},
                 {"%d/%m/%y", "31/12/68", 3124137600},
                 {"%d/%m/%y", "01/01/69", -31536000},
                 {"%Y", "1970", 0},
                 {"%Y%%", "1970%", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        int64_t seconds = 7;
        assert_ok(patron_time_check_format(cases[i].format));
        if (!patron_time_scan(cases[i].format, patron_slice_of(cases[i].text), &seconds) ||
            seconds != cases[i].seconds)
            fail_msg("'%s' by '%s': %ld", cases[i].text, cases[i].format, (long)seconds);
    }
    static const struct {
        const char *format, *text;
    } wrong[] = {{"%d.%m.%Y", "31.02.2011"},  {"%d.%m.%Y", "9.13.2011"},
                 {"%d.%m.%Y", "9.12.11"},     {"%d.%m.%Y", "9.12.2011 "},
                 {"%d.%m.%Y", "9.12.2011 1"}, {"%I:%M %p %Y", "13:00 pm 2011"},
                 {"%b %Y", "Dez 2011"},       {"%d.%m.%Y", ""},
                 {"%H:%M %Y", "24:00 2011"},  {"%Y%z", "2011+1"}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; ++i) {
        int64_t seconds = 0;
        if (patron_time_scan(wrong[i].format, patron_slice_of(wrong[i].text), &seconds))
            fail_msg("'%s' is taken for a time", wrong[i].text);
    }
    assert_failed(patron_time_check_format("%Q"), PATRON_USAGE, "'%Q'");
    assert_failed(patron_time_check_format("%Y%"), PATRON_USAGE, "letters");
    assert_failed(patron_time_check_format("%d.%m."), PATRON_USAGE, "year");
}

static void test_words_for_nothing(void **state)
{
    (void)state;
    static const char *const words[] = {"Select", "-"};
    static const patron_value_forms usual = {0}, given = {.missing = words, .missing_count = 2};
    assert_true(patron_value_is_missing(&usual, patron_slice_of("")));
    assert_true(patron_value_is_missing(&usual, patron_slice_of("nan")));
    assert_true(patron_value_is_missing(&usual, patron_slice_of("Null")));
    assert_false(patron_value_is_missing(&usual, patron_slice_of("-")));
    assert_true(patron_value_is_missing(&given, patron_slice_of("Select")));
    assert_false(patron_value_is_missing(&given, patron_slice_of("select")));
    assert_false(patron_value_is_missing(&given, patron_slice_of("NA")));
    assert_true(patron_value_is_missing(&given, patron_slice_of("")));
    assert_false(patron_value_is_no_text(&usual, patron_slice_of("NA")));
    assert_true(patron_value_is_no_text(&given, patron_slice_of("-")));
}

static void assert_converted(patron_encoding encoding, const char *text, const char *expected)
{
    char utf8[64] = "";
    uint64_t used = patron_encoding_convert(encoding, text, strlen(text), utf8);
    assert_int_equal(used, strlen(expected));
    assert_memory_equal(utf8, expected, used);
}

static void test_encodings(void **state)
{
    (void)state;
    assert_converted(PATRON_ENCODING_LATIN1, "caf\xe9 \xff", "caf\xc3\xa9 \xc3\xbf");
    assert_converted(PATRON_ENCODING_LATIN1, "\x80", "\xc2\x80");
    assert_converted(PATRON_ENCODING_WINDOWS_1252, "5 \x80 \x93x\x94 \xe9",
                     "5 \xe2\x82\xac \xe2\x80\x9cx\xe2\x80\x9d \xc3\xa9");
    assert_converted(PATRON_ENCODING_WINDOWS_1252, "\x9f\x81", "\xc5\xb8\xc2\x81");
}

static char found(const char *text)
{
    char bytes[1024 + PATRON_CSV_PADDING] = "";
    snprintf(bytes, 1024, "%s", text);
    return patron_dialect_find_delimiter(bytes, strlen(bytes), false);
}

static void test_delimiters(void **state)
{
    (void)state;
    assert_int_equal(found("a,b,c\n1,2,3\n"), ',');
    assert_int_equal(found("a;b;c\n1,5;2,5;3\n"), ';');
    assert_int_equal(found("id;amount, net;x\n1;2,5;3\n"), ';');
    assert_int_equal(found("a\tb\n1,2\t3\n"), '\t');
    assert_int_equal(found("a|b\n1|2\n"), '|');
    assert_int_equal(found("lone\n1\n2\n"), ',');
    assert_int_equal(found("\"a;b\",c\n\"d;e\",f\n"), ',');
    assert_int_equal(found("a;b"), ';');
    assert_int_equal(found("a,b|c\n1,2|3\n4|5\n"), '|');
}

typedef struct split_state {
    char seen[256];
} split_state;

static patron_status write_down(void *context, const patron_csv_record *record)
{
    split_state *s = context;
    for (uint32_t i = 0; i < record->count; ++i) {
        size_t used = strlen(s->seen);
        snprintf(s->seen + used, sizeof s->seen - used, "%s%.*s", i == 0 ? "" : "|",
                 (int)record->fields[i].length, record->fields[i].bytes);
    }
    size_t used = strlen(s->seen);
    snprintf(s->seen + used, sizeof s->seen - used, ";");
    return PATRON_OK;
}

static patron_status write_rejected(void *context, patron_slice row, const patron_csv_fault *fault)
{
    split_state *s = context;
    size_t used = strlen(s->seen);
    snprintf(s->seen + used, sizeof s->seen - used, "!%lu:%.*s;", (unsigned long)fault->offset,
             (int)row.length, row.bytes);
    return PATRON_OK;
}

static void assert_split(patron_dialect dialect, const char *text, bool is_end, uint64_t used_of,
                         const char *expected)
{
    char bytes[256 + PATRON_CSV_PADDING] = "";
    split_state s = {""};
    uint64_t used = 0;
    snprintf(bytes, 256, "%s", text);
    patron_csv_splitter splitter = {
        .dialect = dialect, .reject = write_rejected, .reject_context = &s};
    assert_ok(patron_csv_split(&splitter, bytes, strlen(bytes), is_end, write_down, &s, &used));
    patron_csv_splitter_free(&splitter);
    assert_string_equal(s.seen, expected);
    assert_int_equal(used, used_of);
}

static void test_rejected_records(void **state)
{
    (void)state;
    const patron_dialect two = {.delimiter = ',', .fields = 2};
    assert_split(two, "1,2\n3\n4,5\n", true, 10, "1|2;!4:3;4|5;");
    assert_split(two, "1,2,3\r\n4,5\r\n", true, 12, "!0:1,2,3;4|5;");
    assert_split(two, "1,\xff\n4,5\n\xe9,1\n", true, 12, "!0:1,\xff;4|5;!8:\xe9,1;");
    /* an odd quote takes the text up to the next one along */
    assert_split(two, "1,2\"\n3,4\"\n5,6\n", true, 14, "!0:1,2\"\n3,4\";5|6;");
    assert_split(two, "\"a\"b,2\n5,6\n", true, 11, "!0:\"a\"b,2;5|6;");
    assert_split(two, "1,2\n3,\"4\n5,6\n", true, 13, "1|2;!4:3,\"4\n5,6;");
    /* of what is cut off there may be more */
    assert_split(two, "1,2\n3", false, 4, "1|2;");
    assert_split(two, "1,2\n3,\"4\n", false, 4, "1|2;");
    assert_split(two, "1,2\n3\n", false, 6, "1|2;!4:3;");
    assert_split(two, "1,2\n3\r", false, 4, "1|2;");
    assert_split(two, "1,2\n1,\"2\"x", false, 4, "1|2;");
}

static void test_plain_quotes_and_encodings(void **state)
{
    (void)state;
    const patron_dialect plain = {.delimiter = '\t', .plain_quotes = true, .fields = 2};
    assert_split(plain, "5\" pipe\t\"x\n\"\ty\n", true, 15, "5\" pipe|\"x;\"|y;");
    const patron_dialect latin = {
        .delimiter = ';', .encoding = PATRON_ENCODING_LATIN1, .fields = 2};
    assert_split(latin, "caf\xe9;\"\xfc\"\"\xe4\"\n", true, 12, "caf\xc3\xa9|\xc3\xbc\"\xc3\xa4;");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_words_for_nothing),
        cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_delimiters),
        cmocka_unit_test(test_rejected_records),
        cmocka_unit_test(test_plain_quotes_and_encodings),
    };
    return RUN_GROUP("ingest_value", tests);
}
