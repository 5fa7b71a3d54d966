/* SPDX-License-Identifier: Apache-2.0 */
/* Silhouettes by pairs of as many fits as there are: distances are worked out once for all. */
#include "sweep/paired.h"

#include "patron/memory.h"
#include "quality/pair_silhouette.h"

#include <math.h>
#include <stdlib.h>

typedef struct pairing {
    const patron_sample *sample;
    uint32_t count;
    int32_t *labels;    /* fits x rows */
    double *silhouette; /* fits x rows */
    patron_row_labelling *labelling;
} pairing;

static patron_status create(const patron_paired_fit *fits, pairing *run)
{
    uint64_t rows = run->sample->total, entries = rows * run->count;
    run->labels = patron_allocate(entries, sizeof *run->labels);
    run->silhouette = patron_allocate(entries, sizeof *run->silhouette);
    run->labelling = patron_allocate(run->count, sizeof *run->labelling);
    if (run->labels == NULL || run->silhouette == NULL || run->labelling == NULL)
        return PATRON_RESOURCE;
    for (uint32_t f = 0; f < run->count; ++f)
        run->labelling[f] =
            (patron_row_labelling){fits[f].k, run->labels + f * rows, run->silhouette + f * rows};
    return PATRON_OK;
}

/* Means, added up in the order of rows, and the error of that of all. */
static patron_status take_means(const patron_sample *sample, const patron_row_labelling *found,
                                patron_paired_fit *fit)
{
    double rows = (double)sample->total, sum = 0.0, square = 0.0;
    uint64_t *size = patron_allocate(fit->k, sizeof *size);
    if (size == NULL)
        return PATRON_RESOURCE;
    for (uint32_t s = 0; fit->by_segment != NULL && s < fit->k; ++s)
        fit->by_segment[s] = 0.0;
    for (uint64_t i = 0; i < sample->total; ++i) {
        sum += found->silhouette[i];
        ++size[found->labels[i]];
        if (fit->by_segment != NULL)
            fit->by_segment[found->labels[i]] += found->silhouette[i];
    }
    for (uint32_t s = 0; fit->by_segment != NULL && s < fit->k; ++s)
        fit->by_segment[s] /= (double)size[s];
    fit->mean = sum / rows;
    for (uint64_t i = 0; i < sample->total; ++i)
        square += (found->silhouette[i] - fit->mean) * (found->silhouette[i] - fit->mean);
    bool is_all = sample->total == sample->population && !isnan(fit->mean);
    fit->error = is_all ? 0.0 : sqrt(square) / rows;
    free(size);
    return PATRON_OK;
}

static patron_status judge(const patron_comm *comm, const patron_pair_silhouette_work *work,
                           const pairing *run, patron_paired_fit *fits)
{
    const patron_sample *sample = run->sample;
    const patron_sampled_rows rows = {sample->values, sample->weight, sample->count,
                                      sample->columns};
#pragma omp parallel for num_threads(work->threads) schedule(dynamic)
    for (uint32_t f = 0; f < run->count; ++f)
        patron_sampled_label(&rows, fits[f].centroids, fits[f].k, run->labels + f * sample->total);
    patron_status status =
        patron_pair_silhouettes_find(comm, work, &rows, run->labelling, run->count);
    for (uint32_t f = 0; status == PATRON_OK && f < run->count; ++f)
        status = take_means(sample, &run->labelling[f], &fits[f]);
    return patron_comm_agree(comm, status);
}

patron_status patron_paired_judge(const patron_comm *comm, const patron_judged_rows *judged,
                                  uint64_t most, uint64_t usual, const patron_kmeans_options *fit,
                                  patron_paired_fit *fits, uint32_t count, uint64_t *paired_rows)
{
    const patron_pair_silhouette_work work = {
        .threads = judged->rows.threads, .checkpoint = fit->checkpoint, .progress = fit->progress};
    uint64_t few = PATRON_PAIRED_VALUES / judged->rows.columns;
    patron_sample sample = {0};
    pairing run = {.sample = &sample, .count = count};
    if (most == 0)
        most = few < usual ? few : usual;
    patron_status status = patron_judged_rows_draw(comm, judged, most, fit->seed, &sample);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, create(fits, &run));
    if (status == PATRON_OK) {
        sample.population = judged->sample.population;
        *paired_rows = sample.total;
        status = judge(comm, &work, &run, fits);
    }
    free(run.labels);
    free(run.silhouette);
    free(run.labelling);
    patron_sample_free(&sample);
    return status;
}
