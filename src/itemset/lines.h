/* SPDX-License-Identifier: Apache-2.0 */
/* Sets as lines of text while they are found: the path's names are written once a push, and copied
 * for each set. */
#ifndef PATRON_ITEMSET_LINES_H
#define PATRON_ITEMSET_LINES_H

#include "itemset/outlet.h"

typedef struct itemset_lines {
    const patron_texts *names;
    itemset_outlet *outlet;
    uint64_t turn;
    char *path; /* the names on the path, a blank after each */
    uint64_t path_room;
    uint64_t *ends; /* of the path's first 0, 1, ... names */
    char *buffer;
    uint64_t used, room;
    uint64_t count; /* the latest, as text: */
    uint32_t count_length;
    char count_text[32]; /* "(count)\n" */
} itemset_lines;

/* For paths of at most `longest` items.  Free it whatever is returned. */
patron_status itemset_lines_create(itemset_lines *lines, const patron_texts *names,
                                   uint32_t longest);
void itemset_lines_free(itemset_lines *lines);

/* The path's first `length` names are followed by that of `item`. */
patron_status itemset_lines_push(itemset_lines *lines, uint32_t length, uint32_t item);

/* A line of the path's first `length` names. */
patron_status itemset_lines_add(itemset_lines *lines, uint32_t length, uint64_t count);

/* Hands over what is left of this turn. */
patron_status itemset_lines_end(itemset_lines *lines);

#endif
