/* SPDX-License-Identifier: Apache-2.0 */
/* The variables by which Open MPI, PMIx, PMI and Slurm tell a process its rank. */
#include "cli/launch.h"

#include <stddef.h>
#include <stdlib.h>

static const char *rank_text(void)
{
    static const char *const variables[] = {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"};
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; ++i) {
        const char *text = getenv(variables[i]);
        if (text != NULL)
            return text;
    }
    /* A batch script has SLURM_PROCID too; only a step has SLURM_STEP_ID. */
    return getenv("SLURM_STEP_ID") != NULL ? getenv("SLURM_PROCID") : NULL;
}

bool patron_launch_is_launched(void)
{
    return rank_text() != NULL;
}

int patron_launch_rank(void)
{
    const char *text = rank_text();
    return text != NULL ? (int)strtol(text, NULL, 10) : 0;
}

void patron_launch_prepare_alone(void)
{
    setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
    setenv("OMPI_MCA_pml", "ob1", 0);
    setenv("OMPI_MCA_btl", "self", 0);
    /* all isolated singletons would share one folder, and remove it under each other's feet */
    setenv("OMPI_MCA_orte_create_session_dirs", "0", 0);
}
