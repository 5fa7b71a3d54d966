/* SPDX-License-Identifier: Apache-2.0 */
/* The audit: a text file that every run adds one line of JSON to, each chained to the one before by
 * its hash, so that a line that is changed, taken out or moved is found.  docs/formats.md says what
 * stands in a line.  Nothing here is collective. */
#ifndef PATRON_CLI_AUDIT_H
#define PATRON_CLI_AUDIT_H

#include "patron/status.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { PATRON_AUDIT_HASH = 65 }; /* 64 hexadecimal digits and NUL */

/* How far an audit goes. */
typedef struct patron_audit_end {
    uint64_t entries;
    char hash[PATRON_AUDIT_HASH]; /* of the last line; zeros where there is none */
} patron_audit_end;

/* Adds the members of the object `facts` as a line of their own, whole or not at all, and synced; a
 * file that is not there is made, for its owner alone.  Runs that do so at once wait for each
 * other. CANT_CREATE: the file can not be made or written, or is none; DATA: its last line is cut
 * off or was changed; IO: the disk is full or a write failed; RESOURCE. */
patron_status patron_audit_append(const char *path, const json_t *facts);

/* Before any work: fails where patron_audit_append would, and adds nothing. */
patron_status patron_audit_check(const char *path);

/* Whether `path` looks like an audit. */
bool patron_audit_may_be(const char *path);

/* Checks every line.  NO_INPUT: the file can not be read; DATA: the message names the first line
 * that is not as it was written; RESOURCE. */
patron_status patron_audit_verify(const char *path, patron_audit_end *end);

#endif
