/* SPDX-License-Identifier: Apache-2.0 */
/* See read_at.h. */
#include "runtime/read_at.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool patron_read_at(int descriptor, uint64_t offset, char *bytes, uint64_t length)
{
    while (length > 0) {
        errno = 0;
        ssize_t got = pread(descriptor, bytes, length, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        bytes += got;
        offset += (uint64_t)got;
        length -= (uint64_t)got;
    }
    return true;
}

const char *patron_read_fault(void)
{
    return errno != 0 ? strerror(errno) : "it is shorter than it was";
}
