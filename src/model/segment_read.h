/* SPDX-License-Identifier: Apache-2.0 */
/* A segment model as it stands in its file, but for the labels.  On one rank. */
#ifndef PATRON_MODEL_SEGMENT_READ_H
#define PATRON_MODEL_SEGMENT_READ_H

#include "model/facts.h"
#include "patron/kmeans.h"
#include "patron/texts.h"
#include "quality/spread.h"
#include "quality/tree.h"
#include "sweep/sweep.h"
#include "sweep/validate.h"

typedef struct patron_segment_view {
    uint64_t k, k_requested, columns, rows, dropped, iterations, seed;
    bool converged;
    double inertia;
    patron_texts names;       /* of the columns */
    double *centroids;        /* k x columns, in the data's own units */
    double *centroids_scaled; /* in the space that was clustered */
    uint64_t *size;           /* k */
    double *weight_sum, *segment_inertia;
    double *moved;                    /* NULL: the fit did not start from a model */
    patron_kmeans_iteration *history; /* iterations */
    double *fill, *offset, *scale;    /* columns: the transform */
    uint64_t *log1p;                  /* columns: 0 or 1 */
    patron_spread spread;             /* quantile NULL: the model has none; no rows' distances */
    patron_sweep sweep;               /* count 0: the model has none */
    patron_tree_join *joins;          /* k - 1; NULL: the model has no tree */
    patron_validation validation;     /* segments NULL: the model has none */
    patron_facts run;
} patron_segment_view;

/* Reads a model that patron_model_verify has found sound.  Release with patron_segment_view_free in
 * any case.  NO_INPUT, DATA, IO, RESOURCE. */
patron_status patron_segment_view_read(const char *path, patron_segment_view *view);
void patron_segment_view_free(patron_segment_view *view);

#endif
