/* SPDX-License-Identifier: Apache-2.0 */
/* The itemset model of segments: the sets and rules of each, and what tells them apart, in HDF5. */
#ifndef PATRON_MODEL_BY_SEGMENT_MODEL_H
#define PATRON_MODEL_BY_SEGMENT_MODEL_H

#include "itemset/contrast.h"
#include "model/run.h"
#include "patron/texts.h"

typedef struct patron_by_segment_model {
    const patron_itemset_groups *groups;   /* baskets of the segments */
    const patron_itemset_result *found;    /* of each segment */
    const patron_itemset_options *options; /* that all were mined with, but for min_count */
    const patron_itemset_item_contrast *items;
    const patron_itemset_rule_contrast *rules; /* looked at where options ask for rules */
    const uint64_t *customers;                 /* of each segment, that have baskets */
    uint64_t baskets_without;                  /* baskets of no segment, of all ranks */
    const char *segments_digest;               /* of the segment model */
    const patron_texts *item_names;
    const patron_texts *item_labels; /* count 0: none */
    int threads;
} patron_by_segment_model;

/* Writes the model to `path`, whole or not at all; ranks lay their slices into it.  Collective.
 * Errors as patron_output_begin. */
patron_status patron_by_segment_model_write(const patron_comm *comm,
                                            const patron_by_segment_model *model,
                                            const patron_run *run, const char *path, bool force);

#endif
