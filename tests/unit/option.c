/* SPDX-License-Identifier: Apache-2.0 */
/* Options: each type, each error with its text, precedence, environment, exclusion, the record. */
#include "cli/option.h"
#include "runtime/suggest.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum shape { SHAPE_ROUND, SHAPE_FLAT };

struct values {
    bool force;
    int threads;
    uint32_t k;
    uint64_t seed, memory, count;
    double tol, support, share;
    const char *output;
    enum shape shape;
    patron_option_list columns, inputs;
};

static const char *const shapes[] = {"round", "flat"};

static const patron_option table[] = {
    {.name = "force", .key = 'f', .doc = "d", PATRON_OPTION_STORE(struct values, force)},
    {.name = "threads",
     .argument = "N",
     .doc = "d",
     .standard = "1",
     .most = 64,
     PATRON_OPTION_STORE(struct values, threads)},
    {.name = "k",
     .key = 'k',
     .argument = "N",
     .doc = "d",
     .standard = "8",
     .least = 1,
     PATRON_OPTION_STORE(struct values, k)},
    {.name = "seed", .argument = "N", .doc = "d", PATRON_OPTION_STORE(struct values, seed)},
    {.name = "memory",
     .argument = "SIZE",
     .doc = "d",
     .least = 1024,
     PATRON_OPTION_STORE_SIZE(struct values, memory)},
    {.name = "tol",
     .argument = "X",
     .doc = "d",
     .standard = "1e-4",
     .interval = {.low = 0.0, .high = INFINITY},
     PATRON_OPTION_STORE(struct values, tol)},
    {.name = "min-support",
     .argument = "S",
     .doc = "d",
     .interval = {.low = 0.0, .high = 1.0, .low_open = true},
     .excludes = "min-count",
     PATRON_OPTION_STORE(struct values, support)},
    {.name = "min-count",
     .argument = "C",
     .doc = "d",
     .least = 1,
     PATRON_OPTION_STORE(struct values, count)},
    {.name = "share",
     .argument = "X",
     .doc = "d",
     .interval = {.low = -1.0, .high = 1.0, .high_open = true},
     PATRON_OPTION_STORE(struct values, share)},
    {.name = "output",
     .key = 'o',
     .argument = "FILE",
     .doc = "d",
     PATRON_OPTION_STORE(struct values, output)},
    {.name = "shape",
     .argument = "SHAPE",
     .doc = "d",
     .standard = "flat",
     PATRON_OPTION_STORE_CHOICE(struct values, shape, shapes)},
    {.name = "columns",
     .argument = "COL,...",
     .doc = "d",
     PATRON_OPTION_STORE(struct values, columns)},
    {.name = "config",
     .argument = "FILE",
     .doc = "d",
     .reach = PATRON_REACH_NOT_FILE,
     .type = PATRON_OPTION_TEXT,
     .offset = offsetof(struct values, output)},
    {.name = "help",
     .key = 'h',
     .doc = "d",
     .stops = true,
     .reach = PATRON_REACH_FLAG,
     PATRON_OPTION_STORE(struct values, force)},
};

static const patron_positional one_or_two = {
    .name = "INPUT", .doc = "d", .least = 1, .most = 2, .offset = offsetof(struct values, inputs)};

/* A parse of the words of `line` (apart by one blank), and what came of it. */
struct attempt {
    struct values values;
    patron_options options;
    char line[512];
    char *argv[32];
    patron_status status;
    char text[1024];
};

static void try_with(struct attempt *attempt, const char *line, const patron_positional *positional)
{
    int argc = 0;
    *attempt = (struct attempt){.options = {.job = "job"}};
    snprintf(attempt->line, sizeof attempt->line, "job %s", line);
    for (char *word = strtok(attempt->line, " "); word != NULL; word = strtok(NULL, " "))
        attempt->argv[argc++] = word;
    attempt->status = patron_options_add(&attempt->options, table, sizeof table / sizeof table[0],
                                         &attempt->values, NULL);
    if (positional != NULL)
        patron_options_set_positional(&attempt->options, positional, &attempt->values);
    if (attempt->status == PATRON_OK)
        attempt->status = patron_options_parse(&attempt->options, argc, attempt->argv);
    if (attempt->status == PATRON_OK && attempt->options.stopped_by == NULL)
        attempt->status = patron_options_resolve(&attempt->options);
    patron_fail_text(attempt->status, attempt->text, sizeof attempt->text);
}

static void give_up(struct attempt *attempt)
{
    patron_options_free(&attempt->options);
}

static void expect_usage(const char *line, const char *text)
{
    struct attempt attempt;
    try_with(&attempt, line, &one_or_two);
    assert_int_equal(attempt.status, PATRON_USAGE);
    assert_string_equal(attempt.text, text);
    give_up(&attempt);
}

static void test_every_type(void **state)
{
    (void)state;
    struct attempt attempt;
    try_with(&attempt,
             "-f --threads 64 -k3 --seed=18446744073709551615 --memory 4G --tol 2.5e-3 "
             "--share -0.5 -o out --shape round --columns a,b --columns=c in1 in2",
             &one_or_two);
    assert_int_equal(attempt.status, PATRON_OK);
    const struct values *v = &attempt.values;
    assert_true(v->force);
    assert_int_equal(v->threads, 64);
    assert_int_equal(v->k, 3);
    assert_true(v->seed == UINT64_MAX);
    assert_true(v->memory == UINT64_C(4) << 30);
    assert_true(v->tol == 2.5e-3 && v->share == -0.5);
    assert_string_equal(v->output, "out");
    assert_int_equal(v->shape, SHAPE_ROUND);
    assert_int_equal(v->columns.count, 3);
    assert_string_equal(v->columns.names[0], "a");
    assert_string_equal(v->columns.names[2], "c");
    assert_int_equal(v->inputs.count, 2);
    assert_string_equal(v->inputs.names[1], "in2");
    give_up(&attempt);
}

static void test_defaults(void **state)
{
    (void)state;
    struct attempt attempt;
    try_with(&attempt, "in", &one_or_two);
    assert_int_equal(attempt.status, PATRON_OK);
    assert_int_equal(attempt.values.k, 8);
    assert_int_equal(attempt.values.shape, SHAPE_FLAT);
    assert_true(attempt.values.tol == 1e-4);
    assert_null(attempt.values.output);
    assert_false(patron_options_given(&attempt.options, "k"));
    give_up(&attempt);
}

static void test_order_of_words(void **state)
{
    (void)state;
    struct attempt attempt;
    try_with(&attempt, "- --k 2 --k 3 -- --k", &one_or_two);
    assert_int_equal(attempt.status, PATRON_OK);
    assert_int_equal(attempt.values.k, 3);
    assert_string_equal(attempt.values.inputs.names[0], "-");
    assert_string_equal(attempt.values.inputs.names[1], "--k");
    give_up(&attempt);
}

static void test_flags_may_be_abbreviated(void **state)
{
    (void)state;
    struct attempt attempt;
    try_with(&attempt, "--thr 5 --col x in", &one_or_two);
    assert_int_equal(attempt.status, PATRON_OK);
    assert_int_equal(attempt.values.threads, 5);
    give_up(&attempt);
    expect_usage("--s 1 in", "ambiguous option '--s': it may stand for --seed, --share, --shape");
}

static void test_wrong_flags(void **state)
{
    (void)state;
    expect_usage("--colums a in", "unknown option '--colums'; did you mean '--columns'?");
    expect_usage("--quality=3 in", "unknown option '--quality'");
    expect_usage("-z in", "unknown option '-z'");
    expect_usage("-fz in", "unknown option '-z'");
    expect_usage("--force=yes in", "--force takes no value, found 'yes'");
    expect_usage("in --k", "--k: no value found, expected a whole number from 1 to 4294967295");
    expect_usage("in -o", "--output: no value found, expected FILE, not empty");
}

static void test_wrong_whole_numbers(void **state)
{
    (void)state;
    const char *const bad[] = {"0", "x", "3x", "-1", "+1", "4294967296", "1.5", "0x10", "1K"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
        char line[64], text[128];
        snprintf(line, sizeof line, "--k %s in", bad[i]);
        snprintf(text, sizeof text, "--k: found '%s', expected a whole number from 1 to 4294967295",
                 bad[i]);
        expect_usage(line, text);
    }
    expect_usage("--k= in", "--k: found '', expected a whole number from 1 to 4294967295");
    expect_usage("--threads 65 in", "--threads: found '65', expected a whole number from 0 to 64");
    expect_usage("--seed 18446744073709551616 in",
                 "--seed: found '18446744073709551616', expected a whole number of at least 0");
}

static void test_wrong_values_of_other_types(void **state)
{
    (void)state;
    expect_usage("--memory 1 in",
                 "--memory: found '1', expected a size of at least 1024 bytes, such as 512M or 4G");
    expect_usage("--memory 16777216T in", "--memory: found '16777216T', expected a size of at "
                                          "least 1024 bytes, such as 512M or 4G");
    expect_usage("--memory 4GB in", "--memory: found '4GB', expected a size of at least 1024 "
                                    "bytes, such as 512M or 4G");
    expect_usage("--min-support 0 in", "--min-support: found '0', expected a number in (0, 1]");
    expect_usage("--min-support nan in", "--min-support: found 'nan', expected a number in (0, 1]");
    expect_usage("--share 1 in", "--share: found '1', expected a number in [-1, 1)");
    expect_usage("--tol inf in", "--tol: found 'inf', expected a number of at least 0");
    expect_usage("--tol 0x1p3 in", "--tol: found '0x1p3', expected a number of at least 0");
    expect_usage("--tol 1e999 in", "--tol: found '1e999', expected a number of at least 0");
    expect_usage("--shape Round in", "--shape: found 'Round', expected one of round, flat");
    expect_usage("--columns a,,b in",
                 "--columns: found 'a,,b', expected names separated by commas, none empty");
    expect_usage("--output= in", "--output: found '', expected FILE, not empty");
}

static void test_number_of_inputs(void **state)
{
    (void)state;
    expect_usage("", "expected at least 1 INPUT, found 0");
    expect_usage("a b c", "expected at most 2 INPUT, found 3: 'c' is one too many");
    struct attempt attempt;
    try_with(&attempt, "a", NULL);
    assert_int_equal(attempt.status, PATRON_USAGE);
    assert_string_equal(attempt.text, "unexpected argument 'a', expected options only");
    give_up(&attempt);
}

static void test_help_stops(void **state)
{
    (void)state;
    struct attempt attempt;
    try_with(&attempt, "--k 0 --help --no-such", &one_or_two);
    assert_int_equal(attempt.status, PATRON_OK);
    assert_string_equal(attempt.options.stopped_by, "help");
    give_up(&attempt);
}

static void test_environment(void **state)
{
    (void)state;
    struct attempt attempt;
    setenv("PATRON_MIN_SUPPORT", "0.25", 1);
    setenv("PATRON_FORCE", "yes", 1);
    setenv("PATRON_K", "", 1);
    setenv("PATRON_HELP", "nonsense", 1);
    try_with(&attempt, "in", &one_or_two);
    assert_int_equal(attempt.status, PATRON_OK);
    assert_true(attempt.values.support == 0.25 && attempt.values.force);
    assert_int_equal(attempt.values.k, 8);
    assert_int_equal(patron_options_find(&attempt.options, "min-support")->source,
                     PATRON_FROM_ENVIRONMENT);
    give_up(&attempt);
    setenv("PATRON_MIN_SUPPORT", "2", 1);
    expect_usage("in", "PATRON_MIN_SUPPORT: found '2', expected a number in (0, 1]");
    expect_usage("--min-support 0.5 in",
                 "PATRON_MIN_SUPPORT: found '2', expected a number in (0, 1]");
    unsetenv("PATRON_MIN_SUPPORT");
    setenv("PATRON_FORCE", "maybe", 1);
    expect_usage("in", "PATRON_FORCE: found 'maybe', expected true or false");
    unsetenv("PATRON_FORCE");
    unsetenv("PATRON_K");
    unsetenv("PATRON_HELP");
}

static void test_exclusion(void **state)
{
    (void)state;
    expect_usage("--min-count 3 --min-support 0.1 in",
                 "--min-support and --min-count exclude each other, expected one of them");
    struct attempt attempt;
    setenv("PATRON_MIN_SUPPORT", "0.25", 1);
    try_with(&attempt, "--min-count 3 in", &one_or_two);
    assert_int_equal(attempt.status, PATRON_OK);
    assert_int_equal(attempt.values.count, 3);
    assert_true(attempt.values.support == 0.0);
    assert_false(patron_options_given(&attempt.options, "min-support"));
    assert_true(patron_options_given(&attempt.options, "min-count"));
    give_up(&attempt);
    unsetenv("PATRON_MIN_SUPPORT");
}

static void test_required_and_left_out(void **state)
{
    (void)state;
    static const patron_option must[] = {
        {.name = "output",
         .argument = "FILE",
         .doc = "d",
         .required = true,
         PATRON_OPTION_STORE(struct values, output)},
        {.name = "k", .argument = "N", .doc = "d", PATRON_OPTION_STORE(struct values, k)}};
    const char *const without[] = {"k", NULL};
    struct values values = {0};
    patron_options options = {.job = "job"};
    char *argv[] = {"job"};
    patron_options_add(&options, must, 2, &values, without);
    assert_null(patron_options_find(&options, "k"));
    assert_int_equal(patron_options_parse(&options, 1, argv), PATRON_OK);
    assert_int_equal(patron_options_resolve(&options), PATRON_USAGE);
    char text[256];
    patron_fail_text(PATRON_USAGE, text, sizeof text);
    assert_string_equal(text, "--output FILE is missing");
    patron_options_free(&options);
}

static void test_record(void **state)
{
    (void)state;
    struct attempt attempt;
    try_with(&attempt, "--tol 0.1 --memory 1M --columns a,\xFF in", &one_or_two);
    char *record = patron_options_record(&attempt.options);
    assert_string_equal(record,
                        "{\"force\": {\"value\": false, \"from\": \"default\"}, "
                        "\"threads\": {\"value\": 1, \"from\": \"default\"}, "
                        "\"k\": {\"value\": 8, \"from\": \"default\"}, "
                        "\"seed\": {\"value\": null, \"from\": \"default\"}, "
                        "\"memory\": {\"value\": 1048576, \"from\": \"flag\"}, "
                        "\"tol\": {\"value\": 0.1, \"from\": \"flag\"}, "
                        "\"min-support\": {\"value\": null, \"from\": \"default\"}, "
                        "\"min-count\": {\"value\": null, \"from\": \"default\"}, "
                        "\"share\": {\"value\": null, \"from\": \"default\"}, "
                        "\"output\": {\"value\": null, \"from\": \"default\"}, "
                        "\"shape\": {\"value\": \"flat\", \"from\": \"default\"}, "
                        "\"columns\": {\"value\": [\"a\", \"\xEF\xBF\xBD\"], \"from\": \"flag\"}, "
                        "\"config\": {\"value\": null, \"from\": \"default\"}, "
                        "\"INPUT\": [\"in\"]}");
    free(record);
    give_up(&attempt);
}

static bool holds(const char *record, const struct attempt *attempt, const char *name)
{
    bool found = false;
    assert_int_equal(
        patron_options_record_holds(record, patron_options_find(&attempt->options, name), &found),
        PATRON_OK);
    return found;
}

/* By value, wherever it came from; a text that has an option's words in it is none. */
static void test_record_holds(void **state)
{
    (void)state;
    struct attempt then, now, posing;
    try_with(&then, "--tol 0.1 --columns a in", &one_or_two);
    char *record = patron_options_record(&then.options);
    try_with(&now, "--k 8 --tol 0.2 --columns a,b in", &one_or_two);
    assert_true(holds(record, &now, "k"));
    assert_true(holds(record, &now, "shape"));
    assert_false(holds(record, &now, "tol"));
    assert_false(holds(record, &now, "columns"));
    free(record);
    try_with(&posing, "--columns \"tol\":{\"value\":0.2,\"from\":\"flag\"} in", &one_or_two);
    record = patron_options_record(&posing.options);
    assert_false(holds(record, &now, "tol"));
    free(record);
    give_up(&posing);
    give_up(&now);
    give_up(&then);
}

static void test_edit_distance(void **state)
{
    (void)state;
    assert_int_equal(patron_edit_distance("", ""), 0);
    assert_int_equal(patron_edit_distance("", "abc"), 3);
    assert_int_equal(patron_edit_distance("kitten", "sitting"), 3);
    assert_int_equal(patron_edit_distance("segment", "segmnet"), 2);
    assert_true(patron_may_mean("itemset", "itemsets"));
    assert_false(patron_may_mean("ingest", "inspect"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_type),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_order_of_words),
        cmocka_unit_test(test_flags_may_be_abbreviated),
        cmocka_unit_test(test_wrong_flags),
        cmocka_unit_test(test_wrong_whole_numbers),
        cmocka_unit_test(test_wrong_values_of_other_types),
        cmocka_unit_test(test_number_of_inputs),
        cmocka_unit_test(test_help_stops),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_exclusion),
        cmocka_unit_test(test_required_and_left_out),
        cmocka_unit_test(test_record),
        cmocka_unit_test(test_record_holds),
        cmocka_unit_test(test_edit_distance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
