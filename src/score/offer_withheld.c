/* SPDX-License-Identifier: Apache-2.0 */
/* The best offers of each row as if there were no policy are held against those that are made. */
#include "score/offer_withheld.h"

#include "patron/memory.h"

#include <omp.h>
#include <stdlib.h>

const char *const patron_withheld_names[PATRON_WITHHELD_REASONS] = {
    [PATRON_WITHHELD_NOT] = "",
    [PATRON_WITHHELD_SEGMENT] = "excluded_segment",
    [PATRON_WITHHELD_LISTED] = "quiet_list",
    [PATRON_WITHHELD_COLUMN] = "quiet_column",
    [PATRON_WITHHELD_ITEM] = "excluded_item",
    [PATRON_WITHHELD_ROW_CAP] = "customer_cap",
    [PATRON_WITHHELD_ITEM_CAP] = "item_cap"};

typedef struct counting {
    const patron_offer_ground *ground;
    const patron_offer_places *places, *before;
} counting;

static bool is_made(const patron_offer_places *places, uint64_t row, uint32_t item)
{
    for (uint64_t i = row * places->most; i < (row + 1) * places->most; ++i)
        if (places->item[i] == (int32_t)item)
            return true;
    return false;
}

/* Why the offer to a row in this place of `before` is not made. */
static patron_withheld reason_of(const counting *run, uint64_t row, uint64_t place)
{
    const patron_offer_ground *ground = run->ground;
    uint64_t item = (uint64_t)run->before->item[place];
    if (ground->withheld != NULL && ground->withheld[row] != PATRON_WITHHELD_NOT)
        return (patron_withheld)ground->withheld[row];
    if (ground->limits == NULL ||
        patron_offer_is_open(&ground->limits[item], run->before->rank[place],
                             run->places->first + row))
        return PATRON_WITHHELD_ROW_CAP;
    return ground->limits[item].rank == 0 ? PATRON_WITHHELD_ITEM : PATRON_WITHHELD_ITEM_CAP;
}

static void count_row(const counting *run, uint64_t row, patron_withheld_tally *tally)
{
    const patron_offer_places *places = run->places, *before = run->before;
    uint64_t place = row * before->most, end = place + before->most;
    uint64_t made = 0, kept = 0, missing[PATRON_WITHHELD_REASONS] = {0};
    for (uint32_t i = 0; i < places->most; ++i)
        made += places->item[row * places->most + i] >= 0 ? 1 : 0;
    for (; place < end && before->item[place] >= 0; ++place) {
        ++tally->before;
        if (is_made(places, row, (uint32_t)before->item[place]))
            ++kept;
        else
            ++missing[reason_of(run, row, place)];
    }
    tally->instead += made - kept;
    for (int reason = 0; reason < PATRON_WITHHELD_REASONS; ++reason) {
        tally->offers[reason] += missing[reason];
        tally->rows[reason] += missing[reason] > 0 ? 1 : 0;
    }
}

patron_status patron_withheld_count(const patron_offer_ground *ground,
                                    const patron_offer_places *places,
                                    const patron_offer_places *before, patron_withheld_tally *tally)
{
    const counting run = {.ground = ground, .places = places, .before = before};
    patron_withheld_tally *tallies = patron_allocate((uint64_t)ground->threads, sizeof *tallies);
    *tally = (patron_withheld_tally){0};
    if (tallies == NULL)
        return PATRON_RESOURCE;
#pragma omp parallel for num_threads(ground->threads) schedule(static)
    for (uint64_t row = 0; row < places->rows; ++row)
        count_row(&run, row, &tallies[omp_get_thread_num()]);
    for (int thread = 0; thread < ground->threads; ++thread) {
        const patron_withheld_tally *own = &tallies[thread];
        tally->before += own->before;
        tally->instead += own->instead;
        for (int reason = 0; reason < PATRON_WITHHELD_REASONS; ++reason) {
            tally->offers[reason] += own->offers[reason];
            tally->rows[reason] += own->rows[reason];
        }
    }
    free(tallies);
    return PATRON_OK;
}
