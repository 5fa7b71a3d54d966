/* SPDX-License-Identifier: Apache-2.0 */
/* Files written by HDF5 itself in the types and shapes that others use, read by the store; and what
 * the store writes, read back. */
#include "store/h5.h"
#include "store/h5_write.h"

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
    patron_h5_initialize();
    alone = patron_comm_self();
    test_folder_make(&alone, folder);
    test_folder_path(folder, "file.h5", path);
    return 0;
}

static int release(void **state)
{
    (void)state;
    test_folder_remove(&alone, folder);
    return 0;
}

static hid_t create(void)
{
    return H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
}

/* Stores rows x columns (0: one dimension) values; chunk_rows 0: contiguous. */
static void store(hid_t file, const char *name, hid_t stored, hid_t memory, hsize_t rows,
                  hsize_t columns, hsize_t chunk_rows, const void *values)
{
    int dimensions = columns == 0 ? 1 : 2;
    hsize_t shape[2] = {rows, columns}, chunk[2] = {chunk_rows, columns};
    hid_t space = H5Screate_simple(dimensions, shape, NULL);
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    if (chunk_rows > 0)
        H5Pset_chunk(properties, dimensions, chunk);
    hid_t dataset = H5Dcreate2(file, name, stored, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    assert_true(dataset >= 0);
    if (values != NULL)
        assert_true(H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(dataset);
    H5Pclose(properties);
    H5Sclose(space);
}

static patron_status open_array(hid_t file, const char *name, int dimensions, patron_h5_class class,
                                patron_h5_array *array)
{
    return patron_h5_array_open(file, "file", name, dimensions, class, array);
}

static void test_whole_numbers(void **state)
{
    (void)state;
    const int64_t values[] = {0, 1, -1, INT64_C(1) << 32, INT64_MAX};
    uint64_t found[5];
    uint32_t narrow[5];
    int64_t signed_found[5];
    hid_t file = create();
    patron_h5_array array;
    store(file, "x", H5T_STD_I64BE, H5T_NATIVE_INT64, 5, 0, 2, values);
    assert_int_equal(open_array(file, "/x", 1, PATRON_H5_INTEGER, &array), PATRON_OK);
    assert_int_equal(patron_h5_read_i64(&array, 0, 5, signed_found), PATRON_OK);
    assert_memory_equal(signed_found, values, sizeof values);
    assert_int_equal(patron_h5_read_u64(&array, 0, 2, found), PATRON_OK);
    assert_int_equal(found[1], 1);
    assert_int_equal(patron_h5_read_u64(&array, 1, 2, found), PATRON_DATA);
    assert_int_equal(patron_h5_read_u64(&array, 3, 2, found), PATRON_OK);
    assert_int_equal(found[1], INT64_MAX);
    assert_int_equal(patron_h5_read_u32(&array, 0, 2, narrow), PATRON_OK);
    assert_int_equal(patron_h5_read_u32(&array, 3, 1, narrow), PATRON_DATA);
    assert_int_equal(patron_h5_read_u64(&array, 4, 2, found), PATRON_DATA);
    assert_int_equal(patron_h5_read_u64(&array, 6, 0, found), PATRON_DATA);
    assert_int_equal(patron_h5_read_u64(&array, 5, 0, found), PATRON_OK);
    assert_int_equal(patron_h5_read_u64(&array, 1, UINT64_MAX, found), PATRON_DATA);
    patron_h5_array_close(&array);
    H5Fclose(file);
}

static void test_unsigned_above_the_signed(void **state)
{
    (void)state;
    const uint64_t values[] = {7, UINT64_C(1) << 63, UINT64_MAX};
    uint64_t found[3];
    int64_t narrow[3];
    hid_t file = create();
    patron_h5_array array;
    store(file, "x", H5T_STD_U64LE, H5T_NATIVE_UINT64, 3, 0, 0, values);
    assert_int_equal(open_array(file, "/x", 1, PATRON_H5_INTEGER, &array), PATRON_OK);
    assert_int_equal(patron_h5_read_u64(&array, 0, 3, found), PATRON_OK);
    assert_memory_equal(found, values, sizeof values);
    assert_int_equal(patron_h5_read_i64(&array, 0, 1, narrow), PATRON_OK);
    assert_int_equal(patron_h5_read_i64(&array, 1, 1, narrow), PATRON_DATA);
    patron_h5_array_close(&array);
    H5Fclose(file);
}

static void test_rows_of_floats(void **state)
{
    (void)state;
    const double values[] = {1.5, -0.0, 2.0, 1e300, 0.1, 3.0};
    const int32_t whole[] = {1 << 24, (1 << 24) + 1};
    float found[6];
    hid_t file = create();
    patron_h5_array array;
    store(file, "real", H5T_IEEE_F64BE, H5T_NATIVE_DOUBLE, 3, 2, 1, values);
    store(file, "whole", H5T_STD_I32LE, H5T_NATIVE_INT32, 2, 1, 0, whole);
    assert_int_equal(open_array(file, "/real", 2, PATRON_H5_REAL, &array), PATRON_OK);
    assert_int_equal(array.shape[0], 3);
    assert_int_equal(array.shape[1], 2);
    assert_int_equal(patron_h5_read_f32_rows(&array, 0, 1, found), PATRON_OK);
    assert_true(found[0] == 1.5F && found[1] == 0.0F);
    assert_int_equal(patron_h5_read_f32_rows(&array, 1, 1, found), PATRON_DATA);
    assert_int_equal(patron_h5_read_f32_rows(&array, 2, 1, found), PATRON_DATA);
    patron_h5_array_close(&array);
    assert_int_equal(open_array(file, "/whole", 2, PATRON_H5_REAL, &array), PATRON_OK);
    assert_int_equal(patron_h5_read_f32_rows(&array, 0, 1, found), PATRON_OK);
    assert_true(found[0] == 16777216.0F);
    assert_int_equal(patron_h5_read_f32_rows(&array, 1, 1, found), PATRON_DATA);
    patron_h5_array_close(&array);
    H5Fclose(file);
}

static hid_t text_type(size_t size, H5T_str_t padding, H5T_cset_t set)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, size);
    H5Tset_strpad(type, padding);
    H5Tset_cset(type, set);
    return type;
}

static void check_texts(hid_t file, const char *name)
{
    static const char *const expected[] = {"a", "", "abc"};
    patron_texts texts = {0};
    patron_h5_array array;
    assert_int_equal(open_array(file, name, 1, PATRON_H5_TEXT, &array), PATRON_OK);
    assert_int_equal(patron_h5_read_texts(&array, 0, 2, &texts), PATRON_OK);
    assert_int_equal(patron_h5_read_texts(&array, 2, 1, &texts), PATRON_OK);
    assert_int_equal(texts.count, 3);
    for (uint64_t i = 0; i < 3; ++i) {
        assert_int_equal(patron_texts_length(&texts, i), strlen(expected[i]));
        assert_memory_equal(patron_texts_at(&texts, i), expected[i], strlen(expected[i]));
    }
    patron_texts_free(&texts);
    patron_h5_array_close(&array);
}

static void test_texts_of_all_kinds(void **state)
{
    (void)state;
    const char *const variable[] = {"a", "", "abc"};
    hid_t null_padded = text_type(3, H5T_STR_NULLPAD, H5T_CSET_UTF8);
    hid_t blank_padded = text_type(3, H5T_STR_SPACEPAD, H5T_CSET_ASCII);
    hid_t ended = text_type(4, H5T_STR_NULLTERM, H5T_CSET_ASCII);
    hid_t any_length = text_type(H5T_VARIABLE, H5T_STR_NULLTERM, H5T_CSET_UTF8);
    hid_t file = create();
    store(file, "null", null_padded, null_padded, 3, 0, 0, "a\0\0\0\0\0abc");
    store(file, "blank", blank_padded, blank_padded, 3, 0, 2, "a     abc");
    store(file, "ended", ended, ended, 3, 0, 0, "a\0\0\0\0\0\0\0abc\0");
    store(file, "any", any_length, any_length, 3, 0, 0, variable);
    check_texts(file, "/null");
    check_texts(file, "/blank");
    check_texts(file, "/ended");
    check_texts(file, "/any");
    H5Fclose(file);
    H5Tclose(any_length);
    H5Tclose(ended);
    H5Tclose(blank_padded);
    H5Tclose(null_padded);
}

static void test_arrays_of_other_kinds(void **state)
{
    (void)state;
    const double values[] = {1.0, 2.0};
    hid_t file = create();
    patron_h5_array array;
    store(file, "x", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 2, 0, 0, values);
    hid_t group = H5Gcreate2(file, "group", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(patron_h5_exists(file, "/group"));
    assert_false(patron_h5_exists(file, "/nothing/x"));
    assert_false(patron_h5_exists(file, "/group/x"));
    assert_int_equal(open_array(file, "/nothing/x", 1, PATRON_H5_REAL, &array), PATRON_DATA);
    assert_true(array.dataset < 0);
    assert_int_equal(open_array(file, "/group", 1, PATRON_H5_REAL, &array), PATRON_DATA);
    assert_int_equal(open_array(file, "/x", 2, PATRON_H5_REAL, &array), PATRON_DATA);
    assert_int_equal(open_array(file, "/x", 1, PATRON_H5_INTEGER, &array), PATRON_DATA);
    assert_int_equal(open_array(file, "/x", 1, PATRON_H5_TEXT, &array), PATRON_DATA);
    assert_int_equal(open_array(file, "/x", 1, PATRON_H5_ID, &array), PATRON_DATA);
    H5Gclose(group);
    H5Fclose(file);
}

/* Opens an array that is not there but for its shape. */
static patron_status open_huge(hid_t file, const char *name, hsize_t rows, hsize_t columns)
{
    hsize_t shape[2] = {rows, columns}, chunk[2] = {1, 4};
    hid_t space = H5Screate_simple(2, shape, NULL);
    hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(properties, 2, chunk);
    hid_t dataset =
        H5Dcreate2(file, name, H5T_IEEE_F32LE, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    assert_true(dataset >= 0);
    H5Dclose(dataset);
    H5Pclose(properties);
    H5Sclose(space);
    patron_h5_array array;
    patron_status status = open_array(file, name, 2, PATRON_H5_REAL, &array);
    assert_int_equal(array.dataset >= 0, status == PATRON_OK);
    patron_h5_array_close(&array);
    return status;
}

static void test_sizes_that_can_not_be(void **state)
{
    (void)state;
    hid_t file = create();
    const uint64_t most = UINT64_C(1) << 30; /* floats that nothing has to back */
    assert_int_equal(open_huge(file, "/most", most / 4, 4), PATRON_OK);
    assert_int_equal(open_huge(file, "/row_more", most / 4 + 1, 4), PATRON_DATA);
    assert_int_equal(open_huge(file, "/most_entries", most, most >> 12), PATRON_DATA);
    assert_int_equal(open_huge(file, "/more_entries", most, most >> 11), PATRON_DATA);
    assert_int_equal(open_huge(file, "/overflow", most, most << 6), PATRON_DATA);
    H5Fclose(file);
}

static void test_files_that_are_none(void **state)
{
    (void)state;
    char other[TEST_PATH];
    hid_t file;
    assert_int_equal(patron_h5_open(path, &file), PATRON_NO_INPUT);
    assert_int_equal(patron_h5_open(folder, &file), PATRON_DATA);
    test_folder_path(folder, "text", other);
    test_file_write(other, "not HDF5");
    assert_int_equal(patron_h5_open(other, &file), PATRON_DATA);
    test_folder_path(folder, "pipe", other);
    assert_int_equal(mkfifo(other, 0600), 0);
    assert_int_equal(patron_h5_open(other, &file), PATRON_DATA);
    assert_true(file < 0);
}

static void test_attributes(void **state)
{
    (void)state;
    patron_h5_file file;
    uint64_t count = 0;
    double real = 0.0;
    patron_texts texts = {0};
    assert_int_equal(patron_h5_create(path, &file), PATRON_OK);
    assert_int_equal(patron_h5_attach_u64(&file, "/", "count", UINT64_MAX), PATRON_OK);
    assert_int_equal(patron_h5_attach_f64(&file, "/", "real", -0.5), PATRON_OK);
    assert_int_equal(patron_h5_attach_text(&file, "/", "text", ""), PATRON_OK);
    assert_int_equal(patron_h5_attribute_u64(file.id, "file", "count", &count), PATRON_OK);
    assert_true(count == UINT64_MAX);
    assert_int_equal(patron_h5_attribute_u64(file.id, "file", "real", &count), PATRON_DATA);
    assert_int_equal(patron_h5_attribute_u64(file.id, "file", "none", &count), PATRON_DATA);
    assert_int_equal(patron_h5_attribute_f64(file.id, "file", "real", &real), PATRON_OK);
    assert_true(real == -0.5);
    assert_int_equal(patron_h5_attribute_texts(file.id, "file", "text", &texts), PATRON_OK);
    assert_int_equal(texts.count, 1);
    assert_int_equal(patron_texts_length(&texts, 0), 0);
    assert_int_equal(patron_h5_attribute_texts(file.id, "file", "count", &texts), PATRON_DATA);
    patron_texts_free(&texts);
    assert_int_equal(patron_h5_close(&file), PATRON_OK);
}

/* HDF5's old format takes 64 KiB. */
static void test_an_attribute_of_a_megabyte(void **state)
{
    (void)state;
    enum { NAMES = 10000, WIDTH = 100 };
    patron_h5_file file;
    patron_texts names = {0}, found = {0};
    for (int i = 0; i < NAMES; ++i) {
        char name[WIDTH + 1];
        int length = snprintf(name, sizeof name, "%0*d", i % 2 == 0 ? WIDTH : 5, i);
        assert_int_equal(patron_texts_append(&names, name, (uint64_t)length), PATRON_OK);
    }
    assert_int_equal(patron_h5_create(path, &file), PATRON_OK);
    assert_int_equal(patron_h5_write_group(&file, "/group"), PATRON_OK);
    assert_int_equal(patron_h5_attach_texts(&file, "/group", "names", &names), PATRON_OK);
    assert_int_equal(patron_h5_close(&file), PATRON_OK);
    hid_t read = H5I_INVALID_HID;
    assert_int_equal(patron_h5_open(path, &read), PATRON_OK);
    hid_t group = H5Gopen2(read, "/group", H5P_DEFAULT);
    assert_int_equal(patron_h5_attribute_texts(group, "group", "names", &found), PATRON_OK);
    assert_int_equal(found.count, NAMES);
    assert_memory_equal(found.offsets, names.offsets, (NAMES + 1) * sizeof *names.offsets);
    assert_memory_equal(found.bytes, names.bytes, names.offsets[NAMES]);
    H5Gclose(group);
    H5Fclose(read);
    patron_texts_free(&found);
    patron_texts_free(&names);
}

/* Arrays without entries, and texts without letters. */
static void test_writing_nothing(void **state)
{
    (void)state;
    patron_h5_file file;
    patron_texts none = {0}, empty = {0};
    uint64_t offset = 1;
    assert_int_equal(patron_texts_append(&empty, "", 0), PATRON_OK);
    assert_int_equal(patron_h5_create(path, &file), PATRON_OK);
    assert_int_equal(patron_h5_write(&file, "/x", PATRON_H5_U64, 0, 0, NULL), PATRON_OK);
    assert_int_equal(patron_h5_write_chunked(&file, "/y", PATRON_H5_F32, 0, 3, NULL), PATRON_OK);
    assert_int_equal(patron_h5_write_texts(&file, "/none", &none, 0, 0, 0), PATRON_OK);
    assert_int_equal(patron_h5_write_texts(&file, "/empty", &empty, 0, 1, 0), PATRON_OK);
    assert_int_equal(patron_h5_reserve(&file, "/z", PATRON_H5_I32, 0, 0, &offset), PATRON_OK);
    assert_int_equal(patron_h5_reserve(&file, "/w", PATRON_H5_F64, 0, 4, &offset), PATRON_OK);
    assert_int_equal(patron_h5_close(&file), PATRON_OK);
    hid_t read = H5I_INVALID_HID;
    patron_h5_array array;
    assert_int_equal(patron_h5_open(path, &read), PATRON_OK);
    assert_int_equal(open_array(read, "/y", 2, PATRON_H5_REAL, &array), PATRON_OK);
    assert_int_equal(array.shape[0], 0);
    assert_int_equal(array.shape[1], 3);
    assert_int_equal(patron_h5_read_f32_rows(&array, 0, 0, NULL), PATRON_OK);
    patron_h5_array_close(&array);
    assert_int_equal(open_array(read, "/w", 2, PATRON_H5_REAL, &array), PATRON_OK);
    assert_int_equal(array.shape[1], 4);
    patron_h5_array_close(&array);
    assert_int_equal(open_array(read, "/empty", 1, PATRON_H5_TEXT, &array), PATRON_OK);
    assert_int_equal(patron_h5_read_texts(&array, 0, 1, &none), PATRON_OK);
    assert_int_equal(none.count, 1);
    assert_int_equal(patron_texts_length(&none, 0), 0);
    patron_h5_array_close(&array);
    H5Fclose(read);
    patron_texts_free(&none);
    patron_texts_free(&empty);
}

/* HDF5 would read zeros past the end. */
static void test_a_file_that_is_cut_while_it_is_open(void **state)
{
    (void)state;
    enum { COUNT = 1 << 16 };
    static uint64_t values[COUNT], found[COUNT];
    hid_t file = create();
    patron_h5_array array;
    store(file, "x", H5T_STD_U64LE, H5T_NATIVE_UINT64, COUNT, 0, 0, values);
    H5Fclose(file);
    assert_int_equal(patron_h5_open(path, &file), PATRON_OK);
    assert_int_equal(open_array(file, "/x", 1, PATRON_H5_INTEGER, &array), PATRON_OK);
    patron_h5_stamp before = patron_h5_stamp_of(file);
    assert_int_equal(patron_h5_read_u64(&array, 0, COUNT, found), PATRON_OK);
    assert_true(before.inode != 0 && patron_h5_stamps_equal(before, patron_h5_stamp_of(file)));
    assert_int_equal(truncate(path, (off_t)before.size - 1), 0);
    assert_int_equal(patron_h5_read_u64(&array, 0, COUNT, found), PATRON_IO);
    assert_false(patron_h5_stamps_equal(before, patron_h5_stamp_of(file)));
    patron_h5_array_close(&array);
    H5Fclose(file);
}

int main(void)
{
#define H5_TEST(test) cmocka_unit_test_setup_teardown(test, make, release)
    const struct CMUnitTest tests[] = {
        H5_TEST(test_whole_numbers),
        H5_TEST(test_unsigned_above_the_signed),
        H5_TEST(test_rows_of_floats),
        H5_TEST(test_texts_of_all_kinds),
        H5_TEST(test_arrays_of_other_kinds),
        H5_TEST(test_sizes_that_can_not_be),
        H5_TEST(test_files_that_are_none),
        H5_TEST(test_attributes),
        H5_TEST(test_an_attribute_of_a_megabyte),
        H5_TEST(test_a_file_that_is_cut_while_it_is_open),
        H5_TEST(test_writing_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
