/* SPDX-License-Identifier: Apache-2.0 */
/* Frequent itemsets as text, a line a set: "item item ... (count)". */
#ifndef PATRON_MODEL_ITEMSET_TEXT_H
#define PATRON_MODEL_ITEMSET_TEXT_H

#include "patron/itemset.h"
#include "patron/texts.h"

#include <stdbool.h>
#include <stdio.h>

/* Writes all ranks' sets in their order to the file `path`, whole or not at all.  Collective.
 * Errors as patron_output_begin. */
patron_status patron_itemset_text_write(const patron_comm *comm, const patron_itemset_sets *sets,
                                        const patron_texts *names, const char *path, bool force);

/* The same to `out` of rank 0, which the others do not look at.  Collective.  IO. */
patron_status patron_itemset_text_print(const patron_comm *comm, const patron_itemset_sets *sets,
                                        const patron_texts *names, FILE *out);

#endif
