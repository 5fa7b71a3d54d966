/* SPDX-License-Identifier: Apache-2.0 */
/* Progress where standard error is a file: dated lines, or nothing. */
#include "patron/progress.h"

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What a phase of 3 updates in `mode` says on `rank`, into text[capacity]. */
static void capture(patron_progress_mode mode, int rank, char *text, size_t capacity)
{
    FILE *file = tmpfile();
    int kept = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    patron_progress progress = patron_progress_create(mode, rank);
    patron_progress_begin(&progress, "mining", "branches", 3);
    for (uint64_t done = 1; done <= 3; ++done)
        patron_progress_update(&progress, done, "note");
    patron_progress_end(&progress);
    dup2(kept, STDERR_FILENO);
    close(kept);
    rewind(file);
    size_t length = fread(text, 1, capacity - 1, file);
    text[length] = '\0';
    fclose(file);
}

static void test_always_dates_its_lines(void **state)
{
    (void)state;
    char text[1024];
    regex_t line;
    capture(PATRON_PROGRESS_ALWAYS, 0, text, sizeof text);
    assert_int_equal(regcomp(&line,
                             "^[0-9]{4}(-[0-9]{2}){2}T([0-9]{2}:){2}[0-9]{2}Z mining: 1 of 3 "
                             "branches, [0-9.e+]+/s, [0-9]+ s left, note\n",
                             REG_EXTENDED | REG_NOSUB),
                     0);
    int matched = regexec(&line, text, 0, NULL, 0);
    regfree(&line);
    assert_int_equal(matched, 0);
    assert_ptr_equal(strchr(text, '\n'), strrchr(text, '\n')); /* one line in ten seconds */
}

static void test_short_phases_are_silent(void **state)
{
    (void)state;
    char text[1024];
    capture(PATRON_PROGRESS_AUTO, 0, text, sizeof text);
    assert_string_equal(text, "");
}

static void test_others_are_silent(void **state)
{
    (void)state;
    char text[1024];
    capture(PATRON_PROGRESS_NEVER, 0, text, sizeof text);
    assert_string_equal(text, "");
    capture(PATRON_PROGRESS_ALWAYS, 1, text, sizeof text);
    assert_string_equal(text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_always_dates_its_lines),
        cmocka_unit_test(test_short_phases_are_silent),
        cmocka_unit_test(test_others_are_silent),
    };
    return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
