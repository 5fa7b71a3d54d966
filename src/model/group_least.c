/* SPDX-License-Identifier: Apache-2.0 */
/* Complementary suppression: Cox, "Suppression Methodology and Statistical Disclosure Control"
 * (1980), for a table of one row and its total. */
#include "model/group_least.h"

uint64_t patron_group_least(const uint64_t *size, uint64_t count, uint64_t min_group)
{
    uint64_t least = min_group;
    for (;;) {
        uint64_t withheld = 0, members = 0, next = UINT64_MAX;
        for (uint64_t i = 0; i < count; ++i) {
            if (size[i] > 0 && size[i] < least) {
                ++withheld;
                members += size[i];
            } else if (size[i] > 0 && size[i] < next) {
                next = size[i];
            }
        }
        if (withheld == 0 || next == UINT64_MAX || (withheld > 1 && members >= min_group))
            return least;
        least = next + 1;
    }
}
