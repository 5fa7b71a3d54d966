/* SPDX-License-Identifier: Apache-2.0 */
/* Where the rows of a reserved array lie in its file, so that ranks can fill them side by side with
 * patron_output_write.  Nothing here is collective. */
#ifndef PATRON_STORE_H5_PLACE_H
#define PATRON_STORE_H5_PLACE_H

#include "patron/status.h"

#include <hdf5.h>
#include <stdint.h>

/* Row r lies at offsets[r / chunk_rows] + r % chunk_rows * row_bytes.  A contiguous array is one
 * chunk. */
typedef struct patron_h5_place {
    uint64_t row_bytes;
    uint64_t chunk_rows;
    uint64_t *offsets;
} patron_h5_place;

/* Finds the array `path` of `file` (called `file_name` in messages), which has no filter and was
 * allocated at once.  IO where HDF5 does not tell; RESOURCE.  Release in any case. */
patron_status patron_h5_place_find(hid_t file, const char *file_name, const char *path,
                                   patron_h5_place *place);
void patron_h5_place_free(patron_h5_place *place);

#endif
