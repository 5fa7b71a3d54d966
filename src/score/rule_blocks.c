/* SPDX-License-Identifier: Apache-2.0 */
/* Each rank sorts its share, of ascending numbers rank by rank.  Where a block ends is the key of
 * which so many are not above it, over all ranks, found bit by bit; what each share has up to there
 * is gathered and sorted once more. */
#include "score/rule_blocks.h"

#include "patron/memory.h"
#include "runtime/radix.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- the order of offers ---- */

enum { KEY_WORDS = 3, KEY_BITS = 64 * KEY_WORDS };

/* What the order of rules hangs on, so that the better rule has the lower words: confidence, lift,
 * number. */
typedef struct rule_key {
    uint64_t words[KEY_WORDS];
} rule_key;

/* Whole numbers that are in the order of doubles, from the highest on. */
static uint64_t descending(double value)
{
    uint64_t bits = 0;
    value += 0.0; /* -0 is 0 */
    memcpy(&bits, &value, sizeof bits);
    return bits >> 63 != 0 ? bits : ~(bits | UINT64_C(1) << 63);
}

static int compare_keys(const rule_key *a, const rule_key *b)
{
    for (int i = 0; i < KEY_WORDS; ++i)
        if (a->words[i] != b->words[i])
            return a->words[i] < b->words[i] ? -1 : 1;
    return 0;
}

static rule_key key_of(const patron_rule_share *share, uint64_t rule)
{
    return (rule_key){
        {descending(share->confidence[rule]), descending(share->lift[rule]), share->first + rule}};
}

/* The words of a key that ties are not broken by already, as lower numbers come first. */
enum { SORTED_WORDS = KEY_WORDS - 1 };

/* Sorts rules, of which entries[i].place tells where they are, by their keys: key_at() has them. */
static patron_status sort_rules(patron_radix_entry *entries, uint64_t count,
                                rule_key (*key_at)(const void *rules, uint64_t place),
                                const void *rules)
{
    patron_radix_entry *spare = patron_allocate(count, sizeof *spare);
    if (spare == NULL)
        return PATRON_RESOURCE;
    for (int word = SORTED_WORDS; word-- > 0;) {
        for (uint64_t i = 0; i < count; ++i)
            entries[i].word = key_at(rules, entries[i].place).words[word];
        patron_radix_sort(entries, count, spare);
    }
    free(spare);
    return PATRON_OK;
}

static rule_key key_in_share(const void *rules, uint64_t place)
{
    return key_of(rules, place);
}

static patron_status sort_share(patron_rule_blocks *blocks)
{
    uint64_t count = blocks->share->count;
    patron_radix_entry *entries = patron_allocate(count, sizeof *entries);
    blocks->order = patron_allocate(count, sizeof *blocks->order);
    patron_status status = entries == NULL || blocks->order == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i)
        entries[i].place = i;
    if (status == PATRON_OK)
        status = sort_rules(entries, count, key_in_share, blocks->share);
    for (uint64_t i = 0; status == PATRON_OK && i < count; ++i)
        blocks->order[i] = entries[i].place;
    free(entries);
    return status;
}

patron_status patron_rule_blocks_begin(const patron_comm *comm, const patron_rule_share *share,
                                       uint64_t most, patron_rule_blocks *blocks)
{
    *blocks =
        (patron_rule_blocks){.comm = comm, .share = share, .most = most, .total = share->count};
    patron_comm_reduce_u64(comm, &blocks->total, 1, PATRON_SUM);
    return patron_comm_agree(comm, sort_share(blocks));
}

void patron_rule_blocks_free(patron_rule_blocks *blocks)
{
    free(blocks->order);
    *blocks = (patron_rule_blocks){0};
}

/* ---- where a block ends ---- */

/* Where the share's rules that are not above the key end in blocks->order. */
static uint64_t end_of(const patron_rule_blocks *blocks, const rule_key *most)
{
    uint64_t low = blocks->next, high = blocks->share->count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        const rule_key key = key_of(blocks->share, blocks->order[middle]);
        if (compare_keys(&key, most) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Where the share's rules of the next `count` of all ranks end in blocks->order.  Bits of their
 * last key: a bit is 0 where so many rules have no key above that with it, and ones behind. */
static uint64_t find_end(const patron_rule_blocks *blocks, uint64_t count)
{
    rule_key last = {{0}};
    for (int bit = 0; bit < KEY_BITS; ++bit) {
        uint64_t mask = UINT64_C(1) << (63 - bit % 64);
        rule_key tried = last;
        tried.words[bit / 64] |= mask - 1;
        for (int i = bit / 64 + 1; i < KEY_WORDS; ++i)
            tried.words[i] = UINT64_MAX;
        uint64_t found = end_of(blocks, &tried) - blocks->next;
        patron_comm_reduce_u64(blocks->comm, &found, 1, PATRON_SUM);
        if (found == count)
            return end_of(blocks, &tried);
        if (found < count)
            last.words[bit / 64] |= mask;
    }
    return end_of(blocks, &last);
}

/* ---- what travels ---- */

/* In words of 32 bits: where the confidence is, and the lengths are, and the items begin. */
enum { LENGTHS = 2, CONFIDENCE_AT = 2 * KEY_WORDS, LENGTHS_AT = CONFIDENCE_AT + 2 };
enum { HEAD_WORDS = LENGTHS_AT + LENGTHS };

static uint64_t words_of(const patron_rule_share *share, uint64_t rule)
{
    return HEAD_WORDS + share->antecedent_offsets[rule + 1] - share->antecedent_offsets[rule] +
           share->consequent_offsets[rule + 1] - share->consequent_offsets[rule];
}

/* Key, confidence, the lengths of both sides, their items.  Returns where the next begins. */
static uint32_t *pack_rule(const patron_rule_share *share, uint64_t rule, uint32_t *word)
{
    const rule_key key = key_of(share, rule);
    uint64_t from = share->antecedent_offsets[rule], to = share->consequent_offsets[rule];
    uint32_t lengths[LENGTHS] = {(uint32_t)(share->antecedent_offsets[rule + 1] - from),
                                 (uint32_t)(share->consequent_offsets[rule + 1] - to)};
    memcpy(word, &key, sizeof key);
    memcpy(word + CONFIDENCE_AT, &share->confidence[rule], sizeof share->confidence[rule]);
    memcpy(word + LENGTHS_AT, lengths, sizeof lengths);
    word += HEAD_WORDS;
    memcpy(word, share->antecedent_items + from, lengths[0] * sizeof *word);
    word += lengths[0];
    memcpy(word, share->consequent_items + to, lengths[1] * sizeof *word);
    return word + lengths[1];
}

/* Gathers the share's rules before `end` from all ranks; *all is to free(). */
static patron_status gather_rules(patron_rule_blocks *blocks, uint64_t end, uint32_t **all)
{
    const patron_rule_share *share = blocks->share;
    uint64_t own = 0, bytes = 0;
    void *gathered = NULL;
    for (uint64_t i = blocks->next; i < end; ++i)
        own += words_of(share, blocks->order[i]);
    uint32_t *packed = patron_allocate(own, sizeof *packed), *word = packed;
    for (uint64_t i = blocks->next; packed != NULL && i < end; ++i)
        word = pack_rule(share, blocks->order[i], word);
    patron_status status = packed == NULL ? PATRON_RESOURCE : PATRON_OK;
    blocks->next = end;
    *all = packed;
    if (blocks->comm->size == 1)
        return status;
    status =
        patron_comm_gather(blocks->comm, status, packed, own * sizeof *packed, &gathered, &bytes);
    free(packed);
    *all = gathered;
    return status;
}

/* ---- a block ---- */

static rule_key key_in_words(const void *rules, uint64_t place)
{
    rule_key key;
    memcpy(&key, (const uint32_t *)rules + place, sizeof key);
    return key;
}

/* Places of the rules as they came, in the order of offers; items[side]: of all sides.  Ranks have
 * ascending numbers, and each its rules in order. */
static patron_status sort_words(const uint32_t *all, uint64_t count, patron_radix_entry *entries,
                                uint64_t items[LENGTHS])
{
    bool is_sorted = true;
    for (uint64_t i = 0, at = 0; i < count; ++i) {
        const uint32_t *lengths = all + at + LENGTHS_AT;
        rule_key key = key_in_words(all, at);
        rule_key last = i == 0 ? key : key_in_words(all, entries[i - 1].place);
        is_sorted = is_sorted && compare_keys(&last, &key) <= 0;
        entries[i].place = at;
        items[0] += lengths[0];
        items[1] += lengths[1];
        at += HEAD_WORDS + (uint64_t)lengths[0] + lengths[1];
    }
    return is_sorted ? PATRON_OK : sort_rules(entries, count, key_in_words, all);
}

static void lay_out(const uint32_t *all, const patron_radix_entry *sorted, patron_rule_block *block)
{
    uint64_t *const offsets[LENGTHS] = {block->arrays[0], block->arrays[1]};
    uint32_t *const items[LENGTHS] = {block->arrays[2], block->arrays[3]};
    double *confidence = block->arrays[4];
    uint64_t *number = block->arrays[5];
    for (uint64_t i = 0; i < block->rules.count; ++i) {
        const uint32_t *word = all + sorted[i].place;
        const uint32_t *lengths = word + LENGTHS_AT;
        memcpy(&confidence[i], word + CONFIDENCE_AT, sizeof confidence[i]);
        number[i] = key_in_words(all, sorted[i].place).words[KEY_WORDS - 1];
        word += HEAD_WORDS;
        for (int side = 0; side < LENGTHS; ++side) {
            memcpy(items[side] + offsets[side][i], word, lengths[side] * sizeof *word);
            offsets[side][i + 1] = offsets[side][i] + lengths[side];
            word += lengths[side];
        }
    }
}

static patron_status make_block(const patron_rule_blocks *blocks, const uint32_t *all,
                                uint64_t count, patron_rule_block *block)
{
    uint64_t items[LENGTHS] = {0};
    patron_radix_entry *sorted = patron_allocate(count, sizeof *sorted);
    patron_status status = sorted == NULL ? PATRON_RESOURCE : sort_words(all, count, sorted, items);
    void *const arrays[] = {
        patron_allocate(count + 1, sizeof(uint64_t)), patron_allocate(count + 1, sizeof(uint64_t)),
        patron_allocate(items[0], sizeof(uint32_t)),  patron_allocate(items[1], sizeof(uint32_t)),
        patron_allocate(count, sizeof(double)),       patron_allocate(count, sizeof(uint64_t))};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; ++i)
        if ((block->arrays[i] = arrays[i]) == NULL)
            status = PATRON_RESOURCE;
    block->rules = (patron_offer_rules){.count = count,
                                        .before = blocks->done,
                                        .item_count = blocks->share->item_count,
                                        .antecedent_offsets = arrays[0],
                                        .consequent_offsets = arrays[1],
                                        .antecedent_items = arrays[2],
                                        .consequent_items = arrays[3],
                                        .confidence = arrays[4],
                                        .number = arrays[5]};
    if (status == PATRON_OK)
        lay_out(all, sorted, block);
    free(sorted);
    return status;
}

patron_status patron_rule_blocks_next(patron_rule_blocks *blocks, patron_rule_block *block)
{
    uint64_t left = blocks->total - blocks->done;
    uint64_t count = left < blocks->most ? left : blocks->most;
    uint64_t end = count < left ? find_end(blocks, count) : blocks->share->count;
    uint32_t *all = NULL;
    *block = (patron_rule_block){0};
    patron_status status = gather_rules(blocks, end, &all);
    if (status == PATRON_OK)
        status = patron_comm_agree(blocks->comm, make_block(blocks, all, count, block));
    free(all);
    blocks->done += count;
    return status;
}

void patron_rule_block_free(patron_rule_block *block)
{
    for (size_t i = 0; i < sizeof block->arrays / sizeof block->arrays[0]; ++i)
        free(block->arrays[i]);
    *block = (patron_rule_block){0};
}
