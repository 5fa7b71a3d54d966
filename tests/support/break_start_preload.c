/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded, MPI breaks while it starts. */
#include <signal.h>

int MPI_Init_thread(int *argument_count, char ***arguments, int required, int *provided);

// NOLINTNEXTLINE(misc-unused-parameters,readability-non-const-parameter): MPI's own signature
int MPI_Init_thread(int *argument_count, char ***arguments, int required, int *provided)
{
    (void)argument_count;
    (void)arguments;
    (void)required;
    (void)provided;
    return raise(SIGSEGV);
}
