/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded, it is a file system that renames, but can neither swap two names nor keep from
 * replacing one, as NFS is. */
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the system's are reserved
int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    if (flags != 0) {
        errno = EINVAL;
        return -1;
    }
    return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}
