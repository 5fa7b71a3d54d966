/* SPDX-License-Identifier: Apache-2.0 */
/* Checking a model by itself, without the data it was made of. */
#ifndef PATRON_MODEL_MODEL_VERIFY_H
#define PATRON_MODEL_MODEL_VERIFY_H

#include "patron/comm.h"
#include "store/digest.h"

#include <stdbool.h>

/* Format, kind, shapes, and that the figures agree with each other.  Collective: rank 0 reads, and
 * each its part of the labels of customers; DATA for what does not hold, NO_INPUT for what is not
 * there.  *kind is a static text, right on rank 0. */
patron_status patron_model_verify(const patron_comm *comm, const char *path, const char **kind);

/* The same of a model that must be of `kind`; `called` is that in words, as "a segment model". */
patron_status patron_model_verify_as(const patron_comm *comm, const char *path, const char *kind,
                                     const char *called);

/* Digest of the model's content, /run left out.  Collective. */
patron_status patron_model_digest(const patron_comm *comm, const char *path,
                                  char digest[PATRON_DIGEST_TEXT]);

/* Whether the HDF5 file at `path` calls itself a model; false where it is not even HDF5. */
bool patron_model_is_model(const char *path);

#endif
