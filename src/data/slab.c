/* SPDX-License-Identifier: Apache-2.0 */
/* Goes through the parts that hold a range. */
#include "data/slab.h"

#include "data/dataset.h"
#include "store/h5.h"

patron_status patron_slab_each(const patron_dataset *dataset, const uint64_t *starts,
                               patron_range range, patron_slab_reader read, void *target)
{
    patron_status status = PATRON_OK;
    uint64_t end = range.first + range.count;
    for (uint32_t part = 0; status == PATRON_OK && part < dataset->head.parts; ++part) {
        uint64_t from = starts[part] > range.first ? starts[part] : range.first;
        uint64_t to = starts[part + 1] < end ? starts[part + 1] : end;
        if (from >= to)
            continue;
        patron_slab piece = {.file_name = dataset->files[part],
                             .first = from - starts[part],
                             .count = to - from,
                             .done = from - range.first,
                             .global = from};
        status = patron_h5_open(piece.file_name, &piece.file);
        if (status == PATRON_OK)
            status = read(&piece, target);
        if (piece.file >= 0)
            H5Fclose(piece.file);
    }
    return status;
}
