/* SPDX-License-Identifier: Apache-2.0 */
/* A rank that is slow gives tasks away with the rows that they need: each task is mined once, and
 * finds what it finds on one rank. */
#include "mpi_main.h"

#include "itemset/sharing.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BASKETS = 600, ITEMS = 300, LENGTH = 60, LONGEST = LENGTH };

/* Sparse baskets: groups of items that are held alike, and others that are frequent, but hardly
 * beside each other: rows are cut for each branch.  There are more of them than are counted in
 * pairs, unless sets are judged, so that whole rows travel too. */
enum {
    SPARSE_ITEMS = 1400,
    COUNTED_ITEMS = 1000,
    GROUPS = 60,
    OF_GROUP = 8,
    HELD_OF_GROUP = 6,
    HELD_OF_OTHERS = 24,
    SPARSE_BASKETS = 2000,
    MOST_ITEMS = SPARSE_ITEMS
};

static uint32_t draw(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*state >> 33);
}

/* What is mined. */
typedef struct workload {
    uint32_t sparse_items; /* 0: dense baskets */
    patron_itemset_kind kind;
    uint64_t min_count;
    int baskets;
} workload;

static workload dense_shop(patron_itemset_kind kind)
{
    return (workload){0, kind, 40, BASKETS};
}

/* Sets are judged where all items are counted in pairs. */
static workload sparse_shop(patron_itemset_kind kind)
{
    uint32_t items = kind == PATRON_ITEMSET_ALL ? SPARSE_ITEMS : COUNTED_ITEMS;
    return (workload){items, kind, 12, SPARSE_BASKETS};
}

static void draw_sparse(uint32_t items, uint64_t *state, bool *held)
{
    uint32_t group = OF_GROUP * (draw(state) % GROUPS);
    for (int count = 0; count < HELD_OF_GROUP;) {
        bool *one = &held[group + draw(state) % OF_GROUP];
        count += !*one;
        *one = true;
    }
    for (int i = 0; i < HELD_OF_OTHERS; ++i)
        held[draw(state) % items] = true;
}

/* The baskets of `comm`'s ranks in turn; earlier items are more frequent. */
static uint64_t deal_baskets(const patron_comm *comm, workload shop, uint64_t *offsets,
                             uint32_t *items)
{
    uint64_t state = 7, count = 0;
    for (int basket = 0; basket < shop.baskets; ++basket) {
        bool held[MOST_ITEMS] = {false};
        if (shop.sparse_items > 0)
            draw_sparse(shop.sparse_items, &state, held);
        for (int i = 0; i < LENGTH && shop.sparse_items == 0; ++i)
            held[draw(&state) % (draw(&state) % ITEMS + 1)] = true;
        if (basket % comm->size != comm->rank)
            continue;
        offsets[count + 1] = offsets[count];
        for (uint32_t item = 0; item < MOST_ITEMS; ++item)
            if (held[item])
                items[offsets[count + 1]++] = item;
        ++count;
    }
    return count;
}

typedef struct trial {
    uint64_t jobs;              /* of this rank */
    uint64_t dealt;             /* of this rank */
    uint64_t bytes;             /* of this rank */
    uint64_t tasks;             /* of all */
    uint64_t *taken;            /* by task number */
    uint64_t sets[LONGEST + 1]; /* by length */
    bool is_by_branch;          /* rows came cut for each branch */
    bool has_rare_items;        /* and whole ones too */
    patron_status status;
} trial;

enum { SHORT_PAUSE = 4000000, LONG_PAUSE = 400000000 }; /* nanoseconds */

/* A slow rank sleeps after each job, and until it is helped longer each time, up to `longest`: on a
 * busy machine others may take long to come. */
static void mine_jobs(const itemset_database *database, itemset_sharing *sharing, long longest,
                      itemset_miner *miner, trial *t)
{
    struct timespec pause = {.tv_nsec = longest < SHORT_PAUSE ? longest : SHORT_PAUSE};
    itemset_job job;
    while (itemset_sharing_next(sharing, true, &job)) {
        ++t->jobs;
        ++t->taken[job.task->number];
        patron_status status =
            itemset_mine_batch(miner, job.node, &database->pairs, job.task->batch);
        t->status = t->status == PATRON_OK ? status : t->status;
        nanosleep(&pause, NULL);
        if (itemset_sharing_bytes(sharing) == 0 && 2 * pause.tv_nsec <= longest)
            pause.tv_nsec *= 2;
        itemset_sharing_done(sharing);
    }
}

/* One thread a rank, of which `slow_rank` sleeps at each job. */
static trial run(const patron_comm *comm, workload shop, bool settled, int slow_rank)
{
    static uint64_t offsets[SPARSE_BASKETS + 1];
    static uint32_t items[SPARSE_BASKETS * LENGTH];
    trial t = {0};
    itemset_database database = {0};
    itemset_miner miner = {0};
    itemset_budget budget = {0};
    const itemset_wanted wanted = {.kind = shop.kind,
                                   .min_count = shop.min_count,
                                   .shortest = 1,
                                   .longest = LONGEST,
                                   .count_only = true,
                                   .budget = &budget};
    bool judged = shop.kind != PATRON_ITEMSET_ALL;
    const patron_itemset_baskets baskets = {deal_baskets(comm, shop, offsets, items), offsets,
                                            items, MOST_ITEMS};
    const patron_itemset_options options = {
        .min_count = shop.min_count, .kind = shop.kind, .min_length = 1, .threads = 1};
    t.status = itemset_database_create(comm, &baskets, &options,
                                       (itemset_database_use){.divided = true, .judged = judged},
                                       &database);
    t.tasks = database.task_count;
    t.is_by_branch = database.sheaves != NULL;
    t.has_rare_items = database.pairs.width < database.node.width;
    t.taken = calloc(t.tasks + 1, sizeof *t.taken);
    itemset_sharing *sharing =
        itemset_sharing_create(comm, &database, (itemset_sharing_mode){judged, settled}, NULL);
    itemset_miner_create(&miner, &wanted, database.node.width, LONGEST, UINT64_MAX / 16);
    long longest = settled || comm->size == 1 ? SHORT_PAUSE : LONG_PAUSE;
    mine_jobs(&database, sharing, comm->rank == slow_rank ? longest : 0, &miner, &t);
    for (int length = 0; length <= LONGEST; ++length)
        t.sets[length] = miner.found.buckets[length].count;
    t.dealt = itemset_sharing_dealt(sharing);
    t.bytes = itemset_sharing_bytes(sharing);
    itemset_miner_free(&miner);
    itemset_sharing_free(sharing);
    itemset_database_free(&database);
    patron_comm_reduce_u64(comm, t.taken, t.tasks, PATRON_SUM);
    patron_comm_reduce_u64(comm, t.sets, LONGEST + 1, PATRON_SUM);
    t.status = patron_comm_agree(comm, t.status);
    return t;
}

static void check_sets(const trial *t, workload shop)
{
    const patron_comm self = patron_comm_self();
    trial alone = run(&self, shop, false, -1);
    assert_int_equal(t->status, PATRON_OK);
    assert_true(alone.sets[3] > 100);
    assert_memory_equal(t->sets, alone.sets, sizeof t->sets);
    for (uint64_t task = 0; task < t->tasks; ++task)
        assert_int_equal(t->taken[task], 1);
    free(alone.taken);
}

static void check_slow(workload shop)
{
    int slow = test_comm.size - 1;
    trial t = run(&test_comm, shop, false, slow);
    check_sets(&t, shop);
    bool helped = test_comm.size > 1;
    if (test_comm.rank == slow) {
        assert_true(t.dealt > 4);
        assert_true(helped ? t.jobs < t.dealt : t.jobs == t.dealt);
        assert_true(helped == (t.bytes > 0));
    } else {
        assert_true(t.jobs >= t.dealt || t.bytes > 0);
    }
    free(t.taken);
}

static void test_a_slow_rank_is_helped(void **state)
{
    (void)state;
    check_slow(dense_shop(PATRON_ITEMSET_ALL));
}

static void test_helpers_judge_sets(void **state)
{
    (void)state;
    check_slow(dense_shop(PATRON_ITEMSET_CLOSED));
}

static void test_settled_tasks_stay(void **state)
{
    (void)state;
    const workload shop = dense_shop(PATRON_ITEMSET_ALL);
    trial t = run(&test_comm, shop, true, 0);
    check_sets(&t, shop);
    assert_int_equal(t.jobs, t.dealt);
    assert_int_equal(t.bytes, 0);
    free(t.taken);
}

/* Rows that were cut for branches go on so with tasks that are given away, beside whole rows for
 * rare items, which hold frequent ones too. */
static void test_rows_of_branches(void **state)
{
    (void)state;
    const workload shop = sparse_shop(PATRON_ITEMSET_ALL);
    trial t = run(&test_comm, shop, false, -1);
    assert_int_equal(t.is_by_branch, test_comm.size > 1);
    assert_true(t.has_rare_items);
    free(t.taken);
    check_slow(shop);
}

static void test_rows_of_branches_judge_sets(void **state)
{
    (void)state;
    const workload shop = sparse_shop(PATRON_ITEMSET_CLOSED);
    trial t = run(&test_comm, shop, false, -1);
    assert_int_equal(t.is_by_branch, test_comm.size > 2); /* to one other, whole rows are less */
    free(t.taken);
    if (test_comm.size > 2)
        check_slow(shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_slow_rank_is_helped), cmocka_unit_test(test_helpers_judge_sets),
        cmocka_unit_test(test_settled_tasks_stay), cmocka_unit_test(test_rows_of_branches),
        cmocka_unit_test(test_rows_of_branches_judge_sets)};
    return test_mpi_main("itemset_sharing", tests, sizeof tests / sizeof tests[0]);
}
