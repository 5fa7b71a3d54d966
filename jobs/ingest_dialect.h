/* SPDX-License-Identifier: Apache-2.0 */
/* What the options of ingest say of the text's form. */
#ifndef PATRON_JOBS_INGEST_DIALECT_H
#define PATRON_JOBS_INGEST_DIALECT_H

#include "ingest/dialect.h"
#include "ingest/rejects.h"
#include "ingest/value.h"
#include "ingest_options.h"

/* USAGE: a delimiter, mark or format that can be none, marks that are the same. */
patron_status ingest_dialect_check(const patron_options *given, const ingest_options *options);

/* Of options that were checked; what they hold stays theirs. */
patron_dialect_options ingest_dialect(const ingest_options *options);
patron_value_forms ingest_forms(const ingest_options *options);

/* What to do with bad rows; false where the first is an error. `folder` outlives *rejects. */
bool ingest_rejects(const ingest_options *options, const char *folder, bool force, int threads,
                    patron_rejects_options *rejects);

#endif
