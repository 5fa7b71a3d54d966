/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of an itemset model: lists within bounds, in order, with counts that can be, and measures
 * that follow from counts. */
#include "model/verify_parts.h"

#include "patron/itemset.h"
#include "patron/memory.h"
#include "store/h5.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* Lists in CSR form. */
typedef struct list_array {
    uint64_t count;
    uint64_t *offsets;
    uint32_t *items;
} list_array;

static void release_lists(list_array *lists)
{
    free(lists->offsets);
    free(lists->items);
    *lists = (list_array){0};
}

static patron_status check_lists(const list_array *lists, const char *path, const char *name,
                                 uint64_t entries, uint64_t item_count)
{
    for (uint64_t i = 0; i < lists->count; ++i) {
        uint64_t from = lists->offsets[i], to = lists->offsets[i + 1];
        if (to <= from || to > entries)
            return patron_fail(PATRON_DATA,
                               "%s: %s: list %" PRIu64 " runs from %" PRIu64 " to %" PRIu64
                               " of %" PRIu64,
                               path, name, i, from, to, entries);
        for (uint64_t j = from; j < to; ++j)
            if (lists->items[j] >= item_count ||
                (j > from && lists->items[j] <= lists->items[j - 1]))
                return patron_fail(PATRON_DATA,
                                   "%s: %s: list %" PRIu64 ": an item out of range or out of order",
                                   path, name, i);
    }
    return PATRON_OK;
}

/* Reads the lists `name`_offsets (or `name`/offsets) and items, and checks each. */
static patron_status read_lists(hid_t file, const char *path, const char *offsets_path,
                                const char *items_path, uint64_t item_count, list_array *lists)
{
    patron_h5_array offsets, items = {.dataset = H5I_INVALID_HID};
    patron_status status =
        patron_h5_array_open(file, path, offsets_path, 1, PATRON_H5_INTEGER, &offsets);
    if (status == PATRON_OK)
        status = patron_h5_array_open(file, path, items_path, 1, PATRON_H5_INTEGER, &items);
    if (status == PATRON_OK && offsets.shape[0] == 0)
        status = patron_fail(PATRON_DATA, "%s is empty", offsets.name);
    if (status == PATRON_OK) {
        lists->count = offsets.shape[0] - 1;
        lists->offsets = patron_allocate(offsets.shape[0], sizeof *lists->offsets);
        lists->items = patron_allocate(items.shape[0], sizeof *lists->items);
        if (lists->offsets == NULL || lists->items == NULL)
            status = PATRON_RESOURCE;
    }
    if (status == PATRON_OK)
        status = patron_h5_read_u64(&offsets, 0, offsets.shape[0], lists->offsets);
    if (status == PATRON_OK)
        status = patron_h5_read_u32(&items, 0, items.shape[0], lists->items);
    if (status == PATRON_OK && lists->offsets[0] != 0)
        status = patron_fail(PATRON_DATA, "%s does not start at 0", offsets.name);
    if (status == PATRON_OK)
        status =
            patron_verify_equal(path, items_path, items.shape[0], lists->offsets[lists->count]);
    if (status == PATRON_OK)
        status = check_lists(lists, path, offsets_path, items.shape[0], item_count);
    patron_h5_array_close(&items);
    patron_h5_array_close(&offsets);
    return status;
}

/* Order by length, then lexicographically. */
static int compare_lists(const list_array *a, uint64_t i, const list_array *b, uint64_t j)
{
    uint64_t length = a->offsets[i + 1] - a->offsets[i];
    uint64_t other = b->offsets[j + 1] - b->offsets[j];
    if (length != other)
        return length < other ? -1 : 1;
    const uint32_t *x = a->items + a->offsets[i], *y = b->items + b->offsets[j];
    for (uint64_t n = 0; n < length; ++n)
        if (x[n] != y[n])
            return x[n] < y[n] ? -1 : 1;
    return 0;
}

static patron_status read_counts(hid_t file, const char *path, const char *name, uint64_t count,
                                 uint64_t **values)
{
    patron_h5_array array;
    patron_status status = patron_h5_array_open(file, path, name, 1, PATRON_H5_INTEGER, &array);
    if (status == PATRON_OK)
        status = patron_verify_equal(path, name, array.shape[0], count);
    if (status == PATRON_OK && (*values = patron_allocate(count, sizeof **values)) == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK)
        status = patron_h5_read_u64(&array, 0, count, *values);
    patron_h5_array_close(&array);
    return status;
}

static patron_status verify_sets(hid_t file, const char *path, uint64_t baskets, uint64_t min_count,
                                 uint64_t item_count)
{
    list_array sets = {0};
    uint64_t *counts = NULL;
    patron_status status =
        read_lists(file, path, "/itemsets/offsets", "/itemsets/items", item_count, &sets);
    if (status == PATRON_OK)
        status = read_counts(file, path, "/itemsets/count", sets.count, &counts);
    for (uint64_t i = 0; status == PATRON_OK && i < sets.count; ++i) {
        if (counts[i] < min_count || counts[i] > baskets)
            status = patron_fail(PATRON_DATA,
                                 "%s: /itemsets/count: set %" PRIu64 " counts %" PRIu64 ", %" PRIu64
                                 " to %" PRIu64 " expected",
                                 path, i, counts[i], min_count, baskets);
        else if (i > 0 && compare_lists(&sets, i - 1, &sets, i) >= 0)
            status =
                patron_fail(PATRON_DATA, "%s: /itemsets: set %" PRIu64 " is out of order", path, i);
    }
    free(counts);
    release_lists(&sets);
    return status;
}

/* Counts of rules: of antecedent and consequent together, and of each. */
typedef struct rule_counts {
    uint64_t baskets, rules;
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
static patron_status verify_figure(hid_t file, const char *path, int figure,
                                   const rule_counts *counts)
{
    const char *name = figures[figure];
    double *values = NULL;
    patron_h5_array array;
    patron_status status = patron_h5_array_open(file, path, name, 1, PATRON_H5_REAL, &array);
    if (status == PATRON_OK)
        status = patron_verify_equal(path, name, array.shape[0], counts->rules);
    if (status == PATRON_OK && (values = patron_allocate(counts->rules, sizeof *values)) == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK)
        status = patron_h5_read_f64(&array, 0, counts->rules, values);
    for (uint64_t i = 0; status == PATRON_OK && i < counts->rules; ++i) {
        double expected = figure_of(counts, i, figure);
        if (values[i] != expected && !(isnan(values[i]) && isnan(expected)))
            status = patron_fail(
                PATRON_DATA, "%s: rule %" PRIu64 " does not follow from its counts", array.name, i);
    }
    free(values);
    patron_h5_array_close(&array);
    return status;
}

static patron_status verify_figures(hid_t file, const char *path, const rule_counts *counts)
{
    patron_status status = PATRON_OK;
    for (int figure = 0; status == PATRON_OK && figure < PATRON_MEASURES; ++figure)
        status = verify_figure(file, path, figure, counts);
    if (status == PATRON_OK && patron_h5_exists(file, figures[PATRON_MEASURES]))
        status = verify_figure(file, path, PATRON_MEASURES, counts);
    return status;
}

static patron_status verify_rule_figures(hid_t file, const char *path, uint64_t rules,
                                         uint64_t baskets)
{
    rule_counts counts = {.baskets = baskets, .rules = rules};
    patron_status status = read_counts(file, path, "/rules/count", rules, &counts.both);
    if (status == PATRON_OK)
        status = read_counts(file, path, "/rules/antecedent_count", rules, &counts.antecedent);
    if (status == PATRON_OK)
        status = read_counts(file, path, "/rules/consequent_count", rules, &counts.consequent);
    for (uint64_t i = 0; status == PATRON_OK && i < rules; ++i)
        if (counts.both[i] == 0 || counts.both[i] > counts.antecedent[i] ||
            counts.both[i] > counts.consequent[i] || counts.antecedent[i] > baskets ||
            counts.consequent[i] > baskets)
            status = patron_fail(PATRON_DATA, "%s: /rules: counts of rule %" PRIu64 " can't be",
                                 path, i);
    if (status == PATRON_OK)
        status = verify_figures(file, path, &counts);
    free(counts.both);
    free(counts.antecedent);
    free(counts.consequent);
    return status;
}

static patron_status verify_rules(hid_t file, const char *path, uint64_t baskets,
                                  uint64_t item_count)
{
    list_array antecedents = {0}, consequents = {0};
    patron_status status = read_lists(file, path, "/rules/antecedent_offsets",
                                      "/rules/antecedent_items", item_count, &antecedents);
    if (status == PATRON_OK)
        status = read_lists(file, path, "/rules/consequent_offsets", "/rules/consequent_items",
                            item_count, &consequents);
    if (status == PATRON_OK)
        status = patron_verify_equal(path, "/rules/consequent_offsets", consequents.count,
                                     antecedents.count);
    for (uint64_t i = 1; status == PATRON_OK && i < antecedents.count; ++i) {
        int order = compare_lists(&antecedents, i - 1, &antecedents, i);
        if (order > 0 || (order == 0 && compare_lists(&consequents, i - 1, &consequents, i) >= 0))
            status =
                patron_fail(PATRON_DATA, "%s: /rules: rule %" PRIu64 " is out of order", path, i);
    }
    if (status == PATRON_OK)
        status = verify_rule_figures(file, path, antecedents.count, baskets);
    release_lists(&antecedents);
    release_lists(&consequents);
    return status;
}

patron_status patron_itemset_model_verify(hid_t file, const char *path)
{
    uint64_t baskets = 0, min_count = 0;
    patron_h5_array names;
    hid_t group = H5Gopen2(file, "/itemsets", H5P_DEFAULT);
    if (group < 0)
        return patron_fail(PATRON_DATA, "%s: /itemsets is missing", path);
    patron_status status = patron_h5_attribute_u64(group, path, "n_baskets", &baskets);
    if (status == PATRON_OK)
        status = patron_h5_attribute_u64(group, path, "min_count", &min_count);
    H5Gclose(group);
    if (status == PATRON_OK)
        status = patron_h5_array_open(file, path, "/items/name", 1, PATRON_H5_TEXT, &names);
    if (status != PATRON_OK)
        return status;
    uint64_t item_count = names.shape[0];
    patron_h5_array_close(&names);
    status = verify_sets(file, path, baskets, min_count, item_count);
    if (status == PATRON_OK && patron_h5_exists(file, "/rules"))
        status = verify_rules(file, path, baskets, item_count);
    return status;
}
