/* SPDX-License-Identifier: Apache-2.0 */
/* Job files: what is taken from them, what comes before them, and what is wrong with them. */
#include "cli/config.h"
#include "cli/common.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char path[64];

struct values {
    uint32_t k;
    double tol;
    uint64_t count;
    patron_option_list columns;
};

static const patron_option table[] = {
    {.name = "k",
     .argument = "N",
     .standard = "8",
     .least = 1,
     PATRON_OPTION_STORE(struct values, k)},
    {.name = "tol", .argument = "X", .excludes = "count", PATRON_OPTION_STORE(struct values, tol)},
    {.name = "count", .argument = "N", PATRON_OPTION_STORE(struct values, count)},
    {.name = "columns", .argument = "COL,...", PATRON_OPTION_STORE(struct values, columns)},
};

/* What options --config gives, with one more flag (NULL: none). */
struct outcome {
    struct values values;
    patron_common_options common;
    patron_options options;
    patron_status status;
    char text[1024];
};

static void read_options(struct outcome *outcome, const char *file, const char *flag)
{
    char *argv[] = {"segment", "--config", (char *)file, (char *)flag};
    *outcome = (struct outcome){.options = {.job = "segment"}};
    patron_options_add(&outcome->options, table, 4, &outcome->values, NULL);
    patron_common_add(&outcome->options, &outcome->common, PATRON_OUTPUT_NONE, NULL);
    outcome->status = patron_options_parse(&outcome->options, flag != NULL ? 4 : 3, argv);
    if (outcome->status == PATRON_OK)
        outcome->status = patron_options_resolve(&outcome->options);
    patron_fail_text(outcome->status, outcome->text, sizeof outcome->text);
}

static void write_file(const char *text, size_t length)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

/* The file `text` must be refused with "PATH" and `message`. */
static void expect_config(const char *text, const char *message)
{
    char whole[1024];
    struct outcome outcome;
    write_file(text, strlen(text));
    read_options(&outcome, path, NULL);
    snprintf(whole, sizeof whole, "%s%s", path, message);
    assert_int_equal(outcome.status, PATRON_CONFIG);
    assert_string_equal(outcome.text, whole);
    patron_options_free(&outcome.options);
}

static void test_keys_of_the_own_section(void **state)
{
    (void)state;
    const char text[] = "\xEF\xBB\xBF; a comment\n[itemsets]\nrules = yes\n\n[segment]\r\n"
                        "k = 5 ; five\njson = true\ncolumns = a,\n    b\n    c\nthreads: 2";
    struct outcome outcome;
    write_file(text, sizeof text - 1);
    read_options(&outcome, path, NULL);
    assert_string_equal(outcome.text, "done");
    assert_int_equal(outcome.values.k, 5);
    assert_true(outcome.common.json);
    assert_int_equal(outcome.common.threads, 2);
    assert_int_equal(outcome.values.columns.count, 3);
    assert_string_equal(outcome.values.columns.names[2], "c");
    assert_int_equal(patron_options_find(&outcome.options, "k")->source, PATRON_FROM_FILE);
    patron_options_free(&outcome.options);
}

static void test_precedence(void **state)
{
    (void)state;
    struct outcome outcome;
    write_file("[segment]\nk = 2\n", 16);
    setenv("PATRON_K", "3", 1);
    read_options(&outcome, path, NULL);
    assert_int_equal(outcome.values.k, 3);
    patron_options_free(&outcome.options);
    read_options(&outcome, path, "--k=4");
    assert_int_equal(outcome.values.k, 4);
    patron_options_free(&outcome.options);
    unsetenv("PATRON_K");
    read_options(&outcome, path, NULL);
    assert_int_equal(outcome.values.k, 2);
    patron_options_free(&outcome.options);
}

static void test_file_named_by_environment(void **state)
{
    (void)state;
    struct values values = {0};
    patron_common_options common = {0};
    patron_options options = {.job = "segment"};
    char *argv[] = {"segment"};
    write_file("[segment]\nk = 2\n", 16);
    setenv("PATRON_CONFIG", path, 1);
    patron_options_add(&options, table, 4, &values, NULL);
    patron_common_add(&options, &common, PATRON_OUTPUT_NONE, NULL);
    assert_int_equal(patron_options_parse(&options, 1, argv), PATRON_OK);
    assert_int_equal(patron_options_resolve(&options), PATRON_OK);
    assert_int_equal(values.k, 2);
    patron_options_free(&options);
    unsetenv("PATRON_CONFIG");
}

static void test_wrong_keys_and_values(void **state)
{
    (void)state;
    expect_config("[segment]\nk = 2\nkolumns = a\n",
                  ":3: unknown key 'kolumns' in [segment]; did you mean 'columns'?");
    expect_config("[segment]\nquality = 2\n",
                  ":2: unknown key 'quality' in [segment], expected the long name of an option");
    expect_config("[segment]\nhelp = yes\n",
                  ":2: unknown key 'help' in [segment], expected the long name of an option");
    expect_config("[segment]\nk = 0\n",
                  ":2: k: found '0', expected a whole number from 1 to 4294967295");
    expect_config("[segment]\nk = 2\nk = 3\n", ":3: key 'k' found a second time in [segment]");
    expect_config("[segment]\nk = 2\n  3\n", ":3: key 'k' found a second time in [segment]");
    expect_config("[segment]\njson = 2\n", ":2: json: found '2', expected true or false");
}

static void test_exclusion(void **state)
{
    (void)state;
    char message[256];
    snprintf(message, sizeof message,
             ":2: tol and %s:3: count exclude each other, expected one of them", path);
    expect_config("[segment]\ntol = 2\ncount = 3\n", message);
}

static void test_malformed_files(void **state)
{
    (void)state;
    expect_config("k = 2\n", ":1: key 'k' found before any section, expected [segment] above it");
    expect_config("[segment]\nk\n", ":2: malformed line, expected [section] or key = value");
    expect_config("[segment\nk = 1\n", ":1: malformed line, expected [section] or key = value");
    expect_config("[segmnet]\nk = 1\n", ":2: unknown section [segmnet]; did you mean [segment]?");
    char long_line[400] = "[segment]\ncolumns = ";
    memset(long_line + 20, 'x', 300);
    long_line[320] = '\0';
    expect_config(long_line, ":2: a line of 310 bytes found, expected at most 199 (a list may go "
                             "on in indented lines)");
}

static void test_binary_file(void **state)
{
    (void)state;
    char whole[256];
    struct outcome outcome;
    write_file("[segment]\nk = 1\0\n", 17);
    read_options(&outcome, path, NULL);
    snprintf(whole, sizeof whole, "%s:2: a NUL byte found, expected text", path);
    assert_int_equal(outcome.status, PATRON_CONFIG);
    assert_string_equal(outcome.text, whole);
    patron_options_free(&outcome.options);
}

static void test_missing_file(void **state)
{
    (void)state;
    struct outcome outcome;
    read_options(&outcome, "/no/such/job.ini", NULL);
    assert_int_equal(outcome.status, PATRON_CONFIG);
    assert_string_equal(
        outcome.text, "/no/such/job.ini: the job file can't be opened: No such file or directory");
    patron_options_free(&outcome.options);
    read_options(&outcome, "/tmp", NULL);
    assert_int_equal(outcome.status, PATRON_CONFIG);
    assert_string_equal(outcome.text, "/tmp: the job file can't be read: Is a directory");
    patron_options_free(&outcome.options);
}

static int make_path(void **state)
{
    (void)state;
    strcpy(path, "/tmp/patron-config.XXXXXX");
    int file = mkstemp(path);
    return file < 0 ? -1 : close(file);
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_of_the_own_section),
        cmocka_unit_test(test_precedence),
        cmocka_unit_test(test_file_named_by_environment),
        cmocka_unit_test(test_wrong_keys_and_values),
        cmocka_unit_test(test_exclusion),
        cmocka_unit_test(test_malformed_files),
        cmocka_unit_test(test_binary_file),
        cmocka_unit_test(test_missing_file),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
