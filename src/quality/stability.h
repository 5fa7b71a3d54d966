/* SPDX-License-Identifier: Apache-2.0 */
/* The population stability index.  Nothing here is collective. */
#ifndef PATRON_QUALITY_STABILITY_H
#define PATRON_QUALITY_STABILITY_H

#include <stdint.h>

/* How far the shares of new_counts[bins] have moved from those of old_counts[bins]: the sum of
 * (new share - old share) * log(new share / old share).  Where a bin is empty in one of the two it
 * counts half a row there; a bin that is empty in both adds nothing.  NaN where all bins of one of
 * the two are empty. */
double patron_stability_index(const uint64_t *old_counts, const uint64_t *new_counts,
                              uint64_t bins);

#endif
