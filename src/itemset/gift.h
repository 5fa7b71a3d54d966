/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks that travel from a rank to another, with the rows that they need. */
#ifndef PATRON_ITEMSET_GIFT_H
#define PATRON_ITEMSET_GIFT_H

#include "itemset/database.h"

/* What a rank needs to give and to be given. */
typedef struct itemset_giving {
    const patron_comm *comm;
    const itemset_database *database;
    bool whole_rows; /* tasks need these */
    bool *wanted;    /* by item, all false between gifts */
    uint32_t *block; /* of what travels */
    uint64_t block_words;
    uint64_t *sheaf; /* that travels */
    uint64_t sheaf_words, sheaf_room;
    uint64_t bytes; /* that this rank sent */
} itemset_giving;

/* Tasks that came, with their rows. */
typedef struct itemset_gift {
    itemset_task *tasks; /* room for all tasks */
    uint64_t count;
    itemset_node node;
    itemset_sheaves *sheaves; /* those of the node */
} itemset_gift;

/* Of a database that outlives it.  Not collective; free it whatever is returned.  RESOURCE. */
patron_status itemset_giving_create(const patron_comm *comm, const itemset_database *database,
                                    bool whole_rows, itemset_giving *giving);
void itemset_giving_free(itemset_giving *giving);

/* How many words the rows of this rank's tasks[count] are, which lie in the order of the search. */
uint64_t itemset_giving_measure(itemset_giving *giving, const itemset_task *tasks, uint64_t count);

/* Makes ready to send what was measured last.  RESOURCE, and it may not be sent. */
patron_status itemset_giving_prepare(itemset_giving *giving, const itemset_task *tasks,
                                     uint64_t count);

/* Sends what was made ready; the other rank receives it. */
void itemset_giving_send(itemset_giving *giving, const itemset_task *tasks, uint64_t count, int to);

/* Takes in all of a gift, instead of the one before; where memory is short, RESOURCE, and its rows
 * are lost. */
patron_status itemset_gift_receive(const itemset_giving *giving, int from, itemset_gift *gift);
void itemset_gift_free(itemset_gift *gift);

#endif
