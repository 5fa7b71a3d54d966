/* SPDX-License-Identifier: Apache-2.0 */
/* Where outputs may go: what --force replaces and what it does not, links, names. */
#include "store/output.h"

#include "folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static patron_comm alone;
static char folder[TEST_PATH], path[TEST_PATH];

static int make(void **state)
{
    (void)state;
    alone = patron_comm_self();
    test_folder_make(&alone, folder);
    test_folder_path(folder, "out", path);
    return 0;
}

static int release(void **state)
{
    (void)state;
    test_folder_remove(&alone, folder);
    return 0;
}

/* Writes an output whose content is `text`, in a folder as part-00000.h5. */
static patron_status put(const char *name, patron_output_form form, bool force, const char *text)
{
    patron_output *output = NULL;
    char part[2 * TEST_PATH];
    patron_status status = patron_output_begin(&alone, name, form, force, &output);
    if (status != PATRON_OK)
        return status;
    snprintf(part, sizeof part, "%s%s", patron_output_path(output),
             form == PATRON_OUTPUT_FOLDER ? "/part-00000.h5" : "");
    test_file_write(part, text);
    return patron_output_end(&alone, output, PATRON_OK);
}

static patron_status check(const char *name, patron_output_form form, bool force, const char *input)
{
    return patron_output_check(&alone, name, form, force, input);
}

static void test_a_file(void **state)
{
    (void)state;
    assert_int_equal(check(path, PATRON_OUTPUT_FILE, false, NULL), PATRON_OK);
    assert_int_equal(put(path, PATRON_OUTPUT_FILE, false, "one"), PATRON_OK);
    assert_int_equal(check(path, PATRON_OUTPUT_FILE, false, NULL), PATRON_CANT_CREATE);
    assert_int_equal(put(path, PATRON_OUTPUT_FILE, false, "two"), PATRON_CANT_CREATE);
    assert_true(test_file_holds(path, "one"));
    assert_int_equal(check(path, PATRON_OUTPUT_FILE, true, NULL), PATRON_OK);
    assert_int_equal(put(path, PATRON_OUTPUT_FILE, true, "two"), PATRON_OK);
    assert_true(test_file_holds(path, "two"));
    assert_int_equal(test_folder_entries(folder), 1);
}

/* With a text longer than what is compared at a time. */
static void test_the_same_alone_is_replaced(void **state)
{
    (void)state;
    enum { LONG = 100000 };
    static char there[LONG + 1], other[LONG + 1];
    memset(there, 'x', LONG);
    memcpy(other, there, LONG);
    other[LONG - 1] = 'y';
    const struct {
        const char *text;
        patron_status status;
    } cases[] = {{there, PATRON_OK},
                 {other, PATRON_CANT_CREATE},
                 {there + 1, PATRON_CANT_CREATE},
                 {"", PATRON_CANT_CREATE},
                 {there, PATRON_OK}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        patron_output *output = NULL;
        assert_int_equal(patron_output_begin(&alone, path, PATRON_OUTPUT_FILE, true, &output),
                         PATRON_OK);
        patron_output_replace_same_only(output);
        test_file_write(patron_output_path(output), cases[i].text);
        assert_int_equal(patron_output_end(&alone, output, PATRON_OK), cases[i].status);
        assert_true(test_file_holds(path, there));
        assert_int_equal(test_folder_entries(folder), 1);
    }
}

static void test_permissions_stay(void **state)
{
    (void)state;
    struct stat info;
    test_file_write(path, "one");
    chmod(path, 0600);
    assert_int_equal(put(path, PATRON_OUTPUT_FILE, true, "two"), PATRON_OK);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void test_a_folder(void **state)
{
    (void)state;
    char part[TEST_PATH], other[TEST_PATH];
    test_folder_path(folder, "out/part-00000.h5", part);
    test_folder_path(folder, "out/other", other);
    assert_int_equal(put(path, PATRON_OUTPUT_FOLDER, false, "one"), PATRON_OK);
    assert_int_equal(put(path, PATRON_OUTPUT_FOLDER, false, "two"), PATRON_CANT_CREATE);
    assert_true(test_file_holds(part, "one"));
    assert_int_equal(put(path, PATRON_OUTPUT_FOLDER, true, "two"), PATRON_OK);
    assert_true(test_file_holds(part, "two"));
    assert_int_equal(test_folder_entries(folder), 1);
    test_file_write(other, "not ours");
    assert_int_equal(put(path, PATRON_OUTPUT_FOLDER, true, "three"), PATRON_CANT_CREATE);
    assert_true(test_file_holds(part, "two"));
    assert_true(test_file_holds(other, "not ours"));
}

static void test_folders_and_files(void **state)
{
    (void)state;
    char part[TEST_PATH];
    test_folder_path(folder, "out/part-00000.h5", part);
    test_file_write(path, "a file");
    assert_int_equal(put(path, PATRON_OUTPUT_FOLDER, true, "one"), PATRON_OK);
    assert_true(test_file_holds(part, "one"));
    assert_int_equal(put(path, PATRON_OUTPUT_FILE, true, "two"), PATRON_CANT_CREATE);
    assert_true(test_file_holds(part, "one"));
    assert_int_equal(test_folder_entries(folder), 1);
}

static void test_a_link_leads_to_the_output(void **state)
{
    (void)state;
    char link[TEST_PATH];
    struct stat info;
    test_folder_path(folder, "link", link);
    test_file_write(path, "one");
    assert_int_equal(symlink("out", link), 0);
    assert_int_equal(put(link, PATRON_OUTPUT_FILE, false, "two"), PATRON_CANT_CREATE);
    assert_int_equal(put(link, PATRON_OUTPUT_FILE, true, "two"), PATRON_OK);
    assert_true(test_file_holds(path, "two"));
    assert_int_equal(lstat(link, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(unlink(path), 0);
    assert_int_equal(put(link, PATRON_OUTPUT_FILE, true, "three"), PATRON_CANT_CREATE);
    assert_int_equal(test_folder_entries(folder), 1);
}

static void test_the_input_is_not_replaced(void **state)
{
    (void)state;
    char link[TEST_PATH];
    test_folder_path(folder, "link", link);
    test_file_write(path, "data");
    assert_int_equal(symlink("out", link), 0);
    assert_int_equal(check(path, PATRON_OUTPUT_FILE, true, path), PATRON_CANT_CREATE);
    assert_int_equal(check(path, PATRON_OUTPUT_FILE, true, link), PATRON_CANT_CREATE);
    assert_int_equal(check(path, PATRON_OUTPUT_FILE, true, "-"), PATRON_OK);
    assert_int_equal(check(path, PATRON_OUTPUT_FILE, true, folder), PATRON_OK);
}

static void test_names(void **state)
{
    (void)state;
    char name[2 * TEST_PATH], slash[TEST_PATH + 2], wide[300];
    static const char *const none[] = {".", "..", "/", "out/..", ""};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; ++i)
        assert_int_equal(check(none[i], PATRON_OUTPUT_FOLDER, true, NULL), PATRON_CANT_CREATE);
    memset(wide, 'n', sizeof wide);
    snprintf(name, sizeof name, "%s/%.*s", folder, 229, wide);
    assert_int_equal(strlen(name) - strlen(folder) - 1, 229);
    assert_int_equal(put(name, PATRON_OUTPUT_FILE, false, "long"), PATRON_OK);
    assert_true(test_file_holds(name, "long"));
    snprintf(name, sizeof name, "%s/%.*s", folder, 230, wide);
    assert_int_equal(check(name, PATRON_OUTPUT_FILE, false, NULL), PATRON_CANT_CREATE);
    snprintf(name, sizeof name, "%s/nowhere/out", folder);
    assert_int_equal(check(name, PATRON_OUTPUT_FILE, false, NULL), PATRON_CANT_CREATE);
    assert_int_equal(check("/dev/null", PATRON_OUTPUT_FILE, true, NULL), PATRON_CANT_CREATE);
    snprintf(slash, sizeof slash, "%s//", path);
    assert_int_equal(put(slash, PATRON_OUTPUT_FOLDER, false, "one"), PATRON_OK);
    assert_int_equal(test_folder_entries(path), 1);
}

static void test_paths_up_to_the_limit(void **state)
{
    (void)state;
    char deep[5000];
    memset(deep, 'd', sizeof deep);
    memcpy(deep, folder, strlen(folder));
    for (size_t i = strlen(folder); i < sizeof deep; i += 100)
        deep[i] = '/';
    for (size_t length = 4000; length < 4300; ++length) {
        deep[length] = '\0';
        assert_int_equal(check(deep, PATRON_OUTPUT_FILE, false, NULL), PATRON_CANT_CREATE);
        deep[length] = length % 100 == strlen(folder) % 100 ? '/' : 'd';
    }
}

int main(void)
{
#define OUTPUT_TEST(test) cmocka_unit_test_setup_teardown(test, make, release)
    const struct CMUnitTest tests[] = {
        OUTPUT_TEST(test_a_file),
        OUTPUT_TEST(test_the_same_alone_is_replaced),
        OUTPUT_TEST(test_permissions_stay),
        OUTPUT_TEST(test_a_folder),
        OUTPUT_TEST(test_folders_and_files),
        OUTPUT_TEST(test_a_link_leads_to_the_output),
        OUTPUT_TEST(test_the_input_is_not_replaced),
        OUTPUT_TEST(test_names),
        OUTPUT_TEST(test_paths_up_to_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
