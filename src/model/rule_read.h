/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of an itemset model, each rank its range.  Nothing here is collective. */
#ifndef PATRON_MODEL_RULE_READ_H
#define PATRON_MODEL_RULE_READ_H

#include "patron/texts.h"
#include "score/rule_blocks.h"

typedef struct patron_rule_table {
    patron_texts names, labels; /* of items; labels count 0: none */
    patron_rule_share share;    /* whose arrays are the table's */
    void *arrays[6];
} patron_rule_table;

/* Reads the dictionary, and this rank's range of the rules, of a model that patron_model_verify has
 * found sound.  Release with patron_rule_table_free in any case.  NO_INPUT; DATA: it has no rules;
 * IO, RESOURCE. */
patron_status patron_rule_table_read(const char *path, const patron_comm *comm,
                                     patron_rule_table *table);
void patron_rule_table_free(patron_rule_table *table);

#endif
