/* SPDX-License-Identifier: Apache-2.0 */
/* The labels of a segment model, spread over ranks, and looking them up. */
#ifndef PATRON_MODEL_SEGMENT_LABELS_H
#define PATRON_MODEL_SEGMENT_LABELS_H

#include "patron/data.h"

typedef struct patron_segment_labels {
    uint32_t k;         /* segments */
    uint64_t rows;      /* customers of all ranks */
    uint64_t first;     /* customers of lower ranks */
    uint64_t count;     /* of this rank: its range, as patron_range_cut has it */
    int32_t *labels;    /* count: 0 ... k - 1, -1 = none */
    bool *is_looked_up; /* count */
} patron_segment_labels;

/* Reads each rank's share of the labels of the model `path`, which must be of the customers of
 * `dataset`, whose digest is `digest`.  Release it whatever is returned.  Collective.  NO_INPUT: no
 * such file; DATA: no segment model, another number of customers, made of a dataset of another
 * digest, a label out of range; RESOURCE. */
patron_status patron_segment_labels_read(const patron_comm *comm, const char *path,
                                         const patron_dataset *dataset, const char *digest,
                                         patron_segment_labels *labels);
void patron_segment_labels_free(patron_segment_labels *labels);

/* The labels of customers[count] into found[count], -1 for PATRON_NO_CUSTOMER, each from the rank
 * that has it, in bounded pieces; notes who was looked up.  Collective; RESOURCE. */
patron_status patron_segment_labels_look_up(const patron_comm *comm, patron_segment_labels *labels,
                                            const uint64_t *customers, uint64_t count,
                                            int32_t *found);

/* How many customers of each segment were looked up so far, into customers[k].  Collective. */
void patron_segment_labels_count(const patron_comm *comm, const patron_segment_labels *labels,
                                 uint64_t *customers);

#endif
