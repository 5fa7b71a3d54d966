/* SPDX-License-Identifier: Apache-2.0 */
/* Which groups are shown beside their total. */
#ifndef PATRON_MODEL_GROUP_LEAST_H
#define PATRON_MODEL_GROUP_LEAST_H

#include <stdint.h>

/* The size from which the groups of size[count] are shown, where those smaller than `min_group` are
 * not to be told: `min_group`, or more where these could be had by difference from the total.  Then
 * the next smallest are withheld with them (those of equal size together), until two groups are
 * withheld and have at least `min_group` members in all, or none is left.  An empty group hides
 * nobody and does not count. */
uint64_t patron_group_least(const uint64_t *size, uint64_t count, uint64_t min_group);

#endif
