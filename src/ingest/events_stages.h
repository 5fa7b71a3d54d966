/* SPDX-License-Identifier: Apache-2.0 */
/* Events on their way.
 *
 *   read  ranks read, clean, count kinds, and send rows to lanes by customer
 *   walk  each lane reads its rows by customer, kind and time, and sums up each customer
 *
 * A record to sort is all key: customer, NUL, kind, NUL, then the tail.  So equal rows lie side by
 * side, and the rows of a kind, too. */
#ifndef PATRON_INGEST_EVENTS_STAGES_H
#define PATRON_INGEST_EVENTS_STAGES_H

#include "ingest/events.h"
#include "shuffle/shuffle.h"
#include "shuffle/splitters.h"

typedef enum patron_event_rule {
    PATRON_EVENT_NO_CONSENT,
    PATRON_EVENT_NO_CUSTOMER,
    PATRON_EVENT_NO_KIND,
    PATRON_EVENT_TOO_OLD,
    PATRON_EVENT_RULES,
    PATRON_EVENT_KEEP = PATRON_EVENT_RULES
} patron_event_rule;

typedef struct patron_event_counts {
    uint64_t read, kept; /* read: without those rejected */
    uint64_t rejected;
    uint64_t dropped[PATRON_EVENT_RULES];
    int64_t first_time, last_time; /* of those kept; INT64_MAX and INT64_MIN of none */
} patron_event_counts;

/* What a walk over all lanes has counted. */
typedef struct patron_event_sums {
    uint64_t duplicates, filled, missing;
} patron_event_sums;

struct patron_events {
    const patron_comm *comm;
    const patron_sources *sources;
    patron_ingest_events_options options;
    char name[256];        /* of the input, for messages */
    int threads;           /* and lanes of this rank */
    uint64_t lanes;        /* of all ranks */
    patron_splitters cuts; /* of lanes */
    patron_shuffle *rows;
    patron_kinds kinds;
    patron_event_counts counts;
    int64_t as_of;
    patron_event_sums sums;
};

/* The end of a key. */
typedef struct patron_event_tail {
    int64_t time;
    double value; /* 0 where there is none */
    bool has_value;
} patron_event_tail;

enum { PATRON_EVENT_TAIL = 2 * sizeof(uint64_t) + 2 };

static inline void patron_event_tail_lay(const patron_event_tail *tail, char *bytes)
{
    uint64_t time = __builtin_bswap64((uint64_t)tail->time ^ UINT64_C(1) << 63); /* in order */
    memcpy(bytes, &time, sizeof time);
    memcpy(bytes + sizeof time, &tail->value, sizeof tail->value);
    bytes[PATRON_EVENT_TAIL - 2] = tail->has_value ? 'v' : '-';
    bytes[PATRON_EVENT_TAIL - 1] = '.'; /* a key does not end with NUL */
}

static inline patron_event_tail patron_event_tail_at(const char *bytes)
{
    patron_event_tail tail = {.has_value = bytes[PATRON_EVENT_TAIL - 2] == 'v'};
    uint64_t time = 0;
    memcpy(&time, bytes, sizeof time);
    memcpy(&tail.value, bytes + sizeof time, sizeof tail.value);
    tail.time = (int64_t)(__builtin_bswap64(time) ^ UINT64_C(1) << 63);
    return tail;
}

/* Both collective; the second needs the first, and as_of. */
patron_status patron_events_gather(patron_events *events);
patron_status patron_events_walk(patron_events *events, patron_ingested *lists);

/* Days in which events were seen: from the first of all customers to as_of. */
static inline double patron_events_window(const patron_events *events)
{
    return (double)(events->as_of - events->counts.first_time) / 86400.0;
}

/* Features of a slot: count, rate, recency, and where it has values their sum and mean. */
static inline uint32_t patron_events_slot_width(const patron_kinds *kinds, uint32_t slot)
{
    return patron_kinds_slot_has_values(kinds, slot) ? 5 : 3;
}

#endif
