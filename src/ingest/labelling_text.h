/* SPDX-License-Identifier: Apache-2.0 */
/* Labels from a column of CSV. */
#ifndef PATRON_INGEST_LABELLING_TEXT_H
#define PATRON_INGEST_LABELLING_TEXT_H

#include "model/labelling.h"

/* Reads the column called `column` of the CSV at `path` (also gzip, or "-"), one label a row; NULL:
 * the only column, whose first line is a label, too, where it is a whole number.  Labels are whole
 * numbers, or where any is not, texts; "-1" is no label, each other one a segment.  Each rank reads
 * its range of a plain file; one reads gzip, a pipe or "-".  Collective.  Release with
 * patron_labelling_free in any case.  NO_INPUT: no such file; DATA: no such column, or several and
 * none named, an empty label; IO, RESOURCE. */
patron_status patron_labelling_read_text(const patron_comm *comm, const char *path,
                                         const char *column, patron_labelling *labels);

#endif
