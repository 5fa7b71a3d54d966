/* SPDX-License-Identifier: Apache-2.0 */
/* Memory and processor time in use, from the system.  What getrusage tells includes the process
 * that this one was forked from. */
#include "runtime/usage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The figure of a line "NAME: ... kB" of /proc/self/status, in bytes. */
static uint64_t status_bytes(const char *name)
{
    char line[256];
    uint64_t kilobytes = 0;
    FILE *file = fopen("/proc/self/status", "r");
    if (file == NULL)
        return 0;
    while (kilobytes == 0 && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            kilobytes = strtoull(line + strlen(name), NULL, 10);
    fclose(file);
    return kilobytes * 1024;
}

uint64_t patron_usage_memory(void)
{
    return status_bytes("VmRSS:");
}

uint64_t patron_usage_peak_memory(void)
{
    return status_bytes("VmHWM:");
}

uint64_t patron_usage_thread_cpu(void)
{
    struct timespec used = {0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (uint64_t)used.tv_sec * UINT64_C(1000000000) + (uint64_t)used.tv_nsec;
}
