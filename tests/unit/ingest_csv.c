/* SPDX-License-Identifier: Apache-2.0 */
/* CSV text, plain and as a stream: RFC 4180, lines, and what is refused. */
#include "ingest_support.h"

#include "ingest/csv.h"
#include "ingest/scan.h"
#include "ingest/show.h"

#include <inttypes.h>

/* Everything that is handed over: "line:field|field;" each, the header without its line. */
static char seen[4096];

static void write_down(const patron_csv_record *record)
{
    size_t used = strlen(seen);
    for (uint32_t i = 0; i < record->count; ++i)
        used += (size_t)snprintf(seen + used, sizeof seen - used, "%s%.*s", i == 0 ? "" : "|",
                                 (int)record->fields[i].length, record->fields[i].bytes);
    snprintf(seen + used, sizeof seen - used, ";");
}

static patron_status on_header(void *context, const patron_csv_record *header)
{
    (void)context;
    write_down(header);
    return PATRON_OK;
}

static patron_status on_record(void *context, const patron_csv_record *record)
{
    const patron_scan *scan = context;
    size_t used = strlen(seen);
    uint64_t line = 0;
    assert_ok(patron_blocks_line(&scan->blocks, scan->blocks.cuts[0] + record->offset, &line));
    snprintf(seen + used, sizeof seen - used, "%" PRIu64 ":", line);
    write_down(record);
    return PATRON_OK;
}

static patron_status read_csv(const char *path, char delimiter)
{
    const patron_comm alone = patron_comm_self();
    patron_sources sources;
    patron_scan scan = {0};
    void *const contexts[] = {&scan};
    const patron_scan_options options = {
        .blocks = {.threads = 1,
                   .piece = 1 << 16,
                   .header = {.dialect = {.delimiter = delimiter}, .take = on_header}},
        .take = on_record,
        .contexts = contexts};
    seen[0] = '\0';
    patron_status status = patron_sources_look(path, &sources);
    if (status == PATRON_OK)
        status = patron_scan_begin(&alone, &sources, &options, &scan);
    if (status == PATRON_OK)
        status = patron_scan_rest(&scan);
    patron_scan_end(&scan);
    patron_sources_free(&sources);
    return status;
}

static void assert_read(const char *text, const char *expected)
{
    assert_ok(read_csv(input(text), 0));
    assert_string_equal(seen, expected);
}

static void test_line_ends(void **state)
{
    (void)state;
    assert_read("a,b\n1,2\n3,4\n", "a|b;2:1|2;3:3|4;");
    assert_read("a,b\n1,2\n3,4", "a|b;2:1|2;3:3|4;");
    assert_read("a,b\r\n1,2\r\n3,4\r\n", "a|b;2:1|2;3:3|4;");
    assert_read("a,b\r1,2\r3,4\r", "a|b;2:1|2;3:3|4;");
    assert_read("\xef\xbb\xbf"
                "a,b\n1,2\n",
                "a|b;2:1|2;");
}

static void test_blank_lines_are_counted(void **state)
{
    (void)state;
    assert_read("\na,b\n\n\n1,2\n", "a|b;5:1|2;");
    assert_read("a,b\r\n\r\n\r\n1,2\r\n", "a|b;4:1|2;");
    assert_read("a,b\n  \n1,2\n", "a|b;3:1|2;");
}

static void test_quotes(void **state)
{
    (void)state;
    assert_read("a,b\n\"x,y\",\"say \"\"hi\"\"\"\n", "a|b;2:x,y|say \"hi\";");
    assert_read("a,b\n\"x\ny\n\",2\n3,4\n", "a|b;2:x\ny|2;5:3|4;");
    assert_read("a,b\n1,\"x\r\ny\"\r\n3,4\r\n", "a|b;2:1|x\r\ny;4:3|4;");
    assert_read("a,b\n\"\",\"\"\n", "a|b;2:|;");
}

static void test_blanks_are_trimmed(void **state)
{
    (void)state;
    assert_read("a , b\n  1\t,\" 2 \"\n,\n", "a|b;2:1|2;3:|;");
}

static void test_delimiter(void **state)
{
    (void)state;
    assert_ok(read_csv(input("a;b\n1,5;2\n"), ';'));
    assert_string_equal(seen, "a|b;2:1,5|2;");
    assert_ok(read_csv(input("a\tb\n\t2\n"), '\t'));
    assert_string_equal(seen, "a|b;2:|2;");
    assert_false(patron_dialect_may_delimit('"'));
    assert_false(patron_dialect_may_delimit('5'));
    assert_true(patron_dialect_may_delimit(';'));
}

static void test_gzip(void **state)
{
    (void)state;
    assert_ok(read_csv(input_gzip("a,b\n1,2\n", 0), 0));
    assert_string_equal(seen, "a|b;2:1|2;");
    assert_failed(read_csv(input_gzip("a,b\n1,2\n", 9), 0), PATRON_DATA, "truncated");
    assert_failed(read_csv(input_gzip("a,b\n1,2\n", 4), 0), PATRON_DATA, "truncated");
}

static void test_corrupt_gzip(void **state)
{
    (void)state;
    FILE *file = fopen(input_gzip("a,b\n1,2\n", 0), "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, -6, SEEK_END), 0); /* in the checksum */
    int byte = fgetc(file);
    assert_int_equal(fseek(file, -1, SEEK_CUR), 0);
    fputc(byte ^ 0xff, file);
    fclose(file);
    assert_failed(read_csv(input_path, 0), PATRON_DATA, "gzip data is corrupt");
}

static void test_standard_input(void **state)
{
    (void)state;
    int kept = dup(STDIN_FILENO);
    FILE *file = fopen(input_gzip("a,b\n1,2\n3\n", 0), "rb");
    assert_non_null(file);
    assert_true(dup2(fileno(file), STDIN_FILENO) >= 0);
    patron_status status = read_csv("-", 0);
    fclose(file);
    if (kept >= 0) {
        dup2(kept, STDIN_FILENO);
        close(kept);
    }
    assert_string_equal(seen, "a|b;2:1|2;");
    assert_failed(status, PATRON_DATA, "standard input, line 3: 1 fields");
}

static void test_ragged(void **state)
{
    (void)state;
    assert_failed(read_csv(input("a,b\n\"x\n\",2\n1\n"), 0), PATRON_DATA,
                  "line 4: 1 fields found, 2 are expected");
    assert_failed(read_csv(input("a,b\n1,2,3\n"), 0), PATRON_DATA,
                  "line 2: more than the 2 fields");
}

static void test_quotes_out_of_place(void **state)
{
    (void)state;
    assert_failed(read_csv(input("a,b\n1,2\n3,5\" nail\n"), 0), PATRON_DATA, "line 3: a quote");
    assert_failed(read_csv(input("a,b\n\"x\ny\"z,2\n"), 0), PATRON_DATA, "line 3: a quote");
    assert_failed(read_csv(input("a,b\n1,\"x\n2,3\n"), 0), PATRON_DATA,
                  "line 2: the quote that opens here");
}

static void test_endless_field(void **state)
{
    (void)state;
    size_t length = (size_t)20 << 20;
    char *text = malloc(length);
    assert_non_null(text);
    memset(text, 'x', length);
    memcpy(text, "a,b\n1,\"", 7);
    const char *path = input_of(text, length);
    free(text);
    assert_failed(read_csv(path, 0), PATRON_DATA, "line 2: a record of more than 16 MiB");
}

static void test_nul(void **state)
{
    (void)state;
    assert_failed(read_csv(input_of("a,b\n1,\0\n", 8), 0), PATRON_DATA, "line 2: a NUL byte");
}

static void test_nothing_there(void **state)
{
    (void)state;
    assert_failed(read_csv(input(""), 0), PATRON_DATA, "is empty; a header line");
    assert_failed(read_csv(input("\n\n"), 0), PATRON_DATA, "is empty");
    assert_failed(read_csv(input("\xef\xbb\xbf"), 0), PATRON_DATA, "is empty");
    assert_failed(read_csv(folder, 0), PATRON_NO_INPUT, "is a folder");
    assert_failed(read_csv("/nowhere/at/all", 0), PATRON_NO_INPUT, "No such file");
}

static void test_find_column(void **state)
{
    (void)state;
    patron_slice fields[] = {patron_slice_of("a"), patron_slice_of("b"), patron_slice_of("a")};
    patron_csv_fault fault = {.offset = 9};
    patron_csv_record header = {.fields = fields, .count = 3, .fault = &fault};
    uint32_t column = 9;
    assert_ok(patron_csv_find(&header, "b", &column));
    assert_int_equal(column, 1);
    assert_int_equal(patron_csv_find(&header, "a", &column), PATRON_DATA);
    assert_non_null(strstr(fault.text, "'a' 2 times"));
    assert_int_equal(patron_csv_find(&header, "c", &column), PATRON_DATA);
    assert_string_equal(fault.text, ": no column 'c'; the header names: a, b, a");
    assert_int_equal(fault.offset, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_ends),     cmocka_unit_test(test_blank_lines_are_counted),
        cmocka_unit_test(test_quotes),        cmocka_unit_test(test_blanks_are_trimmed),
        cmocka_unit_test(test_delimiter),     cmocka_unit_test(test_gzip),
        cmocka_unit_test(test_corrupt_gzip),  cmocka_unit_test(test_standard_input),
        cmocka_unit_test(test_ragged),        cmocka_unit_test(test_quotes_out_of_place),
        cmocka_unit_test(test_endless_field), cmocka_unit_test(test_nul),
        cmocka_unit_test(test_nothing_there), cmocka_unit_test(test_find_column),
    };
    patron_show_values(true);
    return RUN_GROUP("ingest_csv", tests);
}
