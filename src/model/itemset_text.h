/* SPDX-License-Identifier: Apache-2.0 */
/* Frequent itemsets as text, a line a set: "item item ... (count)". */
#ifndef PATRON_MODEL_ITEMSET_TEXT_H
#define PATRON_MODEL_ITEMSET_TEXT_H

#include "patron/itemset.h"
#include "patron/texts.h"

#include <stdbool.h>
#include <stdio.h>

typedef struct patron_itemset_text_output patron_itemset_text_output;

/* Whether text for `path` is passed on as it comes: standard output ("-"), a device or a pipe. */
bool patron_itemset_text_is_stream(const char *path);

typedef struct patron_itemset_text_options {
    const char *path;
    FILE *standard;  /* what "-" stands for; the caller's */
    bool force;      /* as patron_output_begin has it */
    bool same_only;  /* patron_output_replace_same_only */
    int threads;     /* of each rank that make text of scripts */
    bool by_scripts; /* one thread makes it of scripts, too, and one rank that of a stream */
} patron_itemset_text_options;

/* Starts the text: to a file that is whole or not there, or to a stream, which rank 0 prints to.
 * The null device takes it from every rank.  Collective; errors as patron_output_begin.  Where this
 * succeeds the caller ends it with patron_itemset_text_end. */
patron_status patron_itemset_text_begin(const patron_comm *comm,
                                        const patron_itemset_text_options *options,
                                        patron_itemset_text_output **output);

/* For mining that passes its sets on to `output`; the names outlive that. */
patron_itemset_text patron_itemset_text_of(patron_itemset_text_output *output,
                                           const patron_texts *names);

/* All ranks' sets in their order.  Collective.  IO. */
patron_status patron_itemset_text_sets(const patron_comm *comm, patron_itemset_text_output *output,
                                       const patron_itemset_sets *sets, const patron_texts *names);

/* All ranks bring their status so far; if all are OK, what was passed on is put together and a
 * file takes its name, else it is removed.  Frees `output` (NULL allowed).  Collective. */
patron_status patron_itemset_text_end(const patron_comm *comm, patron_itemset_text_output *output,
                                      patron_status so_far);

#endif
