/* SPDX-License-Identifier: Apache-2.0 */
/* The segment model: what k-means found, in HDF5. */
#ifndef PATRON_MODEL_SEGMENT_MODEL_H
#define PATRON_MODEL_SEGMENT_MODEL_H

#include "data/transform.h"
#include "model/run.h"
#include "patron/data.h"
#include "patron/kmeans.h"
#include "quality/spread.h"
#include "quality/tree.h"
#include "sweep/sweep.h"
#include "sweep/validate.h"

#define PATRON_SEGMENT_KIND "segment"

typedef struct patron_segment_model {
    const patron_kmeans_result *fit;
    const patron_transform *transform;
    const patron_texts *names; /* of the clustered columns */
    const double *centroids;   /* fit->k x columns, in the data's own units */
    const double *moved;       /* fit->k: distance from the model started from; NULL: from none */
    const patron_sweep *sweep; /* that chose the fit; NULL: none */
    const patron_spread *spread;
    const patron_validation *validation; /* NULL: none was asked for */
    const patron_tree_join *joins;       /* fit->k - 1 */
    uint32_t k_requested;
    uint64_t seed;
    uint64_t rows;         /* of the dataset */
    uint64_t dropped_rows; /* of all ranks */
    patron_range range;    /* rows of this rank; the ranks' ranges make up all rows in order */
    const int32_t *labels; /* range.count; -1 = dropped */
} patron_segment_model;

/* Writes the model to `path`, whole or not at all.  Collective.  Errors as patron_output_begin. */
patron_status patron_segment_model_write(const patron_comm *comm, const patron_segment_model *model,
                                         const patron_run *run, const char *path, bool force);

#endif
