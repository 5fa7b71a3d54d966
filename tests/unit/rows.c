/* SPDX-License-Identifier: Apache-2.0 */
/* Rows in memory and streamed: a pass sees the same, whatever chunks and threads there are. */
#include "rows/feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FIRST = 1000, COLUMNS = 3, MOST_ROWS = 700 };

/* A source whose value in column j of row i is 10 i + j; some rows are dropped, one may fail. */
typedef struct numbers {
    uint64_t fails_from; /* rows that can't be laid out */
    uint64_t breaks_at;  /* a row that can't be read */
    uint64_t reads;
} numbers;

static bool is_dropped(uint64_t row)
{
    return row % 7 == 3;
}

static patron_status read_numbers(void *context, uint64_t first, uint64_t count, void *bytes)
{
    numbers *source = context;
    float *values = bytes;
    ++source->reads;
    if (source->breaks_at >= first && source->breaks_at - first < count)
        return patron_fail(PATRON_IO, "row %d breaks", (int)source->breaks_at);
    for (uint64_t i = 0; i < count; ++i)
        for (uint64_t j = 0; j < COLUMNS; ++j)
            values[i * COLUMNS + j] = (float)(10 * (first + i) + j);
    return PATRON_OK;
}

static patron_status lay_numbers(void *context, const patron_row_chunk *chunk, uint64_t row,
                                 uint64_t count, float *values, float *weight, uint64_t *lanes)
{
    const numbers *source = context;
    const float *read = chunk->bytes;
    *lanes = 0;
    for (uint64_t lane = 0; lane < PATRON_BLOCK; ++lane) {
        uint64_t at = row + (lane < count ? lane : count - 1);
        if (at >= source->fails_from)
            return patron_fail(PATRON_DATA, "row %d fails", (int)at);
        for (uint64_t j = 0; j < COLUMNS; ++j)
            values[j * PATRON_BLOCK + lane] = read[(at - chunk->first) * COLUMNS + j];
        bool is_row = lane < count && !is_dropped(at);
        weight[lane] = is_row ? (float)at : 0.0F;
        *lanes |= (uint64_t)is_row << lane;
    }
    return PATRON_OK;
}

/* What a pass saw, row by row. */
typedef struct seen {
    int times[MOST_ROWS];
    bool right;
} seen;

static void look(void *argument, int thread, const patron_block *block)
{
    seen *all = argument;
    bool right = thread >= 0 && block->row == FIRST + block->index * PATRON_BLOCK &&
                 (uintptr_t)block->values % PATRON_ALIGNMENT == 0;
    for (uint64_t lane = 0; lane < PATRON_BLOCK; ++lane) {
        uint64_t row = block->row + lane;
        bool is_row = ((block->lanes >> lane) & 1) != 0;
        right = right && block->weight[lane] == (is_row ? (float)row : 0.0F);
        for (uint64_t j = 0; is_row && j < COLUMNS; ++j)
            right = right && block->values[j * PATRON_BLOCK + lane] == (float)(10 * row + j);
        if (is_row)
            ++all->times[row - FIRST];
    }
#pragma omp critical(test_rows)
    all->right = all->right && right;
}

static void check_pass(const patron_rows *rows)
{
    seen all = {.right = true};
    assert_int_equal(patron_rows_pass(rows, look, &all), PATRON_OK);
    assert_true(all.right);
    for (uint64_t i = 0; i < MOST_ROWS; ++i)
        assert_int_equal(all.times[i], i < rows->count && !is_dropped(FIRST + i) ? 1 : 0);
}

static patron_row_source source_of(numbers *context)
{
    return (patron_row_source){.context = context,
                               .row_bytes = COLUMNS * sizeof(float),
                               .read = read_numbers,
                               .lay = lay_numbers};
}

static patron_rows_shape shape_of(uint64_t count, int threads)
{
    return (patron_rows_shape){
        .first = FIRST, .count = count, .columns = COLUMNS, .weighs = true, .threads = threads};
}

static void test_memory_and_stream(void **state)
{
    (void)state;
    const uint64_t counts[] = {0, 1, 63, 64, 65, 128, 500, MOST_ROWS};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; ++c) {
        for (int threads = 1; threads <= 3; ++threads) {
            numbers context = {.fails_from = UINT64_MAX, .breaks_at = UINT64_MAX};
            patron_row_source source = source_of(&context);
            patron_rows_shape shape = shape_of(counts[c], threads);
            patron_rows rows;
            assert_int_equal(patron_rows_load(&source, &shape, &rows), PATRON_OK);
            check_pass(&rows);
            patron_rows_free(&rows);
            for (uint64_t blocks = 0; blocks <= 8; blocks += 2) {
                uint64_t memory =
                    PATRON_FEED_SLOTS * blocks * PATRON_BLOCK * COLUMNS * sizeof(float);
                assert_int_equal(patron_rows_stream(&source, &shape, memory, &rows), PATRON_OK);
                context.reads = 0;
                check_pass(&rows);
                check_pass(&rows);
                uint64_t chunk = (blocks == 0 ? 1 : blocks) * PATRON_BLOCK;
                assert_int_equal(context.reads, 2 * ((counts[c] + chunk - 1) / chunk));
                patron_rows_free(&rows);
            }
        }
    }
}

static void check_fetch(const patron_rows *rows)
{
    for (uint64_t i = 0; i < rows->count; i += 13) {
        float values[COLUMNS];
        bool is_row = is_dropped(FIRST + i);
        assert_int_equal(patron_rows_fetch(rows, FIRST + i, values, &is_row), PATRON_OK);
        assert_true(is_row == !is_dropped(FIRST + i));
        for (uint64_t j = 0; j < COLUMNS; ++j)
            assert_true(values[j] == (float)(10 * (FIRST + i) + j));
    }
}

static void test_fetch(void **state)
{
    (void)state;
    numbers context = {.fails_from = UINT64_MAX, .breaks_at = UINT64_MAX};
    patron_row_source source = source_of(&context);
    patron_rows_shape shape = shape_of(300, 2);
    patron_rows rows;
    assert_int_equal(patron_rows_load(&source, &shape, &rows), PATRON_OK);
    check_fetch(&rows);
    patron_rows_free(&rows);
    assert_int_equal(patron_rows_stream(&source, &shape, 4096, &rows), PATRON_OK);
    check_fetch(&rows);
    patron_rows_free(&rows);
}

static void add_one(void *argument, const patron_block *block, float *values)
{
    (void)argument;
    (void)block;
    for (uint64_t i = 0; i < (uint64_t)COLUMNS * PATRON_BLOCK; ++i)
        values[i] += 1.0F;
}

static void test_change(void **state)
{
    (void)state;
    float values[200 * COLUMNS];
    for (uint64_t i = 0; i < 200 * COLUMNS; ++i)
        values[i] = (float)i;
    const patron_rows_shape shape = {.count = 200, .columns = COLUMNS, .threads = 2};
    patron_rows rows;
    assert_int_equal(patron_rows_pack(values, NULL, &shape, &rows), PATRON_OK);
    patron_rows_change(&rows, add_one, NULL);
    for (uint64_t i = 0; i < 200; ++i) {
        float row[COLUMNS];
        bool is_row = false;
        assert_int_equal(patron_rows_fetch(&rows, i, row, &is_row), PATRON_OK);
        for (uint64_t j = 0; j < COLUMNS; ++j)
            assert_true(row[j] == values[i * COLUMNS + j] + 1.0F);
    }
    patron_rows_free(&rows);
}

/* Of several blocks that fail, the first one's text stands, however threads run. */
static void test_failures(void **state)
{
    (void)state;
    char text[PATRON_FAIL_CAPACITY];
    for (int threads = 1; threads <= 3; ++threads) {
        numbers context = {.fails_from = FIRST + 130, .breaks_at = UINT64_MAX};
        patron_row_source source = source_of(&context);
        patron_rows_shape shape = shape_of(600, threads);
        patron_rows rows;
        assert_int_equal(patron_rows_load(&source, &shape, &rows), PATRON_DATA);
        patron_fail_text(PATRON_DATA, text, sizeof text);
        assert_string_equal(text, "row 1130 fails");
        patron_rows_free(&rows);
        context = (numbers){.fails_from = UINT64_MAX, .breaks_at = FIRST + 400};
        seen all = {.right = true};
        assert_int_equal(patron_rows_stream(&source, &shape, 3000, &rows), PATRON_OK);
        assert_int_equal(patron_rows_pass(&rows, look, &all), PATRON_IO);
        patron_fail_text(PATRON_IO, text, sizeof text);
        assert_string_equal(text, "row 1400 breaks");
        patron_rows_free(&rows);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_and_stream),
        cmocka_unit_test(test_fetch),
        cmocka_unit_test(test_change),
        cmocka_unit_test(test_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
