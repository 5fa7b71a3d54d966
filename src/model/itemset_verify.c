/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of an itemset model: lists within bounds, in order, with counts that can be, and measures
 * that follow from counts.  Each rank checks its range, a piece at a time. */
#include "model/itemset_verify.h"

#include "model/model_file.h"
#include "model/verify_parts.h"

#include "patron/itemset.h"
#include "patron/memory.h"
#include "store/h5.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* What the counts of a mining's sets or rules are held against. */
typedef struct mining {
    uint64_t total; /* sets, or rules */
    uint64_t baskets, min_count;
} mining;

static patron_status check_sets(const patron_model_part *part, patron_range range,
                                const void *context)
{
    const mining *sound = context;
    char name[PATRON_MODEL_PATH];
    patron_list_array sets = {0};
    uint64_t *counts = NULL;
    patron_model_path(name, part->prefix, "/itemsets");
    patron_status status =
        patron_lists_read(part, "/itemsets/offsets", "/itemsets/items", range, &sets);
    if (status == PATRON_OK)
        status = patron_counts_read(part, "/itemsets/count", sound->total, range, &counts);
    for (uint64_t i = 0; status == PATRON_OK && i < sets.count; ++i) {
        if (counts[i] < sound->min_count || counts[i] > sound->baskets)
            status = patron_fail(PATRON_DATA,
                                 "%s: %s/count: set %" PRIu64 " counts %" PRIu64 ", %" PRIu64
                                 " to %" PRIu64 " expected",
                                 part->path, name, range.first + i, counts[i], sound->min_count,
                                 sound->baskets);
        else if (i > 0 && patron_lists_compare(&sets, i - 1, &sets, i) >= 0)
            status = patron_fail(PATRON_DATA, "%s: %s: set %" PRIu64 " is out of order", part->path,
                                 name, range.first + i);
    }
    free(counts);
    patron_lists_free(&sets);
    return status;
}

/* Counts of the rules of a range: of antecedent and consequent together, and of each. */
typedef struct rule_counts {
    uint64_t baskets, total;
    patron_range range;
    uint64_t *both, *antecedent, *consequent;
} rule_counts;

/* Figures that follow from a rule's counts: its measures, and after them the p-value. */
static const char *const figures[] = {[PATRON_MEASURE_SUPPORT] = "/rules/support",
                                      [PATRON_MEASURE_CONFIDENCE] = "/rules/confidence",
                                      [PATRON_MEASURE_LIFT] = "/rules/lift",
                                      [PATRON_MEASURE_LEVERAGE] = "/rules/leverage",
                                      [PATRON_MEASURE_CONVICTION] = "/rules/conviction",
                                      [PATRON_MEASURE_ZHANGS_METRIC] = "/rules/zhangs_metric",
                                      [PATRON_MEASURE_JACCARD] = "/rules/jaccard",
                                      [PATRON_MEASURE_CHI_SQUARED] = "/rules/chi_squared",
                                      [PATRON_MEASURES] = "/rules/p_value"};

static double figure_of(const rule_counts *counts, uint64_t rule, int figure)
{
    uint64_t both = counts->both[rule];
    uint64_t antecedent = counts->antecedent[rule], consequent = counts->consequent[rule];
    if (figure == PATRON_MEASURES)
        return patron_itemset_p_value(counts->baskets, both, antecedent, consequent);
    const patron_itemset_measures measures =
        patron_itemset_measure(counts->baskets, both, antecedent, consequent);
    return patron_itemset_measure_value(&measures, (patron_itemset_measure_kind)figure);
}

/* Whether the figure follows from the counts, to the bit. */
static patron_status verify_figure(const patron_model_part *part, int figure,
                                   const rule_counts *counts)
{
    const patron_range range = counts->range;
    char name[PATRON_MODEL_PATH];
    double *values = NULL;
    patron_h5_array array;
    patron_model_path(name, part->prefix, figures[figure]);
    patron_status status =
        patron_h5_array_open(part->file, part->path, name, 1, PATRON_H5_REAL, &array);
    if (status == PATRON_OK)
        status = patron_verify_equal(part->path, name, array.shape[0], counts->total);
    if (status == PATRON_OK && (values = patron_allocate(range.count, sizeof *values)) == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK)
        status = patron_h5_read_f64(&array, range.first, range.count, values);
    for (uint64_t i = 0; status == PATRON_OK && i < range.count; ++i) {
        double expected = figure_of(counts, i, figure);
        if (values[i] != expected && !(isnan(values[i]) && isnan(expected)))
            status =
                patron_fail(PATRON_DATA, "%s: rule %" PRIu64 " does not follow from its counts",
                            array.name, range.first + i);
    }
    free(values);
    patron_h5_array_close(&array);
    return status;
}

static patron_status verify_figures(const patron_model_part *part, const rule_counts *counts)
{
    char p_value[PATRON_MODEL_PATH];
    patron_status status = PATRON_OK;
    for (int figure = 0; status == PATRON_OK && figure < PATRON_MEASURES; ++figure)
        status = verify_figure(part, figure, counts);
    patron_model_path(p_value, part->prefix, figures[PATRON_MEASURES]);
    if (status == PATRON_OK && patron_h5_exists(part->file, p_value))
        status = verify_figure(part, PATRON_MEASURES, counts);
    return status;
}

static patron_status check_rule_counts(const patron_model_part *part, const rule_counts *counts)
{
    for (uint64_t i = 0; i < counts->range.count; ++i)
        if (counts->both[i] == 0 || counts->both[i] > counts->antecedent[i] ||
            counts->both[i] > counts->consequent[i] || counts->antecedent[i] > counts->baskets ||
            counts->consequent[i] > counts->baskets)
            return patron_fail(PATRON_DATA, "%s: %s/rules: counts of rule %" PRIu64 " can't be",
                               part->path, part->prefix, counts->range.first + i);
    return PATRON_OK;
}

static patron_status check_rules(const patron_model_part *part, patron_range range,
                                 const void *context)
{
    const mining *sound = context;
    rule_counts counts = {.baskets = sound->baskets, .total = sound->total, .range = range};
    patron_side_lists sides = {0};
    patron_status status = patron_sides_read(part, range, &sides);
    if (status == PATRON_OK)
        status = patron_counts_read(part, "/rules/count", sound->total, range, &counts.both);
    if (status == PATRON_OK)
        status = patron_counts_read(part, "/rules/antecedent_count", sound->total, range,
                                    &counts.antecedent);
    if (status == PATRON_OK)
        status = patron_counts_read(part, "/rules/consequent_count", sound->total, range,
                                    &counts.consequent);
    if (status == PATRON_OK)
        status = check_rule_counts(part, &counts);
    if (status == PATRON_OK)
        status = verify_figures(part, &counts);
    free(counts.both);
    free(counts.antecedent);
    free(counts.consequent);
    patron_sides_free(&sides);
    return status;
}

patron_status patron_itemset_part_verify(const patron_comm *comm, const patron_model_part *part,
                                         uint64_t *baskets, uint64_t *min_count)
{
    char rules[PATRON_MODEL_PATH];
    mining sound = {0};
    patron_model_path(rules, part->prefix, "/rules");
    patron_status status = patron_figure_read(part, "/itemsets", "n_baskets", baskets);
    if (status == PATRON_OK)
        status = patron_figure_read(part, "/itemsets", "min_count", min_count);
    sound.baskets = *baskets;
    sound.min_count = *min_count;
    if (status == PATRON_OK)
        status = patron_lists_count(part, "/itemsets/offsets", &sound.total);
    if (status == PATRON_OK)
        status = patron_pieces_check(comm, part, sound.total, check_sets, &sound);
    if (status != PATRON_OK || !patron_h5_exists(part->file, rules))
        return status;
    status = patron_sides_count(part, &sound.total);
    return status == PATRON_OK ? patron_pieces_check(comm, part, sound.total, check_rules, &sound)
                               : status;
}

patron_status patron_itemset_model_verify(const patron_comm *comm, hid_t file, const char *path)
{
    uint64_t baskets = 0, min_count = 0;
    patron_h5_array names;
    patron_model_part part = {.file = file, .path = path, .prefix = ""};
    patron_status status =
        patron_h5_array_open(file, path, "/items/name", 1, PATRON_H5_TEXT, &names);
    part.item_count = status == PATRON_OK ? names.shape[0] : 0;
    patron_h5_array_close(&names);
    uint64_t is_by_segment = status == PATRON_OK && patron_h5_exists(file, "/by_segment") ? 1 : 0;
    patron_comm_reduce_u64(comm, &is_by_segment, 1, PATRON_MAX);
    if (status == PATRON_OK && is_by_segment == 0)
        status = patron_itemset_part_verify(comm, &part, &baskets, &min_count);
    status = patron_comm_agree(comm, status);
    return status == PATRON_OK && is_by_segment != 0 ? patron_by_segment_model_verify(comm, &part)
                                                     : status;
}
