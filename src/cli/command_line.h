/* SPDX-License-Identifier: Apache-2.0 */
/* The command line as a text.  Nothing here is collective. */
#ifndef PATRON_CLI_COMMAND_LINE_H
#define PATRON_CLI_COMMAND_LINE_H

/* argv[argc] as one line that a shell would read back, to free(); NULL: out of memory, recorded. */
char *patron_command_line(int argc, char *const *argv);

#endif
