/* SPDX-License-Identifier: Apache-2.0 */
/* Asks HDF5 for the addresses of an array's chunks. */
#include "store/h5_place.h"

#include "patron/memory.h"
#include "store/h5.h"

#include <stdbool.h>
#include <stdlib.h>

enum { MOST_DIMENSIONS = 2 };

static bool find_contiguous(hid_t dataset, const hsize_t *shape, patron_h5_place *place)
{
    haddr_t address = H5Dget_offset(dataset);
    place->chunk_rows = shape[0] == 0 ? 1 : shape[0];
    place->offsets[0] = address;
    return address != HADDR_UNDEF || shape[0] == 0;
}

static bool find_chunks(hid_t dataset, hid_t space, uint64_t chunks, patron_h5_place *place)
{
    for (uint64_t i = 0; i < chunks; ++i) {
        hsize_t start[MOST_DIMENSIONS];
        haddr_t address = HADDR_UNDEF;
        hsize_t bytes = 0;
        unsigned filters = 0;
        if (H5Dget_chunk_info(dataset, space, i, start, &filters, &address, &bytes) < 0 ||
            address == HADDR_UNDEF || bytes != place->chunk_rows * place->row_bytes)
            return false;
        place->offsets[start[0] / place->chunk_rows] = address;
    }
    return true;
}

/* Fills `place`, whose row_bytes are those of one column so far. */
static patron_status find(hid_t dataset, hid_t space, hid_t creation, const hsize_t *shape,
                          int dimensions, patron_h5_place *place, bool *found)
{
    hsize_t chunk[MOST_DIMENSIONS] = {0};
    uint64_t chunks = 1;
    bool chunked = H5Pget_layout(creation) == H5D_CHUNKED;
    if (dimensions > 1)
        place->row_bytes *= shape[1];
    if (chunked) {
        H5Pget_chunk(creation, dimensions, chunk);
        place->chunk_rows = chunk[0];
        chunks = (shape[0] + chunk[0] - 1) / chunk[0];
    }
    place->offsets = patron_allocate(chunks, sizeof *place->offsets);
    if (place->offsets == NULL)
        return PATRON_RESOURCE;
    *found = chunked ? find_chunks(dataset, space, chunks, place)
                     : find_contiguous(dataset, shape, place);
    return PATRON_OK;
}

patron_status patron_h5_place_find(hid_t file, const char *file_name, const char *path,
                                   patron_h5_place *place)
{
    bool found = false;
    hsize_t shape[MOST_DIMENSIONS] = {0};
    *place = (patron_h5_place){0};
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    if (dataset < 0)
        return patron_h5_fail(PATRON_IO, file_name, "cannot be read again");
    hid_t space = H5Dget_space(dataset), type = H5Dget_type(dataset);
    hid_t creation = H5Dget_create_plist(dataset);
    int dimensions = H5Sget_simple_extent_dims(space, shape, NULL);
    place->row_bytes = H5Tget_size(type);
    patron_status status = find(dataset, space, creation, shape, dimensions, place, &found);
    if (status == PATRON_OK && !found)
        status = patron_fail(PATRON_IO, "%s: the place of %s is not known", file_name, path);
    H5Pclose(creation);
    H5Tclose(type);
    H5Sclose(space);
    H5Dclose(dataset);
    return status;
}

void patron_h5_place_free(patron_h5_place *place)
{
    free(place->offsets);
    *place = (patron_h5_place){0};
}
