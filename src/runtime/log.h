/* SPDX-License-Identifier: Apache-2.0 */
/* Messages on standard error, from one rank only.  Nothing here is collective. */
#ifndef PATRON_RUNTIME_LOG_H
#define PATRON_RUNTIME_LOG_H

#include <stdbool.h>

typedef enum patron_log_level {
    PATRON_LOG_ERROR,
    PATRON_LOG_WARNING,
    PATRON_LOG_INFO,
    PATRON_LOG_DEBUG
} patron_log_level;

/* Sets what is said, and whether this process says it (rank 0 does). */
void patron_log_configure(patron_log_level level, bool speaks);

/* "patron: warning: ..." on a line of its own. */
void patron_log_write(patron_log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
