/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of ingest share: input files in a temporary folder, and looks into the content. */
#ifndef PATRON_TESTS_INGEST_SUPPORT_H
#define PATRON_TESTS_INGEST_SUPPORT_H

#include "ingest/ingest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

static char folder[64];
static char input_path[96];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/patron-ingest-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(input_path, sizeof input_path, "%s/input", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(input_path);
    return rmdir(folder);
}

/* Writes the input file and returns its path. */
static inline const char *input_of(const char *bytes, size_t length)
{
    FILE *file = fopen(input_path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    return input_path;
}

static inline const char *input(const char *text)
{
    return input_of(text, strlen(text));
}

/* The same, compressed, without the last `cut` bytes. */
static inline const char *input_gzip(const char *text, long cut)
{
    gzFile file = gzopen(input_path, "wb");
    assert_non_null(file);
    assert_int_equal(gzwrite(file, text, (unsigned)strlen(text)), (int)strlen(text));
    assert_int_equal(gzclose(file), Z_OK);
    FILE *whole = fopen(input_path, "rb");
    assert_non_null(whole);
    assert_int_equal(fseek(whole, 0, SEEK_END), 0);
    long size = ftell(whole);
    fclose(whole);
    assert_int_equal(truncate(input_path, size - cut), 0);
    return input_path;
}

/* Reads `count` ids of a tape. */
static inline void collect_ids(patron_tape *tape, uint64_t count, patron_texts *texts)
{
    char id[256];
    for (uint64_t i = 0; i < count; ++i) {
        uint32_t length = 0;
        assert_int_equal(patron_tape_read(tape, &length, sizeof length), PATRON_OK);
        assert_true(length <= sizeof id);
        assert_int_equal(patron_tape_read(tape, id, length), PATRON_OK);
        assert_int_equal(patron_texts_append(texts, id, length), PATRON_OK);
    }
}

/* Reads a tape of numbers into memory of its own. */
static inline void *collect_numbers(patron_tape *tape)
{
    void *numbers = malloc(tape->length + 1);
    assert_non_null(numbers);
    assert_int_equal(patron_tape_read(tape, numbers, tape->length), PATRON_OK);
    return numbers;
}

/* The lists of one lane as content in memory; they are used up. */
static inline void collect(patron_ingested *lists, patron_dataset_content *content)
{
    assert_int_equal(lists->count, 1);
    patron_lane *lane = &lists->lanes[0];
    patron_tape *tape = lane->tape;
    *content = lists->frame;
    lists->frame = (patron_dataset_content){0};
    collect_ids(&tape[PATRON_COLUMN_CUSTOMER_ID], lane->customers, &content->customer_id);
    collect_ids(&tape[PATRON_COLUMN_BASKET_ID], lane->baskets, &content->basket_id);
    content->features = collect_numbers(&tape[PATRON_COLUMN_FEATURES]);
    content->basket_items = collect_numbers(&tape[PATRON_COLUMN_BASKET_ITEM]);
    content->basket_offsets = calloc(lane->baskets + 1, sizeof(uint64_t));
    assert_non_null(content->basket_offsets);
    assert_int_equal(patron_tape_read(&tape[PATRON_COLUMN_BASKET_END], content->basket_offsets + 1,
                                      lane->baskets * sizeof(uint64_t)),
                     PATRON_OK);
    if (lists->has_customer)
        content->basket_customer = collect_numbers(&tape[PATRON_COLUMN_BASKET_CUSTOMER]);
    if (lists->has_time)
        content->basket_time = collect_numbers(&tape[PATRON_COLUMN_BASKET_TIME]);
    patron_ingested_free(lists);
}

/* The texts with '|' between. */
static inline const char *joined(const patron_texts *texts)
{
    static char list[4096];
    size_t used = 0;
    list[0] = '\0';
    for (uint64_t i = 0; i < texts->count; ++i)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%.*s", i == 0 ? "" : "|",
                                 (int)(texts->offsets[i + 1] - texts->offsets[i]),
                                 texts->bytes + texts->offsets[i]);
    return list;
}

/* The baskets as "0 1;2;". */
static inline const char *basket_list(const patron_dataset_content *content)
{
    static char list[4096];
    size_t used = 0;
    list[0] = '\0';
    for (uint64_t b = 0; b < content->baskets; ++b) {
        for (uint64_t i = content->basket_offsets[b]; i < content->basket_offsets[b + 1]; ++i)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%u",
                                     i == content->basket_offsets[b] ? "" : " ",
                                     content->basket_items[i]);
        used += (size_t)snprintf(list + used, sizeof list - used, ";");
    }
    return list;
}

/* The figure `name`, a count as a double too; -1 where there is none. */
static inline double figure(const patron_dataset_content *content, const char *name)
{
    for (uint32_t i = 0; i < content->quality_count; ++i)
        if (strcmp(content->quality[i].name, name) == 0)
            return content->quality[i].is_real ? content->quality[i].real
                                               : (double)content->quality[i].count;
    return -1.0;
}

/* `status` is `expected` and its message holds `part`. */
static inline void assert_failed(patron_status status, patron_status expected, const char *part)
{
    char text[1024];
    patron_fail_text(status, text, sizeof text);
    if (status != expected || strstr(text, part) == NULL)
        fail_msg("status %s, message \"%s\"; expected %s, \"%s\"", patron_status_name(status), text,
                 patron_status_name(expected), part);
}

static inline void assert_ok(patron_status status)
{
    assert_failed(status, PATRON_OK, "");
}

#define RUN_GROUP(name, tests) cmocka_run_group_tests_name(name, tests, make_folder, remove_folder)

#endif
