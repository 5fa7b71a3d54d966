/* SPDX-License-Identifier: Apache-2.0 */
/* What comes stays where it came; an index tells where the rows of each branch are. */
#include "itemset/sheaves.h"

#include "patron/memory.h"

#include <stdlib.h>
#include <string.h>

/* ---- one sheaf ---- */

uint64_t itemset_token_words(uint64_t tokens)
{
    enum { TOKENS_A_WORD = sizeof(uint64_t) / sizeof(uint16_t) };
    return tokens / TOKENS_A_WORD + (tokens % TOKENS_A_WORD > 0 ? 1 : 0);
}

static uint64_t content_words(uint64_t rows, uint64_t tokens)
{
    return tokens > 0 ? itemset_token_words(tokens) : rows;
}

uint64_t itemset_sheaf_words(const itemset_branch_rows *rows, bool weighted)
{
    return content_words(rows->rows, rows->tokens) + (weighted ? rows->rows : 0);
}

uint64_t *itemset_sheaf_put(uint64_t *sheaf, uint64_t index, const itemset_branch_rows *rows,
                            bool weighted, uint64_t *end)
{
    uint64_t words = content_words(rows->rows, rows->tokens);
    sheaf[ITEMSET_SHEAF_HEAD * index] = rows->rows;
    sheaf[ITEMSET_SHEAF_HEAD * index + 1] = rows->tokens;
    if (words == 0) /* and no rows, which then are NULL */
        return end;
    memcpy(end, rows->content, words * sizeof *end);
    end += words;
    if (!weighted)
        return end;
    memcpy(end, rows->weights, rows->rows * sizeof *end);
    return end + rows->rows;
}

/* Finds the rows of each branch of a sheaf; returns where it ends. */
static const uint64_t *find_rows(const itemset_sheaves *s, const uint64_t *sheaf,
                                 itemset_branch_rows *rows)
{
    const uint64_t *content = sheaf + ITEMSET_SHEAF_HEAD * s->branch_count;
    for (uint64_t i = 0; i < s->branch_count; ++i) {
        const uint64_t *head = sheaf + ITEMSET_SHEAF_HEAD * i;
        rows[i] = (itemset_branch_rows){.rows = head[0], .tokens = head[1], .content = content};
        rows[i].weights = content + content_words(head[0], head[1]);
        content += itemset_sheaf_words(&rows[i], s->weighted);
    }
    return content;
}

/* ---- sheaves ---- */

itemset_sheaves *itemset_sheaves_create(const uint32_t *branches, uint64_t count, bool weighted)
{
    itemset_sheaves *s = patron_allocate(1, sizeof *s);
    uint32_t *own = patron_allocate(count, sizeof *own);
    if (s == NULL || own == NULL) {
        free(s);
        free(own);
        return NULL;
    }
    memcpy(own, branches, count * sizeof *own);
    *s = (itemset_sheaves){.branches = own, .branch_count = count, .weighted = weighted};
    return s;
}

void itemset_sheaves_free(itemset_sheaves *sheaves)
{
    if (sheaves == NULL)
        return;
    for (uint64_t i = 0; i < sheaves->load_count; ++i)
        free(sheaves->loads[i]);
    free(sheaves->loads);
    free(sheaves->load_words);
    free(sheaves->branches);
    free(sheaves->rows);
    free(sheaves);
}

uint64_t *itemset_sheaves_add(itemset_sheaves *sheaves, uint64_t words)
{
    itemset_sheaves *s = sheaves;
    uint64_t **loads = patron_grow(s->loads, s->load_count + 1, &s->load_room, sizeof *loads);
    s->loads = loads == NULL ? s->loads : loads;
    uint64_t *sizes = patron_grow(s->load_words, s->load_count + 1, &s->word_room, sizeof *sizes);
    s->load_words = sizes == NULL ? s->load_words : sizes;
    uint64_t *load = patron_reallocate(NULL, words, sizeof *load);
    if (loads == NULL || sizes == NULL || load == NULL) {
        free(load);
        return NULL;
    }
    s->loads[s->load_count] = load;
    s->load_words[s->load_count++] = words;
    return load;
}

/* Passes over all sheaves; rows: NULL, or room for what is found in each.  Returns how many. */
static uint64_t pass_over(const itemset_sheaves *s, itemset_branch_rows *one,
                          itemset_branch_rows *all)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < s->load_count; ++i) {
        const uint64_t *sheaf = s->loads[i], *end = sheaf + s->load_words[i];
        for (; sheaf < end; ++count)
            sheaf = find_rows(s, sheaf, all == NULL ? one : all + count * s->branch_count);
    }
    return count;
}

patron_status itemset_sheaves_index(itemset_sheaves *sheaves)
{
    itemset_sheaves *s = sheaves;
    itemset_branch_rows *one = patron_allocate(s->branch_count, sizeof *one);
    if (one == NULL)
        return PATRON_RESOURCE;
    s->sheaf_count = s->branch_count > 0 ? pass_over(s, one, NULL) : 0;
    free(one);
    s->rows = patron_allocate(s->sheaf_count * s->branch_count, sizeof *s->rows);
    if (s->rows == NULL)
        return PATRON_RESOURCE;
    if (s->sheaf_count > 0)
        pass_over(s, NULL, s->rows);
    return PATRON_OK;
}

/* Where a branch is among all, or branch_count. */
static uint64_t find_branch(const itemset_sheaves *s, uint32_t branch)
{
    uint64_t first = 0, end = s->branch_count;
    while (first < end) {
        uint64_t middle = first + (end - first) / 2;
        if (s->branches[middle] < branch)
            first = middle + 1;
        else
            end = middle;
    }
    return first < s->branch_count && s->branches[first] == branch ? first : s->branch_count;
}

itemset_branch_rows itemset_sheaves_count(const itemset_sheaves *sheaves, uint32_t branch)
{
    uint64_t place = find_branch(sheaves, branch);
    itemset_branch_rows sum = {0};
    for (uint64_t i = 0; i < sheaves->sheaf_count && place < sheaves->branch_count; ++i) {
        const itemset_branch_rows *some = &sheaves->rows[i * sheaves->branch_count + place];
        sum.rows += some->rows;
        sum.tokens += some->tokens;
    }
    return sum;
}

void itemset_sheaves_read(const itemset_sheaves *sheaves, uint32_t branch, uint64_t *masks,
                          uint16_t *tokens, uint64_t *weights)
{
    uint64_t place = find_branch(sheaves, branch);
    for (uint64_t i = 0; i < sheaves->sheaf_count && place < sheaves->branch_count; ++i) {
        const itemset_branch_rows *some = &sheaves->rows[i * sheaves->branch_count + place];
        if (some->tokens > 0) {
            memcpy(tokens, some->content, some->tokens * sizeof *tokens);
            tokens += some->tokens;
        } else if (some->rows > 0) {
            memcpy(masks, some->content, some->rows * sizeof *masks);
            masks += some->rows;
        }
        if (sheaves->weighted && some->rows > 0) {
            memcpy(weights, some->weights, some->rows * sizeof *weights);
            weights += some->rows;
        }
    }
}

uint64_t itemset_sheaves_bundle_words(const itemset_sheaves *sheaves, const uint32_t *branches,
                                      uint64_t count)
{
    uint64_t words = ITEMSET_SHEAF_HEAD * count;
    for (uint64_t i = 0; i < count; ++i) {
        const itemset_branch_rows sum = itemset_sheaves_count(sheaves, branches[i]);
        words += itemset_sheaf_words(&sum, sheaves->weighted);
    }
    return words;
}

void itemset_sheaves_bundle(const itemset_sheaves *sheaves, const uint32_t *branches,
                            uint64_t count, uint64_t *sheaf)
{
    uint64_t *end = sheaf + ITEMSET_SHEAF_HEAD * count;
    for (uint64_t i = 0; i < count; ++i) {
        const itemset_branch_rows sum = itemset_sheaves_count(sheaves, branches[i]);
        uint64_t words = content_words(sum.rows, sum.tokens);
        sheaf[ITEMSET_SHEAF_HEAD * i] = sum.rows;
        sheaf[ITEMSET_SHEAF_HEAD * i + 1] = sum.tokens;
        itemset_sheaves_read(sheaves, branches[i], end, (uint16_t *)end, end + words);
        end += itemset_sheaf_words(&sum, sheaves->weighted);
    }
}
