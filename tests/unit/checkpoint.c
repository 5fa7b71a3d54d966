/* SPDX-License-Identifier: Apache-2.0 */
/* Records of a checkpoint, and its file: what comes back, what is refused. */
#include "store/checkpoint_file.h"

#include "folder.h"
#include "patron/progress.h"
#include "store/h5.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static patron_comm alone;
static char folder[TEST_PATH], path[TEST_PATH];

static int make(void **state)
{
    (void)state;
    alone = patron_comm_self();
    patron_h5_initialize();
    test_folder_make(&alone, folder);
    test_folder_path(folder, "checkpoint", path);
    return 0;
}

static int release(void **state)
{
    (void)state;
    test_folder_remove(&alone, folder);
    return 0;
}

static patron_status keep(patron_checkpoint *checkpoint, const char *name, uint32_t value)
{
    patron_packing packing = {0};
    patron_pack(&packing, &value, sizeof value);
    return patron_checkpoint_keep(checkpoint, name, &packing);
}

/* The value of a record; UINT32_MAX where there is none or it is of another size. */
static uint32_t recall(const patron_checkpoint *checkpoint, const char *name)
{
    patron_unpacking record;
    uint32_t value = UINT32_MAX;
    if (!patron_checkpoint_recall(checkpoint, name, &record))
        return UINT32_MAX;
    patron_unpack(&record, &value, sizeof value);
    return record.failed || record.left > 0 ? UINT32_MAX : value;
}

static void test_records(void **state)
{
    (void)state;
    patron_checkpoint *checkpoint =
        patron_checkpoint_create(&alone, path, 1e9, patron_checkpoint_file_write, NULL);
    assert_int_equal(keep(checkpoint, "fit.a", 1), PATRON_OK);
    assert_int_equal(keep(checkpoint, "fit.b", 2), PATRON_OK);
    assert_int_equal(keep(checkpoint, "sweep.a", 3), PATRON_OK);
    assert_int_equal(keep(checkpoint, "fit.a", 4), PATRON_OK);
    assert_int_equal(patron_checkpoint_count(checkpoint), 3);
    assert_int_equal(recall(checkpoint, "fit.a"), 4);
    patron_checkpoint_forget(checkpoint, "fit.");
    assert_int_equal(recall(checkpoint, "fit.a"), UINT32_MAX);
    assert_int_equal(recall(checkpoint, "fit.b"), UINT32_MAX);
    assert_int_equal(recall(checkpoint, "sweep.a"), 3);
    assert_false(patron_checkpoint_is_due(checkpoint));
    patron_checkpoint_free(checkpoint);
}

static void test_a_record_that_is_too_short(void **state)
{
    (void)state;
    const unsigned char bytes[3] = {1, 2, 3};
    patron_unpacking record = {.bytes = bytes, .left = sizeof bytes};
    uint32_t value = 7;
    patron_unpack(&record, &value, sizeof value);
    assert_true(record.failed);
    assert_int_equal(value, 0);
}

static void test_none(void **state)
{
    (void)state;
    patron_unpacking record;
    assert_int_equal(keep(NULL, "a", 1), PATRON_OK);
    assert_false(patron_checkpoint_recall(NULL, "a", &record));
    assert_false(patron_checkpoint_is_due(NULL));
    patron_checkpoint_forget(NULL, "");
    patron_checkpoint_free(NULL);
}

/* Reads the file as a run whose --k is `k`. */
static patron_status read_as(const char *k, patron_checkpoint *checkpoint, bool *found)
{
    patron_checkpoint_file file = {.comm = &alone, .path = path};
    patron_status status = patron_checkpoint_file_require(&file, "--k", k);
    if (status == PATRON_OK)
        status = patron_checkpoint_file_read(&file, checkpoint, found);
    patron_texts_free(&file.names);
    patron_texts_free(&file.values);
    return status;
}

static void test_the_file(void **state)
{
    (void)state;
    char text[PATRON_FAIL_CAPACITY];
    bool found = true;
    patron_checkpoint_file file = {.comm = &alone, .path = path};
    patron_checkpoint *written =
        patron_checkpoint_create(&alone, path, 0.0, patron_checkpoint_file_write, &file);
    patron_checkpoint *read =
        patron_checkpoint_create(&alone, path, 0.0, patron_checkpoint_file_write, &file);
    assert_int_equal(read_as("8", read, &found), PATRON_OK);
    assert_false(found);
    assert_int_equal(patron_checkpoint_file_require(&file, "--k", "8"), PATRON_OK);
    assert_int_equal(keep(written, "a", 11), PATRON_OK);
    assert_int_equal(keep(written, "b", 12), PATRON_OK);
    assert_true(patron_checkpoint_is_due(written));
    assert_int_equal(patron_checkpoint_save(written, PATRON_OK), PATRON_OK);
    assert_int_equal(test_folder_entries(folder), 1);

    assert_int_equal(read_as("8", read, &found), PATRON_OK);
    assert_true(found);
    assert_int_equal(patron_checkpoint_count(read), 2);
    assert_int_equal(recall(read, "a"), 11);
    assert_int_equal(recall(read, "b"), 12);

    assert_int_equal(read_as("9", read, &found), PATRON_DATA);
    patron_fail_text(PATRON_DATA, text, sizeof text);
    assert_non_null(strstr(text, "--k '8' there, '9' now"));

    assert_int_equal(patron_checkpoint_file_remove(&file), PATRON_OK);
    assert_int_equal(patron_checkpoint_file_remove(&file), PATRON_OK);
    assert_int_equal(test_folder_entries(folder), 0);
    patron_texts_free(&file.names);
    patron_texts_free(&file.values);
    patron_checkpoint_free(written);
    patron_checkpoint_free(read);
}

static patron_status add(patron_checkpoint *checkpoint, const char *name, const char *bytes)
{
    patron_packing packing = {0};
    patron_pack(&packing, bytes, strlen(bytes));
    return patron_checkpoint_add(checkpoint, name, &packing);
}

static void test_shares(void **state)
{
    (void)state;
    bool found = false;
    patron_unpacking record;
    char bytes[8] = "";
    patron_checkpoint_file file = {.comm = &alone, .path = path};
    patron_checkpoint *written =
        patron_checkpoint_create(&alone, path, 0.0, patron_checkpoint_file_write, &file);
    patron_checkpoint *read =
        patron_checkpoint_create(&alone, path, 0.0, patron_checkpoint_file_write, &file);
    assert_int_equal(add(written, "long", "abc"), PATRON_OK);
    assert_int_equal(keep(written, "a", 11), PATRON_OK);
    assert_int_equal(add(written, "none", ""), PATRON_OK);
    assert_int_equal(add(written, "long", "defg"), PATRON_OK);
    assert_true(patron_checkpoint_is_due(written));
    assert_int_equal(patron_checkpoint_save(written, PATRON_OK), PATRON_OK);
    assert_int_equal(patron_checkpoint_file_read(&file, read, &found), PATRON_OK);
    assert_int_equal(recall(read, "a"), 11);
    assert_true(patron_checkpoint_recall(read, "none", &record));
    assert_int_equal(record.left, 0);
    assert_true(patron_checkpoint_recall(read, "long", &record));
    assert_int_equal(record.left, 7);
    patron_unpack(&record, bytes, 7);
    assert_string_equal(bytes, "abcdefg");
    assert_int_equal(add(read, "long", "h"), PATRON_OK); /* and goes on */
    assert_true(patron_checkpoint_recall(read, "long", &record));
    assert_int_equal(record.left, 8);
    assert_int_equal(patron_checkpoint_file_remove(&file), PATRON_OK);
    patron_checkpoint_free(written);
    patron_checkpoint_free(read);
}

/* A regular checkpoint that can't be written is no end. */
static void test_a_write_that_fails(void **state)
{
    (void)state;
    patron_checkpoint_file file = {.comm = &alone, .path = "/no/such/folder/checkpoint"};
    patron_checkpoint *checkpoint =
        patron_checkpoint_create(&alone, file.path, 0.0, patron_checkpoint_file_write, &file);
    assert_true(patron_checkpoint_is_due(checkpoint));
    assert_int_equal(patron_checkpoint_save(checkpoint, PATRON_OK), PATRON_OK);
    assert_int_equal(patron_checkpoint_save(checkpoint, PATRON_DATA), PATRON_DATA);
    patron_checkpoint_free(checkpoint);
}

/* Seconds that writes have taken, but for the last one. */
typedef struct write_times {
    int count;
    double before, last;
} write_times;

static patron_status write_slowly(void *argument, const patron_checkpoint *checkpoint)
{
    const struct timespec pause = {.tv_nsec = 10000000};
    write_times *times = argument;
    double begun = patron_clock();
    (void)checkpoint;
    nanosleep(&pause, NULL);
    ++times->count;
    times->before += times->last;
    times->last = patron_clock() - begun;
    return PATRON_OK;
}

/* However often they are asked for and however long one takes: a fiftieth of the time; but for
 * those at every safe point. */
static void test_regular_ones_take_little_of_the_time(void **state)
{
    (void)state;
    write_times times = {0}, always = {0};
    double begun = patron_clock();
    patron_checkpoint *checkpoint =
        patron_checkpoint_create(&alone, path, 1e-6, write_slowly, &times);
    while (times.count < 4)
        assert_int_equal(patron_checkpoint_pass(checkpoint), PATRON_OK);
    assert_true(times.before <= (patron_clock() - begun) / 50.0);
    patron_checkpoint_free(checkpoint);
    checkpoint = patron_checkpoint_create(&alone, path, 0.0, write_slowly, &always);
    for (int i = 0; i < 3; ++i)
        assert_int_equal(patron_checkpoint_pass(checkpoint), PATRON_OK);
    assert_int_equal(always.count, 3);
    assert_int_equal(patron_checkpoint_heed(checkpoint), PATRON_OK);
    assert_int_equal(always.count, 3); /* no regular one */
    patron_checkpoint_free(checkpoint);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_records),
                                       cmocka_unit_test(test_a_record_that_is_too_short),
                                       cmocka_unit_test(test_none),
                                       cmocka_unit_test(test_the_file),
                                       cmocka_unit_test(test_shares),
                                       cmocka_unit_test(test_a_write_that_fails),
                                       cmocka_unit_test(test_regular_ones_take_little_of_the_time)};
    return cmocka_run_group_tests_name("checkpoint", tests, make, release);
}
