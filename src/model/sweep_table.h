/* SPDX-License-Identifier: Apache-2.0 */
/* The table of a sweep over k in a segment model. */
#ifndef PATRON_MODEL_SWEEP_TABLE_H
#define PATRON_MODEL_SWEEP_TABLE_H

#include "store/h5_write.h"
#include "sweep/sweep.h"

/* Writes /sweep and /sweep_jaccard.  IO. */
patron_status patron_sweep_table_write(const patron_h5_file *file, const patron_sweep *sweep);

/* Checks them in the model `path`, whose fit has k segments; where there is no /sweep all is well.
 * DATA. */
patron_status patron_sweep_table_verify(hid_t file, const char *path, uint64_t k);

/* Reads /sweep of the model `path`, which was verified; no rows where there is none, and `jaccard`
 * stays NULL.  Release with patron_sweep_free in any case.  DATA, IO, RESOURCE. */
patron_status patron_sweep_table_read(hid_t file, const char *path, patron_sweep *sweep);

#endif
