/* SPDX-License-Identifier: Apache-2.0 */
/* Reads rows of a dataset one range after the other, and keeps the part open that it is in.
 * Nothing here is collective. */
#ifndef PATRON_DATA_FEATURE_READER_H
#define PATRON_DATA_FEATURE_READER_H

#include "patron/data.h"
#include "store/h5.h"

typedef struct patron_feature_reader {
    const patron_dataset *dataset;
    bool reads_weight; /* /customers/weight as well */
    uint32_t part;
    hid_t file; /* invalid: none is open */
    patron_h5_array features, weight;
    patron_h5_stamp *stamps; /* parts: of each as it was first opened; inode 0: not yet */
} patron_feature_reader;

/* Opens nothing yet; close in any case. */
patron_feature_reader patron_feature_reader_create(const patron_dataset *dataset,
                                                   bool reads_weight);
void patron_feature_reader_close(patron_feature_reader *reader);

/* Reads all columns of the rows in `range` into features[range.count x columns], and the weights
 * into weight[range.count] where the reader reads them.  IO: a file that breaks midway; DATA: a
 * file that is not the one it was when the reader first opened it, a number that float32 can't
 * hold, a weight that is negative or not finite; NO_INPUT: a part that is gone.  Whether features
 * are finite is the caller's to check. */
patron_status patron_feature_reader_read(patron_feature_reader *reader, patron_range range,
                                         float *features, float *weight);

/* Name of the file that row `row` lies in. */
const char *patron_feature_file(const patron_dataset *dataset, uint64_t row);

/* Records that a value is infinite, which none may be, and returns DATA; `column` is one of the
 * dataset. */
patron_status patron_feature_fail_infinite(const patron_dataset *dataset, uint64_t row,
                                           uint64_t column);

#endif
