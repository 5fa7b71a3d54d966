/* SPDX-License-Identifier: Apache-2.0 */
/* What a dataset holds beside its customers, baskets and items: the figures of /quality, and
 * objects that the format does not know. */
#ifndef PATRON_DATA_DATASET_EXTRAS_H
#define PATRON_DATA_DATASET_EXTRAS_H

#include "patron/data.h"

typedef struct patron_dataset_extras {
    patron_texts names;      /* of the figures, bytewise ascending */
    patron_quality *figures; /* names.count; their own `name` is NULL */
    patron_texts others;     /* paths of the other objects, bytewise ascending */
    patron_texts kinds; /* of these, as they are in the first part: "float32 1000x3", "group" */
} patron_dataset_extras;

/* Reads them from the first part, which speaks for all.  Collective; rank 0 alone gets them.
 * Release with patron_dataset_extras_free in any case.  DATA, IO, RESOURCE. */
patron_status patron_dataset_read_extras(const patron_comm *comm, const patron_dataset *dataset,
                                         patron_dataset_extras *extras);
void patron_dataset_extras_free(patron_dataset_extras *extras);

#endif
