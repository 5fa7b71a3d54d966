/* SPDX-License-Identifier: Apache-2.0 */
/* The digest of a dataset: its parts as one file, without what says how it was cut. */
#include "data/dataset.h"

static const char *const concatenated[] = {"/customers", "/baskets", NULL};
static const char *const left_out[] = {"part",          "parts",        "rows_total", "first_row",
                                       "baskets_total", "first_basket", "digest",     NULL};

const patron_digest_rule patron_dataset_digest_rule = {
    .concatenated = concatenated, .rebased = "/baskets/offsets", .left_out = left_out};

patron_status patron_dataset_digest(const patron_comm *comm, int threads,
                                    const patron_dataset *dataset,
                                    char digest[PATRON_DIGEST_CAPACITY])
{
    return patron_digest_files(comm, threads, (const char *const *)dataset->files,
                               dataset->head.parts, &patron_dataset_digest_rule, digest);
}

const char *patron_dataset_recorded_digest(const patron_dataset *dataset)
{
    return dataset->head.digest;
}
