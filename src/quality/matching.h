/* SPDX-License-Identifier: Apache-2.0 */
/* Which segment of one labelling became which of another. */
#ifndef PATRON_QUALITY_MATCHING_H
#define PATRON_QUALITY_MATCHING_H

#include "quality/contingency.h"

/* No partner. */
static const uint32_t PATRON_UNMATCHED = UINT32_MAX;

/* Pairs rows with columns of the table, each at most once, so that the cells of the pairs hold the
 * most rows that any such pairing can; what shares no row is not paired.  partner[table->rows] is
 * the column of each row, or PATRON_UNMATCHED.  Of several best pairings it is the same one
 * everywhere.  RESOURCE.  Not collective. */
patron_status patron_matching_find(const patron_contingency *table, uint32_t *partner);

#endif
