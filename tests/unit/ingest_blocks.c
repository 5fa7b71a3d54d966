/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks: whatever the size of pieces, the number of threads and where a range is cut, the records
 * are those of the whole text.  A rank of several is played by one, that is told what lies before.
 */
#include "ingest_support.h"

#include "ingest/blocks.h"
#include "ingest/csv.h"
#include "ingest/csv_scan.h"

#include <inttypes.h>

enum { MOST_THREADS = 3, MOST_RANKS = 5 };

static char seen[1 << 14];

/* Fields in brackets, so that what is in them shows; a newline in one too. */
static patron_status write_down(void *context, const patron_csv_record *record)
{
    (void)context;
    size_t used = strlen(seen);
    for (uint32_t i = 0; i < record->count; ++i)
        used += (size_t)snprintf(seen + used, sizeof seen - used, "[%.*s]",
                                 (int)record->fields[i].length, record->fields[i].bytes);
    snprintf(seen + used, sizeof seen - used, ";");
    return PATRON_OK;
}

static patron_status pass_header(void *context, const patron_csv_record *record)
{
    (void)context, (void)record;
    return PATRON_OK;
}

/* Splits the pieces of a block in their order. */
static patron_status split_block(patron_blocks *blocks)
{
    patron_status status = PATRON_OK;
    uint64_t used = 0;
    for (int t = 0; status == PATRON_OK && t <= blocks->last; ++t) {
        patron_csv_splitter splitter = {.dialect = blocks->dialect};
        uint64_t first = blocks->cuts[t];
        status = patron_csv_split(&splitter, blocks->bytes + first, blocks->cuts[t + 1] - first,
                                  t < blocks->last || blocks->is_end, write_down, NULL, &used);
        if (status == PATRON_DATA) {
            splitter.fault.offset += first;
            status = patron_blocks_fail(blocks, &splitter.fault);
        }
        patron_csv_splitter_free(&splitter);
    }
    if (status == PATRON_OK)
        patron_blocks_split(blocks, used);
    return status;
}

/* Reads rank `rank`'s share; `inside`: its range starts inside quotes. */
static patron_status read_share(const patron_sources *sources, int rank, int ranks, int threads,
                                uint64_t piece, bool inside)
{
    const patron_comm alone = patron_comm_self();
    patron_comm played = alone;
    played.rank = rank;
    played.size = ranks;
    const patron_blocks_options options = {
        .threads = threads, .piece = piece, .header = {.take = pass_header}};
    patron_blocks blocks;
    bool found = true;
    patron_status status = patron_blocks_create(&alone, sources, &options, &blocks);
    blocks.comm = &played;
    blocks.starts_inside = inside;
    while (status == PATRON_OK && found) {
        status = patron_blocks_next(&blocks, &found);
        if (status == PATRON_OK && found)
            status = split_block(&blocks);
    }
    patron_blocks_free(&blocks);
    return status;
}

/* Reads `text` as `ranks` ranks do, one after the other. */
static patron_status read_as(const char *text, int ranks, int threads, uint64_t piece)
{
    const patron_comm alone = patron_comm_self();
    const char *name = input(text);
    patron_sources sources = {0};
    patron_status status = patron_sources_find(&alone, &name, 1, &sources);
    seen[0] = '\0';
    for (int rank = 0; status == PATRON_OK && rank < ranks; ++rank) {
        uint64_t first =
            patron_range_cut(sources.files[0].bytes, (uint64_t)rank, (uint64_t)ranks).first;
        bool inside = patron_csv_quotes(text, first) % 2 == 1;
        status = read_share(&sources, rank, ranks, threads, piece, inside);
    }
    patron_sources_free(&sources);
    return status;
}

static void assert_same_everywhere(const char *text, const char *expected)
{
    uint64_t length = strlen(text);
    for (int ranks = 1; ranks <= MOST_RANKS; ++ranks)
        for (int threads = 1; threads <= MOST_THREADS; ++threads)
            for (uint64_t piece = 1; piece <= length + 1; piece += piece < 16 ? 1 : 11) {
                assert_ok(read_as(text, ranks, threads, piece));
                if (strcmp(seen, expected) != 0)
                    fail_msg("%d ranks, %d threads, pieces of %" PRIu64 ": %s", ranks, threads,
                             piece, seen);
            }
}

static void test_plain(void **state)
{
    (void)state;
    assert_same_everywhere("a,b\n1,2\n3,4\n55,666\n", "[1][2];[3][4];[55][666];");
    assert_same_everywhere("a,b\n1,2\n3,4", "[1][2];[3][4];");
    assert_same_everywhere("a,b\n", "");
    assert_same_everywhere("a,b", "");
    assert_same_everywhere("\xef\xbb\xbf"
                           "a,b\n1,2\n",
                           "[1][2];");
}

static void test_line_ends(void **state)
{
    (void)state;
    assert_same_everywhere("a,b\r\n1,2\r\n\r\n3,4\r\n", "[1][2];[3][4];");
    assert_same_everywhere("a,b\r1,2\r3,4\r", "[1][2];[3][4];");
    assert_same_everywhere("\n\na,b\n\n1,2\n  \n\n3,4\n\n", "[1][2];[3][4];");
}

static void test_quotes(void **state)
{
    (void)state;
    assert_same_everywhere("a,b\n\"x\ny\",\"say \"\"hi\"\"\"\n\"\",\"\n\n\"\"\n\"\n1,2\n",
                           "[x\ny][say \"hi\"];[][\"];[1][2];");
    assert_same_everywhere("a,b\r\n \"1,\r\n2\" ,\"\"\"\"\r\n\"\"\"\",\",\"\r\n",
                           "[1,\r\n2][\"];[\"][,];");
    assert_same_everywhere("\"a\n\",\"b\"\n\"1\",\"2\"\n\"\n\n\n\n\n\n\",\"3\"", "[1][2];[][3];");
}

/* The same place is told whatever the pieces. */
static void test_first_fault(void **state)
{
    (void)state;
    static const char text[] = "a,b\n1,\"x\ny\"\n2,3\n4,5\" nail\n6,7\n\"8,9\n";
    for (int threads = 1; threads <= MOST_THREADS; ++threads)
        for (uint64_t piece = 1; piece < sizeof text; ++piece)
            assert_failed(read_as(text, 1, threads, piece), PATRON_DATA, "line 5: a quote");
    for (uint64_t piece = 1; piece < sizeof text; ++piece)
        assert_failed(read_as("a,b\n1,2\n\n\"3,4\n5,6\n", 1, 2, piece), PATRON_DATA,
                      "line 4: the quote that opens here");
    assert_failed(read_as("a,b\n1,2\n3\n", 1, 1, 1), PATRON_DATA, "line 3: 1 fields");
}

static void test_stream(void **state)
{
    (void)state;
    const patron_comm alone = patron_comm_self();
    for (uint64_t piece = 1; piece < 40; ++piece) {
        const char *name = input_gzip("a,b\n1,\"x\n\"\n3,4\n5\n", 0);
        patron_sources sources = {0};
        seen[0] = '\0';
        assert_ok(patron_sources_find(&alone, &name, 1, &sources));
        assert_true(sources.files[0].is_stream);
        assert_failed(read_share(&sources, 0, 1, 2, piece, false), PATRON_DATA, "line 5: 1 fields");
        patron_sources_free(&sources);
    }
}

static void test_counts(void **state)
{
    (void)state;
    assert_int_equal(patron_csv_lines("a\nb\r\nc\rd", 8, '\0'), 3);
    assert_int_equal(patron_csv_lines("a\r", 2, '\n'), 0);
    assert_int_equal(patron_csv_lines("a\r", 2, 'b'), 1);
    char many[1000];
    memset(many, '"', sizeof many);
    assert_int_equal(patron_csv_quotes(many, sizeof many), sizeof many);
    memset(many, '\r', sizeof many);
    assert_int_equal(patron_csv_lines(many, sizeof many, '\n'), sizeof many - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),  cmocka_unit_test(test_line_ends),
        cmocka_unit_test(test_quotes), cmocka_unit_test(test_first_fault),
        cmocka_unit_test(test_stream), cmocka_unit_test(test_counts),
    };
    return RUN_GROUP("ingest_blocks", tests);
}
