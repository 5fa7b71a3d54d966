/* SPDX-License-Identifier: Apache-2.0 */
/* Levenshtein's distance by one row of the table (Wagner and Fischer, "The string-to-string
 * correction problem", 1974). */
#include "runtime/suggest.h"

#include <limits.h>
#include <string.h>

enum { LONGEST = 63 };

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned patron_edit_distance(const char *a, const char *b)
{
    size_t a_length = strlen(a), b_length = strlen(b);
    unsigned row[LONGEST + 1];
    if (a_length > LONGEST || b_length > LONGEST)
        return UINT_MAX;
    for (size_t j = 0; j <= b_length; ++j)
        row[j] = (unsigned)j;
    for (size_t i = 1; i <= a_length; ++i) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_length; ++j) {
            unsigned replaced = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            row[j] = least(replaced, least(row[j], row[j - 1]) + 1);
        }
    }
    return row[b_length];
}

int patron_may_mean(const char *found, const char *name)
{
    return patron_edit_distance(found, name) <= (strlen(name) > 5 ? 2u : 1u);
}
