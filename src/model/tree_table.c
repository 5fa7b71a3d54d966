/* SPDX-License-Identifier: Apache-2.0 */
/* A join a row, four numbers each, as SciPy's linkage has it. */
#include "model/tree_table.h"

#include "model/verify_parts.h"
#include "patron/memory.h"
#include "store/h5.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static const char linkage[] = "/tree/linkage";
enum { FIELDS = sizeof(patron_tree_join) / sizeof(double) };

patron_status patron_tree_table_write(const patron_h5_file *file, const patron_tree_join *joins,
                                      uint64_t k)
{
    patron_status status = patron_h5_write_group(file, "/tree");
    if (status == PATRON_OK)
        status = patron_h5_write(file, linkage, PATRON_H5_F64, k - 1, FIELDS, joins);
    return status;
}

/* Whether `value` is a node below `end` that nothing has joined yet; counts[] is 0 of what has. */
static bool is_open_node(double value, uint64_t end, const double *counts)
{
    return value >= 0.0 && value < (double)end && value == floor(value) &&
           counts[(uint64_t)value] > 0.0;
}

/* Each join takes two nodes that are there, counts their segments, and is as high as those before.
 */
static patron_status check_joins(const char *name, uint64_t k, const patron_tree_join *joins)
{
    patron_status status = PATRON_OK;
    double *counts = patron_allocate(2 * k, sizeof *counts);
    if (counts == NULL)
        return PATRON_RESOURCE;
    for (uint64_t s = 0; s < k; ++s)
        counts[s] = 1.0;
    for (uint64_t i = 0; status == PATRON_OK && i + 1 < k; ++i) {
        const patron_tree_join *join = &joins[i];
        double before = i == 0 ? 0.0 : joins[i - 1].height;
        if (!is_open_node(join->a, k + i, counts) || !is_open_node(join->b, k + i, counts) ||
            !(join->a < join->b) ||
            join->count != counts[(uint64_t)join->a] + counts[(uint64_t)join->b])
            status = patron_fail(
                PATRON_DATA, "%s: row %" PRIu64 " does not join two nodes that are there", name, i);
        else if (!(join->height >= before) || isinf(join->height))
            status =
                patron_fail(PATRON_DATA, "%s: row %" PRIu64 ": height %g, at least %g expected",
                            name, i, join->height, before);
        if (status != PATRON_OK)
            break;
        counts[k + i] = join->count;
        counts[(uint64_t)join->a] = counts[(uint64_t)join->b] = 0.0;
    }
    free(counts);
    return status;
}

patron_status patron_tree_table_read(hid_t file, const char *path, uint64_t k,
                                     patron_tree_join **joins)
{
    patron_h5_array array;
    *joins = NULL;
    if (!patron_h5_exists(file, "/tree"))
        return PATRON_OK;
    patron_status status = patron_h5_array_open(file, path, linkage, 2, PATRON_H5_REAL, &array);
    if (status == PATRON_OK)
        status = patron_verify_equal(path, linkage, array.shape[0], k - 1);
    if (status == PATRON_OK)
        status = patron_verify_equal(path, linkage, array.shape[1], FIELDS);
    if (status == PATRON_OK && (*joins = patron_allocate(k, sizeof **joins)) == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK)
        status = patron_h5_read_f64_rows(&array, 0, k - 1, (double *)*joins);
    if (status == PATRON_OK)
        status = check_joins(array.name, k, *joins);
    patron_h5_array_close(&array);
    return status;
}
