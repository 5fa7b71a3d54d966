/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers in base 128, the lowest digit first, of which all but the last have the high bit
 * (LEB128).
 */
#ifndef PATRON_ITEMSET_NUMBER_H
#define PATRON_ITEMSET_NUMBER_H

#include <stdint.h>

enum { ITEMSET_NUMBER_BYTES = 10 }; /* at most */

/* Returns where the next one goes. */
static inline char *itemset_number_write(char *at, uint64_t number)
{
    for (; number >= 0x80; number >>= 7)
        *at++ = (char)(number | 0x80);
    *at++ = (char)number;
    return at;
}

#endif
