/* SPDX-License-Identifier: Apache-2.0 */
/* Work stealing with rows that travel (after Blumofe, Leiserson 1999, where memory is shared): a
 * rank without tasks asks one rank after the other.  That one gives away the later half of its own
 * tasks, with the rows that they need, or answers that it has none to give, and is not asked again.
 * A first gate opens when no rank has tasks left, which ends the asking, a second one when no
 * answer is due any more. */
#include "itemset/sharing.h"

#include "itemset/node_index.h"
#include "itemset/pause.h"
#include "itemset/wire.h"
#include "patron/memory.h"
#include "runtime/meter.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { REQUEST = 1, NOTHING, GIFT, BLOCK_WORDS = 1 << 18, NOBODY = -1, PAUSE_NS = 50000 };

/* A rank gives no more than this at a time, unless one task needs more; and nothing where the rows
 * would take as long to travel as the tasks to be mined: a word as long as that many units of cost.
 */
static const uint64_t MOST_WORDS = UINT64_C(1) << 22, COST_OF_WORD = 6;

struct itemset_sharing {
    const patron_comm *comm;
    const itemset_database *database;
    bool whole_rows;

    /* What the threads take from: this rank's own tasks, then those of a gift. */
    pthread_mutex_t lock;
    const itemset_task *tasks;
    const itemset_node *node;
    uint64_t next, end, taken;
    int running;
    bool is_gift, is_over, is_abandoned;

    itemset_task *own;
    uint64_t dealt;
    itemset_task *given; /* room for all tasks */
    itemset_node given_node;
    bool *wanted;    /* by item, all false between gifts */
    uint32_t *block; /* of rows that travel */
    uint64_t block_words;

    int asked;    /* whose answer is awaited */
    int distance; /* to the next rank to be asked */
    bool came_to_first, came_to_second;
    patron_comm_gate first, second;
    itemset_pause pause;
    patron_status status;
    uint64_t bytes;
};

/* ---- tasks ---- */

static void free_given_rows(itemset_sharing *s)
{
    itemset_rows_free(&s->given_node.rows);
    itemset_node_index_free(&s->given_node);
    s->given_node = (itemset_node){0};
}

void itemset_sharing_free(itemset_sharing *sharing)
{
    if (sharing == NULL)
        return;
    free_given_rows(sharing);
    free(sharing->own);
    free(sharing->given);
    free(sharing->wanted);
    free(sharing->block);
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
                           .whole_rows = mode.whole_rows,
                           .node = &database->node,
                           .asked = NOBODY,
                           .pause = {.comm = comm, .checkpoint = checkpoint},
                           .distance = mode.settled ? comm->size : 1};
    pthread_mutex_init(&s->lock, NULL);
    uint64_t travelling = comm->size > 1 ? 1 : 0;
    uint64_t longest = ITEMSET_WIRE_HEAD + (uint64_t)database->longest;
    s->block_words = longest > BLOCK_WORDS ? longest : BLOCK_WORDS;
    s->own = patron_allocate(database->task_count, sizeof *s->own);
    s->given = patron_allocate(travelling * database->task_count, sizeof *s->given);
    s->wanted = patron_allocate(travelling * database->node.width, sizeof *s->wanted);
    s->block = patron_allocate(travelling * s->block_words, sizeof *s->block);
    if (s->own == NULL || s->given == NULL || s->wanted == NULL || s->block == NULL) {
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

static void mark_items(itemset_sharing *s, const itemset_task *tasks, uint64_t count, bool value)
{
    for (uint64_t i = 0; i < count; ++i)
        for (uint32_t item = tasks[i].batch.first; item < tasks[i].batch.end; ++item)
            s->wanted[item] = value;
}

/* How much of a row the wanted items need. */
static uint64_t needed_length(const itemset_sharing *s, uint64_t row)
{
    const itemset_span span = itemset_rows_span(&s->database->node.rows, row);
    uint64_t length = (uint64_t)(span.end - span.first);
    for (uint64_t i = length; i-- > 0;)
        if (s->wanted[span.first[i]])
            return s->whole_rows ? length : i + 1;
    return 0;
}

static uint64_t count_words(const itemset_sharing *s)
{
    uint64_t words = 0;
    for (uint64_t row = 0; row < s->database->node.rows.count; ++row) {
        uint64_t length = needed_length(s, row);
        words += length > 1 ? ITEMSET_WIRE_HEAD + length : 0;
    }
    return words;
}

static void send_block(itemset_sharing *s, const uint32_t *end, int to)
{
    uint64_t words = (uint64_t)(end - s->block);
    patron_comm_send(s->comm, &words, sizeof words, to);
    patron_comm_send(s->comm, s->block, words * sizeof *s->block, to);
    s->bytes += sizeof words + words * sizeof *s->block;
}

/* Blocks of rows, then an empty one. */
static void send_rows(itemset_sharing *s, int to)
{
    const itemset_rows *rows = &s->database->node.rows;
    uint32_t *end = s->block;
    for (uint64_t row = 0; row < rows->count; ++row) {
        uint64_t length = needed_length(s, row);
        if (length < 2)
            continue;
        if ((uint64_t)(end - s->block) + ITEMSET_WIRE_HEAD + length > s->block_words) {
            send_block(s, end, to);
            end = s->block;
        }
        end = itemset_wire_put(rows, row, length, end);
    }
    if (end > s->block)
        send_block(s, end, to);
    send_block(s, s->block, to);
}

static bool is_worthwhile(const itemset_task *tasks, uint64_t count, uint64_t words)
{
    uint64_t cost = 0;
    for (uint64_t i = 0; i < count; ++i)
        cost += tasks[i].cost;
    return cost / COST_OF_WORD >= words;
}

/* Chooses own[*first, *first + *count) to be given, and marks their items; returns whether there is
 * something to give. */
static bool choose_gift(itemset_sharing *s, uint64_t *first, uint64_t *count)
{
    *count = take_out_half(s, first);
    mark_items(s, s->own + *first, *count, true);
    uint64_t words = *count > 0 ? count_words(s) : 0;
    while (*count > 1 && words > MOST_WORDS) {
        uint64_t kept = *count / 2;
        mark_items(s, s->own + *first, *count, false);
        put_back(s, kept);
        *first += kept;
        *count -= kept;
        mark_items(s, s->own + *first, *count, true);
        words = count_words(s);
    }
    if (*count > 0 && is_worthwhile(s->own + *first, *count, words))
        return true;
    mark_items(s, s->own + *first, *count, false);
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
    patron_comm_send(s->comm, &count, sizeof count, to);
    patron_comm_send(s->comm, s->own + first, count * sizeof *s->own, to);
    s->bytes += sizeof count + count * sizeof *s->own;
    send_rows(s, to);
    mark_items(s, s->own + first, count, false);
}

static void attend(itemset_sharing *s)
{
    int from;
    while (patron_comm_noted(s->comm, REQUEST, &from))
        give(s, from);
}

/* ---- taking ---- */

/* Takes in all of a gift, also where memory is short. */
static patron_status receive(itemset_sharing *s, int from, uint64_t *count)
{
    itemset_growing_rows got = {0};
    patron_status status = itemset_growing_begin(&got);
    uint64_t words = 0;
    patron_comm_receive(s->comm, count, sizeof *count, from);
    patron_comm_receive(s->comm, s->given, *count * sizeof *s->given, from);
    do {
        patron_comm_receive(s->comm, &words, sizeof words, from);
        patron_comm_receive(s->comm, s->block, words * sizeof *s->block, from);
        if (status == PATRON_OK)
            status = itemset_wire_take(&got, s->block, words);
    } while (words > 0);
    free_given_rows(s);
    const itemset_node *top = &s->database->node;
    s->given_node = (itemset_node){
        .rows = got.rows, .width = top->width, .items = top->items, .counts = top->counts};
    return status != PATRON_OK
               ? status
               : itemset_node_index(&s->given_node, &s->database->pairs, s->given, *count, from, 1);
}

static void accept_gift(itemset_sharing *s, int from)
{
    uint64_t count = 0;
    patron_status status = receive(s, from, &count);
    pthread_mutex_lock(&s->lock);
    s->is_gift = true;
    s->tasks = s->given;
    s->node = &s->given_node;
    s->next = 0;
    s->end = status == PATRON_OK && !s->is_abandoned ? count : 0;
    s->status = s->status == PATRON_OK ? status : s->status;
    pthread_mutex_unlock(&s->lock);
}

/* Asks the next rank, if there is one and tasks may be left. */
static void ask(itemset_sharing *s)
{
    if (s->distance == s->comm->size || s->is_abandoned || patron_comm_is_open(&s->first))
        return;
    s->asked = (s->comm->rank + s->distance) % s->comm->size;
    patron_comm_note(s->comm, REQUEST, s->asked);
}

/* Looks for an answer; one that has nothing is not asked again. */
static bool hear(itemset_sharing *s)
{
    int from;
    if (patron_comm_noted(s->comm, NOTHING, &from))
        ++s->distance;
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
    if (speaks && sharing->comm->size > 1)
        attend(sharing);
    heed_pause(sharing, speaks);
    while (!take(sharing, job)) {
        if (is_over(sharing))
            return false;
        heed_pause(sharing, speaks);
        if (speaks && speak(sharing))
            continue;
        patron_span span = patron_meter_enter(PATRON_STEP_IDLE);
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
    return sharing->bytes;
}
