/* SPDX-License-Identifier: Apache-2.0 */
/* Counting kinds, and choosing among them by their counts. */
#include "ingest/kinds.h"

#include "ingest/sort.h"
#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

static const char OTHER[] = "other";

static patron_slice name_of(const patron_kinds *kinds, uint64_t kind)
{
    const patron_texts *texts = &kinds->names.texts;
    return (patron_slice){patron_texts_at(texts, kind), patron_texts_length(texts, kind)};
}

/* ---- counting ---- */

static patron_status add_rows(patron_kinds *kinds, patron_slice name, patron_kind_rows rows)
{
    uint32_t kind = 0;
    uint64_t before = kinds->names.texts.count;
    patron_status status = patron_interner_find(&kinds->names, name, &kind);
    if (status != PATRON_OK)
        return status;
    patron_kind_rows *grown =
        patron_grow(kinds->rows, kinds->names.texts.count, &kinds->room, sizeof *grown);
    if (grown == NULL)
        return PATRON_RESOURCE;
    kinds->rows = grown;
    if (kind == before)
        grown[kind] = (patron_kind_rows){0};
    grown[kind].all += rows.all;
    grown[kind].valued += rows.valued;
    return PATRON_OK;
}

patron_status patron_kinds_add(patron_kinds *kinds, patron_slice name, bool has_value)
{
    return add_rows(kinds, name, (patron_kind_rows){.all = 1, .valued = has_value ? 1 : 0});
}

patron_status patron_kinds_merge(patron_kinds *kinds, const patron_kinds *other)
{
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < other->names.texts.count; ++i)
        status = add_rows(kinds, name_of(other, i), other->rows[i]);
    return status;
}

/* ---- all ranks ---- */

/* A kind on its way; its name follows. */
typedef struct kind_head {
    patron_kind_rows rows;
    uint64_t length;
} kind_head;

static patron_status pack(const patron_kinds *kinds, char **bytes, uint64_t *used)
{
    uint64_t room = 0;
    for (uint64_t i = 0; i < kinds->names.texts.count; ++i) {
        patron_slice name = name_of(kinds, i);
        kind_head head = {kinds->rows[i], name.length};
        char *grown = patron_grow(*bytes, *used + sizeof head + name.length, &room, 1);
        if (grown == NULL)
            return PATRON_RESOURCE;
        *bytes = grown;
        memcpy(grown + *used, &head, sizeof head);
        memcpy(grown + *used + sizeof head, name.bytes, name.length);
        *used += sizeof head + name.length;
    }
    return PATRON_OK;
}

static patron_status unpack(patron_kinds *kinds, const char *bytes, uint64_t length)
{
    patron_status status = PATRON_OK;
    for (uint64_t at = 0; status == PATRON_OK && at < length;) {
        kind_head head;
        memcpy(&head, bytes + at, sizeof head);
        at += sizeof head;
        status = add_rows(kinds, (patron_slice){bytes + at, head.length}, head.rows);
        at += head.length;
    }
    return status;
}

static patron_status sort_names(patron_kinds *kinds)
{
    uint32_t *place = NULL;
    uint64_t count = kinds->names.texts.count;
    patron_kind_rows *rows = patron_allocate(count, sizeof *rows);
    patron_status status =
        rows == NULL ? PATRON_RESOURCE : patron_interner_sort(&kinds->names, &place);
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i)
        rows[place[i]] = kinds->rows[i];
    free(place);
    free(kinds->rows);
    kinds->rows = rows;
    return status;
}

patron_status patron_kinds_share(const patron_comm *comm, patron_kinds *kinds)
{
    uint64_t used = 0, total = 0;
    char *mine = NULL;
    void *all = NULL;
    patron_kinds shared = {0};
    patron_status status = pack(kinds, &mine, &used);
    status = patron_comm_gather(comm, status, mine, used, &all, &total);
    free(mine);
    if (status != PATRON_OK)
        return status;
    status = unpack(&shared, all, total);
    free(all);
    if (status == PATRON_OK)
        status = sort_names(&shared);
    patron_kinds_free(kinds);
    *kinds = shared;
    return patron_comm_agree(comm, status);
}

/* ---- choosing ---- */

static int compare_rows(const void *left, const void *right, void *context)
{
    const uint32_t *a = left, *b = right;
    const patron_kind_rows *rows = context;
    if (rows[*a].all != rows[*b].all)
        return rows[*a].all > rows[*b].all ? -1 : 1;
    return *a < *b ? -1 : 1;
}

/* Marks in `is_own` the kinds that are to have a slot of their own; counts those that are not. */
static patron_status mark_own(const patron_kinds *kinds, uint32_t most, uint64_t least,
                              bool *is_own, uint64_t *joined)
{
    uint64_t count = kinds->names.texts.count;
    uint32_t *order = patron_allocate(count, sizeof *order);
    if (order == NULL)
        return PATRON_RESOURCE;
    for (uint64_t i = 0; i < count; ++i)
        order[i] = (uint32_t)i;
    qsort_r(order, count, sizeof *order, compare_rows, kinds->rows);
    *joined = 0;
    for (uint64_t i = 0; i < count; ++i) {
        is_own[order[i]] = i < most && kinds->rows[order[i]].all >= least;
        *joined += is_own[order[i]] ? 0 : 1;
    }
    free(order);
    for (uint64_t i = 0; *joined > 0 && i < count; ++i)
        if (is_own[i] && patron_slice_equal(name_of(kinds, i), patron_slice_of(OTHER))) {
            is_own[i] = false;
            ++*joined;
        }
    return PATRON_OK;
}

patron_status patron_kinds_choose(patron_kinds *kinds, uint32_t most, uint64_t least)
{
    uint64_t count = kinds->names.texts.count, joined = 0;
    bool *is_own = patron_allocate(count, sizeof *is_own);
    kinds->slots = patron_allocate(count, sizeof *kinds->slots);
    kinds->kind_of = patron_allocate(count, sizeof *kinds->kind_of);
    bool is_short = is_own == NULL || kinds->slots == NULL || kinds->kind_of == NULL;
    patron_status status =
        is_short ? PATRON_RESOURCE : mark_own(kinds, most, least, is_own, &joined);
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i) {
        if (is_own[i]) {
            kinds->kind_of[kinds->own_count] = (uint32_t)i;
            kinds->slots[i] = kinds->own_count++;
        } else {
            kinds->joined_rows += kinds->rows[i].all;
        }
    }
    bool has_other = joined > 0 && kinds->joined_rows >= least;
    kinds->slot_count = kinds->own_count + (has_other ? 1 : 0);
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i)
        if (!is_own[i])
            kinds->slots[i] = has_other ? kinds->own_count : PATRON_NO_SLOT;
    free(is_own);
    return status;
}

uint32_t patron_kinds_slot(const patron_kinds *kinds, patron_slice name)
{
    uint64_t kind = patron_texts_search(&kinds->names.texts, name);
    return kind == kinds->names.texts.count ? PATRON_NO_SLOT : kinds->slots[kind];
}

patron_slice patron_kinds_slot_name(const patron_kinds *kinds, uint32_t slot)
{
    return slot < kinds->own_count ? name_of(kinds, kinds->kind_of[slot]) : patron_slice_of(OTHER);
}

bool patron_kinds_slot_has_values(const patron_kinds *kinds, uint32_t slot)
{
    return slot < kinds->own_count && kinds->rows[kinds->kind_of[slot]].valued > 0;
}

void patron_kinds_free(patron_kinds *kinds)
{
    patron_interner_free(&kinds->names);
    free(kinds->rows);
    free(kinds->slots);
    free(kinds->kind_of);
    *kinds = (patron_kinds){0};
}
