/* SPDX-License-Identifier: Apache-2.0 */
/* Whether rows lie in one segment with the rows nearest to them. */
#ifndef PATRON_QUALITY_CONNECTIVITY_H
#define PATRON_QUALITY_CONNECTIVITY_H

#include "patron/comm.h"
#include "quality/description.h"

enum { PATRON_CONNECTIVITY_NEIGHBOURS = 10 };

/* penalty[rows->count]: for each row the sum of 1 / j over those of its nearest other rows, the
 * j-th from 1 to PATRON_CONNECTIVITY_NEIGHBOURS (all others, where there are fewer), that have
 * another of labels[rows->count]; distances in float64, ties to the first row.  Weights do not
 * matter.  All ranks hold the same rows; ranks, and `threads` of each, share the work.  Collective.
 */
void patron_connectivity_find(const patron_comm *comm, int threads, const patron_sampled_rows *rows,
                              const int32_t *labels, double *penalty);

/* The most that a row can have, of `count` rows. */
double patron_connectivity_most(uint64_t count);

#endif
