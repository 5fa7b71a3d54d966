/* SPDX-License-Identifier: Apache-2.0 */
/* The best offers of each row are found again as if there were no policy, and held against those
 * that are made. */
#include "score/offer_withheld.h"

#include "patron/memory.h"

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
    const patron_offer_places *places;
    uint32_t most;
    patron_withheld_tally *tallies; /* of each thread */
} counting;

static bool is_made(const patron_offer_places *places, uint64_t row, uint32_t item)
{
    for (uint64_t i = row * places->most; i < (row + 1) * places->most; ++i)
        if (places->item[i] == (int32_t)item)
            return true;
    return false;
}

/* Why an offer to a row is not made. */
static patron_withheld reason_of(const counting *run, uint64_t row, const patron_offer *offer)
{
    const patron_offer_ground *ground = run->ground;
    if (ground->withheld != NULL && ground->withheld[row] != PATRON_WITHHELD_NOT)
        return (patron_withheld)ground->withheld[row];
    if (ground->limits == NULL ||
        patron_offer_is_open(&ground->limits[offer->item], offer->rank, run->places->first + row))
        return PATRON_WITHHELD_ROW_CAP;
    return ground->limits[offer->item].rank == 0 ? PATRON_WITHHELD_ITEM : PATRON_WITHHELD_ITEM_CAP;
}

static void count_row(void *argument, int thread, uint64_t row, uint8_t *has, patron_offer *found)
{
    const counting *run = argument;
    const patron_offer_places *places = run->places;
    patron_withheld_tally *tally = &run->tallies[thread];
    const patron_offer_taker taker = patron_offer_taker_of(run->ground, places->first, row);
    uint32_t count = patron_offers_find(run->ground->index, NULL, &taker, has, run->most, found);
    uint64_t made = 0, kept = 0, missing[PATRON_WITHHELD_REASONS] = {0};
    for (uint32_t i = 0; i < places->most; ++i)
        made += places->item[row * places->most + i] >= 0 ? 1 : 0;
    for (uint32_t i = 0; i < count; ++i)
        if (is_made(places, row, found[i].item))
            ++kept;
        else
            ++missing[reason_of(run, row, &found[i])];
    tally->before += count;
    tally->instead += made - kept;
    for (int reason = 0; reason < PATRON_WITHHELD_REASONS; ++reason) {
        tally->offers[reason] += missing[reason];
        tally->rows[reason] += missing[reason] > 0 ? 1 : 0;
    }
}

patron_status patron_withheld_count(const patron_offer_ground *ground,
                                    const patron_offer_places *places, uint32_t most,
                                    patron_withheld_tally *tally)
{
    counting run = {.ground = ground,
                    .places = places,
                    .most = most,
                    .tallies = patron_allocate((uint64_t)ground->threads, sizeof *run.tallies)};
    *tally = (patron_withheld_tally){0};
    if (run.tallies == NULL)
        return PATRON_RESOURCE;
    patron_status status = patron_offer_rows_each(ground, places->rows, most, count_row, &run);
    for (int thread = 0; thread < ground->threads; ++thread) {
        const patron_withheld_tally *own = &run.tallies[thread];
        tally->before += own->before;
        tally->instead += own->instead;
        for (int reason = 0; reason < PATRON_WITHHELD_REASONS; ++reason) {
            tally->offers[reason] += own->offers[reason];
            tally->rows[reason] += own->rows[reason];
        }
    }
    free(run.tallies);
    return status;
}
