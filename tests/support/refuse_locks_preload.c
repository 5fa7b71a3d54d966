/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded, it is a file system that refuses locks, as Lustre does when mounted without them. */
#include <errno.h>
#include <sys/file.h>

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the system's is reserved
int flock(int descriptor, int operation)
{
    (void)descriptor;
    (void)operation;
    errno = ENOLCK;
    return -1;
}
