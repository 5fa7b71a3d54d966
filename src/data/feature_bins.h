/* SPDX-License-Identifier: Apache-2.0 */
/* How columns are spread over ten bins that the rows of a group fill evenly: for everyone, and for
 * each segment.  Counts are exact and the same on any ranks, threads and parts. */
#ifndef PATRON_DATA_FEATURE_BINS_H
#define PATRON_DATA_FEATURE_BINS_H

#include "data/row_groups.h"
#include "patron/comm.h"

enum {
    PATRON_FEATURE_EDGES = 9,
    PATRON_FEATURE_MISSING =
        PATRON_FEATURE_EDGES + 1, /* the bin of missing values, after those that edges end */
    PATRON_FEATURE_BINS
};

/* Groups 0 ... segments - 1 are segments, group `segments` is everyone. */
typedef struct patron_feature_bins {
    uint32_t segments, columns;
    uint32_t *edge_count; /* (segments + 1) x columns */
    float *edges;         /* (segments + 1) x columns x PATRON_FEATURE_EDGES, each ascending */
} patron_feature_bins;

/* Finds the edges: the different ones among the deciles of a group's present values, the i-th
 * decile being the least value that at least i tenths of them do not exceed; NaN is a missing
 * value.  In four passes, and in three more for each time that `memory` bytes would not hold the
 * tables of deciles.  Collective.  Release with patron_feature_bins_free in any case.  RESOURCE,
 * and as patron_rows_pass. */
patron_status patron_feature_bins_find(const patron_comm *comm, const patron_rows *rows,
                                       const patron_row_groups *groups, uint64_t memory,
                                       patron_feature_bins *bins);
void patron_feature_bins_free(patron_feature_bins *bins);

/* Counts rows into counts[(segments + 1) x columns x PATRON_FEATURE_BINS], on every rank: a value
 * is in the first bin whose edge it does not exceed; in one pass.  Collective.  RESOURCE, and as
 * patron_rows_pass. */
patron_status patron_feature_bins_count(const patron_comm *comm, const patron_rows *rows,
                                        const patron_row_groups *groups,
                                        const patron_feature_bins *bins, uint64_t *counts);

#endif
