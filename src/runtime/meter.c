/* SPDX-License-Identifier: Apache-2.0 */
/* The meter of this process: the step at work, and what each came to. */
#include "runtime/meter.h"

#include "patron/progress.h"

#include <stdatomic.h>
#include <string.h>

static const double NANO = 1e9;

static const struct {
    const char *name, *kind;
} steps[PATRON_STEPS] = {
    [PATRON_STEP_OTHER] = {"other", "other"},
    [PATRON_STEP_START] = {"start", "other"},
    [PATRON_STEP_READ] = {"read", "file"},
    [PATRON_STEP_AWAIT] = {"await_reading", "file"},
    [PATRON_STEP_WRITE] = {"write", "file"},
    [PATRON_STEP_SYNC] = {"sync", "file"},
    [PATRON_STEP_PACK] = {"pack", "packing"},
    [PATRON_STEP_TRANSFORM] = {"transform", "kernel"},
    [PATRON_STEP_DIGEST] = {"digest", "kernel"},
    [PATRON_STEP_GENERATE] = {"generate", "kernel"},
    [PATRON_STEP_PARSE] = {"parse", "kernel"},
    [PATRON_STEP_SORT] = {"sort", "kernel"},
    [PATRON_STEP_CUSTOMERS] = {"customers", "kernel"},
    [PATRON_STEP_BASKETS] = {"baskets", "kernel"},
    [PATRON_STEP_SURVEY] = {"survey", "kernel"},
    [PATRON_STEP_SEED] = {"seed", "kernel"},
    [PATRON_STEP_ASSIGN] = {"assign", "kernel"},
    [PATRON_STEP_UPDATE] = {"update", "kernel"},
    [PATRON_STEP_JUDGE] = {"judge", "kernel"},
    [PATRON_STEP_COUNT] = {"count", "kernel"},
    [PATRON_STEP_BUILD] = {"build", "kernel"},
    [PATRON_STEP_MINE] = {"mine", "kernel"},
    [PATRON_STEP_LIST] = {"list", "kernel"},
    [PATRON_STEP_RULES] = {"rules", "kernel"},
    [PATRON_STEP_RANK] = {"rank", "kernel"},
    [PATRON_STEP_CONTRAST] = {"contrast", "kernel"},
    [PATRON_STEP_NEAREST] = {"nearest", "kernel"},
    [PATRON_STEP_MATCH] = {"match", "kernel"},
    [PATRON_STEP_PROFILE] = {"profile", "kernel"},
    [PATRON_STEP_CONTINGENCY] = {"contingency", "kernel"},
    [PATRON_STEP_COMPARE] = {"compare", "kernel"},
    [PATRON_STEP_CHECK] = {"check", "kernel"},
    [PATRON_STEP_FORMAT] = {"format", "kernel"},
    [PATRON_STEP_IDLE] = {"idle", "other"},
    [PATRON_STEP_AGREE] = {"agree", "transfer"},
    [PATRON_STEP_ALLREDUCE] = {"allreduce", "transfer"},
    [PATRON_STEP_PREFIX] = {"prefix", "transfer"},
    [PATRON_STEP_BROADCAST] = {"broadcast", "transfer"},
    [PATRON_STEP_GATHER] = {"gather", "transfer"},
    [PATRON_STEP_EXCHANGE] = {"exchange", "transfer"},
    [PATRON_STEP_SEND] = {"send", "transfer"},
    [PATRON_STEP_RECEIVE] = {"receive", "transfer"},
    [PATRON_STEP_NOTE] = {"note", "transfer"},
    [PATRON_STEP_GATE] = {"gate", "transfer"},
    [PATRON_STEP_WAIT] = {"wait", "other"},
    [PATRON_STEP_METER] = {"meter", "other"},
};

static struct {
    bool is_on;
    patron_step current;
    double marked;
    double seconds[PATRON_STEPS], wait[PATRON_STEPS];
} clock_of;

static _Thread_local bool is_mine;

/* Any thread adds to these. */
static _Atomic uint64_t counted[PATRON_STEPS][PATRON_FIGURES];

const char *patron_step_name(patron_step step)
{
    return steps[step].name;
}

const char *patron_step_kind(patron_step step)
{
    return steps[step].kind;
}

const char *patron_figure_name(patron_figure figure)
{
    static const char *const names[] = {"seconds", "wait_seconds", "beside_seconds",
                                        "calls",   "bytes_in",     "bytes_out"};
    return names[figure];
}

double patron_figure_value(patron_figure figure, double value)
{
    return figure <= PATRON_FIGURE_BESIDE ? value / NANO : value;
}

void patron_meter_start(void)
{
    clock_of.is_on = is_mine = true;
    clock_of.current = PATRON_STEP_OTHER;
    memset(clock_of.seconds, 0, sizeof clock_of.seconds);
    memset(clock_of.wait, 0, sizeof clock_of.wait);
    for (int i = 0; i < PATRON_STEPS * PATRON_FIGURES; ++i)
        atomic_store_explicit(&counted[i / PATRON_FIGURES][i % PATRON_FIGURES], 0,
                              memory_order_relaxed);
    clock_of.marked = patron_clock();
}

void patron_meter_stop(void)
{
    clock_of.is_on = is_mine = false;
}

bool patron_meter_is_mine(void)
{
    return is_mine;
}

static void add(patron_step step, patron_figure figure, uint64_t value)
{
    atomic_fetch_add_explicit(&counted[step][figure], value, memory_order_relaxed);
}

/* The time since the last change belongs to the step that was at work. */
static void change_to(patron_step step, double now)
{
    clock_of.seconds[clock_of.current] += now - clock_of.marked;
    clock_of.marked = now;
    clock_of.current = step;
}

/* A collective that is made of others counts as one. */
static bool is_part(patron_step step)
{
    return is_mine && step >= PATRON_STEP_AGREE && clock_of.current >= PATRON_STEP_AGREE;
}

patron_span patron_meter_enter(patron_step step)
{
    patron_span span = {.step = step};
    if (!clock_of.is_on || is_part(step))
        return span;
    span.is_open = true;
    span.began = patron_clock();
    if (is_mine) {
        span.before = clock_of.current;
        change_to(step, span.began);
    }
    return span;
}

patron_span patron_meter_arrive(const patron_comm *comm, patron_step step)
{
    bool is_between = comm->size > 1 || step < PATRON_STEP_AGREE; /* one rank alone sends nothing */
    return comm->is_metered && is_mine && is_between ? patron_meter_enter(step)
                                                     : (patron_span){.step = step};
}

void patron_meter_carry(patron_step step, uint64_t bytes_in, uint64_t bytes_out)
{
    if (bytes_in > 0)
        add(step, PATRON_FIGURE_IN, bytes_in);
    if (bytes_out > 0)
        add(step, PATRON_FIGURE_OUT, bytes_out);
}

void patron_meter_leave(patron_span span, uint64_t bytes_in, uint64_t bytes_out)
{
    if (!span.is_open)
        return;
    double now = patron_clock();
    if (is_mine)
        change_to(span.before, now);
    else
        add(span.step, PATRON_FIGURE_BESIDE, (uint64_t)((now - span.began) * NANO));
    add(span.step, PATRON_FIGURE_CALLS, 1);
    patron_meter_carry(span.step, bytes_in, bytes_out);
}

void patron_meter_move_wait(patron_step step, double seconds)
{
    clock_of.seconds[step] -= seconds;
    clock_of.wait[step] += seconds;
    clock_of.seconds[PATRON_STEP_WAIT] += seconds;
}

void patron_meter_read(uint64_t figures[PATRON_STEPS][PATRON_FIGURES])
{
    change_to(clock_of.current, patron_clock());
    for (int step = 0; step < PATRON_STEPS; ++step) {
        for (int i = 0; i < PATRON_FIGURES; ++i)
            figures[step][i] = atomic_load_explicit(&counted[step][i], memory_order_relaxed);
        double seconds = clock_of.seconds[step]; /* rounding can leave less than nothing */
        figures[step][PATRON_FIGURE_SECONDS] = seconds > 0.0 ? (uint64_t)(seconds * NANO) : 0;
        figures[step][PATRON_FIGURE_WAIT] = (uint64_t)(clock_of.wait[step] * NANO);
    }
}
