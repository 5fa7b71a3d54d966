/* SPDX-License-Identifier: Apache-2.0 */
/* Whose turn it is writes; the others' text is kept in chunks, and written by whoever passes the
 * turn on, or by its owner once its turn has come. */
#include "itemset/outlet.h"

#include "patron/memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t MOST_HELD = UINT64_C(1) << 26, USUAL_ROOM = UINT64_C(1) << 18;

typedef struct chunk {
    struct chunk *next;
    uint64_t length;
    uint64_t room;
    char bytes[];
} chunk;

typedef struct turn_state {
    chunk *first;
    chunk *last;
    bool is_done;
} turn_state;

struct itemset_outlet {
    const patron_itemset_text *text;
    const uint64_t *tasks;
    uint64_t count;
    turn_state *turns;
    uint64_t next; /* whose turn it is */
    uint64_t held; /* bytes in chunks */
    chunk *spare;  /* chunks to be used again */
    patron_status status;
    pthread_mutex_t lock;
    pthread_cond_t changed;
};

itemset_outlet *itemset_outlet_create(const patron_itemset_text *text, const uint64_t *tasks,
                                      uint64_t count)
{
    itemset_outlet *outlet = patron_allocate(1, sizeof *outlet);
    if (outlet == NULL)
        return NULL;
    *outlet = (itemset_outlet){.text = text, .tasks = tasks, .count = count};
    outlet->turns = patron_allocate(count + 1, sizeof *outlet->turns);
    if (outlet->turns == NULL) {
        free(outlet);
        return NULL;
    }
    pthread_mutex_init(&outlet->lock, NULL);
    pthread_cond_init(&outlet->changed, NULL);
    return outlet;
}

static void drop_chunks(chunk *first)
{
    while (first != NULL) {
        chunk *next = first->next;
        free(first);
        first = next;
    }
}

void itemset_outlet_free(itemset_outlet *outlet)
{
    if (outlet == NULL)
        return;
    for (uint64_t turn = 0; turn < outlet->count; ++turn)
        drop_chunks(outlet->turns[turn].first);
    drop_chunks(outlet->spare);
    pthread_cond_destroy(&outlet->changed);
    pthread_mutex_destroy(&outlet->lock);
    free(outlet->turns);
    free(outlet);
}

/* The lock is held. */
static void abandon(itemset_outlet *outlet, patron_status status)
{
    if (outlet->status == PATRON_OK)
        outlet->status = status;
    pthread_cond_broadcast(&outlet->changed);
}

void itemset_outlet_abandon(itemset_outlet *outlet, patron_status status)
{
    pthread_mutex_lock(&outlet->lock);
    abandon(outlet, status);
    pthread_mutex_unlock(&outlet->lock);
}

/* The text of the turn that has come; the lock is held, but not while writing.  Nobody else touches
 * this turn: its owner is here, or done. */
static void write_out(itemset_outlet *outlet, const char *bytes, uint64_t length)
{
    uint64_t task = outlet->tasks[outlet->next];
    pthread_mutex_unlock(&outlet->lock);
    patron_status status = outlet->text->write(outlet->text->context, task, bytes, length);
    pthread_mutex_lock(&outlet->lock);
    if (status != PATRON_OK)
        abandon(outlet, status);
}

static void write_held(itemset_outlet *outlet)
{
    turn_state *state = &outlet->turns[outlet->next];
    while (state->first != NULL && outlet->status == PATRON_OK) {
        write_out(outlet, state->first->bytes, state->first->length);
        chunk *written = state->first;
        outlet->held -= written->length;
        state->first = written->next;
        written->next = outlet->spare;
        outlet->spare = written;
        pthread_cond_broadcast(&outlet->changed);
    }
}

/* A spare chunk where it has the room. */
static chunk *take_chunk(itemset_outlet *outlet, uint64_t room)
{
    chunk *taken = outlet->spare;
    if (taken != NULL && taken->room >= room) {
        outlet->spare = taken->next;
    } else {
        taken = patron_allocate(sizeof *taken + room, 1);
        if (taken != NULL)
            taken->room = room;
    }
    return taken;
}

/* The lock is held. */
static void hold(itemset_outlet *outlet, uint64_t turn, const char *bytes, uint64_t length)
{
    turn_state *state = &outlet->turns[turn];
    chunk *added = take_chunk(outlet, length < USUAL_ROOM ? USUAL_ROOM : length);
    if (added == NULL) {
        abandon(outlet, PATRON_RESOURCE);
        return;
    }
    added->next = NULL;
    added->length = length;
    memcpy(added->bytes, bytes, length);
    if (state->first == NULL)
        state->first = added;
    else
        state->last->next = added;
    state->last = added;
    outlet->held += length;
}

patron_status itemset_outlet_put(itemset_outlet *outlet, uint64_t turn, const char *bytes,
                                 uint64_t length)
{
    pthread_mutex_lock(&outlet->lock);
    while (turn != outlet->next && outlet->held + length > MOST_HELD && outlet->status == PATRON_OK)
        pthread_cond_wait(&outlet->changed, &outlet->lock);
    if (outlet->status == PATRON_OK && turn != outlet->next) {
        hold(outlet, turn, bytes, length);
    } else {
        write_held(outlet);
        if (outlet->status == PATRON_OK)
            write_out(outlet, bytes, length);
    }
    patron_status status = outlet->status;
    pthread_mutex_unlock(&outlet->lock);
    return status;
}

patron_status itemset_outlet_end(itemset_outlet *outlet, uint64_t turn)
{
    pthread_mutex_lock(&outlet->lock);
    outlet->turns[turn].is_done = true;
    while (turn == outlet->next && outlet->turns[turn].is_done && outlet->status == PATRON_OK) {
        write_held(outlet);
        turn = ++outlet->next;
        pthread_cond_broadcast(&outlet->changed);
    }
    patron_status status = outlet->status;
    pthread_mutex_unlock(&outlet->lock);
    return status;
}
