/* SPDX-License-Identifier: Apache-2.0 */
/* A rank's rows in blocks of KMEANS_BLOCK, one row a lane, column after column.  The values are the
 * rows' own; what the filter subtracts to keep scores small is applied block by block. */
#ifndef PATRON_KMEANS_PACK_H
#define PATRON_KMEANS_PACK_H

#include "kmeans/kernel_sets.h"

typedef struct kmeans_pack {
    uint64_t count; /* rows */
    uint64_t blocks;
    uint32_t columns;
    void *memory;
    float *values; /* blocks x columns x KMEANS_BLOCK, into `memory`, aligned; lanes after the last
                      row repeat it */
    float *radius; /* blocks: at least the norm of each row less the shift */
    float *norm;   /* blocks x KMEANS_BLOCK: at most the squared norm of each row less the shift */
    float *shift;  /* columns */
    bool is_shifted;   /* false: the shift is 0 */
    int32_t *least;    /* columns: patterns of the magnitudes that are not 0, INT32_MAX if none */
    int32_t *greatest; /* columns */
} kmeans_pack;

/* Packs the rows; release with kmeans_pack_free.  Not collective.  RESOURCE. */
patron_status kmeans_pack_create(const patron_kmeans_rows *rows, const kmeans_kernel_set *kernels,
                                 int threads, kmeans_pack *pack);
void kmeans_pack_free(kmeans_pack *pack);

static inline const float *kmeans_pack_block(const kmeans_pack *pack, uint64_t block)
{
    return pack->values + block * pack->columns * KMEANS_BLOCK;
}

/* Rows of a block. */
static inline uint64_t kmeans_pack_rows(const kmeans_pack *pack, uint64_t block)
{
    uint64_t rest = pack->count - block * KMEANS_BLOCK;
    return rest < KMEANS_BLOCK ? rest : KMEANS_BLOCK;
}

/* Memory of `count` elements, aligned to KMEANS_ALIGNMENT, whose address free() takes is *memory;
 * NULL as patron_allocate. */
void *kmeans_allocate_aligned(uint64_t count, uint64_t size, void **memory);

#endif
