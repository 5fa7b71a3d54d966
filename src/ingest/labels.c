/* SPDX-License-Identifier: Apache-2.0 */
/* Counting labels and choosing among them.  What is known of an item's label lies in three places
 * of memory that caches seldom hold; so a label waits until some others have come, and each place
 * is fetched meanwhile. */
#include "ingest/labels.h"

#include "patron/memory.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { ITEM_BYTES = sizeof(uint32_t) };

/* ---- counting ---- */

/* Entries for all items up to `item`. */
static patron_status know_item(patron_label_counts *counts, uint32_t item)
{
    if (item < counts->latest_known)
        return PATRON_OK;
    patron_latest_label *latest =
        patron_grow(counts->latest, (uint64_t)item + 1, &counts->latest_room, sizeof *latest);
    if (latest == NULL)
        return PATRON_RESOURCE;
    counts->latest = latest;
    memset(latest + counts->latest_known, 0,
           (counts->latest_room - counts->latest_known) * sizeof *latest);
    counts->latest_known = counts->latest_room;
    return PATRON_OK;
}

static bool is_latest(const patron_label_counts *counts, uint32_t item, patron_slice label)
{
    const patron_latest_label *latest = &counts->latest[item];
    return latest->length == label.length &&
           memcmp(counts->pairs.texts.bytes + latest->offset, label.bytes, label.length) == 0;
}

static patron_status find_pair(patron_label_counts *counts, uint32_t item, patron_slice label)
{
    uint32_t pair = 0;
    char *key = patron_grow(counts->key, ITEM_BYTES + label.length, &counts->key_room, 1);
    if (key == NULL)
        return PATRON_RESOURCE;
    counts->key = key;
    memcpy(key, &item, ITEM_BYTES);
    memcpy(key + ITEM_BYTES, label.bytes, label.length);
    uint64_t before = counts->pairs.texts.count;
    patron_status status = patron_interner_find(
        &counts->pairs, (patron_slice){.bytes = key, .length = ITEM_BYTES + label.length}, &pair);
    if (status != PATRON_OK)
        return status;
    uint64_t *numbers =
        patron_grow(counts->counts, (uint64_t)pair + 1, &counts->room, sizeof *numbers);
    if (numbers == NULL)
        return PATRON_RESOURCE;
    counts->counts = numbers;
    if (pair == before)
        numbers[pair] = 0;
    counts->latest[item] =
        (patron_latest_label){.offset = counts->pairs.texts.offsets[pair] + ITEM_BYTES,
                              .length = label.length,
                              .pair = pair};
    return PATRON_OK;
}

static patron_status count(patron_label_counts *counts, uint32_t item, patron_slice label)
{
    patron_status status = PATRON_OK;
    if (!is_latest(counts, item, label))
        status = find_pair(counts, item, label);
    if (status == PATRON_OK)
        ++counts->counts[counts->latest[item].pair];
    return status;
}

/* Counts the label that waits at `place`, if there is one. */
static patron_status count_waiting(patron_label_counts *counts, uint32_t place)
{
    patron_waiting_label *w = &counts->waiting[place];
    const patron_slice label = {.bytes = w->bytes, .length = w->length};
    w->length = 0;
    return label.length == 0 ? PATRON_OK : count(counts, w->item, label);
}

/* Fetches what the label at `place` is going to be held against. */
static void fetch(const patron_label_counts *counts, uint32_t place)
{
    const patron_waiting_label *w = &counts->waiting[place];
    if (w->length == 0)
        return;
    const patron_latest_label *latest = &counts->latest[w->item];
    if (latest->length == 0)
        return;
    __builtin_prefetch(counts->pairs.texts.bytes + latest->offset);
    __builtin_prefetch(&counts->counts[latest->pair], 1);
}

patron_status patron_label_counts_add(patron_label_counts *counts, uint32_t item,
                                      patron_slice label)
{
    patron_waiting_label *w = &counts->waiting[counts->turn];
    patron_status status = know_item(counts, item);
    if (status != PATRON_OK || label.length > sizeof w->bytes)
        return status == PATRON_OK ? count(counts, item, label) : status;
    status = count_waiting(counts, counts->turn);
    w->item = item;
    w->length = (uint32_t)label.length;
    memcpy(w->bytes, label.bytes, label.length);
    __builtin_prefetch(&counts->latest[item]);
    fetch(counts, (counts->turn + PATRON_LABELS_WAITING / 2) % PATRON_LABELS_WAITING);
    counts->turn = (counts->turn + 1) % PATRON_LABELS_WAITING;
    return status;
}

uint64_t patron_label_counts_bytes(const patron_label_counts *counts)
{
    const patron_texts *texts = &counts->pairs.texts;
    uint64_t bytes = texts->count == 0 ? 0 : texts->offsets[texts->count];
    return bytes + counts->pairs.slot_count * sizeof *counts->pairs.slots +
           2 * texts->count * sizeof(uint64_t);
}

patron_status patron_label_counts_put(patron_label_counts *counts, const uint32_t *common,
                                      patron_shuffle *shuffle, int thread, uint64_t lanes)
{
    const patron_texts *texts = &counts->pairs.texts;
    patron_status status = PATRON_OK;
    for (uint32_t place = 0; status == PATRON_OK && place < PATRON_LABELS_WAITING; ++place)
        status = count_waiting(counts, place);
    for (uint64_t pair = 0; status == PATRON_OK && pair < texts->count; ++pair) {
        char *key = texts->bytes + texts->offsets[pair];
        uint32_t item = 0;
        memcpy(&item, key, ITEM_BYTES);
        item = common[item];
        uint32_t ordered = htonl(item); /* so that bytes are in the order of numbers */
        memcpy(key, &ordered, ITEM_BYTES);
        patron_record record = {.key = key,
                                .key_length = (uint32_t)patron_texts_length(texts, pair),
                                .value = (const char *)&counts->counts[pair],
                                .value_length = sizeof(uint64_t)};
        status = patron_shuffle_put(shuffle, thread, item % lanes, &record);
    }
    patron_interner_free(&counts->pairs);
    if (counts->latest_known > 0)
        memset(counts->latest, 0, counts->latest_known * sizeof *counts->latest);
    return status;
}

void patron_label_counts_free(patron_label_counts *counts)
{
    patron_interner_free(&counts->pairs);
    free(counts->counts);
    free(counts->latest);
    free(counts->key);
    *counts = (patron_label_counts){0};
}

/* ---- choosing ---- */

/* The best label of an item so far, and the one that is being added up. */
typedef struct candidate {
    char *label;
    uint64_t length, room, count;
} candidate;

/* Lays "item, length, label" behind what is there. */
static patron_status lay_choice(patron_texts *choices, uint32_t item, const candidate *best)
{
    patron_status status =
        patron_texts_append(choices, (const char *)&item, sizeof item); /* two texts a choice */
    return status == PATRON_OK ? patron_texts_append(choices, best->label, best->length) : status;
}

static patron_status set_candidate(candidate *c, const char *label, uint64_t length)
{
    char *copy = patron_grow(c->label, length, &c->room, 1);
    if (copy == NULL)
        return PATRON_RESOURCE;
    memcpy(copy, label, length);
    *c = (candidate){.label = copy, .length = length, .room = c->room};
    return PATRON_OK;
}

static uint32_t item_of(const patron_record *record)
{
    uint32_t item = 0;
    memcpy(&item, record->key, ITEM_BYTES);
    return ntohl(item);
}

/* The later of two with the same count is bytewise greater, as labels come in order. */
static void settle(candidate *best, candidate *at_hand)
{
    if (at_hand->count <= best->count)
        return;
    candidate swap = *best;
    *best = *at_hand;
    *at_hand = swap;
}

static patron_status choose_of_lane(patron_sorter *sorter, patron_texts *choices)
{
    candidate best = {0}, at_hand = {0};
    bool has_item = false, found = true;
    uint32_t item = 0;
    patron_status status = PATRON_OK;
    while (status == PATRON_OK && found) {
        patron_record record = {0};
        uint64_t count = 0;
        status = patron_sorter_next(sorter, &record, &found);
        if (status != PATRON_OK)
            break;
        bool is_other = !found || !has_item || item_of(&record) != item;
        bool is_new = is_other || record.key_length - ITEM_BYTES != at_hand.length ||
                      memcmp(record.key + ITEM_BYTES, at_hand.label, at_hand.length) != 0;
        if (is_new)
            settle(&best, &at_hand);
        if (is_other && has_item)
            status = lay_choice(choices, item, &best);
        if (status != PATRON_OK || !found)
            break;
        if (is_other)
            best.count = 0;
        if (is_new)
            status =
                set_candidate(&at_hand, record.key + ITEM_BYTES, record.key_length - ITEM_BYTES);
        item = item_of(&record);
        has_item = true;
        memcpy(&count, record.value, sizeof count);
        at_hand.count += count;
    }
    free(best.label);
    free(at_hand.label);
    return status;
}

/* Every choice of all ranks, as bytes: item, length, label. */
static patron_status gather_choices(const patron_comm *comm, patron_status so_far,
                                    const patron_texts *choices, void **all, uint64_t *total)
{
    uint64_t length = choices->count == 0 ? 0 : choices->offsets[choices->count];
    uint64_t pairs = choices->count / 2, at = 0;
    length += pairs * sizeof(uint64_t);
    char *mine = patron_allocate(length, 1);
    for (uint64_t i = 0; mine != NULL && i < pairs; ++i) {
        uint64_t bytes = patron_texts_length(choices, 2 * i + 1);
        memcpy(mine + at, patron_texts_at(choices, 2 * i), ITEM_BYTES);
        memcpy(mine + at + ITEM_BYTES, &bytes, sizeof bytes);
        memcpy(mine + at + ITEM_BYTES + sizeof bytes, patron_texts_at(choices, 2 * i + 1), bytes);
        at += ITEM_BYTES + sizeof bytes + bytes;
    }
    if (so_far == PATRON_OK && mine == NULL)
        so_far = PATRON_RESOURCE;
    patron_status status = patron_comm_gather(comm, so_far, mine, length, all, total);
    free(mine);
    return status;
}

/* Puts the labels into the order of the items; an item without one has an empty label. */
static patron_status order_choices(const char *all, uint64_t total, const uint32_t *place,
                                   uint64_t items, patron_texts *labels)
{
    patron_slice *by_place = patron_allocate(items, sizeof *by_place);
    if (by_place == NULL)
        return PATRON_RESOURCE;
    for (uint64_t at = 0; at < total;) {
        uint32_t item = 0;
        patron_slice label = {.bytes = all + at + ITEM_BYTES + sizeof label.length};
        memcpy(&item, all + at, ITEM_BYTES);
        memcpy(&label.length, all + at + ITEM_BYTES, sizeof label.length);
        by_place[place[item]] = label;
        at += ITEM_BYTES + sizeof label.length + label.length;
    }
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < items; ++i)
        status = patron_texts_append(labels, by_place[i].bytes, by_place[i].length);
    free(by_place);
    return status;
}

patron_status patron_labels_choose(const patron_comm *comm, patron_shuffle *shuffle, int lanes,
                                   const uint32_t *place, uint64_t items, patron_texts *labels)
{
    patron_texts choices = {0};
    void *all = NULL;
    uint64_t total = 0;
    patron_status status = PATRON_OK;
    for (int lane = 0; status == PATRON_OK && lane < lanes; ++lane)
        status = choose_of_lane(patron_shuffle_lane(shuffle, lane), &choices);
    status = gather_choices(comm, status, &choices, &all, &total);
    if (status == PATRON_OK)
        status = patron_comm_agree(comm, order_choices(all, total, place, items, labels));
    patron_texts_free(&choices);
    free(all);
    return status;
}
