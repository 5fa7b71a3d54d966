/* SPDX-License-Identifier: Apache-2.0 */
/* The attributes of a group of a model, whichever there are: /run, /rules, ...  On one rank. */
#ifndef PATRON_MODEL_FACTS_H
#define PATRON_MODEL_FACTS_H

#include "patron/status.h"

#include <hdf5.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct patron_fact {
    enum { PATRON_FACT_TEXT, PATRON_FACT_COUNT, PATRON_FACT_REAL } kind;
    char *name, *text; /* text: NULL of numbers */
    uint64_t count;
    double real;
} patron_fact;

/* In bytewise order of names; none where the model lacks the group. */
typedef struct patron_facts {
    uint64_t count;
    patron_fact *facts;
} patron_facts;

/* Those of `group` in a file called `path` in messages.  Release with patron_facts_free in any
 * case.  DATA: an attribute that is neither a number nor
 * text; RESOURCE. */
patron_status patron_facts_read(hid_t file, const char *path, const char *group,
                                patron_facts *facts);
void patron_facts_free(patron_facts *facts);

/* The fact called `name`; NULL where there is none. */
const patron_fact *patron_facts_find(const patron_facts *facts, const char *name);

#endif
