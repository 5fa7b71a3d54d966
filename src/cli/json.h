/* SPDX-License-Identifier: Apache-2.0 */
/* JSON with the shortest digits that give a double back, and texts of any bytes.  Nothing here is
 * collective. */
#ifndef PATRON_CLI_JSON_H
#define PATRON_CLI_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* Before any value is made. */
void patron_json_begin(void);

/* Whether memory was short for a value since then, which nobody asks value by value: what was made
 * of them may lack some, and is not to be shown. */
bool patron_json_is_short(void);

/* `value` as text, to free(): on one line, or with `indented` an element a line (arrays of plain
 * values stay on one).  NULL: out of memory, recorded,
 * or patron_json_is_short. */
char *patron_json_format(const json_t *value, bool indented);

/* New values: null for NaN and infinities; U+FFFD for each byte that is not UTF-8; a real where a
 * count is above 2^63 - 1.  NULL: out of memory. */
json_t *patron_json_real(double real);
json_t *patron_json_text(const char *bytes, uint64_t length);
json_t *patron_json_count(uint64_t count);

/* Whether the value is an object or array; whether one of an array's is. */
bool patron_json_is_nested(const json_t *value);
bool patron_json_holds_nested(const json_t *array);

#endif
