/* SPDX-License-Identifier: Apache-2.0 */
/* Transforms from rows that are spread over ranks, unevenly too, are those of one rank, to the bit.
 */
#include "data/transform.h"

#include "mpi_main.h"
#include "patron/data.h"
#include "patron/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 57, COLUMNS = 4 };

/* Values over many magnitudes; every fifth of column 1 is missing, column 2 is constant. */
static float value_at(uint64_t row, uint32_t column)
{
    double unit = patron_random_unit(3, PATRON_PURPOSE_SEED, row, column);
    if (column == 1 && row % 5 == 0)
        return NAN;
    if (column == 2)
        return 0.3F;
    return (float)ldexp(unit - (column == 3 ? 0.0 : 0.5), (int)(row % 40) - 20);
}

/* Figures of the rows of `range`, on as many threads as make ranks differ. */
static patron_status estimate(const patron_comm *comm, patron_range range, patron_scale scale,
                              patron_missing missing, patron_transform *transform)
{
    float values[ROWS * COLUMNS];
    patron_texts names = {0};
    patron_rows rows;
    const patron_rows_shape shape = {.first = range.first,
                                     .count = range.count,
                                     .columns = COLUMNS,
                                     .threads = 1 + test_comm.rank % 2};
    for (uint64_t i = 0; i < range.count; ++i)
        for (uint32_t j = 0; j < COLUMNS; ++j)
            values[i * COLUMNS + j] = value_at(range.first + i, j);
    for (uint32_t j = 0; j < COLUMNS; ++j)
        patron_texts_append(&names, &"abcd"[j], 1);
    patron_status status = patron_transform_create(COLUMNS, transform);
    if (status == PATRON_OK)
        status = patron_rows_pack(values, NULL, &shape, &rows);
    if (status == PATRON_OK) {
        transform->log1p[3] = 1;
        status = patron_transform_estimate(comm, &rows, &names, scale, missing, transform);
    }
    patron_rows_free(&rows);
    patron_texts_free(&names);
    return status;
}

static bool same(const patron_transform *a, const patron_transform *b)
{
    bool equal = true;
    for (uint32_t j = 0; j < COLUMNS; ++j)
        equal = equal && a->fill[j] == b->fill[j] && a->offset[j] == b->offset[j] &&
                a->scale[j] == b->scale[j];
    return equal;
}

/* Of `range` on this rank and of all rows on one: equal? */
static int agrees(patron_range range, patron_scale scale, patron_missing missing)
{
    patron_comm alone = patron_comm_self();
    patron_transform spread = {0}, whole = {0};
    patron_status status = estimate(&test_comm, range, scale, missing, &spread);
    patron_status expected =
        estimate(&alone, (patron_range){.count = ROWS}, scale, missing, &whole);
    int equal = status == PATRON_OK && expected == PATRON_OK && same(&spread, &whole);
    patron_transform_free(&spread);
    patron_transform_free(&whole);
    return equal;
}

static void check_all(patron_range range)
{
    static const patron_scale scales[] = {PATRON_SCALE_ZSCORE, PATRON_SCALE_NONE,
                                          PATRON_SCALE_MINMAX, PATRON_SCALE_ROBUST};
    static const patron_missing fills[] = {PATRON_MISSING_MEAN, PATRON_MISSING_MEDIAN};
    int equal[4][2];
    for (int s = 0; s < 4; ++s)
        for (int f = 0; f < 2; ++f)
            equal[s][f] = agrees(range, scales[s], fills[f]);
    for (int s = 0; s < 4; ++s)
        for (int f = 0; f < 2; ++f)
            assert_true(equal[s][f]);
}

static void test_equal_shares(void **state)
{
    (void)state;
    check_all(patron_range_cut(ROWS, (uint64_t)test_comm.rank, (uint64_t)test_comm.size));
}

/* The last rank has all rows, the others none. */
static void test_ranks_without_rows(void **state)
{
    (void)state;
    bool last = test_comm.rank == test_comm.size - 1;
    check_all((patron_range){.first = 0, .count = last ? ROWS : 0});
}

static void test_a_missing_value_fails_on_all_ranks(void **state)
{
    (void)state;
    patron_transform transform = {0};
    patron_range range = patron_range_cut(ROWS, (uint64_t)test_comm.rank, (uint64_t)test_comm.size);
    char text[PATRON_FAIL_CAPACITY];
    patron_status status =
        estimate(&test_comm, range, PATRON_SCALE_ZSCORE, PATRON_MISSING_ERROR, &transform);
    patron_fail_text(status, text, sizeof text);
    patron_transform_free(&transform);
    assert_int_equal(status, PATRON_DATA);
    assert_non_null(strstr(text, "row 0, column 'b': missing value"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_shares),
        cmocka_unit_test(test_ranks_without_rows),
        cmocka_unit_test(test_a_missing_value_fails_on_all_ranks),
    };
    return test_mpi_main("transform", tests, sizeof tests / sizeof tests[0]);
}
