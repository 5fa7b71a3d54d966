/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of offers: of each row, which is one rank's, the best comes first, no item twice, nothing
 * after the last; what a policy kept back adds up, and its caps hold. */
#include "model/verify_parts.h"

#include "model/score_model.h"
#include "patron/data.h"
#include "patron/memory.h"
#include "store/h5.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct checking {
    const char *path;
    uint64_t rows, most, items, found;
    patron_h5_array item, rule, score;
    double *values;  /* 3 x most of a piece's rows */
    uint64_t *times; /* items: how often each is offered */
} checking;

enum { PIECE_CELLS = 1 << 16 };

static patron_status open_arrays(hid_t file, checking *run)
{
    const struct {
        const char *name;
        patron_h5_class class;
        patron_h5_array *array;
    } wanted[] = {{"/scores/offer_item", PATRON_H5_INTEGER, &run->item},
                  {"/scores/offer_rule", PATRON_H5_INTEGER, &run->rule},
                  {"/scores/offer_score", PATRON_H5_REAL, &run->score}};
    patron_status status = PATRON_OK;
    for (size_t i = 0; status == PATRON_OK && i < sizeof wanted / sizeof wanted[0]; ++i) {
        status = patron_h5_array_open(file, run->path, wanted[i].name, 2, wanted[i].class,
                                      wanted[i].array);
        if (status == PATRON_OK)
            status = patron_verify_equal(run->path, wanted[i].name, wanted[i].array->shape[0],
                                         run->rows);
        if (status == PATRON_OK)
            status = patron_verify_equal(run->path, wanted[i].name, wanted[i].array->shape[1],
                                         run->most);
    }
    return status;
}

/* item, rule and score[most] of a row. */
static bool is_sound(checking *run, const double *item, const double *rule, const double *score)
{
    bool is_over = false;
    for (uint64_t i = 0; i < run->most; ++i) {
        if (item[i] == -1.0) {
            is_over = true;
            if (rule[i] != -1.0 || !isnan(score[i]))
                return false;
            continue;
        }
        if (is_over || item[i] < 0.0 || item[i] >= (double)run->items || rule[i] < 0.0 ||
            !(score[i] >= 0.0 && score[i] <= 1.0) || (i > 0 && score[i] > score[i - 1]))
            return false;
        for (uint64_t j = 0; j < i; ++j)
            if (item[j] == item[i])
                return false;
        ++run->found;
        ++run->times[(uint64_t)item[i]];
    }
    return true;
}

static patron_status check_rows(checking *run, patron_range own)
{
    uint64_t piece = PIECE_CELLS / run->most + 1;
    run->values = patron_allocate(piece * run->most, 3 * sizeof *run->values);
    run->times = patron_allocate(run->items, sizeof *run->times);
    patron_status status = run->values == NULL || run->times == NULL ? PATRON_RESOURCE : PATRON_OK;
    double *item = run->values, *rule = item + piece * run->most, *score = rule + piece * run->most;
    for (uint64_t done = 0; status == PATRON_OK && done < own.count; done += piece) {
        uint64_t at = own.first + done;
        uint64_t count = own.count - done < piece ? own.count - done : piece;
        status = patron_h5_read_f64_rows(&run->item, at, count, item);
        if (status == PATRON_OK)
            status = patron_h5_read_f64_rows(&run->rule, at, count, rule);
        if (status == PATRON_OK)
            status = patron_h5_read_f64_rows(&run->score, at, count, score);
        for (uint64_t i = 0; status == PATRON_OK && i < count; ++i)
            if (!is_sound(run, item + i * run->most, rule + i * run->most, score + i * run->most))
                status = patron_fail(PATRON_DATA,
                                     "%s: /scores: row %" PRIu64 ": offers out of range or order",
                                     run->path, at + i);
    }
    return status;
}

/* ---- the policy ---- */

static patron_status check_item_cap(const checking *run, uint64_t cap)
{
    for (uint64_t item = 0; cap > 0 && item < run->items; ++item)
        if (run->times[item] > cap)
            return patron_fail(PATRON_DATA,
                               "%s: item %" PRIu64 " is offered %" PRIu64
                               " times, by the policy at most %" PRIu64,
                               run->path, item, run->times[item], cap);
    return PATRON_OK;
}

/* Offers without the policy, less those withheld, and those in their place, are the offers. */
static patron_status check_policy(hid_t file, const checking *run)
{
    uint64_t before = 0, instead = 0, row_cap = 0, item_cap = 0, withheld = 0;
    const struct {
        const char *name;
        uint64_t *value;
    } wanted[] = {{"offers_before", &before},
                  {"offers_instead", &instead},
                  {"customer_cap", &row_cap},
                  {"item_cap", &item_cap}};
    patron_status status = PATRON_OK;
    for (size_t i = 0; status == PATRON_OK && i < sizeof wanted / sizeof wanted[0]; ++i)
        status = patron_h5_figure_u64(file, run->path, PATRON_SCORE_POLICY, wanted[i].name,
                                      wanted[i].value);
    for (int reason = 1; status == PATRON_OK && reason < PATRON_WITHHELD_REASONS; ++reason) {
        char name[64];
        uint64_t offers = 0;
        snprintf(name, sizeof name, "withheld_%s", patron_withheld_names[reason]);
        status = patron_h5_figure_u64(file, run->path, PATRON_SCORE_POLICY, name, &offers);
        withheld += offers;
    }
    if (status == PATRON_OK && row_cap > 0 && run->most > row_cap)
        status = patron_fail(PATRON_DATA,
                             "%s: max_offers is %" PRIu64 ", customer_cap of the policy %" PRIu64,
                             run->path, run->most, row_cap);
    if (status == PATRON_OK)
        status = check_item_cap(run, item_cap);
    return status == PATRON_OK ? patron_verify_equal(run->path, PATRON_SCORE_POLICY,
                                                     before + instead, run->found + withheld)
                               : status;
}

/* Reads the figures, opens the arrays, and checks this rank's rows. */
static patron_status check_own(const patron_comm *comm, hid_t file, checking *run, uint64_t *offers)
{
    patron_h5_array names = {.dataset = H5I_INVALID_HID};
    patron_status status =
        patron_h5_figure_u64(file, run->path, "/scores", "max_offers", &run->most);
    if (status == PATRON_OK && (run->most == 0 || run->most > 1000))
        status = patron_fail(PATRON_DATA, "%s: max_offers is %" PRIu64, run->path, run->most);
    if (status == PATRON_OK)
        status = patron_h5_figure_u64(file, run->path, "/scores", "n_offers", offers);
    if (status == PATRON_OK)
        status = patron_h5_array_open(file, run->path, "/items/name", 1, PATRON_H5_TEXT, &names);
    run->items = status == PATRON_OK ? names.shape[0] : 0;
    patron_h5_array_close(&names);
    if (status == PATRON_OK)
        status = open_arrays(file, run);
    return status == PATRON_OK ? check_rows(run, patron_range_cut(run->rows, (uint64_t)comm->rank,
                                                                  (uint64_t)comm->size))
                               : status;
}

patron_status patron_score_offers_verify(const patron_comm *comm, hid_t file, const char *path,
                                         uint64_t rows)
{
    const patron_h5_array none = {.dataset = H5I_INVALID_HID};
    checking run = {.path = path, .rows = rows, .item = none, .rule = none, .score = none};
    uint64_t offers = 0;
    patron_status status = patron_comm_agree(comm, check_own(comm, file, &run, &offers));
    if (status == PATRON_OK) {
        patron_comm_reduce_u64(comm, &run.found, 1, PATRON_SUM);
        patron_comm_reduce_u64(comm, run.times, run.items, PATRON_SUM);
        status = patron_verify_equal(path, "n_offers", offers, run.found);
        if (status == PATRON_OK && patron_h5_exists(file, PATRON_SCORE_POLICY))
            status = check_policy(file, &run);
        status = patron_comm_agree(comm, status);
    }
    patron_h5_array_close(&run.item);
    patron_h5_array_close(&run.rule);
    patron_h5_array_close(&run.score);
    free(run.values);
    free(run.times);
    return status;
}
