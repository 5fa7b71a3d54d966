/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of scores: every row's, each rank's own, and that the figures are their counts. */
#include "model/verify_parts.h"

#include "patron/data.h"
#include "patron/memory.h"
#include "score/nearest.h"
#include "store/h5.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum { PIECE = 1 << 16 };

typedef struct checking {
    const char *path;
    uint64_t k, rows, dropped, outliers;    /* as the file says */
    uint64_t found_dropped, found_outliers; /* as the rows say */
    int64_t *whole;                         /* PIECE x 3: segment, second, outlier */
    float *real;                            /* PIECE x 2: distance, second_distance */
    patron_h5_array segment, second, outlier, distance, second_distance;
} checking;

static patron_status read_figures(hid_t file, checking *run)
{
    const struct {
        const char *name;
        uint64_t *value;
    } wanted[] = {{"k", &run->k},
                  {"n_rows", &run->rows},
                  {"n_dropped", &run->dropped},
                  {"n_outliers", &run->outliers}};
    patron_status status = PATRON_OK;
    for (size_t i = 0; status == PATRON_OK && i < sizeof wanted / sizeof wanted[0]; ++i)
        status = patron_h5_figure_u64(file, run->path, "/scores", wanted[i].name, wanted[i].value);
    if (status == PATRON_OK && (run->k == 0 || run->k > INT32_MAX))
        status = patron_fail(PATRON_DATA, "%s: k is %" PRIu64, run->path, run->k);
    return status;
}

static patron_status open_arrays(hid_t file, checking *run)
{
    const struct {
        const char *name;
        patron_h5_class class;
        patron_h5_array *array;
    } wanted[] = {{"/scores/segment", PATRON_H5_INTEGER, &run->segment},
                  {"/scores/second", PATRON_H5_INTEGER, &run->second},
                  {"/scores/outlier", PATRON_H5_INTEGER, &run->outlier},
                  {"/scores/distance", PATRON_H5_REAL, &run->distance},
                  {"/scores/second_distance", PATRON_H5_REAL, &run->second_distance}};
    patron_status status = PATRON_OK;
    for (size_t i = 0; status == PATRON_OK && i < sizeof wanted / sizeof wanted[0]; ++i) {
        status = patron_h5_array_open(file, run->path, wanted[i].name, 1, wanted[i].class,
                                      wanted[i].array);
        if (status == PATRON_OK)
            status = patron_verify_equal(run->path, wanted[i].name, wanted[i].array->shape[0],
                                         run->rows);
    }
    return status;
}

static bool is_sound(const checking *run, int64_t segment, int64_t second, int64_t outlier,
                     float distance, float second_distance)
{
    int64_t k = (int64_t)run->k;
    if (segment == -1)
        return second == -1 && outlier == 0 && isnan(distance) && isnan(second_distance);
    if (segment < -1 || segment >= k || second < -1 || second >= k || second == segment ||
        outlier < 0 || outlier > 1 || !(distance >= 0.0F))
        return false;
    return second == -1 ? k == 1 && isnan(second_distance) : second_distance >= distance;
}

static patron_status check_piece(checking *run, uint64_t first, uint64_t count)
{
    int64_t *segment = run->whole, *second = segment + PIECE, *outlier = second + PIECE;
    float *distance = run->real, *second_distance = distance + PIECE;
    patron_status status = patron_h5_read_i64(&run->segment, first, count, segment);
    if (status == PATRON_OK)
        status = patron_h5_read_i64(&run->second, first, count, second);
    if (status == PATRON_OK)
        status = patron_h5_read_i64(&run->outlier, first, count, outlier);
    if (status == PATRON_OK)
        status = patron_h5_read_f32_rows(&run->distance, first, count, distance);
    if (status == PATRON_OK)
        status = patron_h5_read_f32_rows(&run->second_distance, first, count, second_distance);
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i) {
        if (!is_sound(run, segment[i], second[i], outlier[i], distance[i], second_distance[i]))
            status = patron_fail(PATRON_DATA,
                                 "%s: /scores: row %" PRIu64 ": segment %" PRId64
                                 ", second %" PRId64 ", outlier %" PRId64 ", distances %g, %g",
                                 run->path, first + i, segment[i], second[i], outlier[i],
                                 (double)distance[i], (double)second_distance[i]);
        run->found_dropped += segment[i] == -1 ? 1 : 0;
        run->found_outliers += outlier[i] == 1 ? 1 : 0;
    }
    return status;
}

static patron_status check_rows(checking *run, patron_range own)
{
    patron_status status = PATRON_OK;
    run->whole = patron_allocate(PIECE, 3 * sizeof *run->whole);
    run->real = patron_allocate(PIECE, 2 * sizeof *run->real);
    if (run->whole == NULL || run->real == NULL)
        return PATRON_RESOURCE;
    for (uint64_t done = 0; status == PATRON_OK && done < own.count; done += PIECE)
        status =
            check_piece(run, own.first + done, own.count - done < PIECE ? own.count - done : PIECE);
    return status;
}

/* Of all ranks. */
static patron_status check_figures(const patron_comm *comm, checking *run)
{
    patron_comm_reduce_u64(comm, &run->found_dropped, 1, PATRON_SUM);
    patron_comm_reduce_u64(comm, &run->found_outliers, 1, PATRON_SUM);
    patron_status status =
        patron_verify_equal(run->path, "n_dropped", run->dropped, run->found_dropped);
    return status == PATRON_OK
               ? patron_verify_equal(run->path, "n_outliers", run->outliers, run->found_outliers)
               : status;
}

/* Offers to baskets stand alone. */
static patron_status verify_baskets(const patron_comm *comm, hid_t file, const char *path)
{
    uint64_t rows = 0;
    patron_status status =
        patron_comm_agree(comm, patron_h5_figure_u64(file, path, "/scores", "n_rows", &rows));
    return status == PATRON_OK ? patron_score_offers_verify(comm, file, path, rows) : status;
}

static patron_status verify_customers(const patron_comm *comm, hid_t file, checking *run)
{
    patron_status status = read_figures(file, run);
    if (status == PATRON_OK)
        status = open_arrays(file, run);
    if (status == PATRON_OK)
        status = check_rows(
            run, patron_range_cut(run->rows, (uint64_t)comm->rank, (uint64_t)comm->size));
    status = patron_comm_agree(comm, status);
    return status == PATRON_OK ? patron_comm_agree(comm, check_figures(comm, run)) : status;
}

patron_status patron_score_model_verify(const patron_comm *comm, hid_t file, const char *path)
{
    uint64_t has[] = {patron_h5_exists(file, "/scores/offer_item") ? 1 : 0,
                      patron_h5_exists(file, "/scores/segment") ? 1 : 0};
    patron_comm_reduce_u64(comm, has, 2, PATRON_MAX);
    if (has[0] != 0 && has[1] == 0)
        return verify_baskets(comm, file, path);

    const patron_h5_array none = {.dataset = H5I_INVALID_HID};
    checking run = {.path = path,
                    .segment = none,
                    .second = none,
                    .outlier = none,
                    .distance = none,
                    .second_distance = none};
    patron_status status = verify_customers(comm, file, &run);
    if (status == PATRON_OK && has[0] != 0)
        status = patron_score_offers_verify(comm, file, path, run.rows);
    patron_h5_array_close(&run.segment);
    patron_h5_array_close(&run.second);
    patron_h5_array_close(&run.outlier);
    patron_h5_array_close(&run.distance);
    patron_h5_array_close(&run.second_distance);
    free(run.whole);
    free(run.real);
    return status;
}
