/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of the fit in attributes, of its segments in a record each. */
#include "model/validation_table.h"

#include "model/verify_parts.h"
#include "patron/memory.h"
#include "store/h5.h"

#include <inttypes.h>
#include <stddef.h>

static const char group[] = "/validation", table[] = "/validation/segments";

#define FIELD(type, name)                                                                          \
    {                                                                                              \
#name, PATRON_H5_##type, offsetof(patron_validated_segment, name)                          \
    }

static const patron_h5_field fields[] = {FIELD(F64, compactness),   FIELD(F64, separation),
                                         FIELD(F64, silhouette),    FIELD(F64, pair_silhouette),
                                         FIELD(F64, connectedness), FIELD(F64, stability),
                                         FIELD(U32, nearest)};
enum { FIELDS = sizeof fields / sizeof fields[0] };

/* Attributes, and where their values lie. */
#define FIGURE(name)                                                                               \
    {                                                                                              \
#name, offsetof(patron_validation, name)                                                   \
    }

static const struct {
    const char *name;
    size_t offset;
} reals[] = {FIGURE(silhouette),      FIGURE(silhouette_error),
             FIGURE(pair_silhouette), FIGURE(pair_silhouette_error),
             FIGURE(davies_bouldin),  FIGURE(calinski_harabasz),
             FIGURE(connectivity),    FIGURE(connectedness),
             FIGURE(adjusted_rand)},
  counts[] = {FIGURE(judged_rows), FIGURE(resampled_rows), FIGURE(paired_rows)};
enum { REALS = sizeof reals / sizeof reals[0], COUNTS = sizeof counts / sizeof counts[0] };

patron_status patron_validation_table_write(const patron_h5_file *file,
                                            const patron_validation *validation)
{
    const char *at = (const char *)validation;
    patron_status status = patron_h5_write_group(file, group);
    for (size_t i = 0; status == PATRON_OK && i < REALS; ++i)
        status = patron_h5_attach_f64(file, group, reals[i].name,
                                      *(const double *)(const void *)(at + reals[i].offset));
    for (size_t i = 0; status == PATRON_OK && i < COUNTS; ++i)
        status = patron_h5_attach_u64(file, group, counts[i].name,
                                      *(const uint64_t *)(const void *)(at + counts[i].offset));
    if (status == PATRON_OK)
        status = patron_h5_write_records(file, table, fields, FIELDS, sizeof *validation->segments,
                                         validation->k, validation->segments);
    return status;
}

/* ---- reading ---- */

static patron_status read_records(const patron_h5_array *array, patron_validated_segment *segments)
{
    hid_t type = H5Tcreate(H5T_COMPOUND, sizeof *segments);
    for (size_t i = 0; i < FIELDS; ++i)
        H5Tinsert(type, fields[i].name, fields[i].offset,
                  fields[i].type == PATRON_H5_U32 ? H5T_NATIVE_UINT32 : H5T_NATIVE_DOUBLE);
    herr_t error = H5Dread(array->dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, segments);
    H5Tclose(type);
    return error < 0 ? patron_h5_fail(PATRON_DATA, array->name, "has other fields") : PATRON_OK;
}

patron_status patron_validation_table_read(hid_t file, const char *path, uint32_t k,
                                           patron_validation *validation)
{
    char *at = (char *)validation;
    patron_h5_array array = {.dataset = H5I_INVALID_HID};
    patron_status status = PATRON_OK;
    *validation = (patron_validation){.k = k};
    if (!patron_h5_exists(file, group))
        return PATRON_OK;
    for (size_t i = 0; status == PATRON_OK && i < REALS; ++i)
        status = patron_h5_figure_f64(file, path, group, reals[i].name,
                                      (double *)(void *)(at + reals[i].offset));
    for (size_t i = 0; status == PATRON_OK && i < COUNTS; ++i)
        status = patron_h5_figure_u64(file, path, group, counts[i].name,
                                      (uint64_t *)(void *)(at + counts[i].offset));
    if (status == PATRON_OK)
        status = patron_h5_array_open(file, path, table, 1, PATRON_H5_RECORD, &array);
    if (status == PATRON_OK)
        status = patron_verify_equal(path, table, array.shape[0], k);
    if (status == PATRON_OK &&
        (validation->segments = patron_allocate(k, sizeof *validation->segments)) == NULL)
        status = PATRON_RESOURCE;
    if (status == PATRON_OK)
        status = read_records(&array, validation->segments);
    for (uint32_t s = 0; status == PATRON_OK && s < k; ++s)
        if (validation->segments[s].nearest >= k)
            status = patron_fail(PATRON_DATA,
                                 "%s: row %" PRIu32 ": nearest is %" PRIu32 ", below %" PRIu32
                                 " expected",
                                 array.name, s, validation->segments[s].nearest, k);
    patron_h5_array_close(&array);
    return status;
}
