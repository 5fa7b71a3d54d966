/* SPDX-License-Identifier: Apache-2.0 */
/* Passes over the rows as they are, with the time that they and what lies between them take. */
#include "cluster/passes.h"
#include "patron/progress.h"

static cluster_fit recorded;
static const patron_rows *own;
static double latest; /* when the last pass ended */

patron_status __wrap_patron_rows_pass(const patron_rows *rows, patron_block_visit *visit,
                                      void *argument)
{
    if (rows != own)
        return __real_patron_rows_pass(rows, visit, argument);
    double began = patron_clock();
    patron_status status = __real_patron_rows_pass(rows, visit, argument);
    double ended = patron_clock();
    if (recorded.passes == CLUSTER_MOST_PASSES)
        return patron_fail(PATRON_RESOURCE, "more than %d passes", CLUSTER_MOST_PASSES);
    recorded.between[recorded.passes] = began - latest;
    recorded.pass[recorded.passes++] = ended - began;
    latest = ended;
    return status;
}

void cluster_passes_begin(const patron_rows *rows)
{
    own = rows;
    recorded.passes = 0;
    latest = patron_clock();
}

void cluster_passes_end(void)
{
    recorded.between[recorded.passes] = patron_clock() - latest;
}

const cluster_fit *cluster_passes_recorded(void)
{
    return &recorded;
}

patron_status cluster_passes_read(const char *path, int rank, int is_drawn)
{
    (void)path, (void)rank, (void)is_drawn;
    return PATRON_OK;
}
