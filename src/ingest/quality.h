/* SPDX-License-Identifier: Apache-2.0 */
/* Figures of /quality, added to a dataset one by one.  `name` must be static.  Nothing here is
 * collective; RESOURCE where memory is short. */
#ifndef PATRON_INGEST_QUALITY_H
#define PATRON_INGEST_QUALITY_H

#include "patron/data.h"

patron_status patron_quality_add_count(patron_dataset_content *content, const char *name,
                                       uint64_t count);
patron_status patron_quality_add_real(patron_dataset_content *content, const char *name,
                                      double real);

#endif
