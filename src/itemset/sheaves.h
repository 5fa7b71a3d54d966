/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of branches, cut to what matters to each (see partners.h), as they travel between ranks and
 * as tasks read them.
 *
 * A sheaf is of a list of branches.  It has two words for each, the number of its rows and that of
 * its tokens; then for each its rows: masks, one a word, where there are no tokens, else the
 * tokens, four a word; and behind these, where rows have weights, a weight each. */
#ifndef PATRON_ITEMSET_SHEAVES_H
#define PATRON_ITEMSET_SHEAVES_H

#include "patron/status.h"

#include <stdbool.h>
#include <stdint.h>

/* Rows of one branch. */
typedef struct itemset_branch_rows {
    uint64_t rows;
    uint64_t tokens;
    const uint64_t *content; /* masks or tokens */
    const uint64_t *weights; /* where rows have weights */
} itemset_branch_rows;

enum { ITEMSET_SHEAF_HEAD = 2 }; /* words of a branch beside its rows */

/* Words that so many tokens take. */
uint64_t itemset_token_words(uint64_t tokens);

/* Words of the rows of a branch in a sheaf. */
uint64_t itemset_sheaf_words(const itemset_branch_rows *rows, bool weighted);

/* Puts the rows of the index-th branch into a sheaf, of which `end` is the end so far; returns the
 * new one. */
uint64_t *itemset_sheaf_put(uint64_t *sheaf, uint64_t index, const itemset_branch_rows *rows,
                            bool weighted, uint64_t *end);

/* All that came to a rank. */
typedef struct itemset_sheaves {
    uint32_t *branches; /* ascending */
    uint64_t branch_count;
    bool weighted;
    uint64_t **loads; /* each has any number of sheaves, one after the other */
    uint64_t *load_words;
    uint64_t load_count, load_room, word_room;
    itemset_branch_rows *rows; /* by sheaf, and of each by branch */
    uint64_t sheaf_count;
} itemset_sheaves;

/* For branches[count], of which it has a copy.  NULL where memory is short. */
itemset_sheaves *itemset_sheaves_create(const uint32_t *branches, uint64_t count, bool weighted);
void itemset_sheaves_free(itemset_sheaves *sheaves);

/* Room for a load of so many words, for the caller to fill.  NULL where memory is short. */
uint64_t *itemset_sheaves_add(itemset_sheaves *sheaves, uint64_t words);

/* Once all loads are filled, before any of what follows.  RESOURCE. */
patron_status itemset_sheaves_index(itemset_sheaves *sheaves);

/* The rows and tokens of a branch, 0 where it is none of these. */
itemset_branch_rows itemset_sheaves_count(const itemset_sheaves *sheaves, uint32_t branch);

/* All rows of a branch, one after the other: to masks[rows] or tokens[tokens], and weights[rows],
 * which may be NULL where rows have none. */
void itemset_sheaves_read(const itemset_sheaves *sheaves, uint32_t branch, uint64_t *masks,
                          uint16_t *tokens, uint64_t *weights);

/* One sheaf of all rows of branches[count]: its words, then itself. */
uint64_t itemset_sheaves_bundle_words(const itemset_sheaves *sheaves, const uint32_t *branches,
                                      uint64_t count);
void itemset_sheaves_bundle(const itemset_sheaves *sheaves, const uint32_t *branches,
                            uint64_t count, uint64_t *sheaf);

#endif
