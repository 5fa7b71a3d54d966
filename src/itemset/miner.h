/* SPDX-License-Identifier: Apache-2.0 */
/* Depth-first mining by one thread: the set that is being extended, and what it emits.
 *
 * A branch holds the current set (the path), and extras: items that every basket of the path holds
 * too.  Each subset of the extras joins the path in a frequent set of the same count (perfect
 * extensions, Borgelt 2004), so extras are never searched, only listed or counted by binomials.
 *
 * Where only closed or maximal sets are wanted, the path stands for itself with all extras.  It
 * then also knows the items that it has passed: frequent ones that come after its own in the
 * search, as the excluded vertices in that for cliques (Bron, Kerbosch 1973).  A passed item that
 * every basket of the path holds belongs to every closed set below, and these are found where the
 * search meets that item first; so the branch ends.  Else the path with its extras is closed, and
 * it is maximal where no item is left that may extend it, passed or not. */
#ifndef PATRON_ITEMSET_MINER_H
#define PATRON_ITEMSET_MINER_H

#include "itemset/found.h"
#include "itemset/popcount.h"
#include "itemset/ranking.h"
#include "itemset/row_bitmaps.h"
#include "itemset/script.h"
#include "itemset/sheaves.h"

#include <stdbool.h>
#include <stdint.h>

/* What is wanted of all sets. */
typedef struct itemset_wanted {
    patron_itemset_kind kind;
    uint64_t min_count;
    uint32_t shortest;
    uint32_t longest;
    bool count_only;                       /* lengths alone */
    const patron_texts *text_names;        /* NULL: sets are kept, or counted */
    const itemset_short_name *short_names; /* NULL: scripts are written instead of text */
    itemset_ranking *ranking;              /* of all threads; NULL unless counts alone are wanted */
    itemset_budget *budget;                /* of all threads */
} itemset_wanted;

/* Rows below a branch: a database of local items 0 ... width - 1, all of them frequent in it. */
typedef struct itemset_node {
    itemset_rows rows;
    uint32_t width;
    uint32_t *items;  /* width: original index of each local item */
    uint64_t *counts; /* width: rows that hold it, with weights */
    uint64_t *occurrence_offsets;
    uint64_t *occurrences; /* see itemset_rows_transpose */
    uint64_t *bits; /* see itemset_rows_spread; NULL where rows are sparse, and below the top */
    itemset_row_bitmaps row_bitmaps; /* those of batches of the top; see itemset_node_index */
    const itemset_sheaves *sheaves;  /* NULL, or rows of the top's branches where pairs are counted;
                                      * rows[] is then for the others */
} itemset_node;

/* Where the count of local items `high` and `low`, below it, lies in a triangle of counts. */
static inline uint64_t itemset_pair_place(uint64_t high, uint64_t low)
{
    return high * (high > 0 ? high - 1 : 0) / 2 + low;
}

/* The index-th of `count` runs of branches, without the first `done` of all; {0, 1} is all. */
typedef struct itemset_part {
    uint32_t index;
    uint32_t count;
    uint32_t done;
    bool may_pause; /* between two branches */
} itemset_part;

/* The branches of a part are those from itemset_part_first to below itemset_part_end.  Branch i has
 * i others below it, so that later runs are shorter. */
uint32_t itemset_part_first(itemset_part part, uint32_t branches);
uint32_t itemset_part_end(itemset_part part, uint32_t branches);

/* Whether what is above the branches, an item or its path, is of this part, and not done. */
static inline bool itemset_part_has_top(itemset_part part)
{
    return part.index == 0 && part.done == 0;
}

/* Tells a miner when to pause. */
typedef struct itemset_pausing {
    bool (*is_wished)(void *context);
    void *context;
} itemset_pausing;

enum { ITEMSET_RANKED_AT_ONCE = 256, ITEMSET_FEW_EXTRAS = 32 };

/* A place in the search: `done` branches of a top item are behind, and all of the items before. */
typedef struct itemset_place {
    uint32_t item; /* local to the top node */
    uint32_t done;
} itemset_place;

typedef struct itemset_miner {
    itemset_wanted wanted;
    itemset_count_kernel kernel;
    itemset_pick_kernel pick;
    uint32_t *path; /* ascending by original index; used when sets are kept */
    uint32_t length;
    uint32_t *extras;
    uint32_t extra_count;
    uint64_t binomials[ITEMSET_FEW_EXTRAS + 1][ITEMSET_FEW_EXTRAS + 1]; /* n over k, k up to n */
    uint64_t *tally; /* by local item: all zero between projections */
    uint32_t *touched;
    uint32_t *labels; /* by local item: new local item + 1, or 0; all zero between projections */
    uint8_t *hints;   /* by row of the top: see batch.c */
    uint64_t hint_count;
    itemset_scratch scratch;
    itemset_found found;
    itemset_pen pen;                               /* used for text and scripts */
    itemset_lines lines;                           /* used for text */
    itemset_script script;                         /* used for scripts */
    itemset_ranked ranked[ITEMSET_RANKED_AT_ONCE]; /* counts that the ranking has to learn of */
    uint32_t ranked_count;
    const itemset_pausing *pausing; /* NULL: it never pauses */
    itemset_place reached;          /* where it did: what comes first when it goes on */
    uint64_t cpu;                   /* nanoseconds that its jobs took */
    patron_status status;           /* of its latest branch */
} itemset_miner;

/* A miner for databases of `width` items and sets of at most `longest` items, included ones
 * counted; free it whatever is returned. */
patron_status itemset_miner_create(itemset_miner *miner, const itemset_wanted *wanted,
                                   uint32_t width, uint32_t longest, uint64_t limit);
void itemset_miner_free(itemset_miner *miner);

/* Adds an original item to the path, and takes it out again. */
void itemset_miner_push(itemset_miner *miner, uint32_t item);
void itemset_miner_pop(itemset_miner *miner, uint32_t item);

/* Whether sets are judged by the items that their path has passed. */
static inline bool itemset_miner_judges(const itemset_miner *miner)
{
    return miner->wanted.kind != PATRON_ITEMSET_ALL;
}

/* Whether longer sets than that of the path with its extras are wanted. */
static inline bool itemset_miner_may_grow(const itemset_miner *miner)
{
    uint64_t extras = itemset_miner_judges(miner) ? miner->extra_count : 0;
    return miner->length + extras < miner->wanted.longest;
}

static inline bool itemset_miner_is_to_pause(const itemset_miner *miner)
{
    return miner->pausing != NULL && miner->pausing->is_wished(miner->pausing->context);
}

/* What the path stands for, held by `count` baskets: with each subset of the extras, or, if sets
 * are judged, with all extras, where that is closed; `others` items beside the extras may join it,
 * passed ones too. */
patron_status itemset_miner_emit(itemset_miner *miner, uint64_t count, uint32_t others);

/* Hands over the text, or script, that is left of its turn, and ends the turn.  Errors of whoever
 * takes it. */
patron_status itemset_miner_end_turn(itemset_miner *miner);

/* Tells the ranking what was found, and takes over the least count that still matters. */
void itemset_miner_rank(itemset_miner *miner);

/* For a loop over the branches of `part`, which is about to begin branch `next`: STOPPED where the
 * miner pauses before it, and has noted that.  Before the first it never does, so that each job
 * gets on. */
static inline patron_status itemset_miner_pause(itemset_miner *miner, itemset_part part,
                                                uint32_t first, uint32_t next)
{
    if (!part.may_pause || next == first || !itemset_miner_is_to_pause(miner))
        return PATRON_OK;
    miner->reached.done = next;
    return PATRON_STOPPED;
}

/* The path with one more of items[count] at a time, those of `part`; sets are not judged. */
patron_status itemset_miner_emit_leaves(itemset_miner *miner, const uint32_t *items,
                                        const uint64_t *counts, uint32_t count, itemset_part part);

/* All wanted sets of the path, local item `item` of `node` and items below it; only those of
 * `part`, where what has no further item is of the first. */
patron_status itemset_mine_branch(itemset_miner *miner, const itemset_node *node, uint32_t item,
                                  itemset_part part);

#endif
