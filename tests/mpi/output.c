/* SPDX-License-Identifier: Apache-2.0 */
/* The protocol of outputs on several ranks: all or nothing, and one status. */
#include "store/output.h"

#include "folder.h"
#include "mpi_main.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Starts an output; rank 0 makes the file. */
static patron_status begin(const char *path, bool force, patron_output **output)
{
    patron_status status = patron_output_begin(&test_comm, path, PATRON_OUTPUT_FILE, force, output);
    if (status == PATRON_OK && test_comm.rank == 0) {
        int file = open(patron_output_path(*output), O_WRONLY | O_CREAT | O_EXCL, 0666);
        status = file < 0 ? PATRON_IO : PATRON_OK;
        close(file);
    }
    return patron_comm_agree(&test_comm, status);
}

static void test_ranks_write_side_by_side(void **state)
{
    (void)state;
    char folder[TEST_PATH], path[TEST_PATH], expected[16] = "";
    patron_output *output = NULL;
    test_folder_make(&test_comm, folder);
    test_folder_path(folder, "out", path);
    patron_status begun = begin(path, false, &output);
    char own[3] = {(char)('a' + test_comm.rank), (char)('A' + test_comm.rank), 0};
    patron_status written = patron_output_write(output, 2 * (uint64_t)test_comm.rank, own, 2);
    patron_status ended = patron_output_end(&test_comm, output, written);
    for (int r = 0; r < test_comm.size; ++r)
        snprintf(expected + 2 * r, 3, "%c%c", 'a' + r, 'A' + r);
    int holds = test_file_holds(path, expected);
    int entries = test_folder_entries(folder);
    test_folder_remove(&test_comm, folder);
    assert_int_equal(begun, PATRON_OK);
    assert_int_equal(written, PATRON_OK);
    assert_int_equal(ended, PATRON_OK);
    assert_true(holds);
    assert_int_equal(entries, 1);
}

/* The last rank fails: nothing is left, and what was there stays. */
static void test_a_rank_fails(void **state)
{
    (void)state;
    char folder[TEST_PATH], path[TEST_PATH], text[PATRON_FAIL_CAPACITY];
    patron_output *output = NULL;
    test_folder_make(&test_comm, folder);
    test_folder_path(folder, "out", path);
    patron_status begun = begin(path, false, &output);
    patron_status own = PATRON_OK;
    if (test_comm.rank == test_comm.size - 1)
        own = patron_fail(PATRON_IO, "the disk of the last rank is full");
    patron_status ended = patron_output_end(&test_comm, output, own);
    patron_fail_text(ended, text, sizeof text);
    int left = test_folder_entries(folder);
    patron_comm_agree(&test_comm, PATRON_OK);
    if (test_comm.rank == 0)
        test_file_write(path, "old");
    patron_comm_agree(&test_comm, PATRON_OK);
    patron_status begun_again = begin(path, true, &output);
    patron_status ended_again = patron_output_end(&test_comm, output, own);
    int holds = test_file_holds(path, "old");
    int left_again = test_folder_entries(folder);
    test_folder_remove(&test_comm, folder);
    assert_int_equal(begun, PATRON_OK);
    assert_int_equal(ended, PATRON_IO);
    assert_non_null(strstr(text, "the disk of the last rank is full"));
    assert_int_equal(left, 0);
    assert_int_equal(begun_again, PATRON_OK);
    assert_int_equal(ended_again, PATRON_IO);
    assert_true(holds);
    assert_int_equal(left_again, 1);
}

static void test_refused_on_all_ranks(void **state)
{
    (void)state;
    char folder[TEST_PATH], path[TEST_PATH];
    patron_output *output = NULL;
    test_folder_make(&test_comm, folder);
    test_folder_path(folder, "nowhere/out", path);
    patron_status checked = patron_output_check(&test_comm, path, PATRON_OUTPUT_FILE, true, NULL);
    patron_status begun =
        patron_output_begin(&test_comm, path, PATRON_OUTPUT_FOLDER, true, &output);
    patron_status ended = patron_output_end(&test_comm, output, begun);
    test_folder_remove(&test_comm, folder);
    assert_int_equal(checked, PATRON_CANT_CREATE);
    assert_int_equal(begun, PATRON_CANT_CREATE);
    assert_null(output);
    assert_int_equal(ended, PATRON_CANT_CREATE);
}

/* Two runs at once: the first to end has the name. */
static void test_another_took_the_name(void **state)
{
    (void)state;
    char folder[TEST_PATH], path[TEST_PATH];
    patron_output *first = NULL, *second = NULL, *forced = NULL;
    test_folder_make(&test_comm, folder);
    test_folder_path(folder, "out", path);
    patron_status begun[3] = {begin(path, false, &first), begin(path, false, &second),
                              begin(path, true, &forced)};
    patron_status written = PATRON_OK;
    if (test_comm.rank == 0)
        written = patron_output_write(first, 0, "first", 5);
    patron_status first_ended = patron_output_end(&test_comm, first, written);
    patron_status second_ended = patron_output_end(&test_comm, second, PATRON_OK);
    int holds_first = test_file_holds(path, "first");
    patron_comm_agree(&test_comm, PATRON_OK);
    patron_status forced_ended = patron_output_end(&test_comm, forced, PATRON_OK);
    int holds_forced = test_file_holds(path, "");
    int entries = test_folder_entries(folder);
    test_folder_remove(&test_comm, folder);
    for (int i = 0; i < 3; ++i)
        assert_int_equal(begun[i], PATRON_OK);
    assert_int_equal(first_ended, PATRON_OK);
    assert_int_equal(second_ended, PATRON_CANT_CREATE);
    assert_true(holds_first);
    assert_int_equal(forced_ended, PATRON_OK);
    assert_true(holds_forced);
    assert_int_equal(entries, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranks_write_side_by_side),
        cmocka_unit_test(test_a_rank_fails),
        cmocka_unit_test(test_refused_on_all_ranks),
        cmocka_unit_test(test_another_took_the_name),
    };
    return test_mpi_main("output", tests, sizeof tests / sizeof tests[0]);
}
