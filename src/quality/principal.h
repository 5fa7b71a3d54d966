/* SPDX-License-Identifier: Apache-2.0 */
/* Small symmetric matrices, by fixed operations: the same bits everywhere.  Nothing here is
 * collective. */
#ifndef PATRON_QUALITY_PRINCIPAL_H
#define PATRON_QUALITY_PRINCIPAL_H

#include <stdint.h>

/* Makes matrix[n x n], positive definite, its lower factor of Cholesky (the upper half is left as
 * it is) and returns the logarithm of its determinant. */
double patron_cholesky(double *matrix, uint32_t n);

/* Makes vectors[n x n] the eigenvectors, as columns, of matrix[n x n], which is overwritten: its
 * diagonal then holds the eigenvalues. */
void patron_eigenvectors(double *matrix, uint32_t n, double *vectors);

#endif
