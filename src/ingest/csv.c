/* SPDX-License-Identifier: Apache-2.0 */
/* Messages about CSV text, and columns by their names. */
#include "ingest/csv.h"

#include "ingest/show.h"

#include <inttypes.h>
#include <stdio.h>

patron_status patron_csv_fail_line(const char *file, uint64_t line, uint64_t offset,
                                   const patron_csv_fault *fault)
{
    char byte[40] = "";
    if (fault->tell_byte)
        snprintf(byte, sizeof byte, ", byte %" PRIu64, offset + 1);
    return patron_fail(PATRON_DATA, "%s, line %" PRIu64 "%s%s", file, line, byte, fault->text);
}

patron_status patron_csv_fail_empty(const char *file)
{
    return patron_fail(PATRON_DATA, "%s: is empty; a header line is expected", file);
}

patron_status patron_csv_find(const patron_csv_record *header, const char *name, uint32_t *column)
{
    patron_slice wanted = patron_slice_trim(patron_slice_of(name));
    uint32_t found = 0;
    for (uint32_t i = 0; i < header->count; ++i)
        if (patron_slice_equal(header->fields[i], wanted)) {
            *column = i;
            ++found;
        }
    if (found == 1)
        return PATRON_OK;
    if (found > 1)
        return patron_csv_fail(header, ": the header names the column '%s' %" PRIu32 " times", name,
                               found);
    char told[640];
    patron_header_tell(header, wanted, told, sizeof told);
    return patron_csv_fail(header, ": no column '%s'; %s", name, told);
}
