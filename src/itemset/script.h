/* SPDX-License-Identifier: Apache-2.0 */
/* Sets while they are found, kept so that their text can be made later: an entry for each path and
 * its extras, which stand for up to 2^extras lines.
 *
 * A script is a header, then entries of numbers in base 128 (LEB128): how many leading items the
 * path shares with that of the entry before (0 in the first), how many follow and which, how many
 * extras and which, the count. */
#ifndef PATRON_ITEMSET_SCRIPT_H
#define PATRON_ITEMSET_SCRIPT_H

#include "itemset/lines.h"

typedef struct itemset_script_header {
    uint64_t text_bytes;
    uint32_t shortest; /* of the sets that are wanted */
    uint32_t longest;  /* of those that there can be */
} itemset_script_header;

typedef struct itemset_script {
    const patron_texts *names;
    itemset_pen *pen;
    uint32_t *path;
    uint64_t *ends; /* bytes of the path's first 0, 1, ... names, a blank after each */
    uint32_t longest;
    uint32_t shared; /* leading items as in the latest entry */
    uint64_t text_bytes;
} itemset_script;

/* For paths of at most `longest` items.  The pen outlives it.  RESOURCE; free it whatever is
 * returned. */
patron_status itemset_script_create(itemset_script *script, itemset_pen *pen,
                                    const patron_texts *names, uint32_t longest);
void itemset_script_free(itemset_script *script);

/* As itemset_lines_push and itemset_lines_add. */
void itemset_script_push(itemset_script *script, uint32_t length, uint32_t item);
patron_status itemset_script_add(itemset_script *script, uint32_t length,
                                 const itemset_extras *extras, uint64_t count);

/* Hands over what is left in the pen. */
patron_status itemset_script_end(itemset_script *script);

#endif
