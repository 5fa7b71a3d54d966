/* SPDX-License-Identifier: Apache-2.0 */
/* The itemset model: frequent itemsets and rules, in HDF5. */
#ifndef PATRON_MODEL_ITEMSET_MODEL_H
#define PATRON_MODEL_ITEMSET_MODEL_H

#include "model/run.h"
#include "patron/itemset.h"
#include "patron/texts.h"

#define PATRON_ITEMSET_KIND "itemset"

typedef struct patron_itemset_model {
    const patron_itemset_result *found;
    const patron_itemset_options *options;
    const patron_texts *item_names;
    const patron_texts *item_labels; /* count 0: none */
} patron_itemset_model;

/* Writes the model to `path`, whole or not at all; ranks lay their slices into it.  Collective.
 * Errors as patron_output_begin. */
patron_status patron_itemset_model_write(const patron_comm *comm, const patron_itemset_model *model,
                                         const patron_run *run, const char *path, bool force);

#endif
