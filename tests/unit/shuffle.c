/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting on disk, tapes, splitters and the exchange, against qsort, in memory that holds a few
 * records. */
#include "ingest_support.h"

#include "shuffle/shuffle.h"
#include "shuffle/splitters.h"
#include "shuffle/tape.h"

enum { RECORDS = 3000, KEY_ROOM = 24 };

/* Keys of any bytes that do not end with NUL, many of them equal, many with a long common start. */
typedef struct sample {
    char key[KEY_ROOM];
    uint32_t length;
    uint32_t value;
} sample;

static sample samples[RECORDS];

static uint32_t draw(uint32_t *state)
{
    *state = *state * 1664525U + 1013904223U;
    return *state >> 8;
}

static void draw_samples(uint32_t seed)
{
    for (uint32_t i = 0; i < RECORDS; ++i) {
        sample *s = &samples[i];
        s->length = 1 + draw(&seed) % KEY_ROOM;
        for (uint32_t b = 0; b < s->length; ++b)
            s->key[b] = (char)(draw(&seed) % 4 == 0 ? draw(&seed) % 3 : 'k');
        s->key[s->length - 1] = (char)(1 + draw(&seed) % 255);
        s->value = i;
    }
}

static int compare(const void *left, const void *right)
{
    const sample *a = left, *b = right;
    int order = patron_key_compare(a->key, a->length, b->key, b->length);
    return order != 0 ? order : a->value < b->value ? -1 : 1;
}

static patron_record record_of(const sample *s)
{
    return (patron_record){.key = s->key,
                           .key_length = s->length,
                           .value = (const char *)&s->value,
                           .value_length = sizeof s->value};
}

/* The sorter gives the next `count` of the sorted samples; equal keys in any order. */
static void assert_sorted(patron_sorter *sorter, uint64_t first, uint64_t count)
{
    uint64_t values = 0;
    for (uint64_t i = first; i <= first + count; ++i) {
        patron_record record;
        bool found = false;
        uint32_t value = 0;
        assert_ok(patron_sorter_next(sorter, &record, &found));
        assert_true(found == (i < first + count));
        if (!found)
            break;
        assert_int_equal(record.key_length, samples[i].length);
        assert_memory_equal(record.key, samples[i].key, samples[i].length);
        memcpy(&value, record.value, sizeof value);
        values += (uint64_t)value - samples[i].value;
    }
    assert_int_equal(values, 0); /* of all, each value once */
}

static void test_sorter(void **state)
{
    (void)state;
    static const uint64_t memories[] = {1, 500, 20000, 1 << 30};
    for (size_t m = 0; m < sizeof memories / sizeof memories[0]; ++m) {
        patron_sorter *sorter = NULL;
        draw_samples(7);
        assert_ok(patron_sorter_create(folder, "output", memories[m], &sorter));
        for (int i = 0; i < RECORDS; ++i) {
            char laid[PATRON_RECORD_HEAD + KEY_ROOM + sizeof(uint32_t)];
            patron_record record = record_of(&samples[i]);
            patron_record_lay(&record, laid);
            assert_ok(patron_sorter_append(sorter, laid, patron_record_bytes(&record)));
        }
        assert_ok(patron_sorter_finish(sorter));
        qsort(samples, RECORDS, sizeof samples[0], compare);
        assert_sorted(sorter, 0, RECORDS);
        patron_sorter_free(sorter);
    }
}

static void test_nothing_to_sort(void **state)
{
    (void)state;
    patron_sorter *sorter = NULL;
    patron_record record;
    bool found = true;
    assert_ok(patron_sorter_create("/nowhere", "output", 100, &sorter));
    assert_ok(patron_sorter_finish(sorter));
    assert_ok(patron_sorter_next(sorter, &record, &found));
    assert_false(found);
    patron_sorter_free(sorter);
}

static void test_folder_that_is_missing(void **state)
{
    (void)state;
    patron_tape tape = patron_tape_create("/nowhere", "output", 4);
    assert_ok(patron_tape_write(&tape, "1234", 4));
    assert_failed(patron_tape_write(&tape, "5678", 4), PATRON_CANT_CREATE, "output: a temporary");
    patron_tape_free(&tape);
}

static void test_tape(void **state)
{
    (void)state;
    for (uint64_t memory = 1; memory < 40000; memory *= 9) {
        patron_tape tape = patron_tape_create(folder, "output", memory);
        uint32_t number = 0;
        for (uint32_t i = 0; i < RECORDS; ++i)
            assert_ok(patron_tape_write(&tape, &i, sizeof i));
        for (uint32_t i = 0; i < RECORDS; i += 97) {
            assert_ok(patron_tape_peek(&tape, i * sizeof i, &number, sizeof number));
            assert_int_equal(number, i);
        }
        for (uint32_t i = 0; i < RECORDS; ++i) {
            assert_ok(patron_tape_read(&tape, &number, sizeof number));
            assert_int_equal(number, i);
        }
        assert_failed(patron_tape_read(&tape, &number, 1), PATRON_SOFTWARE, "beyond its end");
        patron_tape_free(&tape);
    }
}

static void test_splitters(void **state)
{
    (void)state;
    const patron_comm alone = patron_comm_self();
    patron_texts keys = {0};
    patron_splitters splitters;
    for (int i = 0; i < 100; ++i) {
        char key[8];
        int length = snprintf(key, sizeof key, "%02d", 7 * i % 100);
        assert_ok(patron_texts_append(&keys, key, (uint64_t)length));
    }
    assert_ok(patron_splitters_choose(&alone, &keys, 4, &splitters));
    assert_string_equal(joined(&splitters.keys), "25|50|75");
    assert_int_equal(patron_splitters_range(&splitters, "", 0), 0);
    assert_int_equal(patron_splitters_range(&splitters, "24zz", 4), 0);
    assert_int_equal(patron_splitters_range(&splitters, "25", 2), 1);
    assert_int_equal(patron_splitters_range(&splitters, "25\0x", 4), 1);
    assert_int_equal(patron_splitters_range(&splitters, "9", 1), 3);
    patron_splitters_free(&splitters);
    patron_texts_free(&keys);
    assert_ok(patron_splitters_choose(&alone, &keys, 4, &splitters));
    assert_int_equal(patron_splitters_range(&splitters, "x", 1), 0);
}

/* Samples that are below "k" in one lane, the others in the other. */
static void test_shuffle(void **state)
{
    (void)state;
    const patron_comm alone = patron_comm_self();
    for (uint64_t bytes = 64; bytes < 1 << 20; bytes *= 32) {
        const patron_shuffle_options options = {
            .threads = 2, .folder = folder, .name = "output", .sorted = bytes, .on_the_way = bytes};
        patron_shuffle *shuffle = NULL;
        uint64_t low = 0;
        draw_samples(11);
        assert_ok(patron_shuffle_create(&alone, &options, &shuffle));
        for (int i = 0; i < RECORDS; ++i) {
            patron_record record = record_of(&samples[i]);
            bool is_low = (unsigned char)samples[i].key[0] < 'k';
            low += is_low ? 1 : 0;
            assert_ok(patron_shuffle_put(shuffle, i % 2, is_low ? 0 : 1, &record));
            if (patron_shuffle_is_full(shuffle, i % 2))
                assert_ok(patron_shuffle_exchange(shuffle));
        }
        assert_ok(patron_shuffle_exchange(shuffle));
        assert_ok(patron_shuffle_finish(shuffle));
        qsort(samples, RECORDS, sizeof samples[0], compare);
        assert_sorted(patron_shuffle_lane(shuffle, 0), 0, low);
        assert_sorted(patron_shuffle_lane(shuffle, 1), low, RECORDS - low);
        patron_shuffle_free(shuffle);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sorter),    cmocka_unit_test(test_nothing_to_sort),
        cmocka_unit_test(test_tape),      cmocka_unit_test(test_folder_that_is_missing),
        cmocka_unit_test(test_splitters), cmocka_unit_test(test_shuffle),
    };
    return RUN_GROUP("shuffle", tests);
}
