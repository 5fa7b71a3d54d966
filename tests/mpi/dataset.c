/* SPDX-License-Identifier: Apache-2.0 */
/* Datasets by our own writer, in one file and in parts, fewer and more than there are rows, read by
 * ranks, fewer and more than there are parts. */
#include "patron/data.h"

#include "data/feature_reader.h"
#include "data/shard.h"
#include "folder.h"
#include "mpi_main.h"
#include "patron/memory.h"
#include "runtime/usage.h"
#include "store/h5.h"

#include <fcntl.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ROWS = 17, COLUMNS = 3, BASKETS = 11, ITEMS = 6, PART_COUNTS = 5 };

static const uint32_t parts_of[PART_COUNTS] = {0, 1, 2, 5, 23};

static float feature_at(uint64_t row, uint32_t column)
{
    return row % 6 == 1 && column == 1 ? NAN : (float)(row * 10 + column) + 0.5F;
}

/* Basket b holds the items i with (b + 1) >> i odd; basket 7 is empty. */
static bool holds(uint64_t basket, uint32_t item)
{
    return basket != 7 && (((basket + 1) >> item) & 1) != 0;
}

/* Appends `word` with a number behind it, or an empty text. */
static void append(patron_texts *texts, const char *word, uint64_t number)
{
    char text[32] = "";
    int length = 0;
    if (word[0] != '\0')
        length = snprintf(text, sizeof text, "%s%02u", word, (unsigned)number);
    patron_texts_append(texts, text, (uint64_t)length);
}

static void fill_customers(patron_dataset_content *content, uint64_t rows)
{
    content->rows = rows;
    content->columns = COLUMNS;
    content->features = patron_allocate(rows * COLUMNS, sizeof *content->features);
    content->weight = patron_allocate(rows, sizeof *content->weight);
    for (uint64_t i = 0; i < rows; ++i) {
        append(&content->customer_id, "customer-", i);
        content->weight[i] = (float)i;
        for (uint32_t j = 0; j < COLUMNS; ++j)
            content->features[i * COLUMNS + j] = feature_at(i, j);
    }
    for (uint32_t j = 0; j < COLUMNS; ++j) {
        append(&content->column_names, "column ", j);
        append(&content->column_units, j == 0 ? "" : "unit ", j);
    }
}

static void fill_baskets(patron_dataset_content *content, uint64_t baskets)
{
    content->baskets = baskets;
    content->basket_offsets = patron_allocate(baskets + 1, sizeof *content->basket_offsets);
    content->basket_items = patron_allocate(baskets * ITEMS, sizeof *content->basket_items);
    content->basket_customer = patron_allocate(baskets, sizeof *content->basket_customer);
    content->basket_time = patron_allocate(baskets, sizeof *content->basket_time);
    for (uint64_t b = 0; b < baskets; ++b) {
        uint64_t used = content->basket_offsets[b];
        for (uint32_t i = 0; i < ITEMS; ++i)
            if (holds(b, i))
                content->basket_items[used++] = i;
        content->basket_offsets[b + 1] = used;
        content->basket_customer[b] = b % 3 == 0 ? UINT64_MAX : b;
        content->basket_time[b] = -5 + (int64_t)b;
        append(&content->basket_id, "b", b);
    }
    for (uint64_t i = 0; i < ITEMS; ++i) {
        append(&content->item_names, "item ", i);
        append(&content->item_labels, i == 2 ? "" : "label ", i);
    }
}

/* Whether this rank's share of the rows is as it was written. */
static bool rows_are_right(const patron_dataset *dataset)
{
    float values[ROWS * COLUMNS], weight[ROWS];
    patron_range range = patron_range_cut(ROWS, (uint64_t)test_comm.rank, (uint64_t)test_comm.size);
    patron_feature_reader reader = patron_feature_reader_create(dataset, true);
    bool right = patron_dataset_rows(dataset) == ROWS &&
                 patron_feature_reader_read(&reader, range, values, weight) == PATRON_OK;
    patron_feature_reader_close(&reader);
    for (uint64_t i = 0; right && i < range.count; ++i) {
        right = weight[i] == (float)(range.first + i);
        for (uint32_t j = 0; right && j < COLUMNS; ++j) {
            float truth = feature_at(range.first + i, j);
            right = values[i * COLUMNS + j] == truth ||
                    (isnan(truth) && isnan(values[i * COLUMNS + j]));
        }
    }
    return right;
}

static bool baskets_are_right(const patron_dataset *dataset)
{
    uint64_t *offsets = NULL;
    uint32_t *items = NULL;
    patron_range range =
        patron_range_cut(BASKETS, (uint64_t)test_comm.rank, (uint64_t)test_comm.size);
    bool right = patron_dataset_baskets(dataset) == BASKETS &&
                 patron_dataset_read_baskets(dataset, range, &offsets, &items) == PATRON_OK &&
                 offsets[0] == 0;
    for (uint64_t b = 0; right && b < range.count; ++b) {
        uint64_t at = offsets[b];
        for (uint32_t i = 0; right && i < ITEMS; ++i)
            if (holds(range.first + b, i))
                right = at < offsets[b + 1] && items[at++] == i;
        right = right && at == offsets[b + 1];
    }
    free(offsets);
    free(items);
    return right;
}

typedef struct shard_check {
    bool right;
    uint64_t kept;
} shard_check;

static void check_block(void *argument, int thread, const patron_block *block)
{
    shard_check *check = argument;
    (void)thread;
    for (uint64_t left = block->lanes; left != 0; left &= left - 1) {
        uint64_t lane = (uint64_t)__builtin_ctzll(left), row = block->row + lane;
        check->right = check->right && row % 6 != 1 && block->weight[lane] == (float)row;
        for (uint32_t j = 0; check->right && j < COLUMNS; ++j)
            check->right = block->values[j * PATRON_BLOCK + lane] == feature_at(row, j);
        ++check->kept;
    }
}

/* In memory, and streamed where a byte is all that is allowed: rows with a gap are dropped. */
static bool shard_is_right(const patron_dataset *dataset)
{
    bool right = true;
    for (int streamed = 0; streamed < 2; ++streamed) {
        malloc_trim(0); /* as a shard does before it looks at what is used */
        const patron_shard_choice choice = {
            .drop_missing = true,
            .threads = 1,
            .memory = streamed ? patron_usage_memory() + (UINT64_C(12) << 20) : 0};
        patron_shard shard;
        shard_check check = {.right = true};
        right = patron_shard_open(&test_comm, dataset, &choice, &shard) == PATRON_OK && right;
        right = right && shard.is_streamed == (streamed != 0) &&
                patron_rows_pass(&shard.rows, check_block, &check) == PATRON_OK && check.right;
        patron_comm_reduce_u64(&test_comm, &check.kept, 1, PATRON_SUM);
        patron_shard_free(&shard);
        right = right && check.kept == ROWS - 3;
    }
    return right;
}

/* What became of one dataset. */
typedef struct trip {
    patron_status written, opened, verified;
    uint32_t parts;
    bool rows, baskets, shard;
    char recorded[PATRON_DIGEST_CAPACITY], digest[PATRON_DIGEST_CAPACITY];
} trip;

static trip write_and_read(const patron_dataset_content *content, const char *path, uint32_t parts)
{
    trip made = {0};
    patron_dataset *dataset = NULL;
    made.written = patron_dataset_write(&test_comm, content, path, parts, false, made.recorded);
    made.opened = patron_dataset_open(&test_comm, path, &dataset);
    if (made.opened != PATRON_OK)
        return made;
    made.parts = patron_dataset_parts(dataset);
    made.verified = patron_dataset_verify(&test_comm, 2, dataset, made.digest);
    if (content->rows == ROWS) {
        made.rows = rows_are_right(dataset);
        made.baskets = baskets_are_right(dataset);
        made.shard = shard_is_right(dataset);
    }
    patron_dataset_close(dataset);
    return made;
}

static void write_and_read_all(uint64_t rows, uint64_t baskets, trip *made)
{
    char folder[TEST_PATH], path[TEST_PATH], name[16];
    patron_dataset_content content = {0};
    test_folder_make(&test_comm, folder);
    fill_customers(&content, rows);
    fill_baskets(&content, baskets);
    for (int p = 0; p < PART_COUNTS; ++p) {
        snprintf(name, sizeof name, "data%d", p);
        test_folder_path(folder, name, path);
        made[p] = write_and_read(&content, path, parts_of[p]);
    }
    patron_dataset_content_free(&content);
    test_folder_remove(&test_comm, folder);
}

static void check_trips(const trip *made)
{
    for (int p = 0; p < PART_COUNTS; ++p) {
        assert_int_equal(made[p].written, PATRON_OK);
        assert_int_equal(made[p].opened, PATRON_OK);
        assert_int_equal(made[p].verified, PATRON_OK);
        assert_int_equal(made[p].parts, parts_of[p] == 0 ? 1 : parts_of[p]);
        assert_int_equal(strlen(made[p].digest), PATRON_DIGEST_CAPACITY - 1);
        assert_string_equal(made[p].digest, made[p].recorded);
        assert_string_equal(made[p].digest, made[0].digest);
    }
}

static void test_every_cut(void **state)
{
    (void)state;
    trip made[PART_COUNTS];
    write_and_read_all(ROWS, BASKETS, made);
    check_trips(made);
    for (int p = 0; p < PART_COUNTS; ++p) {
        assert_true(made[p].rows);
        assert_true(made[p].baskets);
        assert_true(made[p].shard);
    }
}

static void test_no_rows_and_no_baskets(void **state)
{
    (void)state;
    trip made[PART_COUNTS];
    write_and_read_all(0, 0, made);
    check_trips(made);
}

/* Writes a dataset whose rows 3 and 12, in different parts, have one id. */
static void test_an_id_twice(void **state)
{
    (void)state;
    char folder[TEST_PATH], path[TEST_PATH], text[PATRON_FAIL_CAPACITY];
    patron_dataset_content content = {0};
    patron_dataset *dataset = NULL;
    char digest[PATRON_DIGEST_CAPACITY];
    test_folder_make(&test_comm, folder);
    test_folder_path(folder, "data", path);
    fill_customers(&content, ROWS);
    memcpy(content.customer_id.bytes + content.customer_id.offsets[12],
           content.customer_id.bytes + content.customer_id.offsets[3], strlen("customer-00"));
    patron_status written = patron_dataset_write(&test_comm, &content, path, 4, false, digest);
    patron_status opened = patron_dataset_open(&test_comm, path, &dataset);
    patron_status checked = PATRON_OK;
    if (opened == PATRON_OK)
        checked = patron_dataset_check_ids(&test_comm, dataset);
    patron_fail_text(checked, text, sizeof text);
    patron_dataset_close(dataset);
    patron_dataset_content_free(&content);
    test_folder_remove(&test_comm, folder);
    assert_int_equal(written, PATRON_OK);
    assert_int_equal(opened, PATRON_OK);
    assert_int_equal(checked, PATRON_DATA);
    assert_non_null(strstr(text, "rows 3 and 12"));
    assert_null(strstr(text, "customer-"));
}

static void test_a_part_is_missing(void **state)
{
    (void)state;
    char folder[TEST_PATH], path[TEST_PATH], part[TEST_PATH];
    patron_dataset_content content = {0};
    patron_dataset *dataset = NULL;
    char digest[PATRON_DIGEST_CAPACITY];
    patron_status opened[3];
    test_folder_make(&test_comm, folder);
    test_folder_path(folder, "data", path);
    fill_customers(&content, ROWS);
    patron_status written = patron_dataset_write(&test_comm, &content, path, 3, false, digest);
    patron_dataset_content_free(&content);
    for (int p = 2; p >= 0; --p) {
        char name[32];
        snprintf(name, sizeof name, "data/part-0000%d.h5", p);
        test_folder_path(folder, name, part);
        if (test_comm.rank == 0)
            remove(part);
        patron_comm_agree(&test_comm, PATRON_OK);
        opened[p] = patron_dataset_open(&test_comm, path, &dataset);
        patron_dataset_close(dataset);
    }
    test_folder_remove(&test_comm, folder);
    assert_int_equal(written, PATRON_OK);
    assert_int_equal(opened[2], PATRON_DATA);
    assert_int_equal(opened[1], PATRON_DATA);
    assert_int_equal(opened[0], PATRON_NO_INPUT);
}

/* A part that changes between two reads of it is refused, whether it was kept open or not. */
static void test_a_part_that_changes(void **state)
{
    (void)state;
    char folder[TEST_PATH], path[TEST_PATH], part[TEST_PATH], digest[PATRON_DIGEST_CAPACITY];
    const patron_range all = {.first = 0, .count = ROWS}, last = {.first = ROWS - 1, .count = 1};
    const struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    float values[ROWS * COLUMNS], weight[ROWS];
    patron_dataset_content content = {0};
    patron_dataset *dataset = NULL;
    test_folder_make(&test_comm, folder);
    test_folder_path(folder, "data", path);
    test_folder_path(folder, "data/part-00000.h5", part);
    fill_customers(&content, ROWS);
    patron_status written = patron_dataset_write(&test_comm, &content, path, 2, false, digest);
    patron_dataset_content_free(&content);
    patron_status opened = patron_dataset_open(&test_comm, path, &dataset);
    patron_feature_reader reader = patron_feature_reader_create(dataset, true);
    patron_status before = patron_feature_reader_read(&reader, all, values, weight);
    before = patron_comm_agree(&test_comm, before);
    if (test_comm.rank == 0)
        utimensat(AT_FDCWD, part, times, 0);
    patron_comm_agree(&test_comm, PATRON_OK);
    patron_status other = patron_feature_reader_read(&reader, last, values, weight);
    patron_status after = patron_feature_reader_read(&reader, all, values, weight);
    patron_feature_reader_close(&reader);
    patron_dataset_close(dataset);
    test_folder_remove(&test_comm, folder);
    assert_int_equal(written, PATRON_OK);
    assert_int_equal(opened, PATRON_OK);
    assert_int_equal(before, PATRON_OK);
    assert_int_equal(other, PATRON_OK);
    assert_int_equal(after, PATRON_DATA);
}

int main(void)
{
    patron_h5_initialize();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_cut),           cmocka_unit_test(test_no_rows_and_no_baskets),
        cmocka_unit_test(test_an_id_twice),         cmocka_unit_test(test_a_part_is_missing),
        cmocka_unit_test(test_a_part_that_changes),
    };
    return test_mpi_main("dataset", tests, sizeof tests / sizeof tests[0]);
}
