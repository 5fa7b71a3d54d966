/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded, MPI breaks while it starts. */
#include <signal.h>

// NOLINTBEGIN(readability-identifier-naming,misc-unused-parameters,readability-non-const-parameter):
// as MPI has it
int MPI_Init_thread(int *argument_count, char ***arguments, int required, int *provided);

int MPI_Init_thread(int *argument_count, char ***arguments, int required, int *provided)
{
    (void)argument_count;
    (void)arguments;
    (void)required;
    (void)provided;
    return raise(SIGSEGV);
}
// NOLINTEND(readability-identifier-naming,misc-unused-parameters,readability-non-const-parameter)
