/* SPDX-License-Identifier: Apache-2.0 */
/* Philox4x32-10 by Random123.  Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC'11.
 */
#include "patron/random.h"

#include <Random123/philox.h>

static philox4x32_ctr_t block_of(uint64_t seed, patron_purpose purpose, uint64_t index,
                                 uint32_t draw)
{
    philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    philox4x32_ctr_t counter = {
        {(uint32_t)index, (uint32_t)(index >> 32), draw, (uint32_t)purpose}};
    return philox4x32(counter, key);
}

void patron_random_words(uint64_t seed, patron_purpose purpose, uint64_t index, uint32_t draw,
                         uint32_t words[4])
{
    philox4x32_ctr_t block = block_of(seed, purpose, index, draw);
    for (int i = 0; i < 4; ++i)
        words[i] = block.v[i];
}

uint64_t patron_random_bits(uint64_t seed, patron_purpose purpose, uint64_t index, uint32_t draw)
{
    philox4x32_ctr_t block = block_of(seed, purpose, index, draw);
    return (uint64_t)block.v[1] << 32 | block.v[0];
}

double patron_random_to_unit(uint64_t bits)
{
    return ((double)(bits >> 12) + 0.5) * 0x1p-52;
}

double patron_random_unit(uint64_t seed, patron_purpose purpose, uint64_t index, uint32_t draw)
{
    return patron_random_to_unit(patron_random_bits(seed, purpose, index, draw));
}
