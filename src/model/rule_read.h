/* SPDX-License-Identifier: Apache-2.0 */
/* All rules of an itemset model, in memory.  On one rank. */
#ifndef PATRON_MODEL_RULE_READ_H
#define PATRON_MODEL_RULE_READ_H

#include "patron/texts.h"
#include "score/offers.h"

typedef struct patron_rule_table {
    patron_texts names, labels; /* of items; labels count 0: none */
    patron_offer_rules rules;   /* whose arrays are the table's */
    void *arrays[6];
} patron_rule_table;

/* Reads a model that patron_model_verify has found sound.  Release with patron_rule_table_free in
 * any case.  NO_INPUT; DATA: it has no rules; IO, RESOURCE. */
patron_status patron_rule_table_read(const char *path, patron_rule_table *table);
void patron_rule_table_free(patron_rule_table *table);

#endif
