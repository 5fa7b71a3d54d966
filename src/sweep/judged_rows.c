/* SPDX-License-Identifier: Apache-2.0 */
/* Two samples, the smaller one drawn from the larger. */
#include "sweep/judged_rows.h"

#include "sweep/resample.h"

#include <math.h>

enum { STREAM_JUDGED, STREAM_RESAMPLED, STREAM_DRAWN };

patron_status patron_judged_rows_take(const patron_comm *comm, const patron_rows *rows,
                                      uint64_t seed, patron_judged_rows *judged)
{
    *judged = (patron_judged_rows){0};
    patron_status status =
        patron_sample_take(comm, rows, PATRON_JUDGED_ROWS, seed, STREAM_JUDGED, &judged->sample);
    const patron_rows_shape shape = {.first = judged->sample.first,
                                     .count = judged->sample.count,
                                     .columns = rows->columns,
                                     .threads = rows->threads};
    if (status == PATRON_OK)
        status =
            patron_comm_agree(comm, patron_rows_pack(judged->sample.values, judged->sample.weight,
                                                     &shape, &judged->rows));
    if (status == PATRON_OK)
        status = patron_sample_take(comm, &judged->rows, PATRON_RESAMPLE_ROWS, seed,
                                    STREAM_RESAMPLED, &judged->resampled);
    if (status == PATRON_OK)
        status = patron_sample_gather(comm, &judged->resampled);
    return status;
}

patron_status patron_judged_rows_draw(const patron_comm *comm, const patron_judged_rows *judged,
                                      uint64_t most, uint64_t seed, patron_sample *sample)
{
    patron_status status =
        patron_sample_take(comm, &judged->rows, most, seed, STREAM_DRAWN, sample);
    return status == PATRON_OK ? patron_sample_gather(comm, sample) : status;
}

patron_status patron_judged_rows_silhouette(const patron_comm *comm,
                                            const patron_judged_rows *judged,
                                            const patron_kmeans_result *fit,
                                            patron_silhouette *silhouette)
{
    patron_status status =
        patron_silhouette_compute(comm, &judged->rows, fit->centroids, fit->k, silhouette);
    if (status == PATRON_OK && judged->sample.total == judged->sample.population)
        silhouette->standard_error = isnan(silhouette->mean) ? (double)NAN : 0.0;
    return status;
}

void patron_judged_rows_free(patron_judged_rows *judged)
{
    patron_sample_free(&judged->sample);
    patron_rows_free(&judged->rows);
    patron_sample_free(&judged->resampled);
}
