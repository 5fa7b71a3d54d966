/* SPDX-License-Identifier: Apache-2.0 */
/* Cholesky's factor, and Jacobi's rotations, row by row (Golub and Van Loan, "Matrix Computations",
 * 4th edition, 4.2 and 8.5). */
#include "quality/principal.h"

#include "patron/elementary.h"

#include <math.h>

double patron_cholesky(double *matrix, uint32_t n)
{
    double log_determinant = 0.0;
    for (uint64_t j = 0; j < n; ++j) {
        double *own = matrix + j * n;
        for (uint64_t i = j; i < n; ++i) {
            double *row = matrix + i * n, sum = row[j];
            for (uint64_t a = 0; a < j; ++a)
                sum -= row[a] * own[a];
            row[j] = i == j ? sqrt(sum) : sum / own[j];
        }
        log_determinant += 2.0 * patron_log(own[j]);
    }
    return log_determinant;
}

/* Rotates columns p and q of rows, so that matrix[p][q] becomes 0. */
static void rotate(double *matrix, uint64_t n, uint64_t p, uint64_t q, double *vectors)
{
    double theta = (matrix[q * n + q] - matrix[p * n + p]) / (2.0 * matrix[p * n + q]);
    double t = (theta >= 0.0 ? 1.0 : -1.0) / (fabs(theta) + sqrt(theta * theta + 1.0));
    double c = 1.0 / sqrt(t * t + 1.0), s = t * c;
    for (uint64_t i = 0; i < n; ++i) {
        double a = matrix[i * n + p], b = matrix[i * n + q];
        matrix[i * n + p] = c * a - s * b;
        matrix[i * n + q] = s * a + c * b;
    }
    for (uint64_t i = 0; i < n; ++i) {
        double a = matrix[p * n + i], b = matrix[q * n + i];
        matrix[p * n + i] = c * a - s * b;
        matrix[q * n + i] = s * a + c * b;
        a = vectors[i * n + p];
        b = vectors[i * n + q];
        vectors[i * n + p] = c * a - s * b;
        vectors[i * n + q] = s * a + c * b;
    }
}

void patron_eigenvectors(double *matrix, uint32_t n, double *vectors)
{
    const int most_sweeps = 30;
    const double negligible = 0x1p-40; /* beside the diagonal */
    for (uint64_t i = 0; i < (uint64_t)n * n; ++i)
        vectors[i] = i % (n + 1) == 0 ? 1.0 : 0.0;
    for (int sweep = 0; sweep < most_sweeps; ++sweep) {
        uint64_t rotations = 0;
        for (uint64_t p = 0; p < n; ++p)
            for (uint64_t q = p + 1; q < n; ++q) {
                double size = sqrt(fabs(matrix[p * n + p])) * sqrt(fabs(matrix[q * n + q]));
                if (!(fabs(matrix[p * n + q]) > negligible * size))
                    continue;
                rotate(matrix, n, p, q, vectors);
                ++rotations;
            }
        if (rotations == 0)
            return;
    }
}
