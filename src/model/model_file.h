/* SPDX-License-Identifier: Apache-2.0 */
/* What writing any model begins with. */
#ifndef PATRON_MODEL_MODEL_FILE_H
#define PATRON_MODEL_MODEL_FILE_H

#include "model/run.h"
#include "patron/texts.h"
#include "store/output.h"

#define PATRON_MODEL_FORMAT "patron-model"
enum { PATRON_MODEL_VERSION = 1 };

/* Writes all of `model` but /run and the values that ranks fill side by side, whose places in the
 * file it leaves in offsets[].  On one rank. */
typedef patron_status (*patron_model_layout)(const patron_h5_file *file, const void *model,
                                             uint64_t *offsets);

/* Starts the output `path`: rank 0 lays it out, /run is added, the file is closed, and every rank
 * has offsets[count].  Collective; the caller gives the status, and its own writing's, to
 * patron_output_end in any case.  Errors as patron_output_begin. */
patron_status patron_model_begin(const patron_comm *comm, const char *path, bool force,
                                 const patron_run *run, patron_model_layout layout,
                                 const void *model, uint64_t *offsets, uint64_t count,
                                 patron_output **output);

/* The root's attributes of a model of `kind`.  On one rank. */
patron_status patron_model_write_head(const patron_h5_file *file, const char *kind);

/* The dictionary of a model's items, so that it reads alone; labels may be none.  On one rank. */
patron_status patron_model_write_items(const patron_h5_file *file, const patron_texts *names,
                                       const patron_texts *labels);

/* Reads it back from a file called `path` in messages.  DATA: labels that are not as many as names;
 * IO, RESOURCE. */
patron_status patron_model_read_items(hid_t file, const char *path, patron_texts *names,
                                      patron_texts *labels);

enum { PATRON_MODEL_PATH = 128 };

/* `prefix` ("", or a group) and `name` as one path. */
void patron_model_path(char path[PATRON_MODEL_PATH], const char *prefix, const char *name);

#endif
