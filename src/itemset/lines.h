/* SPDX-License-Identifier: Apache-2.0 */
/* Sets as lines of text while they are found: the path's names are written once a push, and copied
 * for each set. */
#ifndef PATRON_ITEMSET_LINES_H
#define PATRON_ITEMSET_LINES_H

#include "itemset/pen.h"

/* The name of an item with a blank behind it, where it is short. */
typedef struct itemset_short_name {
    char bytes[23];
    uint8_t length; /* with the blank; 0: long, look into the names */
} itemset_short_name;

/* Short names of all items, to free(); NULL where memory is short (recorded). */
itemset_short_name *itemset_short_names_create(const patron_texts *names);

typedef struct itemset_lines {
    const patron_texts *names;
    const itemset_short_name *short_names;
    itemset_pen *pen;
    char *path; /* the names on the path, a blank after each */
    uint64_t path_room;
    uint64_t *ends; /* of the path's first 0, 1, ... names */
    uint64_t ends_room;
    uint64_t count; /* the latest, as text: */
    uint32_t count_length;
    char count_text[32]; /* "(count)\n" */
} itemset_lines;

/* For paths of at most `longest` items, whose short_names[] and pen outlive it.  Free it whatever
 * is returned.
 */
patron_status itemset_lines_create(itemset_lines *lines, itemset_pen *pen,
                                   const patron_texts *names, const itemset_short_name *short_names,
                                   uint32_t longest);
void itemset_lines_free(itemset_lines *lines);

/* Room for paths of at most `longest` items, where there was less.  RESOURCE. */
patron_status itemset_lines_deepen(itemset_lines *lines, uint32_t longest);

/* The path's first `length` names are followed by that of `item`. */
patron_status itemset_lines_push(itemset_lines *lines, uint32_t length, uint32_t item);

/* Items of which any may join a set, so that it has shortest ... longest items. */
typedef struct itemset_extras {
    const uint32_t *items;
    uint32_t count;
    uint32_t shortest;
    uint32_t longest;
} itemset_extras;

/* A line of the path's first `length` names with each subset of the extras. */
patron_status itemset_lines_add(itemset_lines *lines, uint32_t length, const itemset_extras *extras,
                                uint64_t count);

#endif
