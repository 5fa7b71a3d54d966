/* SPDX-License-Identifier: Apache-2.0 */
/* The checks of each kind of model, on an open file called `path` in messages; for this folder
 * alone.  Those with a communicator are collective: each rank checks its range of rows, sets or
 * rules. */
#ifndef PATRON_MODEL_VERIFY_PARTS_H
#define PATRON_MODEL_VERIFY_PARTS_H

#include "patron/comm.h"

#include <hdf5.h>
#include <stdint.h>

/* All but labels. */
patron_status patron_segment_model_verify(hid_t file, const char *path);
/* Labels, and what they are counted against. */
patron_status patron_segment_labels_verify(const patron_comm *comm, hid_t file, const char *path);
patron_status patron_itemset_model_verify(const patron_comm *comm, hid_t file, const char *path);
patron_status patron_score_model_verify(const patron_comm *comm, hid_t file, const char *path);
/* A step of it, where there are offers to `rows` customers. */
patron_status patron_score_offers_verify(const patron_comm *comm, hid_t file, const char *path,
                                         uint64_t rows);

/* A figure that must have one value. */
patron_status patron_verify_equal(const char *path, const char *what, uint64_t found,
                                  uint64_t expected);

#endif
