/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds of events, samples of keys, and rows of one list in another. */
#include "ingest_support.h"

#include "ingest/events_stages.h"
#include "ingest/row_map.h"
#include "ingest/sampler.h"

static patron_slice slice(const char *text)
{
    return patron_slice_of(text);
}

/* The slots of kinds with so many rows, as "a|b". */
static const char *slots_of(patron_kinds *kinds, uint32_t most, uint64_t least)
{
    static char list[256];
    const patron_comm alone = patron_comm_self();
    size_t used = 0;
    list[0] = '\0';
    assert_ok(patron_kinds_share(&alone, kinds));
    assert_ok(patron_kinds_choose(kinds, most, least));
    for (uint32_t s = 0; s < kinds->slot_count; ++s) {
        patron_slice name = patron_kinds_slot_name(kinds, s);
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%.*s%s", s == 0 ? "" : "|",
                                 (int)name.length, name.bytes,
                                 patron_kinds_slot_has_values(kinds, s) ? "+" : "");
    }
    return list;
}

static void add(patron_kinds *kinds, const char *name, int rows, bool has_value)
{
    for (int i = 0; i < rows; ++i)
        assert_ok(patron_kinds_add(kinds, slice(name), has_value && i == 0));
}

static void test_kinds(void **state)
{
    (void)state;
    patron_kinds kinds = {0}, more = {0};
    add(&kinds, "z", 2, true);
    add(&more, "b", 3, false);
    add(&more, "z", 1, false);
    add(&more, "a", 3, true);
    add(&more, "rare", 1, true);
    assert_ok(patron_kinds_merge(&kinds, &more));
    assert_string_equal(slots_of(&kinds, 2, 1), "a+|b|other");
    assert_int_equal(patron_kinds_slot(&kinds, slice("b")), 1);
    assert_int_equal(patron_kinds_slot(&kinds, slice("z")), 2);
    assert_int_equal(patron_kinds_slot(&kinds, slice("unknown")), PATRON_NO_SLOT);
    assert_int_equal(kinds.joined_rows, 4);
    patron_kinds_free(&kinds);
    patron_kinds_free(&more);
}

static void test_too_few_to_join(void **state)
{
    (void)state;
    patron_kinds kinds = {0};
    add(&kinds, "b", 4, false);
    add(&kinds, "a", 1, false);
    assert_string_equal(slots_of(&kinds, 9, 2), "b");
    assert_int_equal(patron_kinds_slot(&kinds, slice("a")), PATRON_NO_SLOT);
    patron_kinds_free(&kinds);
}

static void test_tails(void **state)
{
    (void)state;
    char bytes[2][PATRON_EVENT_TAIL];
    const patron_event_tail tails[] = {{.time = -5, .value = -0.1, .has_value = true},
                                       {.time = 3, .value = 0.0, .has_value = false}};
    for (int i = 0; i < 2; ++i) {
        patron_event_tail_lay(&tails[i], bytes[i]);
        patron_event_tail back = patron_event_tail_at(bytes[i]);
        assert_int_equal(back.time, tails[i].time);
        assert_true(back.value == tails[i].value);
        assert_int_equal(back.has_value, tails[i].has_value);
    }
    assert_true(memcmp(bytes[0], bytes[1], sizeof bytes[0]) < 0); /* in the order of time */
}

static void test_samples(void **state)
{
    (void)state;
    patron_sampler sampler = {0};
    patron_texts texts = {0};
    char key[16];
    for (int i = 0; i < 100000; ++i)
        if (patron_sampler_wants(&sampler))
            assert_ok(patron_sampler_add(&sampler, key, (uint64_t)sprintf(key, "%d", i)));
    assert_ok(patron_sampler_append(&sampler, &texts));
    assert_true(texts.count >= 2048 && texts.count < 4096);
    for (uint64_t i = 0; i < texts.count; ++i) { /* at equal distances */
        assert_int_equal(patron_texts_length(&texts, i),
                         sprintf(key, "%d", (int)(i * sampler.step)));
        assert_memory_equal(patron_texts_at(&texts, i), key, strlen(key));
    }
    patron_texts_free(&texts);
    patron_sampler_free(&sampler);
}

static void test_rows(void **state)
{
    (void)state;
    enum { ROWS = 5000 };
    const patron_comm alone = patron_comm_self();
    static uint64_t expected[ROWS];
    for (unsigned step = 1; step < 700; step = step * 3 + 1) {
        patron_row_map map = {0};
        uint64_t count = 0, random = step;
        assert_ok(patron_row_map_create(ROWS, &map));
        for (uint64_t row = 0; row < ROWS; ++row) {
            random = random * UINT64_C(6364136223846793005) + 1;
            if ((random >> 33) % step != 0)
                continue;
            patron_row_map_set(&map, row);
            expected[count++] = row;
        }
        patron_row_map_share(&alone, &map);
        for (uint64_t i = 0; i < count; ++i)
            assert_int_equal(patron_row_map_find(&map, i), expected[i]);
        patron_row_map_free(&map);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds), cmocka_unit_test(test_too_few_to_join),
        cmocka_unit_test(test_tails), cmocka_unit_test(test_samples), cmocka_unit_test(test_rows)};
    return RUN_GROUP("ingest_events", tests);
}
