/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles of rows that are spread over ranks, against counts made row by row: distinct values
 * around the limit, duplicates in several slices, columns a few at a time. */
#include "data/profile.h"

#include "mpi_main.h"

#include <math.h>
#include <stdlib.h>

enum { ROWS = 30000, COLUMNS = 4, UNLIKE = 997, LARGE = 1 << 30 };

/* Column 0 has exactly as many values as are counted, column 1 one more, column 2 many missing
 * ones, column 3 two zeros that are one value.  Row r is like row r - 1 for one row in UNLIKE. */
static float value_at(uint64_t row, uint32_t column)
{
    row = row % UNLIKE == UNLIKE - 1 ? row - 1 : row;
    uint64_t third = row / 3;
    switch (column) {
    case 0:
        return (float)(row % PATRON_PROFILE_DISTINCT);
    case 1:
        return (float)(row % (PATRON_PROFILE_DISTINCT + 1)) - 5000.0F;
    case 2:
        return row % 3 != 0 ? NAN : (float)third;
    default:
        return row % 2 == 0 ? 0.0F : -0.0F;
    }
}

/* The profile of this rank's rows, with as many threads as make ranks differ, in little memory; and
 * its duplicates in slices of `most`. */
static patron_status profile_rows(patron_range range, uint64_t most, uint64_t memory,
                                  patron_rows_profile *profile, uint64_t *duplicates)
{
    patron_rows rows = {0};
    const patron_rows_shape shape = {.first = range.first,
                                     .count = range.count,
                                     .columns = COLUMNS,
                                     .threads = 1 + test_comm.rank % 2};
    float *values = calloc(range.count * COLUMNS + 1, sizeof *values);
    for (uint64_t i = 0; i < range.count; ++i)
        for (uint32_t j = 0; j < COLUMNS; ++j)
            values[i * COLUMNS + j] = value_at(range.first + i, j);
    patron_status status = patron_rows_pack(values, NULL, &shape, &rows);
    status = patron_comm_agree(&test_comm, status);
    if (status == PATRON_OK)
        status = patron_profile_rows(&test_comm, &rows, memory, NULL, profile);
    if (status == PATRON_OK)
        status = patron_profile_duplicates(&test_comm, &rows, most, duplicates);
    patron_rows_free(&rows);
    free(values);
    return status;
}

static uint64_t expected_duplicates(void)
{
    uint64_t duplicates = 0;
    for (uint64_t row = 1; row < ROWS; ++row)
        duplicates += row % UNLIKE == UNLIKE - 1 ? 1 : 0;
    return duplicates;
}

static void check(patron_range range, uint64_t most, uint64_t memory)
{
    patron_rows_profile profile = {0};
    uint64_t duplicates = 0;
    patron_status status = profile_rows(range, most, memory, &profile, &duplicates);
    assert_int_equal(status, PATRON_OK);
    assert_int_equal(profile.rows, ROWS);
    assert_int_equal(profile.column[0].distinct, PATRON_PROFILE_DISTINCT);
    assert_int_equal(profile.column[1].distinct, PATRON_PROFILE_DISTINCT + 1);
    uint64_t present = 0;
    for (uint64_t row = 0; row < ROWS; ++row)
        present += isnan(value_at(row, 2)) ? 0 : 1;
    assert_int_equal(profile.column[2].present, present);
    assert_int_equal(profile.column[3].distinct, 1);
    assert_int_equal(profile.column[3].zeros, ROWS);
    for (int bin = 0; bin < PATRON_PROFILE_BINS; ++bin) /* a constant has no bins */
        assert_int_equal(profile.column[3].bins[bin], 0);
    assert_true(signbit(profile.column[3].least) == 0);
    assert_true(signbit(profile.column[3].greatest) == 0);
    assert_int_equal(profile.duplicates, expected_duplicates());
    assert_int_equal(duplicates, expected_duplicates());
    patron_rows_profile_free(&profile);
}

static patron_range equal_share(void)
{
    return patron_range_cut(ROWS, (uint64_t)test_comm.rank, (uint64_t)test_comm.size);
}

static void test_equal_shares(void **state)
{
    (void)state;
    check(equal_share(), UINT64_MAX, LARGE);
}

static void test_slices_and_batches(void **state)
{
    (void)state;
    check(equal_share(), 1000, 0);         /* column by column */
    check(equal_share(), 777, 1000 << 10); /* some columns at a time */
}

/* The last rank has all rows, the others none. */
static void test_ranks_without_rows(void **state)
{
    (void)state;
    bool last = test_comm.rank == test_comm.size - 1;
    check((patron_range){.first = 0, .count = last ? ROWS : 0}, 4000, LARGE);
}

/* Lists of hashes hold what differs alone. */
static void test_all_rows_are_equal(void **state)
{
    (void)state;
    enum { EQUAL = 50000 };
    patron_range range =
        patron_range_cut(EQUAL, (uint64_t)test_comm.rank, (uint64_t)test_comm.size);
    const patron_rows_shape shape = {
        .first = range.first, .count = range.count, .columns = 1, .threads = 2};
    patron_rows rows = {0};
    uint64_t duplicates = 0;
    float *values = calloc(range.count + 1, sizeof *values);
    patron_status status = patron_rows_pack(values, NULL, &shape, &rows);
    patron_status counted = patron_profile_duplicates(&test_comm, &rows, 5000, &duplicates);
    patron_rows_free(&rows);
    free(values);
    assert_int_equal(status, PATRON_OK);
    assert_int_equal(counted, PATRON_OK);
    assert_int_equal(duplicates, EQUAL - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_shares), cmocka_unit_test(test_slices_and_batches),
        cmocka_unit_test(test_ranks_without_rows), cmocka_unit_test(test_all_rows_are_equal)};
    return test_mpi_main("profile", tests, sizeof tests / sizeof tests[0]);
}
