/* SPDX-License-Identifier: Apache-2.0 */
/* A summary as CSV (RFC 4180, lines end with \n), for spreadsheets: blocks apart by an empty line.
 * Nothing here is collective.
 *
 * The first block is name,value: the members of the root; what is nested has its path,
 * "seconds.read". Each array of objects or arrays is a block of its own: a line an element, a
 * column a member.  Its first columns are the numbers of the element, and of those that it lies in;
 * each is headed by the path of its array, so that the last one names the block.  A cell is empty
 * where the value is null, or an element lacks the member. */
#ifndef PATRON_CLI_CSV_H
#define PATRON_CLI_CSV_H

#include <jansson.h>

/* The object `root` as text, to free().  NULL: out of memory, recorded. */
char *patron_csv_format(json_t *root);

#endif
