/* SPDX-License-Identifier: Apache-2.0 */
/* A range of rows or baskets, part by part.  Nothing here is collective. */
#ifndef PATRON_DATA_SLAB_H
#define PATRON_DATA_SLAB_H

#include "patron/data.h"

#include <hdf5.h>

/* The piece of a range that one part holds. */
typedef struct patron_slab {
    hid_t file;
    const char *file_name;
    uint64_t first; /* within the part */
    uint64_t count;
    uint64_t done;   /* entries of the range before this slab */
    uint64_t global; /* number of the first entry through all parts */
} patron_slab;

typedef patron_status (*patron_slab_reader)(const patron_slab *piece, void *target);

/* Opens each part that holds some of `range` and calls `read` on its piece; starts[] says where
 * parts begin.  Ends with the first failure. */
patron_status patron_slab_each(const patron_dataset *dataset, const uint64_t *starts,
                               patron_range range, patron_slab_reader read, void *target);

#endif
