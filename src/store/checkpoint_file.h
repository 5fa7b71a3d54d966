/* SPDX-License-Identifier: Apache-2.0 */
/* A checkpoint as a file: its records, what they were made for, and a checksum.  It is replaced as
 * outputs are, whole or not at all.  All functions are collective, and all ranks return the same
 * status. */
#ifndef PATRON_STORE_CHECKPOINT_FILE_H
#define PATRON_STORE_CHECKPOINT_FILE_H

#include "patron/checkpoint.h"
#include "patron/texts.h"

#define PATRON_CHECKPOINT_FORMAT "patron-checkpoint"
enum { PATRON_CHECKPOINT_VERSION = 2 };

typedef struct patron_checkpoint_file {
    const patron_comm *comm;
    const char *path;
    patron_texts names, values; /* what must be the same for a run that goes on: "--k", "8" */
} patron_checkpoint_file;

/* Notes on every rank what must be the same; not collective.  RESOURCE. */
patron_status patron_checkpoint_file_require(patron_checkpoint_file *file, const char *name,
                                             const char *value);

/* Fills the checkpoint with the records of the file; *found is false, and there are none, where
 * there is no file.  DATA: it is no checkpoint, damaged, of another version, or made for something
 * else, which the message names; NO_INPUT: unreadable; RESOURCE. */
patron_status patron_checkpoint_file_read(const patron_checkpoint_file *file,
                                          patron_checkpoint *checkpoint, bool *found);

/* For patron_checkpoint_create; `argument` is a patron_checkpoint_file. */
patron_status patron_checkpoint_file_write(void *argument, const patron_checkpoint *checkpoint);

/* Removes the file, if there is one, and what dead runs left of it.  IO. */
patron_status patron_checkpoint_file_remove(const patron_checkpoint_file *file);

#endif
