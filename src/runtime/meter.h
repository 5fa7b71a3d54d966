/* SPDX-License-Identifier: Apache-2.0 */
/* Where a run's time goes: seconds, calls and bytes of each step of it, on every rank.
 *
 * The thread that started the meter is in one step at a time: one that begins inside another stops
 * the other's clock, so that the steps add up to the whole.  Other threads' time is kept apart, as
 * seconds beside.  A collective's time is parted, without a barrier, into waiting for the last rank
 * and what comes after it (meter_wait.c).
 *
 * Nothing is metered before patron_meter_start: a program that only uses the library pays a test.
 */
#ifndef PATRON_RUNTIME_METER_H
#define PATRON_RUNTIME_METER_H

#include "patron/comm.h"

#include "runtime/meter.h"

typedef enum patron_step {
    PATRON_STEP_OTHER, /* what no other step takes */
    PATRON_STEP_START, /* of MPI, HDF5 and threads */
    PATRON_STEP_READ,
    PATRON_STEP_AWAIT, /* for what another thread reads */
    PATRON_STEP_WRITE,
    PATRON_STEP_SYNC,
    PATRON_STEP_PACK, /* laying out rows, records or baskets for those who work on them */
    PATRON_STEP_TRANSFORM,
    PATRON_STEP_DIGEST,
    PATRON_STEP_GENERATE,
    PATRON_STEP_PARSE,
    PATRON_STEP_SORT,
    PATRON_STEP_CUSTOMERS,
    PATRON_STEP_BASKETS,
    PATRON_STEP_SURVEY,
    PATRON_STEP_SEED,
    PATRON_STEP_ASSIGN,
    PATRON_STEP_UPDATE,
    PATRON_STEP_JUDGE,
    PATRON_STEP_COUNT,
    PATRON_STEP_BUILD,
    PATRON_STEP_MINE,
    PATRON_STEP_LIST,
    PATRON_STEP_RULES,
    PATRON_STEP_RANK,     /* which sets and rules are the best, or how often the best are found */
    PATRON_STEP_CONTRAST, /* items and rules of each segment, counted in all */
    PATRON_STEP_NEAREST,
    PATRON_STEP_MATCH, /* rules and baskets */
    PATRON_STEP_PROFILE,
    PATRON_STEP_CONTINGENCY,
    PATRON_STEP_COMPARE,
    PATRON_STEP_CHECK,  /* datasets and models, against what they have to be */
    PATRON_STEP_FORMAT, /* results as text */
    PATRON_STEP_IDLE,   /* no task is left, but others are at work */
    PATRON_STEP_AGREE,  /* from here on what ranks do together */
    PATRON_STEP_ALLREDUCE,
    PATRON_STEP_PREFIX,
    PATRON_STEP_BROADCAST,
    PATRON_STEP_GATHER,
    PATRON_STEP_EXCHANGE,
    PATRON_STEP_SEND,
    PATRON_STEP_RECEIVE,
    PATRON_STEP_NOTE,  /* messages without content, sent and looked for */
    PATRON_STEP_GATE,  /* come to, and whether it is open */
    PATRON_STEP_WAIT,  /* for the last rank, in all collectives together */
    PATRON_STEP_METER, /* the meter's own messages */
    PATRON_STEPS
} patron_step;

/* "read", and "file", "packing", "kernel", "transfer" or "other"; static texts. */
const char *patron_step_name(patron_step step);
const char *patron_step_kind(patron_step step);

/* What is known of a step, in this order; seconds are in nanoseconds. */
typedef enum patron_figure {
    PATRON_FIGURE_SECONDS, /* of the thread that started the meter, waiting for ranks left out */
    PATRON_FIGURE_WAIT,    /* for the last rank to come */
    PATRON_FIGURE_BESIDE,  /* of all other threads together */
    PATRON_FIGURE_CALLS,
    PATRON_FIGURE_IN,  /* bytes read, or received */
    PATRON_FIGURE_OUT, /* bytes written, or sent */
    PATRON_FIGURES
} patron_figure;

/* "seconds", "wait_seconds", "beside_seconds", "calls", "bytes_in", "bytes_out". */
const char *patron_figure_name(patron_figure figure);

/* The value of a figure: seconds as such, the others as they are. */
double patron_figure_value(patron_figure figure, double value);

/* Begins to meter: all is 0, and this thread's clock runs. */
void patron_meter_start(void);

/* Has the collectives over `comm` metered; where ranks are on several hosts their clocks are
 * compared.  Where one rank's meter was not started no rank's goes on.  Collective. */
void patron_meter_join(patron_comm *comm);

/* A step at work; for patron_meter_leave alone. */
typedef struct patron_span {
    patron_step step, before;
    bool is_open;
    double began;
} patron_span;

/* A step begins and ends; any thread. */
patron_span patron_meter_enter(patron_step step);
void patron_meter_leave(patron_span span, uint64_t bytes_in, uint64_t bytes_out);

/* A step begins of which only those over the metered `comm` count, on its own thread: fits that are
 * too small to be timed are done alone. */
patron_span patron_meter_arrive(const patron_comm *comm, patron_step step);

/* Ends a collective.  `leads`: the others wait for this rank, as they do unless it only receives
 * from a root. */
void patron_meter_depart(const patron_comm *comm, patron_span span, bool leads, uint64_t bytes_in,
                         uint64_t bytes_out);

/* One figure of one step over the ranks. */
typedef struct patron_spread_figure {
    uint64_t max;
    double mean;
    int rank; /* the lowest of those that have the max */
} patron_spread_figure;

typedef struct patron_meter_report {
    patron_spread_figure step[PATRON_STEPS][PATRON_FIGURES];
    patron_spread_figure memory; /* peak bytes */
    bool is_there;               /* false: the meter was not started */
} patron_meter_report;

/* Whether any rank was in the step, or waited. */
bool patron_meter_has(const patron_meter_report *report, patron_step step);

/* What has been metered so far.  Collective. */
void patron_meter_reduce(const patron_comm *comm, patron_meter_report *report);

/* ---- for meter*.c alone ---- */

/* Whether this thread's clock is the meter's. */
bool patron_meter_is_mine(void);

/* From here on nothing is metered. */
void patron_meter_stop(void);

/* Bytes that were sent and received within a step. */
void patron_meter_carry(patron_step step, uint64_t bytes_in, uint64_t bytes_out);

/* Of the `seconds` of a step, `wait` were waiting. */
void patron_meter_move_wait(patron_step step, double seconds);

/* This rank's figures so far. */
void patron_meter_read(uint64_t figures[PATRON_STEPS][PATRON_FIGURES]);

/* Parts the collectives that are not parted yet.  Collective. */
void patron_meter_settle(const patron_comm *comm);

/* What is to be added to this rank's clock (plus `skew`, 0 but in tests) to have rank 0's; 0 where
 * all are on one host.  Collective. */
double patron_clock_offset(const patron_comm *comm, double skew);
bool patron_clock_is_shared(const patron_comm *comm);

#endif
