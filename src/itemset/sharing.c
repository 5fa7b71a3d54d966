/* SPDX-License-Identifier: Apache-2.0 */
/* Work stealing with rows that travel (after Blumofe, Leiserson 1999, where memory is shared): a
 * rank without tasks asks its neighbours, one after the other: those that are a power of two of
 * ranks before or behind it, so that they are as many as the logarithm of all ranks.  The one asked
 * gives away the later half of its own tasks, with the rows that they need, or answers that it has
 * none to give, and is not asked again.  A first gate opens when no rank has tasks left, which ends
 * the asking, a second one when no answer is due any more. */
#include "itemset/sharing.h"

#include "itemset/gift.h"
#include "itemset/pause.h"
#include "patron/memory.h"
#include "runtime/meter.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { REQUEST = 1, NOTHING, GIFT, NOBODY = -1 };

/* One who waits looks so often before it sleeps between looks, for so long. */
enum { LOOKS = 50, PAUSE_NS = 50000 };

/* A rank gives no more than this at a time, unless one task needs more; and nothing where the rows
 * would take as long to travel as the tasks to be mined: a word as long as that many units of cost.
 */
static const uint64_t MOST_WORDS = UINT64_C(1) << 22, COST_OF_WORD = 6;

struct itemset_sharing {
    const patron_comm *comm;
    const itemset_database *database;

    /* What the threads take from: this rank's own tasks, then those of a gift. */
    pthread_mutex_t lock;
    const itemset_task *tasks;
    const itemset_node *node;
    uint64_t next, end, taken;
    int running;
    bool is_gift, is_over, is_abandoned;

    itemset_task *own;
    uint64_t dealt;
    itemset_giving giving;
    itemset_gift gift; /* the latest */

    int asked; /* whose answer is awaited */
    int turn;  /* of the neighbour that is asked next */
    bool settled;
    bool came_to_first, came_to_second;
    patron_comm_gate first, second;
    itemset_pause pause;
    patron_status status;
};

/* ---- tasks ---- */

void itemset_sharing_free(itemset_sharing *sharing)
{
    if (sharing == NULL)
        return;
    itemset_giving_free(&sharing->giving);
    itemset_gift_free(&sharing->gift);
    free(sharing->own);
    pthread_mutex_destroy(&sharing->lock);
    free(sharing);
}

itemset_sharing *itemset_sharing_create(const patron_comm *comm, const itemset_database *database,
                                        itemset_sharing_mode mode,
                                        const patron_checkpoint *checkpoint)
{
    itemset_sharing *s = patron_allocate(1, sizeof *s);
    if (s == NULL)
        return NULL;
    *s = (itemset_sharing){.comm = comm,
                           .database = database,
                           .node = &database->node,
                           .asked = NOBODY,
                           .pause = {.comm = comm, .checkpoint = checkpoint},
                           .settled = mode.settled};
    pthread_mutex_init(&s->lock, NULL);
    s->own = patron_allocate(database->task_count, sizeof *s->own);
    patron_status status = s->own == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK && comm->size > 1) {
        status = itemset_giving_create(comm, database, mode.whole_rows, &s->giving);
        s->gift.tasks = patron_allocate(database->task_count, sizeof *s->gift.tasks);
    }
    if (status != PATRON_OK || (comm->size > 1 && s->gift.tasks == NULL)) {
        itemset_sharing_free(s);
        return NULL;
    }
    for (uint64_t i = 0; i < database->task_count; ++i)
        if (database->tasks[i].rank == comm->rank && !itemset_task_is_done(&database->tasks[i]))
            s->own[s->dealt++] = database->tasks[i];
    s->tasks = s->own;
    s->end = s->dealt;
    return s;
}

static bool take(itemset_sharing *s, itemset_job *job)
{
    pthread_mutex_lock(&s->lock);
    bool is_there = s->next < s->end;
    if (is_there) {
        *job = (itemset_job){&s->tasks[s->next++], s->node, s->taken++};
        ++s->running;
    }
    pthread_mutex_unlock(&s->lock);
    return is_there;
}

void itemset_sharing_done(itemset_sharing *sharing)
{
    pthread_mutex_lock(&sharing->lock);
    --sharing->running;
    pthread_mutex_unlock(&sharing->lock);
}

void itemset_sharing_abandon(itemset_sharing *sharing)
{
    pthread_mutex_lock(&sharing->lock);
    sharing->is_abandoned = true;
    sharing->end = sharing->next;
    pthread_mutex_unlock(&sharing->lock);
}

/* ---- giving ---- */

/* Takes the later half of this rank's own tasks out of its hands; [*first, *first + count). */
static uint64_t take_out_half(itemset_sharing *s, uint64_t *first)
{
    pthread_mutex_lock(&s->lock);
    uint64_t count = s->is_gift ? 0 : (s->end - s->next) / 2;
    s->end -= count;
    *first = s->end;
    pthread_mutex_unlock(&s->lock);
    return count;
}

static void put_back(itemset_sharing *s, uint64_t count)
{
    pthread_mutex_lock(&s->lock);
    s->end += s->is_abandoned ? 0 : count;
    pthread_mutex_unlock(&s->lock);
}

static bool is_worthwhile(const itemset_task *tasks, uint64_t count, uint64_t words)
{
    uint64_t cost = 0;
    for (uint64_t i = 0; i < count; ++i)
        cost += tasks[i].cost;
    return cost / COST_OF_WORD >= words;
}

/* Chooses own[*first, *first + *count) to be given; returns whether there is something to give. */
static bool choose_gift(itemset_sharing *s, uint64_t *first, uint64_t *count)
{
    *count = take_out_half(s, first);
    uint64_t words = *count > 0 ? itemset_giving_measure(&s->giving, s->own + *first, *count) : 0;
    while (*count > 1 && words > MOST_WORDS) {
        uint64_t kept = *count / 2;
        put_back(s, kept);
        *first += kept;
        *count -= kept;
        words = itemset_giving_measure(&s->giving, s->own + *first, *count);
    }
    if (*count > 0 && is_worthwhile(s->own + *first, *count, words) &&
        itemset_giving_prepare(&s->giving, s->own + *first, *count) == PATRON_OK)
        return true;
    put_back(s, *count);
    return false;
}

static void give(itemset_sharing *s, int to)
{
    uint64_t first, count;
    if (!choose_gift(s, &first, &count)) {
        patron_comm_note(s->comm, NOTHING, to);
        return;
    }
    patron_comm_note(s->comm, GIFT, to);
    itemset_giving_send(&s->giving, s->own + first, count, to);
}

static void attend(itemset_sharing *s)
{
    int from;
    while (patron_comm_noted(s->comm, REQUEST, &from))
        give(s, from);
}

/* ---- taking ---- */

static void accept_gift(itemset_sharing *s, int from)
{
    patron_status status = itemset_gift_receive(&s->giving, from, &s->gift);
    pthread_mutex_lock(&s->lock);
    s->is_gift = true;
    s->tasks = s->gift.tasks;
    s->node = &s->gift.node;
    s->next = 0;
    s->end = status == PATRON_OK && !s->is_abandoned ? s->gift.count : 0;
    s->status = s->status == PATRON_OK ? status : s->status;
    pthread_mutex_unlock(&s->lock);
}

/* The neighbours in turn: a rank behind, a rank before, two behind, ...; NOBODY after the last. */
static int find_neighbour(const patron_comm *comm, int turn)
{
    uint64_t size = (uint64_t)comm->size, distance = UINT64_C(1) << turn / 2;
    bool is_before = turn % 2 != 0;
    if (2 * distance > size || (is_before && 2 * distance == size))
        return NOBODY;
    return (int)(((uint64_t)comm->rank + (is_before ? size - distance : distance)) % size);
}

static bool is_abandoned(itemset_sharing *s)
{
    pthread_mutex_lock(&s->lock);
    bool abandoned = s->is_abandoned;
    pthread_mutex_unlock(&s->lock);
    return abandoned;
}

/* Asks the next neighbour, if there is one and tasks may be left. */
static void ask(itemset_sharing *s)
{
    if (s->settled || is_abandoned(s) || patron_comm_is_open(&s->first))
        return;
    s->asked = find_neighbour(s->comm, s->turn);
    if (s->asked != NOBODY)
        patron_comm_note(s->comm, REQUEST, s->asked);
}

/* Looks for an answer; one that has nothing is not asked again. */
static bool hear(itemset_sharing *s)
{
    int from;
    if (patron_comm_noted(s->comm, NOTHING, &from))
        ++s->turn;
    else if (patron_comm_noted(s->comm, GIFT, &from))
        accept_gift(s, from);
    else
        return false;
    s->asked = NOBODY;
    return true;
}

static bool is_at_rest(itemset_sharing *s)
{
    pthread_mutex_lock(&s->lock);
    bool at_rest = s->running == 0 && s->next == s->end;
    pthread_mutex_unlock(&s->lock);
    return at_rest;
}

static void declare_over(itemset_sharing *s)
{
    pthread_mutex_lock(&s->lock);
    s->is_over = true;
    pthread_mutex_unlock(&s->lock);
}

/* A step of the thread that speaks, which has no task, while others may be at work; returns whether
 * it heard an answer. */
static bool speak(itemset_sharing *s)
{
    attend(s);
    if (!is_at_rest(s))
        return false;
    if (!s->came_to_first)
        patron_comm_come(s->comm, &s->first);
    s->came_to_first = true;
    if (s->asked == NOBODY)
        ask(s);
    if (s->asked != NOBODY)
        return hear(s);
    if (!patron_comm_is_open(&s->first))
        return false;
    if (!s->came_to_second)
        patron_comm_come(s->comm, &s->second);
    s->came_to_second = true;
    if (patron_comm_is_open(&s->second))
        declare_over(s);
    return false;
}

static bool is_over(itemset_sharing *s)
{
    pthread_mutex_lock(&s->lock);
    bool over = s->is_over || s->comm->size == 1;
    pthread_mutex_unlock(&s->lock);
    return over;
}

bool itemset_sharing_is_to_pause(itemset_sharing *sharing, bool speaks)
{
    if (speaks)
        itemset_pause_listen(&sharing->pause);
    return itemset_pause_is_wished(&sharing->pause);
}

/* A rank that has tasks takes one before it pauses, so that all get on. */
static void heed_pause(itemset_sharing *s, bool speaks)
{
    if (s->pause.checkpoint == NULL || !itemset_sharing_is_to_pause(s, speaks))
        return;
    pthread_mutex_lock(&s->lock);
    bool may_pause = s->taken > 0 || s->next == s->end;
    pthread_mutex_unlock(&s->lock);
    if (may_pause)
        itemset_sharing_abandon(s);
}

void itemset_sharing_settle(itemset_sharing *sharing)
{
    itemset_pause_settle(&sharing->pause);
}

bool itemset_sharing_next(itemset_sharing *sharing, bool speaks, itemset_job *job)
{
    static const struct timespec pause = {.tv_nsec = PAUSE_NS};
    int looks = speaks ? 0 : LOOKS;
    if (speaks && sharing->comm->size > 1)
        attend(sharing);
    heed_pause(sharing, speaks);
    while (!take(sharing, job)) {
        if (is_over(sharing))
            return false;
        heed_pause(sharing, speaks);
        if (speaks && speak(sharing)) {
            looks = 0;
            continue;
        }
        patron_span span = patron_meter_enter(PATRON_STEP_IDLE);
        if (++looks < LOOKS)
            sched_yield();
        else
            nanosleep(&pause, NULL);
        patron_meter_leave(span, 0, 0);
    }
    return true;
}

uint64_t itemset_sharing_dealt(const itemset_sharing *sharing)
{
    return sharing->dealt;
}

patron_status itemset_sharing_status(const itemset_sharing *sharing)
{
    return sharing->status;
}

uint64_t itemset_sharing_bytes(const itemset_sharing *sharing)
{
    return sharing->giving.bytes;
}
