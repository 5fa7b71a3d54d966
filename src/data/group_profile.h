/* SPDX-License-Identifier: Apache-2.0 */
/* What the columns of each segment hold, and those of everyone in a segment.  Exact, and the same
 * on any ranks, threads and parts. */
#ifndef PATRON_DATA_GROUP_PROFILE_H
#define PATRON_DATA_GROUP_PROFILE_H

#include "data/profile.h"

/* Groups 0 ... segments - 1 are segments, group `segments` is everyone in one. */
typedef struct patron_group_profile {
    uint32_t segments, columns;
    uint64_t *rows;                /* segments + 1 */
    patron_column_profile *column; /* (segments + 1) x columns; filled: counts, extremes, mean,
                                      deviation, skewness, bins, quantiles */
} patron_group_profile;

/* Profiles all groups of all ranks' rows, as they were read (NaN where a value is missing), in five
 * passes; in three more for each time that `memory` bytes (the same on every rank) would not hold
 * the tables of quantiles.  Collective.  Release with patron_group_profile_free in any case.
 * RESOURCE, and as patron_rows_pass. */
patron_status patron_group_profile_measure(const patron_comm *comm, const patron_rows *rows,
                                           const patron_row_groups *groups, uint64_t memory,
                                           patron_group_profile *profile);
void patron_group_profile_free(patron_group_profile *profile);

#endif
