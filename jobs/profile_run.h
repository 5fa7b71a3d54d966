/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the profile job, and what they hand to each other. */
#ifndef PATRON_JOBS_PROFILE_RUN_H
#define PATRON_JOBS_PROFILE_RUN_H

#include "job.h"

#include "data/group_profile.h"
#include "data/shard.h"
#include "model/segment_labels.h"
#include "patron/data.h"

typedef struct profile_options {
    patron_option_list inputs; /* dataset, model */
    patron_option_list columns;
    const char *revenue; /* NULL: none */
    uint64_t min_group, memory;
    uint32_t top;
} profile_options;

/* Baskets of segments, and items in them; k + 1 groups, the last all segments together. */
typedef struct profile_items {
    uint32_t items;    /* of the dictionary; 0: baskets tell no customers */
    uint64_t *baskets; /* k + 1 */
    uint64_t *count;   /* (k + 1) x items: baskets that hold the item */
} profile_items;

typedef struct profile_run {
    patron_job_context *context;
    const profile_options *options;
    patron_dataset *dataset;
    patron_segment_labels labels;
    patron_shard shard;           /* the columns looked at, as they were read */
    patron_group_profile figures; /* of these */
    uint32_t revenue;             /* column; UINT32_MAX: none */
    uint64_t *typical;            /* k: row of the customer nearest to the centroid; UINT64_MAX:
                                     the segment is empty */
    patron_texts typical_id;      /* k; "" of an empty one; on rank 0 */
    profile_items items;
    bool *is_told;     /* (k + 1) x columns */
    uint64_t least;    /* customers of a segment that is shown */
    uint64_t withheld; /* segments of fewer */
} profile_run;

/* ---- finding, each collective ---- */

/* Opens what run->options name, and fills all figures; a run of another job may do so too, with
 * options of its own.  Release in any case.  NO_INPUT, DATA, IO, RESOURCE. */
patron_status profile_load(profile_run *run);
patron_status profile_measure(profile_run *run);
void profile_release(profile_run *run);

/* Fills `typical` and, on rank 0, `typical_id`.  RESOURCE, and as reading. */
patron_status profile_find_typical(profile_run *run);

/* Fills `items` where the dataset has baskets of customers.  RESOURCE, and as reading. */
patron_status profile_count_items(profile_run *run);

/* From the figures, which segments are shown and which of their columns are told: not those that
 * fewer than --min-group customers stand behind, nor so many others that these could be found from
 * everyone's.  RESOURCE. */
patron_status profile_withhold(profile_run *run);

/* ---- what figures tell ---- */

/* Of a column in a group. */
const patron_column_profile *profile_figures(const profile_run *run, uint32_t group,
                                             uint32_t column);

bool profile_is_shown(const profile_run *run, uint32_t segment);

/* Whether a column holds nothing but 0 and 1, both. */
bool profile_is_category(const profile_run *run, uint32_t column);

/* Whether people are told what a group has in a column. */
bool profile_is_told(const profile_run *run, uint32_t group, uint32_t column);

/* How many standard deviations of everyone the segment's mean lies above that of everyone; NaN
 * where there is none. */
double profile_effect(const profile_run *run, uint32_t segment, uint32_t column);

/* Share of a category among the segment's present values over that among everyone's. */
double profile_lift(const profile_run *run, uint32_t segment, uint32_t column);

/* The segment's share of all revenue; NaN without a column of it, and where that is not told. */
double profile_revenue_share(const profile_run *run, uint32_t segment);

/* That share over the share of customers. */
double profile_times_a_head(const profile_run *run, uint32_t segment);

/* columns[most]: the columns of the greatest effects, told and at least `least` either way,
 * greatest first, ties in the dataset's order; how many. */
uint32_t profile_traits(const profile_run *run, uint32_t segment, double least, uint32_t most,
                        uint32_t *columns);

/* A short name from the two strongest traits of at least half a standard deviation, to free().
 * NULL: out of memory. */
char *profile_name(const profile_run *run, uint32_t segment);

/* items[most]: those that people are told: in at least --min-group baskets of the segment, by a
 * lift above 1, ties by baskets, then in the dictionary's order; how many. */
uint32_t profile_best_items(const profile_run *run, uint32_t segment, uint32_t most,
                            uint32_t *items);
double profile_item_lift(const profile_run *run, uint32_t segment, uint32_t item);

/* ---- reports, on rank 0 ---- */

patron_status profile_print_text(const profile_run *run);
patron_status profile_print_json(const profile_run *run);

#endif
