/* SPDX-License-Identifier: Apache-2.0 */
/* A job file: INI text, one section a job, keys are the long names of options.  A line holds at
 * most 199 bytes; an indented line goes on with the list of the line above.  Nothing here is
 * collective. */
#ifndef PATRON_CLI_CONFIG_H
#define PATRON_CLI_CONFIG_H

#include "patron/status.h"

#include <stdbool.h>

typedef struct patron_config_key {
    const char *name;
    const char *value;
    bool continued; /* an indented line below the first of `name` */
    int line;       /* from 1 */
} patron_config_key;

/* Calls `take` for each key of `section` in the file `path` (`what` it is says messages, as "job
 * file"), until it fails; what it returns is
 * returned.  CONFIG: the file can't be read, a line is malformed or too long, a key stands before
 * the first section, or a section is named almost like `section`. */
patron_status patron_config_read(const char *what, const char *path, const char *section,
                                 patron_status (*take)(void *user, const patron_config_key *key),
                                 void *user);

#endif
