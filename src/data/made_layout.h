/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a dataset whose rows are made on the way: laid out whole, then filled.  For
 * dataset_made.c alone; nothing here is collective. */
#ifndef PATRON_DATA_MADE_LAYOUT_H
#define PATRON_DATA_MADE_LAYOUT_H

#include "data/dataset_parts.h"
#include "store/h5_place.h"

/* Creates part `part` of `files`, with all that the maker's frame tells and room for rows, baskets
 * and `items` items of these. */
patron_status patron_made_lay_out(const patron_dataset_maker *maker, const char *path,
                                  uint32_t part, uint32_t files, uint64_t items);

/* Where an array of a part lies; empty where the dataset has none. */
typedef enum patron_made_array {
    PATRON_MADE_ID,
    PATRON_MADE_FEATURES,
    PATRON_MADE_WEIGHT,
    PATRON_MADE_TRUTH,
    PATRON_MADE_OFFSETS,
    PATRON_MADE_ITEMS,
    PATRON_MADE_CUSTOMER,
    PATRON_MADE_TIME,
    PATRON_MADE_ARRAYS
} patron_made_array;

/* Finds the arrays from `first` to `last` of a part that was laid out.  Release in any case. */
patron_status patron_made_find(const char *path, patron_made_array first, patron_made_array last,
                               patron_h5_place places[PATRON_MADE_ARRAYS]);
void patron_made_free(patron_h5_place places[PATRON_MADE_ARRAYS]);

#endif
