/* SPDX-License-Identifier: Apache-2.0 */
/* Refinement of a fit: rows are drawn by weight times squared distance, as in k-means||; the cells
 * of the fit's centroids and of these are clustered, from the fit's centroids and from other
 * starts; and where Lloyd's iteration leads on from there to a lower inertia, that is the fit. */
#include "kmeans/candidates.h"
#include "kmeans/cells.h"
#include "kmeans/fit.h"
#include "kmeans/keep.h"

#include <string.h>

enum { MOST_ROUNDS = 10 };

static const double OVERSAMPLING = 10.0; /* rows drawn, in multiples of k */
static const double GAIN = 1e-4;         /* of inertia, that counts as one */

/* Other centroids, from the cells that a round draws; `found` is below k where there are none. */
static patron_status draw_start(patron_kmeans *engine, uint64_t seed,
                                const patron_kmeans_result *fit, double *centroids, uint32_t *found)
{
    kmeans_candidates drawn = kmeans_candidates_of(engine);
    kmeans_cells cells = {0};
    double sum = 0.0;
    *found = 0;
    patron_status status = kmeans_candidates_begin(&drawn, fit->centroids, fit->k);
    if (status == PATRON_OK)
        status = kmeans_candidates_draw(&drawn, seed, 0, OVERSAMPLING * fit->k, fit->inertia);
    bool has_drawn = status == PATRON_OK && drawn.count > fit->k;
    if (has_drawn)
        status = kmeans_candidates_label(&drawn, fit->k, &sum);
    if (has_drawn && status == PATRON_OK)
        status = kmeans_cells_gather(&drawn, &cells);
    if (has_drawn && status == PATRON_OK) {
        const kmeans_cells_task task = {.k = fit->k,
                                        .seed = seed,
                                        .threads = engine->rows->threads,
                                        .isa = engine->kernels.isa,
                                        .start = fit->centroids};
        status =
            patron_comm_agree(engine->comm, kmeans_cells_cluster(&cells, &task, centroids, found));
    }
    kmeans_cells_free(&cells);
    kmeans_candidates_free(&drawn);
    return status;
}

/* One round.  The engine's labels are the fit's before it, and after it where it `helped`. */
static patron_status refine_once(patron_kmeans *engine, const patron_kmeans_options *options,
                                 double threshold, uint32_t round, patron_kmeans_result *fit,
                                 bool *helped)
{
    patron_kmeans_result other;
    double target = fit->inertia * (1.0 - GAIN);
    uint64_t seed = kmeans_seed_of_refinement(options->seed, round);
    bool is_given_up = true;
    *helped = false;
    patron_status status = kmeans_result_create(engine->comm, fit->k, fit->columns, &other);
    if (status == PATRON_OK && !kmeans_recall_run_k(engine, &other.k))
        status = draw_start(engine, seed, fit, other.centroids, &other.k);
    if (status == PATRON_OK && other.k == fit->k)
        status = kmeans_fit_from(engine, options, threshold, target, &other, &is_given_up);
    patron_checkpoint_forget(engine->checkpoint, KMEANS_KEPT_LLOYD);
    if (status == PATRON_OK && !is_given_up && other.inertia < target) {
        kmeans_result_swap(fit, &other);
        *helped = true;
    }
    patron_kmeans_result_free(&other);
    return status;
}

patron_status kmeans_refine(patron_kmeans *engine, const patron_kmeans_options *options,
                            double threshold, const uint32_t *counts, patron_kmeans_result *result)
{
    uint32_t rounds = counts[0], taken = counts[1], failures = counts[2];
    patron_status status = PATRON_OK;
    if (options->max_iterations == 0 || result->k < options->k)
        return PATRON_OK;
    while (status == PATRON_OK && failures < options->refine && rounds < MOST_ROUNDS &&
           result->inertia > 0.0) {
        bool helped = false;
        /* before the first round too, whose iterations would else be taken for the fit's own */
        const uint32_t kept[KMEANS_KEPT_COUNTS] = {rounds, taken, failures};
        status = kmeans_keep_result(engine, KMEANS_KEPT_REFINE, kept, result);
        if (status == PATRON_OK)
            status = refine_once(engine, options, threshold, rounds++, result, &helped);
        taken += helped;
        failures = helped ? 0 : failures + 1;
        if (status == PATRON_OK && !helped)
            status = kmeans_label_again(engine, result);
    }
    result->refine_rounds = rounds;
    result->refine_taken = taken;
    return status;
}
