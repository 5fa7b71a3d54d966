/* SPDX-License-Identifier: Apache-2.0 */
/* The status table, and the text of the latest failure of this process. */
#include "patron/status.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static struct {
    pthread_mutex_t lock;
    char text[PATRON_FAIL_CAPACITY];
} latest = {.lock = PTHREAD_MUTEX_INITIALIZER};

static const struct {
    int code;
    const char *name;
    const char *text;
} table[] = {
#define ROW(name, code, text) {code, #name, text},
    PATRON_STATUS_TABLE(ROW)
#undef ROW
};

static _Thread_local bool is_quiet;

void patron_fail_quietly(void)
{
    is_quiet = true;
}

int patron_status_exit_code(patron_status status)
{
    return table[status].code;
}

const char *patron_status_name(patron_status status)
{
    return table[status].name;
}

const char *patron_status_text(patron_status status)
{
    return table[status].text;
}

patron_status patron_fail(patron_status status, const char *format, ...)
{
    va_list arguments;
    if (is_quiet)
        return status;
    va_start(arguments, format);
    pthread_mutex_lock(&latest.lock);
    vsnprintf(latest.text, sizeof latest.text, format, arguments);
    pthread_mutex_unlock(&latest.lock);
    va_end(arguments);
    return status;
}

void patron_fail_text(patron_status status, char *text, unsigned long capacity)
{
    pthread_mutex_lock(&latest.lock);
    snprintf(text, capacity, "%s", latest.text[0] ? latest.text : table[status].text);
    pthread_mutex_unlock(&latest.lock);
}

void patron_fail_set_text(const char *text)
{
    pthread_mutex_lock(&latest.lock);
    snprintf(latest.text, sizeof latest.text, "%s", text);
    pthread_mutex_unlock(&latest.lock);
}
