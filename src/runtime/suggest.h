/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean ...?"  Nothing here is collective. */
#ifndef PATRON_RUNTIME_SUGGEST_H
#define PATRON_RUNTIME_SUGGEST_H

/* How many bytes must be put in, taken out or replaced to make `a` into `b`; names that are longer
 * than 63 bytes are far from all others. */
unsigned patron_edit_distance(const char *a, const char *b);

/* Whether `found` is so close to `name` that it may be a slip for it. */
int patron_may_mean(const char *found, const char *name);

#endif
