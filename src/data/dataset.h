/* SPDX-License-Identifier: Apache-2.0 */
/* What an open dataset is made of; for this folder alone. */
#ifndef PATRON_DATA_DATASET_H
#define PATRON_DATA_DATASET_H

#include "patron/data.h"
#include "store/digest.h"

#include <hdf5.h>

#define PATRON_DATASET_FORMAT "patron-dataset"
enum { PATRON_DATASET_VERSION = 1 };

struct patron_dataset {
    struct {
        uint32_t parts;
        uint32_t columns;
        bool has_customers, has_text_ids, has_baskets, has_weight;
        bool has_basket_customer, has_basket_time, has_basket_id;
        char digest[PATRON_DIGEST_TEXT]; /* recorded when it was written; "" where it was not */
    } head;
    char *path;
    char **files;           /* parts */
    uint64_t *first_row;    /* parts + 1: the row that each part starts at, and the end */
    uint64_t *first_basket; /* parts + 1 */
    hid_t first_file; /* that was scanned stays open, so that it is read without an opening; 0:
                       * on another rank */
    patron_texts column_names, column_units, column_sources;
    patron_texts item_names, item_labels;
};

/* Fills everything but `files` from the parts, with all checks.  On one rank. */
patron_status patron_dataset_scan(patron_dataset *dataset);

extern const patron_digest_rule patron_dataset_digest_rule;

#endif
