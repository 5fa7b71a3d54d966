/* SPDX-License-Identifier: Apache-2.0 */
/* What the columns and baskets of a dataset hold, in figures.  docs/inspect.md has the definitions.
 * Everything is exact and the same on any ranks, threads and parts. */
#ifndef PATRON_DATA_PROFILE_H
#define PATRON_DATA_PROFILE_H

#include "data/row_groups.h"
#include "patron/comm.h"
#include "patron/data.h"
#include "patron/progress.h"
#include "patron/rows.h"

enum {
    PATRON_PROFILE_LEVELS = 5,
    PATRON_PROFILE_BINS = 16,
    PATRON_PROFILE_DISTINCT = 10000,                   /* distinct values are counted up to here */
    PATRON_PROFILE_QUERIES = 2 * PATRON_PROFILE_LEVELS /* of a column: two neighbours of each
                                                          quantile */
};

/* 0.05, 0.25, 0.5, 0.75, 0.95. */
extern const double patron_profile_levels[PATRON_PROFILE_LEVELS];
enum { PATRON_PROFILE_LOWER_QUARTILE = 1, PATRON_PROFILE_UPPER_QUARTILE = 3 };

/* Of one column: figures of its present values (not NaN).  Reals are NaN where there are none. */
typedef struct patron_column_profile {
    uint64_t present, zeros, negatives;
    double least, greatest;
    double mean;      /* exact sum, rounded once, divided by the count */
    double deviation; /* standard deviation, of n */
    double skewness;  /* third standardized moment, of n; NaN where all values are the same */
    double quantile[PATRON_PROFILE_LEVELS];
    uint64_t distinct;                  /* PATRON_PROFILE_DISTINCT + 1: more than that */
    uint64_t outliers, far_outliers;    /* beyond Tukey's fences: 1.5 and 3 interquartile ranges */
    uint64_t bins[PATRON_PROFILE_BINS]; /* equal widths from least to greatest; 0 of a constant */
} patron_column_profile;

typedef struct patron_weight_profile {
    uint64_t zeros;
    double sum, least, greatest; /* the latter NaN without rows */
} patron_weight_profile;

typedef struct patron_rows_profile {
    const patron_row_groups *groups; /* NULL: all rows are one */
    uint64_t *group_rows;            /* groups: rows of all ranks; NULL: not wanted */
    uint64_t rows;                   /* of all ranks */
    uint32_t columns;
    patron_column_profile *column; /* groups x columns */
    uint64_t duplicates;           /* rows equal in all columns to an earlier one; NaN equals NaN */
    bool weighs;
    patron_weight_profile weight;
} patron_rows_profile;

/* Profiles all ranks' rows, as they were read (NaN where a value is missing), in more passes where
 * `memory` bytes (the same on every rank) would not hold the tables and hashes of a rank besides
 * its rows; `progress` may be NULL.  Collective; the same on every rank.  Release with
 * patron_rows_profile_free in any case.  RESOURCE, and as patron_rows_pass. */
patron_status patron_profile_rows(const patron_comm *comm, const patron_rows *rows, uint64_t memory,
                                  patron_progress *progress, patron_rows_profile *profile);
void patron_rows_profile_free(patron_rows_profile *profile);

/* Lower edge of bin `bin` of a column, as numpy.linspace gives it; that of bin PATRON_PROFILE_BINS
 * is the greatest value. */
double patron_profile_edge(const patron_column_profile *column, uint32_t bin);

/* ---- the steps, each collective and with the errors above ---- */

/* The first three are of every group; the columns of groups follow each other, groups x columns. */

/* Fills what one look at each value gives: present, zeros, negatives, extremes, mean; weights. */
patron_status patron_profile_survey(const patron_comm *comm, const patron_rows *rows,
                                    patron_rows_profile *profile);

/* Fills deviation, skewness and bins; needs the survey. */
patron_status patron_profile_moments(const patron_comm *comm, const patron_rows *rows,
                                     patron_rows_profile *profile);

/* Fills the quantiles of columns [first, first + count) of groups; needs the survey. */
patron_status patron_profile_quantiles(const patron_comm *comm, const patron_rows *rows,
                                       uint32_t first, uint32_t count,
                                       patron_rows_profile *profile);

/* Fills the outliers; needs the quantiles. */
patron_status patron_profile_outliers(const patron_comm *comm, const patron_rows *rows,
                                      patron_rows_profile *profile);

/* Fills `distinct` of columns [first, first + count). */
patron_status patron_profile_distinct(const patron_comm *comm, const patron_rows *rows,
                                      uint32_t first, uint32_t count, patron_rows_profile *profile);

/* Counts rows that equal an earlier one, by 128-bit hashes, in as many passes as it takes
 * for no rank to hold many more than `most` hashes at a time. */
patron_status patron_profile_duplicates(const patron_comm *comm, const patron_rows *rows,
                                        uint64_t most, uint64_t *duplicates);

/* ---- baskets ---- */

typedef struct patron_baskets_profile {
    uint64_t baskets, empty;
    uint64_t entries; /* items of all baskets */
    uint64_t shortest, longest;
    double mean; /* of lengths; NaN without baskets, as the quantiles */
    double quantile[PATRON_PROFILE_LEVELS];
    uint64_t *item_baskets;    /* an item of the dictionary: baskets that hold it */
    uint64_t never;            /* items of the dictionary in no basket */
    uint64_t without_customer; /* baskets; where the dataset tells customers */
    int64_t earliest, latest;  /* seconds since 1970; where it tells times and has baskets */
} patron_baskets_profile;

/* Profiles all baskets, a piece at a time, with all checks of reading.  Collective; the same on
 * every rank.  Release with patron_baskets_profile_free in any case.  RESOURCE, and as reading. */
patron_status patron_profile_baskets(const patron_comm *comm, const patron_dataset *dataset,
                                     patron_baskets_profile *profile);
void patron_baskets_profile_free(patron_baskets_profile *profile);

#endif
