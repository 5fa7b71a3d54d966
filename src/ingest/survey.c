/* SPDX-License-Identifier: Apache-2.0 */
/* Counting fields by what they may be, and their different values. */
#include "ingest/survey.h"

#include "ingest/sort.h"
#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_FOUND_LEVELS = 100 };

/* ---- one field ---- */

int patron_value_boolean(patron_slice field)
{
    static const struct {
        const char *word;
        int value;
    } words[] = {{"true", 1}, {"false", 0}, {"yes", 1}, {"no", 0}, {"y", 1}, {"n", 0}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; ++i)
        if (field.length == strlen(words[i].word) &&
            strncasecmp(field.bytes, words[i].word, field.length) == 0)
            return words[i].value;
    return -1;
}

static void forget_levels(patron_column_facts *facts)
{
    facts->too_many = true;
    patron_interner_free(&facts->levels);
    facts->levels = (patron_interner){0};
    free(facts->counts);
    facts->counts = NULL;
    facts->room = 0;
}

static patron_status add_level(patron_column_facts *facts, patron_slice level, uint64_t count)
{
    uint32_t number = 0;
    uint64_t before = facts->levels.texts.count;
    if (facts->too_many)
        return PATRON_OK;
    if (level.length > PATRON_LEVEL_LENGTH) {
        forget_levels(facts);
        return PATRON_OK;
    }
    patron_status status = patron_interner_find(&facts->levels, level, &number);
    if (status != PATRON_OK)
        return status;
    if (facts->levels.texts.count > PATRON_LEVELS_KEPT) {
        forget_levels(facts);
        return PATRON_OK;
    }
    uint64_t *counts =
        patron_grow(facts->counts, facts->levels.texts.count, &facts->room, sizeof *counts);
    if (counts == NULL)
        return PATRON_RESOURCE;
    facts->counts = counts;
    if (number == before)
        counts[number] = 0;
    counts[number] += count;
    return PATRON_OK;
}

patron_status patron_column_facts_add(patron_column_facts *facts, const patron_value_forms *forms,
                                      patron_slice field)
{
    double number = 0.0;
    int64_t time = 0;
    if (patron_value_is_missing(forms, field)) {
        ++facts->missing;
        return PATRON_OK;
    }
    bool is_first_time = facts->times == 0;
    bool is_number = patron_value_number(forms, field, &number) || patron_slice_is_infinity(field);
    ++facts->values;
    facts->numbers += is_number ? 1 : 0;
    facts->booleans += patron_value_boolean(field) >= 0 ? 1 : 0;
    /* formats such as %Y%m%d take numbers for times: both count */
    if ((!is_number || forms->time_format_count > 0) && patron_value_time(forms, field, &time)) {
        ++facts->times;
        if (is_first_time || time > facts->last_time)
            facts->last_time = time;
    }
    return add_level(facts, field, 1);
}

/* ---- many ---- */

static patron_slice level_of(const patron_column_facts *facts, uint64_t index)
{
    const patron_texts *texts = &facts->levels.texts;
    return (patron_slice){patron_texts_at(texts, index), patron_texts_length(texts, index)};
}

patron_status patron_column_facts_merge(patron_column_facts *facts,
                                        const patron_column_facts *other)
{
    patron_status status = PATRON_OK;
    if (other->times > 0 && (facts->times == 0 || other->last_time > facts->last_time))
        facts->last_time = other->last_time;
    facts->missing += other->missing;
    facts->values += other->values;
    facts->numbers += other->numbers;
    facts->booleans += other->booleans;
    facts->times += other->times;
    if (other->too_many)
        forget_levels(facts);
    for (uint64_t i = 0; status == PATRON_OK && i < other->levels.texts.count; ++i)
        status = add_level(facts, level_of(other, i), other->counts[i]);
    return status;
}

/* A level on its way to other ranks; its text follows. */
typedef struct level_head {
    uint64_t count;
    uint32_t column, length;
} level_head;

static patron_status pack_levels(const patron_column_facts *facts, uint32_t count, char **bytes,
                                 uint64_t *used)
{
    uint64_t room = 0;
    *bytes = NULL;
    *used = 0;
    for (uint32_t c = 0; c < count; ++c)
        for (uint64_t i = 0; i < facts[c].levels.texts.count; ++i) {
            patron_slice level = level_of(&facts[c], i);
            level_head head = {facts[c].counts[i], c, (uint32_t)level.length};
            char *grown = patron_grow(*bytes, *used + sizeof head + level.length, &room, 1);
            if (grown == NULL)
                return PATRON_RESOURCE;
            *bytes = grown;
            memcpy(grown + *used, &head, sizeof head);
            memcpy(grown + *used + sizeof head, level.bytes, level.length);
            *used += sizeof head + level.length;
        }
    return PATRON_OK;
}

/* Takes in the levels of all ranks in the place of those of this one. */
static patron_status unpack_levels(const char *bytes, uint64_t length, patron_column_facts *facts,
                                   uint32_t count)
{
    patron_status status = PATRON_OK;
    for (uint32_t c = 0; c < count; ++c) {
        bool too_many = facts[c].too_many;
        forget_levels(&facts[c]);
        facts[c].too_many = too_many;
    }
    for (uint64_t at = 0; status == PATRON_OK && at < length;) {
        level_head head;
        memcpy(&head, bytes + at, sizeof head);
        at += sizeof head;
        status =
            add_level(&facts[head.column], (patron_slice){bytes + at, head.length}, head.count);
        at += head.length;
    }
    return status;
}

static patron_status sort_levels(patron_column_facts *facts)
{
    uint64_t *order = NULL, count = facts->levels.texts.count;
    uint64_t *counts = patron_allocate(count, sizeof *counts);
    patron_status status = counts == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK)
        status = patron_texts_order(&facts->levels.texts, &order);
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i)
        counts[i] = facts->counts[order[i]];
    if (status == PATRON_OK)
        status = patron_texts_permute(&facts->levels.texts, order);
    if (status == PATRON_OK) {
        free(facts->counts);
        facts->counts = counts;
        counts = NULL;
    }
    free(counts);
    free(order);
    return status;
}

/* The figures of all columns.  Collective. */
static void add_up(const patron_comm *comm, patron_column_facts *facts, uint32_t count)
{
    for (uint32_t c = 0; c < count; ++c) {
        patron_column_facts *f = &facts[c];
        uint64_t sums[6] = {f->missing, f->values, f->numbers, f->booleans, f->times, f->too_many};
        int64_t last = f->times > 0 ? f->last_time : INT64_MIN;
        patron_comm_reduce_u64(comm, sums, 6, PATRON_SUM);
        patron_comm_reduce_i64(comm, &last, 1, PATRON_MAX);
        f->missing = sums[0];
        f->values = sums[1];
        f->numbers = sums[2];
        f->booleans = sums[3];
        f->times = sums[4];
        f->last_time = last;
        if (sums[5] > 0)
            forget_levels(f);
    }
}

patron_status patron_column_facts_share(const patron_comm *comm, patron_column_facts *facts,
                                        uint32_t count)
{
    uint64_t used = 0, total = 0;
    char *mine = NULL;
    void *all = NULL;
    add_up(comm, facts, count);
    patron_status status = pack_levels(facts, count, &mine, &used);
    status = patron_comm_gather(comm, status, mine, used, &all, &total);
    free(mine);
    if (status != PATRON_OK)
        return status;
    status = unpack_levels(all, total, facts, count);
    free(all);
    for (uint32_t c = 0; status == PATRON_OK && c < count; ++c)
        status = sort_levels(&facts[c]);
    return patron_comm_agree(comm, status);
}

/* ---- what they show ---- */

patron_kind patron_column_facts_kind(const patron_column_facts *facts)
{
    uint64_t different = facts->levels.texts.count;
    if (facts->times > 0 && 2 * facts->times >= facts->values && facts->times >= facts->numbers)
        return PATRON_KIND_DATE;
    if (2 * facts->numbers >= facts->values)
        return PATRON_KIND_NUMBER;
    if (facts->booleans == facts->values)
        return PATRON_KIND_BOOLEAN;
    if (!facts->too_many && different <= MOST_FOUND_LEVELS && 2 * different <= facts->values)
        return PATRON_KIND_CATEGORY;
    return PATRON_KIND_TEXT;
}

const char *patron_kind_name(patron_kind kind)
{
    static const char *const names[PATRON_KINDS] = {
        "found", "number", "boolean", "category", "ordinal", "date", "text", "id", "ignore"};
    return names[kind];
}

void patron_column_facts_free(patron_column_facts *facts)
{
    forget_levels(facts);
    *facts = (patron_column_facts){0};
}
