/* SPDX-License-Identifier: Apache-2.0 */
/* One line of an audit; for those files alone that write and check them.  Nothing here is
 * collective. */
#ifndef PATRON_CLI_AUDIT_LINE_H
#define PATRON_CLI_AUDIT_LINE_H

#include "cli/audit.h"

/* The end of an audit without lines. */
patron_audit_end patron_audit_start(void);

/* The line, with its line end, that follows `end`: `facts` between what chains it; to free(). NULL:
 * out of memory, recorded. */
char *patron_audit_line_format(const json_t *facts, const patron_audit_end *end);

/* Reads the line[length] with its line end, whose number in `path` is `number`.  DATA: it is cut
 * off, is no line of an audit, or its hash is not that of what stands in it. */
patron_status patron_audit_line_read(const char *path, uint64_t number, const char *line,
                                     uint64_t length, patron_audit_end *end,
                                     char previous[PATRON_AUDIT_HASH]);

#endif
