/* SPDX-License-Identifier: Apache-2.0 */
/* See read_at.h. */
#include "runtime/read_at.h"

#include "runtime/meter.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool patron_read_at(int descriptor, uint64_t offset, char *bytes, uint64_t length)
{
    patron_span span = patron_meter_enter(PATRON_STEP_READ);
    uint64_t left = length;
    while (left > 0) {
        errno = 0;
        ssize_t got = pread(descriptor, bytes, left, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        bytes += got;
        offset += (uint64_t)got;
        left -= (uint64_t)got;
    }
    patron_meter_leave(span, length - left, 0);
    return left == 0;
}

const char *patron_read_fault(void)
{
    return errno != 0 ? strerror(errno) : "it is shorter than it was";
}
