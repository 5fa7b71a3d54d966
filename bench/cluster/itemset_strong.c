/* SPDX-License-Identifier: Apache-2.0 */
/* itemset_strong BASKETS LENGTH PATTERN_LENGTH MIN_COUNT REPEATS: mines baskets of all ranks
 * together, Quest's, drawn by their number, and prints a JSON line a repeat: seconds from the
 * baskets in memory to the sorted slices of sets, and those of each of the program's own steps, the
 * mean of the ranks and the most.  What is mined first takes the memory, and is not shown. */
#include "generate/baskets.h"
#include "itemset/crew.h"
#include "runtime/meter.h"

#include <inttypes.h>
#include <mpi.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

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

static void print_steps(const patron_meter_report *report)
{
    const char *separator = "";
    printf(", \"steps\": {");
    for (int step = 0; step < PATRON_STEPS; ++step) {
        const patron_spread_figure *taken = &report->step[step][PATRON_FIGURE_SECONDS];
        const patron_spread_figure *waited = &report->step[step][PATRON_FIGURE_WAIT];
        if (!patron_meter_has(report, step))
            continue;
        printf("%s\"%s\": {\"kind\": \"%s\", \"mean\": %.9f, \"max\": %.9f, \"wait\": %.9f}",
               separator, patron_step_name(step), patron_step_kind(step), taken->mean * 1e-9,
               (double)taken->max * 1e-9, waited->mean * 1e-9);
        separator = ", ";
    }
    printf("}}\n");
    fflush(stdout);
}

static void print_result(const patron_comm *comm, double seconds,
                         const patron_itemset_result *result)
{
    patron_meter_report report = {0};
    uint64_t sent = result->effort.bytes_sent;
    patron_meter_reduce(comm, &report);
    patron_comm_reduce_u64(comm, &sent, 1, PATRON_SUM);
    if (comm->rank != 0)
        return;
    printf("{\"seconds\": %.9f, \"sets\": %" PRIu64 ", \"bytes_sent\": %" PRIu64, seconds,
           result->sets.total, sent);
    print_steps(&report);
}

static patron_status mine_once(patron_comm *comm, const patron_itemset_baskets *baskets,
                               uint64_t min_count, bool is_shown)
{
    const patron_itemset_options options = {
        .min_count = min_count, .kind = PATRON_ITEMSET_ALL, .min_length = 1, .threads = 1};
    patron_itemset_result result = {0};
    patron_meter_start();
    patron_meter_join(comm);
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
