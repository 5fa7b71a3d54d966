/* SPDX-License-Identifier: Apache-2.0 */
/* What an open dataset is made of; for this folder alone. */
#ifndef PATRON_DATA_DATASET_H
#define PATRON_DATA_DATASET_H

#include "patron/data.h"
#include "store/digest.h"

#define PATRON_DATASET_FORMAT "patron-dataset"
enum { PATRON_DATASET_VERSION = 1 };

struct patron_dataset {
    struct {
        uint32_t parts;
        uint32_t columns;
        bool has_customers, has_baskets, has_weight;
        bool has_basket_customer, has_basket_time, has_basket_id;
        char digest[PATRON_DIGEST_TEXT]; /* recorded when it was written; "" where it was not */
    } head;
    char *path;
    char **files;           /* parts */
    uint64_t *first_row;    /* parts + 1: the row that each part starts at, and the end */
    uint64_t *first_basket; /* parts + 1 */
    patron_texts column_names, column_units;
    patron_texts item_names, item_labels;
};

/* The files behind `path`, in order: itself, or the parts of a folder.  NO_INPUT where there are
 * none.  On one rank. */
patron_status patron_dataset_list_files(const char *path, patron_texts *files);

/* Fills everything but `files` from the parts, with all checks.  On one rank. */
patron_status patron_dataset_scan(patron_dataset *dataset);

/* Writes part `part` of `parts` of `content` to the file `path`.  `digest` is recorded where it is
 * not NULL.  On one rank. */
patron_status patron_dataset_write_part(const patron_dataset_content *content, uint32_t part,
                                        uint32_t parts, const char *path);

/* Records `digest` in a file written before. */
patron_status patron_dataset_record_digest(const char *path, const char *digest);

extern const patron_digest_rule patron_dataset_digest_rule;

#endif
