/* SPDX-License-Identifier: Apache-2.0 */
/* Messages on standard error. */
#include "runtime/log.h"

#include <stdarg.h>
#include <stdio.h>

static struct {
    patron_log_level level;
    bool speaks;
} state = {.level = PATRON_LOG_WARNING, .speaks = true};

void patron_log_configure(patron_log_level level, bool speaks)
{
    state.level = level;
    state.speaks = speaks;
}

void patron_log_write(patron_log_level level, const char *format, ...)
{
    static const char *const prefix[] = {"", "warning: ", "", "debug: "};
    if (!state.speaks || level > state.level)
        return;
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fprintf(stderr, "patron: %s%s\n", prefix[level], text);
}
