/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of slots: while the blocks of one chunk are dealt, others are filled. */
#include "rows/feed.h"

#include "runtime/meter.h"

static patron_feed_slot *slot_of(patron_feed *feed, uint64_t chunk)
{
    return &feed->slot[chunk % PATRON_FEED_SLOTS];
}

static bool is_free(const patron_feed_slot *slot)
{
    return slot->blocks == 0;
}

/* ---- reading ---- */

/* The slot of the next chunk, with nothing dealt yet.  The lock is held. */
static void prepare(const patron_feed *feed, patron_feed_slot *slot)
{
    uint64_t before = feed->read * feed->chunk_rows, left = feed->count - before;
    slot->chunk.first = feed->first + before;
    slot->chunk.count = left < feed->chunk_rows ? left : feed->chunk_rows;
    slot->first_block = before / PATRON_BLOCK;
}

/* Reads the next chunk into its free slot; the lock is held, but not while reading. */
static void read_next(patron_feed *feed)
{
    patron_feed_slot *slot = slot_of(feed, feed->read);
    prepare(feed, slot);
    feed->is_reading = true;
    pthread_mutex_unlock(&feed->lock);
    patron_status status =
        feed->source->read(feed->source->context, slot->chunk.first, slot->chunk.count,
                           (void *)(uintptr_t)slot->chunk.bytes);
    pthread_mutex_lock(&feed->lock);
    feed->is_reading = false;
    feed->status = status;
    if (status == PATRON_OK) {
        slot->blocks = (slot->chunk.count + PATRON_BLOCK - 1) / PATRON_BLOCK;
        ++feed->read;
    }
    pthread_cond_broadcast(&feed->changed);
}

static bool may_read(patron_feed *feed)
{
    return !feed->is_reading && feed->status == PATRON_OK && feed->read < feed->chunks &&
           is_free(slot_of(feed, feed->read));
}

static void *read_all(void *argument)
{
    patron_feed *feed = argument;
    pthread_mutex_lock(&feed->lock);
    while (!feed->is_over && feed->status == PATRON_OK && feed->read < feed->chunks) {
        if (may_read(feed))
            read_next(feed);
        else
            pthread_cond_wait(&feed->changed, &feed->lock);
    }
    pthread_mutex_unlock(&feed->lock);
    return NULL;
}

void patron_feed_start(patron_feed *feed, const patron_row_source *source, uint64_t first,
                       uint64_t count, uint64_t chunk_rows, void *const *bytes)
{
    *feed = (patron_feed){.source = source,
                          .first = first,
                          .count = count,
                          .chunk_rows = chunk_rows,
                          .failed = UINT64_MAX};
    pthread_mutex_init(&feed->lock, NULL);
    pthread_cond_init(&feed->changed, NULL);
    if (source->read == NULL) {
        feed->chunk_rows = count;
        feed->chunks = feed->read = count > 0 ? 1 : 0;
        feed->slot[0].chunk = (patron_row_chunk){first, count, source->resident};
        feed->slot[0].blocks = (count + PATRON_BLOCK - 1) / PATRON_BLOCK;
        return;
    }
    feed->chunks = (count + chunk_rows - 1) / chunk_rows;
    for (int i = 0; i < PATRON_FEED_SLOTS; ++i)
        feed->slot[i].chunk.bytes = bytes[i];
    if (feed->chunks > 1)
        feed->is_threaded = pthread_create(&feed->reader, NULL, read_all, feed) == 0;
}

patron_status patron_feed_stop(patron_feed *feed)
{
    pthread_mutex_lock(&feed->lock);
    feed->is_over = true;
    pthread_cond_broadcast(&feed->changed);
    pthread_mutex_unlock(&feed->lock);
    if (feed->is_threaded)
        pthread_join(feed->reader, NULL);
    pthread_cond_destroy(&feed->changed);
    pthread_mutex_destroy(&feed->lock);
    return feed->status;
}

/* ---- dealing ---- */

/* The slot whose blocks come next; NULL: none has any. */
static patron_feed_slot *find_work(patron_feed *feed)
{
    patron_feed_slot *next = NULL;
    for (int i = 0; i < PATRON_FEED_SLOTS; ++i) {
        patron_feed_slot *slot = &feed->slot[i];
        if (slot->dealt < slot->blocks && (next == NULL || slot->first_block < next->first_block))
            next = slot;
    }
    return next;
}

/* Sleeps until something has changed. */
static void await(patron_feed *feed)
{
    patron_span span = patron_meter_enter(PATRON_STEP_AWAIT);
    pthread_cond_wait(&feed->changed, &feed->lock);
    patron_meter_leave(span, 0, 0);
}

bool patron_feed_take(patron_feed *feed, patron_feed_share *share)
{
    enum { MOST_BLOCKS = 16 };
    patron_feed_slot *slot = NULL;
    pthread_mutex_lock(&feed->lock);
    for (;;) {
        bool is_over = feed->failed != UINT64_MAX;
        slot = is_over ? NULL : find_work(feed);
        if (slot != NULL || is_over || feed->status != PATRON_OK || feed->read == feed->chunks)
            break;
        if (!feed->is_threaded && may_read(feed))
            read_next(feed);
        else
            await(feed);
    }
    if (slot != NULL) {
        uint64_t left = slot->blocks - slot->dealt;
        *share = (patron_feed_share){.slot = (int)(slot - feed->slot),
                                     .first = slot->first_block + slot->dealt,
                                     .count = left < MOST_BLOCKS ? left : MOST_BLOCKS};
        slot->dealt += share->count;
    }
    pthread_mutex_unlock(&feed->lock);
    return slot != NULL;
}

void patron_feed_finish(patron_feed *feed, const patron_feed_share *share, uint64_t failed)
{
    patron_feed_slot *slot = &feed->slot[share->slot];
    pthread_mutex_lock(&feed->lock);
    feed->failed = failed < feed->failed ? failed : feed->failed;
    slot->finished += share->count;
    /* after a failure chunks stay, for the failed block to be looked at again */
    if (slot->finished == slot->blocks && feed->failed == UINT64_MAX) {
        slot->blocks = slot->dealt = slot->finished = 0;
        pthread_cond_broadcast(&feed->changed);
    } else if (failed != UINT64_MAX) {
        pthread_cond_broadcast(&feed->changed);
    }
    pthread_mutex_unlock(&feed->lock);
}

const patron_row_chunk *patron_feed_chunk(const patron_feed *feed, uint64_t block)
{
    for (int i = 0; i < PATRON_FEED_SLOTS; ++i) {
        const patron_feed_slot *slot = &feed->slot[i];
        if (block >= slot->first_block && block - slot->first_block < slot->blocks)
            return &slot->chunk;
    }
    return NULL;
}
