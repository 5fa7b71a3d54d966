/* SPDX-License-Identifier: Apache-2.0 */
/* Overlap of segments as in Hennig, "Cluster-wise assessment of cluster stability", Computational
 * Statistics & Data Analysis 52 (2007). */
#include "quality/overlap.h"

#include <math.h>

void patron_overlap_find(const patron_contingency *table, double *overlap)
{
    for (uint32_t row = 0; row < table->rows; ++row)
        overlap[row] = table->row_sum[row] > 0 ? 0.0 : (double)NAN;
    for (uint64_t i = 0; i < table->cell_count; ++i) {
        const patron_contingency_cell *cell = &table->cell[i];
        uint64_t either = table->row_sum[cell->row] + table->column_sum[cell->column] - cell->count;
        double share = (double)cell->count / (double)either;
        overlap[cell->row] = share > overlap[cell->row] ? share : overlap[cell->row];
    }
}
