/* SPDX-License-Identifier: Apache-2.0 */
/* Reading rules for who applies them. */
#include "model/rule_read.h"

#include "model/model_file.h"
#include "model/verify_lists.h"
#include "patron/memory.h"
#include "store/h5.h"

#include <stdlib.h>

static patron_status read_measure(hid_t file, const char *path, const char *name,
                                  patron_range range, double **values)
{
    patron_h5_array array;
    patron_status status = patron_h5_array_open(file, path, name, 1, PATRON_H5_REAL, &array);
    *values = patron_allocate(range.count, sizeof **values);
    if (status == PATRON_OK && *values == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK)
        status = patron_h5_read_f64(&array, range.first, range.count, *values);
    patron_h5_array_close(&array);
    return status;
}

static patron_status read_rules(hid_t file, const char *path, const patron_comm *comm,
                                patron_rule_table *table)
{
    const patron_model_part part = {
        .file = file, .path = path, .prefix = "", .item_count = table->names.count};
    patron_side_lists sides = {0};
    double *confidence = NULL, *lift = NULL;
    uint64_t count = 0;
    patron_status status = patron_sides_count(&part, &count);
    const patron_range own = patron_range_cut(count, (uint64_t)comm->rank, (uint64_t)comm->size);
    if (status == PATRON_OK)
        status = patron_sides_read(&part, own, &sides);
    if (status == PATRON_OK)
        status = read_measure(file, path, "/rules/confidence", own, &confidence);
    if (status == PATRON_OK)
        status = read_measure(file, path, "/rules/lift", own, &lift);
    table->share = (patron_rule_share){.first = own.first,
                                       .count = own.count,
                                       .item_count = (uint32_t)table->names.count,
                                       .antecedent_offsets = sides.antecedents.offsets,
                                       .antecedent_items = sides.antecedents.items,
                                       .consequent_offsets = sides.consequents.offsets,
                                       .consequent_items = sides.consequents.items,
                                       .confidence = confidence,
                                       .lift = lift};
    void *const arrays[] = {sides.antecedents.offsets,
                            sides.antecedents.items,
                            sides.consequents.offsets,
                            sides.consequents.items,
                            confidence,
                            lift};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; ++i)
        table->arrays[i] = arrays[i];
    return status;
}

patron_status patron_rule_table_read(const char *path, const patron_comm *comm,
                                     patron_rule_table *table)
{
    hid_t file = H5I_INVALID_HID;
    *table = (patron_rule_table){0};
    patron_status status = patron_h5_open(path, &file);
    if (status == PATRON_OK && !patron_h5_exists(file, "/rules"))
        status = patron_fail(PATRON_DATA, "%s: no /rules in this model: make it by --rules", path);
    if (status == PATRON_OK)
        status = patron_model_read_items(file, path, &table->names, &table->labels);
    if (status == PATRON_OK)
        status = read_rules(file, path, comm, table);
    if (file >= 0)
        H5Fclose(file);
    return status;
}

void patron_rule_table_free(patron_rule_table *table)
{
    patron_texts_free(&table->names);
    patron_texts_free(&table->labels);
    for (size_t i = 0; i < sizeof table->arrays / sizeof table->arrays[0]; ++i)
        free(table->arrays[i]);
    *table = (patron_rule_table){0};
}
