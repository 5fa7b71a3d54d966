/* SPDX-License-Identifier: Apache-2.0 */
/* /validation of a segment model.  On one rank. */
#ifndef PATRON_MODEL_VALIDATION_TABLE_H
#define PATRON_MODEL_VALIDATION_TABLE_H

#include "store/h5_write.h"
#include "sweep/validate.h"

patron_status patron_validation_table_write(const patron_h5_file *file,
                                            const patron_validation *validation);

/* Reads the figures of k segments.  Release with patron_validation_free in any case; `segments` is
 * NULL where the model has none.  DATA: another number of segments, or a nearest segment that is
 * not there; IO, RESOURCE. */
patron_status patron_validation_table_read(hid_t file, const char *path, uint32_t k,
                                           patron_validation *validation);

#endif
