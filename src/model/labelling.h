/* SPDX-License-Identifier: Apache-2.0 */
/* A vector of labels, one a row: a rank's part of it, each label as the number of its segment. */
#ifndef PATRON_MODEL_LABELLING_H
#define PATRON_MODEL_LABELLING_H

#include "patron/data.h"

typedef struct patron_labelling {
    uint64_t rows;      /* of all ranks */
    patron_range range; /* rows of this rank, by patron_range_cut */
    int32_t *codes;     /* range.count: below `segments`; -1: no label */
    uint32_t segments;
    patron_texts
        names;        /* segments; of an array or a text in ascending order, by value or bytewise */
    bool has_numbers; /* all names are whole numbers */
    bool is_model;
    char *dataset; /* that the model says it was made of, and its digest; NULL: it does not say */
    char *dataset_digest;
} patron_labelling;

/* Whether `source` is HDF5: "FILE.h5:/path", or an HDF5 file.  On one rank. */
bool patron_labelling_is_h5(const char *source);

/* Reads "FILE.h5:/path", an array of whole numbers, of which -1 is no label and each other value a
 * segment; or "FILE.h5", a segment model, where segments may be empty.  Collective.  Release with
 * patron_labelling_free in any case.  NO_INPUT: no such file; DATA: no model, another shape or
 * type; IO, RESOURCE. */
patron_status patron_labelling_read(const patron_comm *comm, const char *source,
                                    patron_labelling *labels);
/* The same of a model alone, without names. */
patron_status patron_labelling_read_model(const patron_comm *comm, const char *file_name,
                                          patron_labelling *labels);
void patron_labelling_free(patron_labelling *labels);

/* DATA where the labels, called `source`, are not those of `dataset`, whose digest is `digest`: of
 * another number of rows, or of a model that says it was made of another digest.  Models that other
 * programs wrote may not say.  The same on every rank; not collective. */
patron_status patron_labelling_check_dataset(const patron_labelling *labels, const char *source,
                                             const patron_dataset *dataset, const char *digest);

/* Makes codes and names of labels->range from values[labels->range.count], numbers of which -1 is
 * no label; `source` is for messages.  Collective.  DATA: more than 2^31 - 1 different ones;
 * RESOURCE. */
patron_status patron_labelling_number(const patron_comm *comm, const char *source,
                                      const int64_t *values, patron_labelling *labels);

/* Appends the name of a segment that is a number.  RESOURCE. */
patron_status patron_labelling_name(patron_labelling *labels, int64_t number);

#endif
