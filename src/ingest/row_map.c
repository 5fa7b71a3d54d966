/* SPDX-License-Identifier: Apache-2.0 */
/* A search among counts of blocks, then word by word, then bit by bit. */
#include "ingest/row_map.h"

#include "patron/memory.h"

#include <stdlib.h>

enum { WORD_BITS = 64, BLOCK_WORDS = 8, BLOCK_BITS = WORD_BITS * BLOCK_WORDS };

patron_status patron_row_map_create(uint64_t rows, patron_row_map *map)
{
    uint64_t blocks = rows / BLOCK_BITS + 1;
    *map = (patron_row_map){.rows = rows,
                            .words = patron_allocate(blocks * BLOCK_WORDS, sizeof *map->words),
                            .before = patron_allocate(blocks, sizeof *map->before),
                            .blocks = blocks};
    return map->words == NULL || map->before == NULL ? PATRON_RESOURCE : PATRON_OK;
}

void patron_row_map_set(patron_row_map *map, uint64_t row)
{
    map->words[row / WORD_BITS] |= UINT64_C(1) << row % WORD_BITS;
}

static uint64_t bits_of(uint64_t word)
{
    return (uint64_t)__builtin_popcountll(word);
}

void patron_row_map_share(const patron_comm *comm, patron_row_map *map)
{
    patron_comm_reduce_u64(comm, map->words, map->blocks * BLOCK_WORDS, PATRON_OR);
    uint64_t bits = 0;
    for (uint64_t block = 0; block < map->blocks; ++block) {
        map->before[block] = bits;
        for (uint64_t i = 0; i < BLOCK_WORDS; ++i)
            bits += bits_of(map->words[block * BLOCK_WORDS + i]);
    }
}

uint64_t patron_row_map_find(const patron_row_map *map, uint64_t index)
{
    uint64_t low = 0, high = map->blocks; /* the last block with at most `index` bits before it */
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (map->before[middle] <= index)
            low = middle;
        else
            high = middle;
    }
    uint64_t left = index - map->before[low], at = low * BLOCK_WORDS;
    for (; left >= bits_of(map->words[at]); ++at)
        left -= bits_of(map->words[at]);
    uint64_t word = map->words[at];
    for (; left > 0; --left)
        word &= word - 1;
    return at * WORD_BITS + (uint64_t)__builtin_ctzll(word);
}

void patron_row_map_free(patron_row_map *map)
{
    free(map->words);
    free(map->before);
    *map = (patron_row_map){0};
}
