/* SPDX-License-Identifier: Apache-2.0 */
/* Lists and counts of itemset models, read and checked; for this folder alone.  Nothing here is
 * collective. */
#ifndef PATRON_MODEL_VERIFY_LISTS_H
#define PATRON_MODEL_VERIFY_LISTS_H

#include "patron/data.h"

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

/* Lists in CSR form, or some of them that follow one another. */
typedef struct patron_list_array {
    uint64_t first, count;
    uint64_t *offsets; /* count + 1, from 0 */
    uint32_t *items;
} patron_list_array;

/* How many lists there are.  DATA. */
patron_status patron_lists_count(const patron_model_part *part, const char *offsets_name,
                                 uint64_t *count);

/* Reads the lists of `range` and checks that none is empty and that items ascend and are in the
 * dictionary; at both ends of all lists, that items begin and end there.  `lists` is zeroed before,
 * to free whatever is returned.  DATA, IO, RESOURCE. */
patron_status patron_lists_read(const patron_model_part *part, const char *offsets_name,
                                const char *items_name, patron_range range,
                                patron_list_array *lists);
void patron_lists_free(patron_list_array *lists);

/* Order of list i of `a` and list j of `b`, by length, then lexicographically: below, equal to or
 * above 0. */
int patron_lists_compare(const patron_list_array *a, uint64_t i, const patron_list_array *b,
                         uint64_t j);

/* The sides of rules. */
typedef struct patron_side_lists {
    patron_list_array antecedents, consequents; /* equally many */
} patron_side_lists;

/* How many rules there are.  DATA: not as many antecedents as consequents. */
patron_status patron_sides_count(const patron_model_part *part, uint64_t *count);

/* Reads the sides of the rules of `range` below /rules of the part, and checks their order too. */
patron_status patron_sides_read(const patron_model_part *part, patron_range range,
                                patron_side_lists *sides);
void patron_sides_free(patron_side_lists *sides);

/* As patron_lists_compare, by antecedent, then consequent. */
int patron_sides_compare(const patron_side_lists *a, uint64_t i, const patron_side_lists *b,
                         uint64_t j);

/* Reads the numbers of `range`, of `total`, into *values, the caller's to free(). */
patron_status patron_counts_read(const patron_model_part *part, const char *name, uint64_t total,
                                 patron_range range, uint64_t **values);

/* ---- a piece at a time ---- */

/* Checks the entries of `range`. */
typedef patron_status (*patron_piece_check)(const patron_model_part *part, patron_range range,
                                            const void *context);

/* Has this rank's range of `total` entries checked in pieces that fit into little memory.  A piece
 * begins with the entry before it, where there is one, so that the order of all is checked; who has
 * no entry checks an empty piece. */
patron_status patron_pieces_check(const patron_comm *comm, const patron_model_part *part,
                                  uint64_t total, patron_piece_check check, const void *context);

#endif
