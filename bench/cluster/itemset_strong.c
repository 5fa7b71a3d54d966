/* SPDX-License-Identifier: Apache-2.0 */
/* itemset_strong BASKETS LENGTH PATTERN_LENGTH MIN_COUNT REPEATS: mines baskets of all ranks
 * together, Quest's, drawn by their number, and prints a JSON line a repeat: seconds from the
 * baskets in memory to the sorted slices of sets, and those of each stage on the rank that took
 * longest.  Stages are timed around the engine's own functions by the linker (--wrap).  What is
 * mined first takes the memory, and is not shown. */
#include "generate/baskets.h"
#include "itemset/branch_exchange.h"
#include "itemset/crew.h"
#include "itemset/exchange.h"
#include "itemset/listing.h"
#include "itemset/slices.h"

#include <inttypes.h>
#include <mpi.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Stages, in the order of their first calls; those of the database are among its own time. */
enum { DATABASE, PAIRS, PAIRS_SUM, DEAL, EXCHANGE, SEARCH, SORT, LIST, STAGES };
static const char *const stage_names[STAGES] = {"database", "pairs",  "pairs_sum", "deal",
                                                "exchange", "search", "sort",      "list"};
static double stage[STAGES];

/* Defines what the linker calls instead of the engine's function: that, timed. */
#define TIMED(number, function, parameters, arguments)                                             \
    patron_status __real_##function parameters;                                                    \
    patron_status __wrap_##function parameters;                                                    \
    patron_status __wrap_##function parameters                                                     \
    {                                                                                              \
        double began = MPI_Wtime();                                                                \
        patron_status status = __real_##function arguments;                                        \
        stage[number] += MPI_Wtime() - began;                                                      \
        return status;                                                                             \
    }

TIMED(DATABASE, itemset_database_create,
      (const patron_comm *comm, const patron_itemset_baskets *baskets,
       const patron_itemset_options *options, itemset_database_use use, itemset_database *database),
      (comm, baskets, options, use, database))
TIMED(PAIRS, itemset_pairs_count,
      (const itemset_node *node, bool complete, int threads, itemset_pairs *pairs),
      (node, complete, threads, pairs))
TIMED(DEAL, itemset_deal_tasks,
      (const itemset_node *node, const itemset_pairs *pairs, const itemset_task_wishes *wishes,
       int size, itemset_task **tasks, uint64_t *count),
      (node, pairs, wishes, size, tasks, count))
TIMED(EXCHANGE, itemset_exchange_rows,
      (const patron_comm *comm, const itemset_exchange_plan *plan, itemset_growing_rows *rows,
       uint32_t **lengths, uint64_t *bytes),
      (comm, plan, rows, lengths, bytes))
TIMED(EXCHANGE, itemset_exchange_branches,
      (const patron_comm *comm, const itemset_task *tasks, uint64_t count,
       const itemset_partners *partners, const itemset_rows *rows, int threads,
       itemset_sheaves **sheaves, uint64_t *bytes),
      (comm, tasks, count, partners, rows, threads, sheaves, bytes))
TIMED(SEARCH, itemset_crew_mine,
      (const patron_comm *comm, const itemset_database *database,
       const patron_itemset_options *options, itemset_crew *crew),
      (comm, database, options, crew))
TIMED(SORT, itemset_slices_sort,
      (const patron_comm *comm, patron_itemset_sets *sets, itemset_splitters *splitters),
      (comm, sets, splitters))
TIMED(LIST, itemset_list,
      (const patron_comm *comm, const itemset_database *database,
       const patron_itemset_options *options, const itemset_splitters *splitters,
       patron_itemset_result *result),
      (comm, database, options, splitters, result))

void __real_itemset_pairs_sum(const patron_comm *comm, itemset_pairs *pairs);
void __wrap_itemset_pairs_sum(const patron_comm *comm, itemset_pairs *pairs);
void __wrap_itemset_pairs_sum(const patron_comm *comm, itemset_pairs *pairs)
{
    double began = MPI_Wtime();
    __real_itemset_pairs_sum(comm, pairs);
    stage[PAIRS_SUM] += MPI_Wtime() - began;
}

static patron_status draw_baskets(const patron_comm *comm, char **argv, patron_basket_list *list)
{
    const patron_basket_options options = {.baskets = strtoull(argv[1], NULL, 10),
                                           .patterns = {.items = 1000,
                                                        .patterns = 2000,
                                                        .length = strtod(argv[3], NULL),
                                                        .correlation = 0.5,
                                                        .corruption = 0.5,
                                                        .corruption_variance = 0.1,
                                                        .seed = 1},
                                           .length = strtod(argv[2], NULL)};
    uint64_t first = options.baskets * (uint64_t)comm->rank / (uint64_t)comm->size;
    uint64_t end = options.baskets * ((uint64_t)comm->rank + 1) / (uint64_t)comm->size;
    patron_basket_model model;
    patron_status status = patron_basket_model_create(&options, NULL, &model);
    if (status == PATRON_OK)
        status = patron_baskets_draw(&model, first, end - first, list);
    patron_basket_model_free(&model);
    return patron_comm_agree(comm, status);
}

static void print_result(const patron_comm *comm, double seconds,
                         const patron_itemset_result *result)
{
    double work = (double)result->effort.mining_cpu * 1e-9,
           sent = (double)result->effort.bytes_sent;
    double sums[2] = {work, sent}, most[STAGES + 2] = {0};
    for (int s = 0; s < STAGES; ++s)
        most[s] = stage[s];
    most[STAGES] = work;
    most[STAGES + 1] = sent;
    MPI_Allreduce(MPI_IN_PLACE, sums, 2, MPI_DOUBLE, MPI_SUM, comm->mpi);
    MPI_Allreduce(MPI_IN_PLACE, most, STAGES + 2, MPI_DOUBLE, MPI_MAX, comm->mpi);
    if (comm->rank != 0)
        return;
    printf("{\"seconds\": %.9f, \"sets\": %" PRIu64 ", \"mining_cpu_max\": %.9f, "
           "\"mining_cpu_sum\": %.9f, \"bytes_sent_max\": %.0f, \"bytes_sent\": %.0f",
           seconds, result->sets.total, most[STAGES], sums[0], most[STAGES + 1], sums[1]);
    for (int s = 0; s < STAGES; ++s)
        printf(", \"%s\": %.9f", stage_names[s], most[s]);
    printf("}\n");
    fflush(stdout);
}

static patron_status mine_once(const patron_comm *comm, const patron_itemset_baskets *baskets,
                               uint64_t min_count, bool is_shown)
{
    const patron_itemset_options options = {
        .min_count = min_count, .kind = PATRON_ITEMSET_ALL, .min_length = 1, .threads = 1};
    patron_itemset_result result = {0};
    for (int s = 0; s < STAGES; ++s)
        stage[s] = 0.0;
    MPI_Barrier(comm->mpi);
    double began = MPI_Wtime();
    patron_status status = patron_itemset_mine(comm, baskets, &options, &result);
    MPI_Barrier(comm->mpi);
    double seconds = MPI_Wtime() - began;
    if (status == PATRON_OK && is_shown)
        print_result(comm, seconds, &result);
    patron_itemset_result_free(&result);
    return status;
}

int main(int argc, char **argv)
{
    if (argc != 6)
        return 64;
    MPI_Init(&argc, &argv);
    patron_comm comm = patron_comm_duplicate(MPI_COMM_WORLD);
    patron_basket_list list = {0};
    patron_status status = draw_baskets(&comm, argv, &list);
    const patron_itemset_baskets baskets = {
        .count = list.count, .offsets = list.offsets, .items = list.items, .item_count = 1000};
    long repeats = strtol(argv[5], NULL, 10);
    for (long repeat = 0; status == PATRON_OK && repeat <= repeats; ++repeat)
        status = mine_once(&comm, &baskets, strtoull(argv[4], NULL, 10), repeat > 0);
    char text[PATRON_FAIL_CAPACITY];
    patron_fail_text(status, text, sizeof text);
    if (status != PATRON_OK && comm.rank == 0)
        fprintf(stderr, "itemset_strong: %s\n", text);
    patron_basket_list_free(&list);
    patron_comm_free(&comm);
    MPI_Finalize();
    return status == PATRON_OK ? 0 : 1;
}
