/* SPDX-License-Identifier: Apache-2.0 */
/* Scripts of sets give the text that is written without them, and know its length. */
#include "patron/itemset.h"
#include "patron/memory.h"
#include "patron/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BASKETS = 60, ITEMS = 50, EVERYWHERE = 38 };

typedef struct written {
    char *bytes;
    uint64_t length;
    uint64_t room;
    uint64_t scripts;
    patron_itemset_printer *printer; /* NULL: what comes is text */
} written;

static patron_status take(void *context, const char *bytes, uint64_t length)
{
    written *text = context;
    text->bytes = patron_grow(text->bytes, text->length + length, &text->room, 1);
    assert_non_null(text->bytes);
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    return PATRON_OK;
}

static patron_status write(void *context, uint64_t task, const char *bytes, uint64_t length)
{
    written *text = context;
    const patron_itemset_sink sink = {take, text};
    (void)task;
    if (text->printer == NULL)
        return take(text, bytes, length);
    uint64_t before = text->length;
    patron_status status = patron_itemset_printer_print(text->printer, bytes, length, &sink);
    assert_int_equal(text->length - before, patron_itemset_script_text_bytes(bytes));
    ++text->scripts;
    return status;
}

/* Baskets of random items; items below `everywhere` are in all of them. */
static void draw(uint64_t seed, uint32_t items, uint32_t everywhere, uint64_t *offsets,
                 uint32_t *list)
{
    for (uint64_t b = 0; b < BASKETS; ++b) {
        offsets[b + 1] = offsets[b];
        for (uint32_t i = 0; i < items; ++i)
            if (i < everywhere || patron_random_bits(seed, PATRON_PURPOSE_SAMPLE_ROW, b, i) % 4 < 3)
                list[offsets[b + 1]++] = i;
    }
}

/* Every third name is longer than what is copied at once. */
static void name_items(patron_texts *names)
{
    char name[64];
    for (int i = 0; i < ITEMS; ++i) {
        int length = snprintf(name, sizeof name, "%s%d",
                              i % 3 == 0 ? "an item with a name of many letters " : "", i);
        assert_int_equal(patron_texts_append(names, name, (uint64_t)length), PATRON_OK);
    }
}

static void mine(const patron_itemset_baskets *baskets, patron_itemset_options options,
                 const patron_texts *names, bool as_scripts, written *text)
{
    patron_comm comm = patron_comm_self();
    const patron_itemset_text to = {names, as_scripts, write, text};
    patron_itemset_result result;
    if (as_scripts)
        assert_int_equal(patron_itemset_printer_create(names, &text->printer), PATRON_OK);
    options.text = &to;
    options.threads = 2;
    assert_int_equal(patron_itemset_mine(&comm, baskets, &options, &result), PATRON_OK);
    patron_itemset_result_free(&result);
    patron_itemset_printer_free(text->printer);
}

/* Returns the bytes of the text. */
static uint64_t compare(uint32_t items, uint32_t everywhere, const patron_itemset_options *options)
{
    static uint64_t offsets[BASKETS + 1];
    static uint32_t list[BASKETS * ITEMS];
    patron_texts names = {0};
    written plain = {0}, scripted = {0};
    name_items(&names);
    draw(7, items, everywhere, offsets, list);
    const patron_itemset_baskets baskets = {
        .count = BASKETS, .offsets = offsets, .items = list, .item_count = ITEMS};
    mine(&baskets, *options, &names, false, &plain);
    mine(&baskets, *options, &names, true, &scripted);
    assert_int_equal(scripted.scripts > 0, plain.length > 0);
    assert_int_equal(scripted.length, plain.length);
    assert_memory_equal(scripted.bytes, plain.bytes, plain.length);
    patron_texts_free(&names);
    free(plain.bytes);
    free(scripted.bytes);
    return plain.length;
}

static void test_kinds_and_lengths(void **state)
{
    (void)state;
    const uint32_t included[] = {3, 8};
    const patron_itemset_kind kinds[] = {PATRON_ITEMSET_ALL, PATRON_ITEMSET_CLOSED,
                                         PATRON_ITEMSET_MAXIMAL};
    for (int kind = 0; kind < 3; ++kind) {
        for (uint32_t shortest = 1; shortest <= 5; shortest += 4) {
            for (uint32_t longest = 0; longest <= 6; longest += 3) {
                patron_itemset_options options = {.min_count = 20,
                                                  .kind = kinds[kind],
                                                  .min_length = shortest,
                                                  .max_length = longest};
                if (longest > 0 && longest < shortest)
                    continue;
                bool some = kinds[kind] == PATRON_ITEMSET_ALL;
                assert_true(compare(14, 2, &options) > 0 || !some);
                options.include = included;
                options.include_count = 2;
                assert_true(compare(14, 2, &options) > 0 || !some);
            }
        }
    }
}

/* More than fits a pen, so that a turn is of several scripts. */
static void test_many(void **state)
{
    (void)state;
    const patron_itemset_options options = {.min_count = 4, .min_length = 1, .max_length = 6};
    assert_true(compare(20, 0, &options) > 1 << 20);
}

/* Sets of extras alone, more than binomials are kept for. */
static void test_many_extras(void **state)
{
    (void)state;
    const patron_itemset_options options = {.min_count = 30, .min_length = 2, .max_length = 3};
    assert_true(compare(ITEMS, EVERYWHERE, &options) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds_and_lengths),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_many_extras),
    };
    MPI_Init(NULL, NULL);
    int failed = cmocka_run_group_tests_name("itemset_script", tests, NULL, NULL);
    MPI_Finalize();
    return failed;
}
