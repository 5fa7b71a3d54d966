/* SPDX-License-Identifier: Apache-2.0 */
/* Rows are found side by side by threads, each with marks of its own. */
#include "score/offer_places.h"

#include "patron/memory.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>

patron_status patron_offer_places_create(uint64_t first, uint64_t rows, uint32_t most,
                                         patron_offer_places *places)
{
    *places = (patron_offer_places){.first = first,
                                    .rows = rows,
                                    .most = most,
                                    .item = patron_allocate(rows, most * sizeof *places->item),
                                    .rule = patron_allocate(rows, most * sizeof *places->rule),
                                    .score = patron_allocate(rows, most * sizeof *places->score),
                                    .rank = patron_allocate(rows, most * sizeof *places->rank)};
    bool is_short = places->item == NULL || places->rule == NULL || places->score == NULL ||
                    places->rank == NULL;
    return is_short ? PATRON_RESOURCE : PATRON_OK;
}

void patron_offer_places_free(patron_offer_places *places)
{
    free(places->item);
    free(places->rule);
    free(places->score);
    free(places->rank);
    *places = (patron_offer_places){0};
}

/* ---- rows ---- */

patron_offer_taker patron_offer_taker_of(const patron_offer_ground *ground, uint64_t first,
                                         uint64_t row)
{
    uint64_t from = ground->offsets[row];
    return (patron_offer_taker){.row = first + row,
                                .items = ground->items + from,
                                .count = ground->offsets[row + 1] - from};
}

patron_status patron_offer_rows_each(const patron_offer_ground *ground, uint64_t rows,
                                     uint32_t most, patron_offer_visitor visit, void *argument)
{
    uint64_t items = ground->index->rules->item_count, threads = (uint64_t)ground->threads;
    uint8_t *has = patron_allocate(threads, items);
    patron_offer *found = patron_allocate(threads, most * sizeof *found);
    patron_status status = has == NULL || found == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK) {
#pragma omp parallel for num_threads(ground->threads) schedule(dynamic, 1024)
        for (uint64_t row = 0; row < rows; ++row) {
            int thread = omp_get_thread_num();
            visit(argument, thread, row, has + (uint64_t)thread * items,
                  found + (uint64_t)thread * most);
        }
    }
    free(has);
    free(found);
    return status;
}

/* ---- places ---- */

typedef struct filling {
    const patron_offer_ground *ground;
    patron_offer_places *places;
    bool mends;
} filling;

static bool are_open(const patron_offer_ground *ground, const patron_offer_places *places,
                     uint64_t row)
{
    uint64_t place = row * places->most, end = place + places->most;
    for (; place < end && places->item[place] >= 0; ++place)
        if (!patron_offer_is_open(&ground->limits[places->item[place]], places->rank[place],
                                  places->first + row))
            return false;
    return true;
}

/* The offers of a row that were made by rules of better ranks than the index has, into found. */
static uint32_t take_known(const filling *run, uint64_t row, patron_offer *found)
{
    const patron_offer_places *places = run->places;
    uint64_t place = row * places->most, before = run->ground->index->rules->before;
    uint32_t known = 0;
    for (; before > 0 && known < places->most && places->rank[place] > 0 &&
           places->rank[place] <= before;
         ++known, ++place)
        found[known] = (patron_offer){.item = (uint32_t)places->item[place],
                                      .rule = (uint64_t)places->rule[place],
                                      .rank = places->rank[place],
                                      .score = places->score[place]};
    return known;
}

static bool is_withheld(const patron_offer_ground *ground, uint64_t row)
{
    return ground->withheld != NULL && ground->withheld[row] != 0;
}

static void fill_row(void *argument, int thread, uint64_t row, uint8_t *has, patron_offer *found)
{
    const filling *run = argument;
    const patron_offer_ground *ground = run->ground;
    patron_offer_places *places = run->places;
    uint64_t place = row * places->most;
    (void)thread;
    if (run->mends && are_open(ground, places, row))
        return;
    uint32_t known = take_known(run, row, found), count = known;
    if (!is_withheld(ground, row)) {
        const patron_offer_taker taker = patron_offer_taker_of(ground, places->first, row);
        count = patron_offers_find(ground->index, ground->limits, &taker, has, places->most, known,
                                   found);
    }
    for (uint32_t i = known; i < places->most; ++i) {
        places->item[place + i] = i < count ? (int32_t)found[i].item : -1;
        places->rule[place + i] = i < count ? (int64_t)found[i].rule : -1;
        places->score[place + i] = i < count ? found[i].score : (double)NAN;
        places->rank[place + i] = i < count ? found[i].rank : 0;
    }
}

patron_status patron_offer_places_fill(const patron_offer_ground *ground,
                                       patron_offer_places *places)
{
    filling run = {.ground = ground, .places = places};
    return patron_offer_rows_each(ground, places->rows, places->most, fill_row, &run);
}

patron_status patron_offer_places_mend(const patron_offer_ground *ground,
                                       patron_offer_places *places)
{
    filling run = {.ground = ground, .places = places, .mends = true};
    return ground->limits == NULL
               ? PATRON_OK
               : patron_offer_rows_each(ground, places->rows, places->most, fill_row, &run);
}

bool patron_offer_places_are_wanting(const patron_offer_ground *ground,
                                     const patron_offer_places *places)
{
    for (uint64_t row = 0; row < places->rows; ++row)
        if (places->rank[(row + 1) * places->most - 1] == 0 && !is_withheld(ground, row))
            return true;
    return false;
}
