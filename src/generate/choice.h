/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing one of many by given shares: a table of their running sums, searched by halving.
 * Nothing here is collective. */
#ifndef PATRON_GENERATE_CHOICE_H
#define PATRON_GENERATE_CHOICE_H

#include "patron/status.h"

#include <stdint.h>

typedef struct patron_choice {
    uint32_t count;
    double *sums; /* count, ascending, the last one is 1 */
} patron_choice;

/* Choices in proportion to weights[count], which are above 0; count at least 1.  RESOURCE. */
patron_status patron_choice_create(const double *weights, uint32_t count, patron_choice *choice);

enum { PATRON_POISSON_MOST = 700 }; /* the greatest mean whose exp(-mean) is no subnormal */

/* Choices of 0, 1, 2, ... by the Poisson distribution of `mean`, from 0 to PATRON_POISSON_MOST;
 * what lies more than 40 above the mean and ten deviations is left out.  RESOURCE. */
patron_status patron_choice_create_poisson(double mean, patron_choice *choice);

/* The one whose share of (0, 1) holds `unit`. */
uint32_t patron_choice_draw(const patron_choice *choice, double unit);

void patron_choice_free(patron_choice *choice);

#endif
