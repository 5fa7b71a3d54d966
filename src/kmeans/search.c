/* SPDX-License-Identifier: Apache-2.0 */
/* The filter, and the float64 kernel for what it leaves open. */
#include "kmeans/search.h"

#include "patron/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

patron_status kmeans_search_create(kmeans_search *search, uint64_t capacity, uint32_t columns)
{
    *search = (kmeans_search){0};
    patron_status status = kmeans_panel_create(&search->panel, capacity, columns);
    if (status == PATRON_OK)
        status = kmeans_filter_create(&search->filter, capacity, columns);
    return status;
}

void kmeans_search_free(kmeans_search *search)
{
    kmeans_panel_free(&search->panel);
    kmeans_filter_free(&search->filter);
}

void kmeans_search_fill(kmeans_search *search, const kmeans_pack *pack, const double *centroids,
                        uint32_t k)
{
    search->centroids = centroids;
    kmeans_panel_fill(&search->panel, centroids, k);
    kmeans_filter_fill(&search->filter, centroids, k, pack->shift);
}

patron_status kmeans_scratch_create(kmeans_scratch *scratch, uint32_t columns, uint64_t width)
{
    *scratch =
        (kmeans_scratch){.strip = patron_allocate(columns, KMEANS_STRIP * sizeof *scratch->strip),
                         .term = patron_allocate(width, sizeof *scratch->term),
                         .rows = patron_allocate(columns, KMEANS_BLOCK * sizeof *scratch->rows)};
    scratch->shifted =
        kmeans_allocate_aligned(columns, KMEANS_BLOCK * sizeof *scratch->shifted, &scratch->memory);
    if (scratch->strip == NULL || scratch->term == NULL || scratch->rows == NULL ||
        scratch->shifted == NULL)
        return PATRON_RESOURCE;
    return PATRON_OK;
}

void kmeans_scratch_free(kmeans_scratch *scratch)
{
    free(scratch->strip);
    free(scratch->term);
    free(scratch->rows);
    free(scratch->memory);
    *scratch = (kmeans_scratch){0};
}

/* Labels, by the float64 kernel, of the lanes whose bits are set. */
static void decide(const kmeans_search *search, const kmeans_kernel_set *kernels,
                   const float *values, uint64_t lanes, kmeans_scratch *scratch, int32_t *labels)
{
    uint64_t columns = search->panel.columns;
    int lane_of[KMEANS_BLOCK];
    int32_t fresh[KMEANS_BLOCK];
    double distance[KMEANS_BLOCK];
    uint64_t count = 0;
    for (; lanes != 0; lanes &= lanes - 1) {
        int lane = __builtin_ctzll(lanes);
        lane_of[count] = lane;
        for (uint64_t j = 0; j < columns; ++j)
            scratch->rows[count * columns + j] = values[j * KMEANS_BLOCK + (uint64_t)lane];
        ++count;
    }
    kernels->nearest(&search->panel, scratch->rows, count, scratch->strip, fresh, distance);
    for (uint64_t i = 0; i < count; ++i)
        labels[lane_of[i]] = fresh[i];
}

void kmeans_fetch_ahead(const kmeans_pack *pack, uint64_t block)
{
    enum { LINE = 64, MOST = 256 };
    uint64_t lines = (uint64_t)pack->columns * KMEANS_BLOCK * sizeof(float) / LINE;
    if (block >= pack->blocks)
        return;
    const char *next = (const char *)kmeans_pack_block(pack, block);
    for (uint64_t line = 0; line < lines && line < MOST; ++line)
        __builtin_prefetch(next + line * LINE, 0, 2);
}

kmeans_view kmeans_view_of_block(const kmeans_pack *pack, uint64_t block)
{
    uint64_t count = kmeans_pack_rows(pack, block);
    return (kmeans_view){.values = kmeans_pack_block(pack, block),
                         .lanes = count < KMEANS_BLOCK ? (UINT64_C(1) << count) - 1 : UINT64_MAX,
                         .radius = (double)pack->radius[block]};
}

uint64_t kmeans_view_score(const kmeans_filter *filter, const kmeans_kernel_set *kernels,
                           const kmeans_pack *pack, kmeans_view view, float gap,
                           kmeans_scores *scores, kmeans_scratch *scratch)
{
    const float *rows = view.values;
    if (pack->is_shifted) {
        kernels->shift(view.values, pack->columns, pack->shift, scratch->shifted, NULL);
        rows = scratch->shifted;
    }
    return kernels->score(rows, filter, gap, scores);
}

bool kmeans_view_search(const kmeans_search *search, const kmeans_kernel_set *kernels,
                        const kmeans_pack *pack, kmeans_view view, kmeans_scratch *scratch,
                        kmeans_scores *scores, int32_t *labels)
{
    uint64_t open = view.lanes;
    float gap = kmeans_filter_gap(&search->filter, view.radius);
    memset(labels, 0, KMEANS_BLOCK * sizeof *labels);
    if (isfinite(gap)) {
        open &= ~kmeans_view_score(&search->filter, kernels, pack, view, gap, scores, scratch);
        memcpy(labels, scores->index, sizeof scores->index);
    }
    if (open != 0)
        decide(search, kernels, view.values, open, scratch, labels);
    return isfinite(gap);
}
