/* SPDX-License-Identifier: Apache-2.0 */
/* Rows without clusters that are spread like given ones: even over the box, along the principal
 * axes of these, that holds them (reference b of Tibshirani, Walther and Hastie, 2001).  Nothing
 * here is collective; the result is the same bits everywhere. */
#ifndef PATRON_SWEEP_REFERENCE_H
#define PATRON_SWEEP_REFERENCE_H

#include "quality/description.h"

typedef struct patron_reference {
    uint32_t columns;
    double *mean;       /* columns */
    double *axes;       /* columns x columns, an axis a column; NULL: the columns themselves, above
                           PATRON_SHAPE_COLUMNS of them */
    double *low, *high; /* columns: the box, about the mean */
} patron_reference;

/* Finds the box; weights do not matter.  Release with patron_reference_free in any case.
 * RESOURCE. */
patron_status patron_reference_create(const patron_sampled_rows *rows, patron_reference *reference);
void patron_reference_free(patron_reference *reference);

/* Draws `count` rows into values[count x columns]: row i of draw b has, along axis a, the number
 * for (seed, PATRON_PURPOSE_REFERENCE, 2^32 b + i, a), from the low side of the box to the high
 * one. RESOURCE. */
patron_status patron_reference_draw(const patron_reference *reference, uint64_t seed, uint32_t draw,
                                    uint64_t count, float *values);

#endif
