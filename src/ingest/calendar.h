/* SPDX-License-Identifier: Apache-2.0 */
/* Days of the proleptic Gregorian calendar.  Nothing here is collective. */
#ifndef PATRON_INGEST_CALENDAR_H
#define PATRON_INGEST_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

/* A place in time as people write it; month and day from 1, `offset` in seconds east of UTC. */
typedef struct patron_moment {
    int year, month, day, hour, minute, second, offset;
} patron_moment;

/* To seconds since 1970 UTC; false for days and hours that do not exist.  Years 1 to 9999. */
bool patron_moment_seconds(const patron_moment *moment, int64_t *seconds);

/* Seconds east of UTC, written Z, +HH, +HHMM or +HH:MM (or with a minus). */
bool patron_offset_read(const char *text, uint64_t length, int *offset);

#endif
