/* SPDX-License-Identifier: Apache-2.0 */
/* Outputs that are there whole or not at all: written as NAME.partial.XXXX in the same folder,
 * synced, renamed.  All functions but patron_output_path, patron_output_create and those that write
 * are collective, and all ranks return the same status. */
#ifndef PATRON_STORE_OUTPUT_H
#define PATRON_STORE_OUTPUT_H

#include "patron/comm.h"

#include <stdbool.h>
#include <stdint.h>

typedef enum patron_output_form { PATRON_OUTPUT_FILE, PATRON_OUTPUT_FOLDER } patron_output_form;

typedef struct patron_output patron_output;

/* Before any work: CANT_CREATE where patron_output_begin would fail so, or `path` is the file or
 * folder `input` (NULL: none). */
patron_status patron_output_check(const patron_comm *comm, const char *path,
                                  patron_output_form form, bool force, const char *input);

/* Starts an output.  A folder is made at once; a file is made by whoever writes patron_output_path.
 * A symbolic link is followed.  With `force` a file is replaced, and by a folder a folder that
 * holds parts of a dataset alone.  CANT_CREATE: `path` exists and is not to be replaced, or its
 * folder is missing or not writable.  Where this succeeds the caller ends it with
 * patron_output_end. */
patron_status patron_output_begin(const patron_comm *comm, const char *path,
                                  patron_output_form form, bool force, patron_output **output);

/* Of a file begun with `force`: it takes a name that is taken only from one that holds the same
 * bytes. */
void patron_output_replace_same_only(patron_output *output);

/* Where to write until the end; owned by the output. */
const char *patron_output_path(const patron_output *output);

/* Makes the empty file `path`, at or below patron_output_path.  IO where the disk is full,
 * CANT_CREATE where it cannot be made for another reason.  On one rank. */
patron_status patron_output_create(const char *path);

/* The status of reading a partial output again: that this fails is no fault of an input, but IO. */
patron_status patron_output_read_again(patron_status status);

/* Writes `bytes` bytes at `offset` of the partial file, which exists and is closed; IO where the
 * disk is full or the write fails.  Each rank for itself; ranks write disjoint ranges. */
patron_status patron_output_write(patron_output *output, uint64_t offset, const void *data,
                                  uint64_t bytes);

/* The same in the file `name` of a partial folder; the file written to last stays open. */
patron_status patron_output_write_in(patron_output *output, const char *name, uint64_t offset,
                                     const void *data, uint64_t bytes);

/* Syncs what this rank wrote and closes it: with another's agreement that it has, that may be read
 * and added to.  IO.  Each rank for itself; also done by the output's end. */
patron_status patron_output_settle(patron_output *output);

/* Removes what dead runs left of a file `path`, as the end of an output does where it is published.
 * On one rank. */
void patron_output_clean_up(const char *path);

/* All ranks bring their status so far: if all are OK, the output is synced and takes its name (and
 * the permissions of what it replaces), else it is removed.  Frees `output` (NULL allowed).
 * CANT_CREATE: without `force`, where another took the name in the meantime; of two with it the
 * later one stays; where only the same may be replaced, and another is there. */
patron_status patron_output_end(const patron_comm *comm, patron_output *output,
                                patron_status so_far);

#endif
