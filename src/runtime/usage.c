/* SPDX-License-Identifier: Apache-2.0 */
/* Memory in use, from the system. */
#include "runtime/usage.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

uint64_t patron_usage_memory(void)
{
    uint64_t size = 0, resident = 0;
    long page = sysconf(_SC_PAGESIZE);
    FILE *file = fopen("/proc/self/statm", "r");
    if (file == NULL)
        return 0;
    char line[128];
    char *end = NULL;
    if (fgets(line, sizeof line, file) != NULL) {
        size = strtoull(line, &end, 10);
        resident = strtoull(end, NULL, 10);
    }
    fclose(file);
    return size > 0 && page > 0 ? resident * (uint64_t)page : 0;
}

uint64_t patron_usage_peak_memory(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return (uint64_t)usage.ru_maxrss * 1024;
}
