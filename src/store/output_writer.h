/* SPDX-License-Identifier: Apache-2.0 */
/* Who writes a partial output: its name tells the process, so that one that a dead run left is
 * known.  Nothing here is collective. */
#ifndef PATRON_STORE_OUTPUT_WRITER_H
#define PATRON_STORE_OUTPUT_WRITER_H

#include <stdbool.h>
#include <stdint.h>

/* This process among those of all machines: where it runs, its number there, and how many outputs
 * it began before this one. */
uint64_t patron_output_writer(void);

/* Whether the file called `name` is a partial output of that called `of`, in the same folder, whose
 * writer ran here and is no more.  Of one that was written on another machine, or before this one
 * was started anew, nothing is known: false. */
bool patron_output_is_left(const char *name, const char *of);

#endif
