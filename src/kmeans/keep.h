/* SPDX-License-Identifier: Apache-2.0 */
/* What a fit keeps in its checkpoint, by which it goes on.  Labels are not kept: they follow from
 * centroids.  All functions are collective and return the same status on all ranks; with an engine
 * without a checkpoint they do nothing and find nothing. */
#ifndef PATRON_KMEANS_KEEP_H
#define PATRON_KMEANS_KEEP_H

#include "kmeans/engine.h"

#define KMEANS_KEPT_BEST "fit.best"     /* of the restarts so far */
#define KMEANS_KEPT_DRAWN "fit.drawn"   /* candidates of k-means|| */
#define KMEANS_KEPT_TAKEN "fit.taken"   /* centroids of k-means++ */
#define KMEANS_KEPT_LLOYD "fit.lloyd"   /* an iteration */
#define KMEANS_KEPT_REFINE "fit.refine" /* rounds of refinement so far */
#define KMEANS_KEPT_DONE "fit.done"     /* the fit as a whole */

enum { KMEANS_KEPT_COUNTS = 3 };

/* Keeps a result with a few counts beside it, and saves all records where that is due.  RESOURCE;
 * STOPPED. */
patron_status kmeans_keep_result(const patron_kmeans *engine, const char *name,
                                 const uint32_t counts[KMEANS_KEPT_COUNTS],
                                 const patron_kmeans_result *result);

/* Fills an empty result, released by patron_kmeans_result_free, and the counts.  DATA; RESOURCE. */
patron_status kmeans_recall_result(const patron_kmeans *engine, const char *name,
                                   uint32_t counts[KMEANS_KEPT_COUNTS],
                                   patron_kmeans_result *result, bool *found);

/* Centroids, `count` of them, and what comes next.  RESOURCE. */
patron_status kmeans_keep_centroids(const patron_kmeans *engine, const char *name, uint32_t next,
                                    uint64_t count, const double *centroids);

/* The same again: *centroids is to free().  DATA; RESOURCE. */
patron_status kmeans_recall_centroids(const patron_kmeans *engine, const char *name, uint32_t *next,
                                      uint64_t *count, double **centroids, bool *found);

/* A run, with the centroids `before` its last iteration.  RESOURCE. */
patron_status kmeans_keep_run(const patron_kmeans *engine, const kmeans_run *run,
                              const double *before);

/* Whether there is a run, and its number of clusters. */
bool kmeans_recall_run_k(const patron_kmeans *engine, uint32_t *k);

/* Fills run->centroids with those before the last iteration, and run->history, the caller's to
 * free(), with all iterations, run->iterations of them.  DATA; RESOURCE. */
patron_status kmeans_recall_run(const patron_kmeans *engine, kmeans_run *run, bool *found);

#endif
