/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the tables of an itemset model of segments, with checks of shapes and bounds. */
#include "model/by_segment_tables.h"

#include "model/model_file.h"
#include "model/verify_parts.h"
#include "patron/memory.h"
#include "store/h5.h"

#include <inttypes.h>
#include <stdlib.h>

/* ---- segments ---- */

patron_status patron_by_segment_figures_read(const patron_model_part *part,
                                             patron_by_segment_figures *figures)
{
    uint64_t sum = 0;
    patron_status status = patron_figure_read(part, "", "k", &figures->k);
    const patron_range all = {.count = figures->k};
    if (status == PATRON_OK)
        status = patron_figure_read(part, "", "n_baskets", &figures->total);
    if (status == PATRON_OK && (figures->k == 0 || figures->k > INT32_MAX))
        status =
            patron_fail(PATRON_DATA, "%s: %s: k is %" PRIu64, part->path, part->prefix, figures->k);
    if (status == PATRON_OK)
        status = patron_counts_read(part, "/baskets", figures->k, all, &figures->baskets);
    if (status == PATRON_OK)
        status = patron_counts_read(part, "/customers", figures->k, all, &figures->customers);
    for (uint64_t s = 0; status == PATRON_OK && s < figures->k; ++s) {
        sum += figures->baskets[s];
        if (figures->customers[s] > figures->baskets[s])
            status = patron_fail(PATRON_DATA,
                                 "%s: segment %" PRIu64 ": %" PRIu64 " baskets of %" PRIu64
                                 " customers can't be",
                                 part->path, s, figures->baskets[s], figures->customers[s]);
    }
    if (status == PATRON_OK)
        status = patron_verify_equal(part->path, "n_baskets of all segments", figures->total, sum);
    return status;
}

void patron_by_segment_figures_free(patron_by_segment_figures *figures)
{
    free(figures->baskets);
    free(figures->customers);
    free(figures->min_counts);
    *figures = (patron_by_segment_figures){0};
}

/* ---- numbers ---- */

patron_status patron_by_segment_reals_read(const patron_model_part *part, const char *name,
                                           uint64_t total, patron_range range, uint64_t columns,
                                           double **values)
{
    char path[PATRON_MODEL_PATH];
    patron_h5_array array;
    patron_model_path(path, part->prefix, name);
    patron_status status = patron_h5_array_open(part->file, part->path, path, columns == 0 ? 1 : 2,
                                                PATRON_H5_REAL, &array);
    if (status == PATRON_OK)
        status = patron_verify_equal(part->path, path, array.shape[0], total);
    if (status == PATRON_OK && columns > 0)
        status = patron_verify_equal(part->path, path, array.shape[1], columns);
    if (status == PATRON_OK) {
        *values = patron_allocate(range.count, (columns == 0 ? 1 : columns) * sizeof **values);
        status = *values == NULL
                     ? PATRON_RESOURCE
                     : patron_h5_read_f64_rows(&array, range.first, range.count, *values);
    }
    patron_h5_array_close(&array);
    return status;
}

/* Reads the counts of `range`, k a row, none above the segment's baskets. */
static patron_status read_counts(const patron_model_part *part, const char *name, uint64_t total,
                                 patron_range range, const patron_by_segment_figures *figures,
                                 uint64_t **counts)
{
    double *values = NULL;
    uint64_t cells = range.count * figures->k;
    patron_status status =
        patron_by_segment_reals_read(part, name, total, range, figures->k, &values);
    if (status == PATRON_OK && (*counts = patron_allocate(cells, sizeof **counts)) == NULL)
        status = PATRON_RESOURCE;
    for (uint64_t c = 0; status == PATRON_OK && c < cells; ++c) {
        if (values[c] >= 0.0 && values[c] <= (double)figures->baskets[c % figures->k])
            (*counts)[c] = (uint64_t)values[c];
        else
            status = patron_fail(PATRON_DATA, "%s: %s%s: row %" PRIu64 ": a count that can't be",
                                 part->path, part->prefix, name, range.first + c / figures->k);
    }
    free(values);
    return status;
}

uint64_t patron_by_segment_sum(const uint64_t *counts, uint64_t row, uint64_t k)
{
    uint64_t sum = 0;
    for (uint64_t s = 0; s < k; ++s)
        sum += counts[row * k + s];
    return sum;
}

/* ---- items ---- */

patron_status patron_by_segment_items_count(const patron_model_part *part, uint64_t *count)
{
    char path[PATRON_MODEL_PATH];
    patron_h5_array array;
    patron_model_path(path, part->prefix, "/items/item");
    patron_status status =
        patron_h5_array_open(part->file, part->path, path, 1, PATRON_H5_INTEGER, &array);
    *count = status == PATRON_OK ? array.shape[0] : 0;
    patron_h5_array_close(&array);
    return status;
}

patron_status patron_by_segment_items_read(const patron_model_part *part,
                                           const patron_by_segment_figures *figures, uint64_t total,
                                           patron_range range, patron_by_segment_items *items)
{
    *items = (patron_by_segment_items){.total = total, .range = range};
    patron_status status = patron_counts_read(part, "/items/item", total, range, &items->items);
    return status == PATRON_OK
               ? read_counts(part, "/items/count", total, range, figures, &items->held)
               : status;
}

void patron_by_segment_items_free(patron_by_segment_items *items)
{
    free(items->items);
    free(items->held);
    *items = (patron_by_segment_items){0};
}

/* ---- rules ---- */

patron_status patron_by_segment_rules_read(const patron_model_part *part,
                                           const patron_by_segment_figures *figures, uint64_t total,
                                           patron_range range, patron_by_segment_rules *rules)
{
    *rules = (patron_by_segment_rules){.total = total, .range = range};
    const struct {
        const char *name;
        uint64_t **counts;
    } tables[] = {{"/rules/count", &rules->both},
                  {"/rules/antecedent_count", &rules->antecedent},
                  {"/rules/consequent_count", &rules->consequent}};
    patron_status status = patron_sides_read(part, range, &rules->sides);
    for (size_t i = 0; status == PATRON_OK && i < sizeof tables / sizeof tables[0]; ++i)
        status = read_counts(part, tables[i].name, total, range, figures, tables[i].counts);
    return status;
}

void patron_by_segment_rules_free(patron_by_segment_rules *rules)
{
    patron_sides_free(&rules->sides);
    free(rules->both);
    free(rules->antecedent);
    free(rules->consequent);
    *rules = (patron_by_segment_rules){0};
}
