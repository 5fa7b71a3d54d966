/* SPDX-License-Identifier: Apache-2.0 */
/* A digest is the same on any number of ranks, hangs on every value, and leaves its files free. */
#include "store/digest.h"

#include "folder.h"
#include "mpi_main.h"
#include "store/h5.h"
#include "store/h5_write.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { VALUES = 200001 }; /* several of the pieces that ranks share */

static const char *const nothing[] = {NULL};
static const patron_digest_rule rule = {
    .concatenated = nothing, .rebased = "", .left_out = nothing};

/* Rank 0 writes a file whose value `changed` is off by one. */
static patron_status write_file(const char *path, uint64_t changed)
{
    patron_h5_file file = {.id = H5I_INVALID_HID};
    uint64_t *values = malloc(VALUES * sizeof *values);
    patron_status status = values == NULL ? PATRON_RESOURCE : patron_h5_create(path, &file);
    for (uint64_t i = 0; status == PATRON_OK && i < VALUES; ++i)
        values[i] = i * i + (i == changed ? 1 : 0);
    if (status == PATRON_OK)
        status = patron_h5_write(&file, "/values", PATRON_H5_U64, VALUES, 0, values);
    if (status == PATRON_OK)
        status = patron_h5_write(&file, "/none", PATRON_H5_F32, 0, 0, NULL);
    patron_status closed = patron_h5_close(&file);
    free(values);
    return status == PATRON_OK ? closed : status;
}

static patron_status make_file(const char *path, uint64_t changed)
{
    return patron_comm_agree(&test_comm,
                             test_comm.rank == 0 ? write_file(path, changed) : PATRON_OK);
}

static void test_one_digest(void **state)
{
    (void)state;
    static const uint64_t changes[] = {VALUES, 0, 65535, 65536, VALUES - 1};
    enum { FILES = sizeof changes / sizeof changes[0] };
    char folder[TEST_PATH], path[TEST_PATH], spread[FILES][PATRON_DIGEST_TEXT] = {{0}};
    char alone_digest[FILES][PATRON_DIGEST_TEXT] = {{0}};
    const char *const files[] = {path};
    patron_comm alone = patron_comm_self();
    patron_status status = PATRON_OK, alone_status = PATRON_OK;
    test_folder_make(&test_comm, folder);
    test_folder_path(folder, "file.h5", path);
    for (int f = 0; f < FILES; ++f) {
        if (status == PATRON_OK)
            status = make_file(path, changes[f]);
        if (status == PATRON_OK)
            status = patron_digest_files(&test_comm, 2, files, 1, &rule, spread[f]);
        if (status == PATRON_OK)
            alone_status = patron_digest_files(&alone, 1, files, 1, &rule, alone_digest[f]);
        status = patron_comm_agree(&test_comm, status);
        if (test_comm.rank == 0)
            unlink(path);
    }
    test_folder_remove(&test_comm, folder);
    assert_int_equal(status, PATRON_OK);
    assert_int_equal(alone_status, PATRON_OK);
    for (int f = 0; f < FILES; ++f) {
        assert_string_equal(spread[f], alone_digest[f]);
        for (int g = 0; g < f; ++g)
            assert_string_not_equal(spread[f], spread[g]);
    }
}

/* Rank 0 opens the file for writing as soon as it has the digest: no rank may hold it then. */
static void test_files_are_free_afterwards(void **state)
{
    (void)state;
    char folder[TEST_PATH], path[TEST_PATH], digest[PATRON_DIGEST_TEXT];
    const char *const files[] = {path};
    test_folder_make(&test_comm, folder);
    test_folder_path(folder, "file.h5", path);
    patron_status status = make_file(path, VALUES);
    for (int i = 0; i < 20 && status == PATRON_OK; ++i) {
        patron_h5_file file = {.id = H5I_INVALID_HID};
        status = patron_digest_files(&test_comm, 2, files, 1, &rule, digest);
        if (status == PATRON_OK && test_comm.rank == 0)
            status = patron_h5_reopen(path, &file);
        patron_h5_close(&file);
        status = patron_comm_agree(&test_comm, status);
    }
    test_folder_remove(&test_comm, folder);
    assert_int_equal(status, PATRON_OK);
}

static void test_a_file_that_is_missing(void **state)
{
    (void)state;
    static const char *const files[] = {"/nowhere/file.h5"};
    char digest[PATRON_DIGEST_TEXT];
    patron_status status = patron_digest_files(&test_comm, 2, files, 1, &rule, digest);
    assert_int_equal(status, PATRON_NO_INPUT);
}

int main(void)
{
    patron_h5_initialize();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_digest),
        cmocka_unit_test(test_files_are_free_afterwards),
        cmocka_unit_test(test_a_file_that_is_missing),
    };
    return test_mpi_main("digest", tests, sizeof tests / sizeof tests[0]);
}
