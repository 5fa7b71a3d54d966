/* SPDX-License-Identifier: Apache-2.0 */
/* The tree, distances and outliers always; the validation where it is asked for. */
#include "segment_judge.h"

#include "patron/memory.h"

#include <stdlib.h>

const char *segment_outliers_file(const segment_options *options)
{
    uint32_t count = 0;
    const char *what = options->outliers;
    return what != NULL && !segment_outliers_is_count(what, &count) ? what : NULL;
}

/* Every rank grows the same tree. */
static patron_status grow_tree(const patron_kmeans_result *fit, segment_judgement *judgement)
{
    judgement->joins = patron_allocate(fit->k, sizeof *judgement->joins);
    return judgement->joins == NULL ? PATRON_RESOURCE
                                    : patron_tree_build(fit->centroids, fit->weight_sum, fit->k,
                                                        fit->columns, judgement->joins);
}

static patron_status list_outliers(const patron_job_context *context,
                                   const segment_options *options, const segment_fit *fit,
                                   segment_judgement *judgement)
{
    const int32_t *labels = patron_kmeans_labels(fit->kmeans);
    const char *file = segment_outliers_file(options);
    uint32_t count = 0;
    if (options->outliers == NULL)
        return PATRON_OK;
    if (file != NULL)
        return segment_outliers_write(context, fit->dataset, fit->shard, labels, &judgement->spread,
                                      file);
    segment_outliers_is_count(options->outliers, &count);
    return segment_outliers_find(context->comm, fit->dataset, fit->shard, labels,
                                 &judgement->spread, count, &judgement->outliers);
}

patron_status segment_judge(const patron_job_context *context, const segment_options *options,
                            const segment_fit *fit, segment_judgement *judgement)
{
    const patron_comm *comm = context->comm;
    const patron_rows *rows = &fit->shard->rows;
    const patron_validate_options validate = {.fit = fit->options,
                                              .pairs = options->stability_pairs,
                                              .paired_rows = options->silhouette_rows};
    patron_status status = patron_comm_agree(comm, grow_tree(fit->result, judgement));
    if (status == PATRON_OK)
        status = patron_spread_measure(comm, rows, patron_kmeans_labels(fit->kmeans),
                                       fit->result->centroids, fit->result->k, &judgement->spread);
    if (status == PATRON_OK && options->validate)
        status = patron_validate(comm, fit->kmeans, rows, fit->result, &validate,
                                 &judgement->validation);
    return status == PATRON_OK ? list_outliers(context, options, fit, judgement) : status;
}

void segment_judgement_free(segment_judgement *judgement)
{
    free(judgement->joins);
    patron_spread_free(&judgement->spread);
    patron_validation_free(&judgement->validation);
    segment_outliers_free(&judgement->outliers);
}
