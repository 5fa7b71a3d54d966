/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of offers: of each customer the best comes first, no item twice, nothing after the last.
 */
#include "model/verify_parts.h"

#include "patron/memory.h"
#include "store/h5.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

typedef struct checking {
    const char *path;
    uint64_t rows, most, items, found;
    patron_h5_array item, rule, score;
    double *values; /* 3 x most of a piece's rows */
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

/* item, rule and score[most] of a customer. */
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
    }
    return true;
}

static patron_status check_rows(checking *run)
{
    uint64_t piece = PIECE_CELLS / run->most + 1;
    run->values = patron_allocate(piece * run->most, 3 * sizeof *run->values);
    patron_status status = run->values == NULL ? PATRON_RESOURCE : PATRON_OK;
    double *item = run->values, *rule = item + piece * run->most, *score = rule + piece * run->most;
    for (uint64_t at = 0; status == PATRON_OK && at < run->rows; at += piece) {
        uint64_t count = run->rows - at < piece ? run->rows - at : piece;
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

patron_status patron_score_offers_verify(hid_t file, const char *path, uint64_t rows)
{
    const patron_h5_array none = {.dataset = H5I_INVALID_HID};
    checking run = {.path = path, .rows = rows, .item = none, .rule = none, .score = none};
    patron_h5_array names = none;
    uint64_t offers = 0;
    patron_status status = patron_h5_figure_u64(file, path, "/scores", "max_offers", &run.most);
    if (status == PATRON_OK && (run.most == 0 || run.most > 1000))
        status = patron_fail(PATRON_DATA, "%s: max_offers is %" PRIu64, path, run.most);
    if (status == PATRON_OK)
        status = patron_h5_figure_u64(file, path, "/scores", "n_offers", &offers);
    if (status == PATRON_OK)
        status = patron_h5_array_open(file, path, "/items/name", 1, PATRON_H5_TEXT, &names);
    run.items = status == PATRON_OK ? names.shape[0] : 0;
    if (status == PATRON_OK)
        status = open_arrays(file, &run);
    if (status == PATRON_OK)
        status = check_rows(&run);
    if (status == PATRON_OK)
        status = patron_verify_equal(path, "n_offers", offers, run.found);
    patron_h5_array_close(&names);
    patron_h5_array_close(&run.item);
    patron_h5_array_close(&run.rule);
    patron_h5_array_close(&run.score);
    free(run.values);
    return status;
}
