/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz_file.h"

#include <sys/types.h>
#include <unistd.h>

static char path[256];

static void remove_file(void)
{
    unlink(path);
}

const char *fuzz_file(const uint8_t *data, size_t size)
{
    static int descriptor = -1;
    if (descriptor < 0) {
        const char *folder = getenv("TMPDIR");
        snprintf(path, sizeof path, "%s/fuzz-input.XXXXXX", folder != NULL ? folder : "/tmp");
        descriptor = mkstemp(path);
        atexit(remove_file);
    }
    fuzz_check(descriptor >= 0 && ftruncate(descriptor, 0) == 0 &&
                   pwrite(descriptor, data, size, 0) == (ssize_t)size,
               "a file to read");
    return path;
}
