/* SPDX-License-Identifier: Apache-2.0 */
/* How much of each segment another labelling has in one segment.  Nothing here is collective. */
#ifndef PATRON_QUALITY_OVERLAP_H
#define PATRON_QUALITY_OVERLAP_H

#include "quality/contingency.h"

/* overlap[table->rows]: of each segment of the first labelling the greatest share that it has in
 * common with one of the second, of the rows that are in either (Jaccard); NaN for one without
 * rows.
 */
void patron_overlap_find(const patron_contingency *table, double *overlap);

#endif
