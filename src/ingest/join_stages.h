/* SPDX-License-Identifier: Apache-2.0 */
/* A join on its way.
 *
 *   feed  customers of all sources go to lanes by id
 *   walk  each lane puts the records of a customer together
 *
 * A record has the id as its key, and as its value the number of its source (1 byte) and the
 * features. */
#ifndef PATRON_INGEST_JOIN_STAGES_H
#define PATRON_INGEST_JOIN_STAGES_H

#include "ingest/join.h"
#include "ingest/row_map.h"
#include "shuffle/shuffle.h"
#include "shuffle/splitters.h"

typedef struct patron_join_counts {
    uint64_t unmatched[PATRON_JOIN_SOURCES];
    uint64_t filled, missing;
} patron_join_counts;

typedef struct patron_join {
    const patron_comm *comm;
    const patron_join_options *options;
    const patron_join_source *sources;
    uint32_t count;
    int threads; /* and lanes of this rank */
    uint32_t width;
    uint32_t first[PATRON_JOIN_SOURCES + 1]; /* columns of a source start here */
    float *absent;                           /* width: of a customer that the source lacks */
    patron_splitters cuts;
    patron_shuffle *rows;
    patron_join_counts counts;
    patron_row_map of_first; /* rows of the first source */
    patron_ingested *lists;
} patron_join;

/* Collective, one after the other. */
patron_status patron_join_feed(patron_join *join);
patron_status patron_join_walk(patron_join *join);

#endif
