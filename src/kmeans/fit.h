/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a fit.  Functions marked collective are called by all ranks alike and return the
 * same status on all of them. */
#ifndef PATRON_KMEANS_FIT_H
#define PATRON_KMEANS_FIT_H

#include "kmeans/engine.h"

/* Room for k segments, each its own origin; release with patron_kmeans_result_free.  Collective.
 * RESOURCE. */
patron_status kmeans_result_create(const patron_comm *comm, uint32_t k, uint32_t columns,
                                   patron_kmeans_result *result);
void kmeans_result_swap(patron_kmeans_result *a, patron_kmeans_result *b);

/* Iterates from result->centroids, result->k of them, to the end of a fit; where it is given up
 * (`target` as in kmeans_run), the result holds no figures of segments.  Collective.  RESOURCE. */
patron_status kmeans_fit_from(patron_kmeans *engine, const patron_kmeans_options *options,
                              double threshold, double target, patron_kmeans_result *result,
                              bool *is_given_up);

/* Brings the engine's labels back to those of an earlier result.  Collective.  RESOURCE. */
patron_status kmeans_label_again(patron_kmeans *engine, const patron_kmeans_result *result);

/* Betters a fit whose labels the engine holds (refine.c), until options->refine rounds in a row
 * were of no use; counts[KMEANS_KEPT_COUNTS] tell what was done before: rounds, those of them that
 * helped, those in a row that did not.  Collective.  RESOURCE. */
patron_status kmeans_refine(patron_kmeans *engine, const patron_kmeans_options *options,
                            double threshold, const uint32_t *counts, patron_kmeans_result *result);

#endif
