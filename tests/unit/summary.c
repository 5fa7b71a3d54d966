/* SPDX-License-Identifier: Apache-2.0 */
/* The summary as JSON and as CSV, its numbers and texts, the phases' seconds, and the command line
 * as a text. */
#include "cli/summary.h"
#include "cli/command_line.h"
#include "cli/json.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_json(json_t *value, const char *expected)
{
    char *text = patron_json_format(value, false);
    assert_string_equal(text, expected);
    free(text);
    json_decref(value);
}

static void test_numbers(void **state)
{
    (void)state;
    expect_json(patron_json_real(0.1), "0.1");
    expect_json(patron_json_real(1.0), "1.0");
    expect_json(patron_json_real(-0.0), "-0.0");
    expect_json(patron_json_real(8911407.904), "8911407.904");
    expect_json(patron_json_real(0.1 + 0.2), "0.30000000000000004");
    expect_json(patron_json_real(1e300), "1e+300");
    expect_json(patron_json_real(DBL_TRUE_MIN), "4.94065645841247e-324");
    expect_json(patron_json_real(NAN), "null");
    expect_json(patron_json_real(-INFINITY), "null");
    expect_json(patron_json_count(INT64_MAX), "9223372036854775807");
    expect_json(patron_json_count(UINT64_MAX), "1.8446744073709552e+19");
}

static void test_reals_read_back(void **state)
{
    (void)state;
    double real = 1.0 / 3.0;
    for (int i = 0; i < 1000; ++i, real *= -1.7320508) {
        json_t *value = patron_json_real(real);
        char *text = patron_json_format(value, false);
        assert_true(strtod(text, NULL) == real);
        free(text);
        json_decref(value);
    }
}

static void test_texts(void **state)
{
    (void)state;
    expect_json(patron_json_text("a\"\n\x1B\xC3\xA9", 6), "\"a\\\"\\n\\u001B\xC3\xA9\"");
    expect_json(patron_json_text("\xFF", 1), "\"\xEF\xBF\xBD\"");
}

static void test_empty_containers(void **state)
{
    (void)state;
    expect_json(json_array(), "[]");
    expect_json(json_object(), "{}");
}

static void test_summary(void **state)
{
    (void)state;
    patron_summary summary = patron_summary_create("segment");
    patron_phases phases = {.phases = {{"read", 0.1234567}, {"total", 2.0}}, .count = 2};
    patron_summary_set_count(&summary, "k", 8);
    patron_summary_set_real(&summary, "inertia", NAN);
    patron_summary_set_flag(&summary, "converged", true);
    patron_summary_set_text(&summary, "output", "m.h5", 4);
    patron_summary_set(&summary, "sizes", json_pack("[i, i]", 1, 2));
    patron_summary_set(&summary, "segments", json_pack("[{s: i}, {s: i}]", "a", 1, "a", 2));
    patron_summary_set_seconds(&summary, &phases);
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    assert_int_equal(patron_summary_print(&summary, out), PATRON_OK);
    fclose(out);
    assert_string_equal(text, "{\n  \"job\": \"segment\",\n  \"k\": 8,\n  \"inertia\": null,\n"
                              "  \"converged\": true,\n  \"output\": \"m.h5\",\n"
                              "  \"sizes\": [1, 2],\n"
                              "  \"segments\": [\n    {\n      \"a\": 1\n    },\n"
                              "    {\n      \"a\": 2\n    }\n  ],\n"
                              "  \"seconds\": {\n    \"read\": 0.123457,\n    \"total\": 2.0\n  }\n"
                              "}\n");
    free(text);
    patron_summary_free(&summary);
}

static void test_summary_as_csv(void **state)
{
    (void)state;
    patron_summary summary = patron_summary_create("segment");
    patron_summary_set_real(&summary, "inertia", NAN);
    patron_summary_set_text(&summary, "output", "a,\"b\"\n", 6);
    patron_summary_set(&summary, "sizes", json_pack("[i, i]", 1, 2));
    patron_summary_set(&summary, "segments",
                       json_pack("[{s: i, s: {s: f}}, {s: i, s: [{s: b}]}]", "a", 1, "of", "x", 0.5,
                                 "a", 2, "best", "yes", 1));
    patron_summary_set(&summary, "table", json_pack("[[i, i], []]", 3, 4));
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    assert_int_equal(patron_summary_print_csv(&summary, out), PATRON_OK);
    fclose(out);
    assert_string_equal(text, "name,value\njob,segment\ninertia,\noutput,\"a,\"\"b\"\"\n\"\n"
                              "sizes.0,1\nsizes.1,2\n"
                              "\nsegments,a,of.x\n0,1,0.5\n1,2,\n"
                              "\nsegments,segments.best,yes\n1,0,true\n"
                              "\ntable,0,1\n0,3,4\n1,,\n");
    free(text);
    patron_summary_free(&summary);
}

static void test_summary_that_lost_a_member(void **state)
{
    (void)state;
    patron_summary summary = patron_summary_create("segment");
    patron_summary_set(&summary, "lost", NULL);
    assert_int_equal(patron_summary_print(&summary, stdout), PATRON_RESOURCE);
    assert_int_equal(patron_summary_print_csv(&summary, stdout), PATRON_RESOURCE);
    patron_summary_free(&summary);
}

static void test_phases(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i",
                                        "j", "k", "l", "m", "n", "o", "p", "q"};
    patron_phases phases = patron_phases_start();
    double started = phases.started;
    for (int round = 0; round < 2; ++round)
        for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i)
            patron_phases_mark(&phases, names[i]);
    assert_int_equal(phases.count, PATRON_PHASES_MOST);
    double sum = 0.0;
    for (unsigned i = 0; i < phases.count; ++i) {
        assert_string_equal(phases.phases[i].name, names[i]);
        assert_true(phases.phases[i].seconds >= 0.0);
        sum += phases.phases[i].seconds;
    }
    assert_true(sum > 0.0 && sum <= (phases.marked - started) * (1.0 + 1e-9));
    assert_true(patron_phases_seconds(&phases, "b") == phases.phases[1].seconds);
    assert_true(patron_phases_seconds(&phases, "none") == 0.0);
}

static void test_command_line(void **state)
{
    (void)state;
    char *argv[] = {"patron", "segment", "--k=8", "my shop's.h5", "", "a|b"};
    char *line = patron_command_line(6, argv);
    assert_string_equal(line, "patron segment --k=8 'my shop'\\''s.h5' '' 'a|b'");
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_reals_read_back),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_empty_containers),
        cmocka_unit_test(test_summary),
        cmocka_unit_test(test_summary_as_csv),
        cmocka_unit_test(test_summary_that_lost_a_member),
        cmocka_unit_test(test_phases),
        cmocka_unit_test(test_command_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
