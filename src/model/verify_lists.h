/* SPDX-License-Identifier: Apache-2.0 */
/* Lists and counts of itemset models, read and checked; for this folder alone. */
#ifndef PATRON_MODEL_VERIFY_LISTS_H
#define PATRON_MODEL_VERIFY_LISTS_H

#include "patron/status.h"

#include <hdf5.h>
#include <stdint.h>

/* Where in a model something lies. */
typedef struct patron_model_part {
    hid_t file;
    const char *path;    /* of the file, for messages */
    const char *prefix;  /* of all names below: "", or "/by_segment/3" */
    uint64_t item_count; /* size of the dictionary */
} patron_model_part;

/* A number that is attached to a group of the part.  DATA: missing. */
patron_status patron_figure_read(const patron_model_part *part, const char *group, const char *name,
                                 uint64_t *value);

/* Lists in CSR form. */
typedef struct patron_list_array {
    uint64_t count;
    uint64_t *offsets; /* count + 1 */
    uint32_t *items;
} patron_list_array;

/* Reads lists and checks that none is empty and that items ascend and are in the dictionary.
 * `lists` is zeroed before, to free whatever is returned.  DATA, IO, RESOURCE. */
patron_status patron_lists_read(const patron_model_part *part, const char *offsets_name,
                                const char *items_name, patron_list_array *lists);
void patron_lists_free(patron_list_array *lists);

/* Order of list i of `a` and list j of `b`, by length, then lexicographically: below, equal to or
 * above 0. */
int patron_lists_compare(const patron_list_array *a, uint64_t i, const patron_list_array *b,
                         uint64_t j);

/* The sides of rules. */
typedef struct patron_side_lists {
    patron_list_array antecedents, consequents; /* equally many */
} patron_side_lists;

/* Reads the sides below /rules of the part, and checks their order too. */
patron_status patron_sides_read(const patron_model_part *part, patron_side_lists *sides);
void patron_sides_free(patron_side_lists *sides);

/* As patron_lists_compare, by antecedent, then consequent. */
int patron_sides_compare(const patron_side_lists *a, uint64_t i, const patron_side_lists *b,
                         uint64_t j);

/* Reads `count` numbers into *values, the caller's to free(). */
patron_status patron_counts_read(const patron_model_part *part, const char *name, uint64_t count,
                                 uint64_t **values);

#endif
