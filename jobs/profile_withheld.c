/* SPDX-License-Identifier: Apache-2.0 */
/* What is withheld so that small groups are not told, nor found by taking what is told from what
 * is told of everyone: complementary suppression, as statistical offices have it (Willenborg and
 * de Waal, "Elements of Statistical Disclosure Control", 2001), by which what is withheld of a
 * total holds, taken together, no group that is too small.  Segments are withheld as other jobs
 * withhold them, so that what two of them print of one model tells no more than each does. */
#include "profile_run.h"

#include "model/group_least.h"
#include "patron/memory.h"

/* ---- columns of segments ---- */

/* Customers of a group by what they have in a column. */
typedef struct present {
    uint64_t all, ones, zeros; /* ones and zeros of a category; 0 of another column */
} present;

static present present_in(const profile_run *run, uint32_t group, uint32_t column)
{
    const patron_column_profile *own = profile_figures(run, group, column);
    bool is_category = profile_is_category(run, column);
    return (present){.all = own->present,
                     .ones = is_category ? own->present - own->zeros : 0,
                     .zeros = is_category ? own->zeros : 0};
}

/* Whether there are some, and fewer than a group must have. */
static bool is_small(const profile_run *run, uint64_t customers)
{
    return customers > 0 && customers < run->options->min_group;
}

static bool has_small(const profile_run *run, present of)
{
    return is_small(run, of.all) || is_small(run, of.ones) || is_small(run, of.zeros);
}

/* Withholds a column of more segments, those of the fewest values first, until what is withheld
 * holds no small group together; of segments with as many, the first. */
static void withhold_more(profile_run *run, uint32_t column)
{
    uint32_t k = run->labels.k, columns = run->figures.columns, next = 0;
    present together = {0};
    for (uint32_t s = 0; s < k; ++s) {
        present own = present_in(run, s, column);
        if (run->is_told[(uint64_t)s * columns + column])
            continue;
        together.all += own.all;
        together.ones += own.ones;
        together.zeros += own.zeros;
    }
    while (has_small(run, together) && next < k) {
        next = k;
        for (uint32_t s = 0; s < k; ++s)
            if (run->is_told[(uint64_t)s * columns + column] &&
                (next == k || present_in(run, s, column).all < present_in(run, next, column).all))
                next = s;
        if (next < k) {
            present own = present_in(run, next, column);
            run->is_told[(uint64_t)next * columns + column] = false;
            together.all += own.all;
            together.ones += own.ones;
            together.zeros += own.zeros;
        }
    }
}

patron_status profile_withhold(profile_run *run)
{
    uint32_t k = run->labels.k, columns = run->figures.columns;
    run->least = patron_group_least(run->figures.rows, k, run->options->min_group);
    run->is_told = patron_allocate(((uint64_t)k + 1) * columns, sizeof *run->is_told);
    if (run->is_told == NULL && columns > 0)
        return PATRON_RESOURCE;
    for (uint32_t s = 0; s < k; ++s)
        run->withheld += profile_is_shown(run, s) ? 0 : 1;
    for (uint32_t j = 0; j < columns; ++j) {
        for (uint32_t g = 0; g <= k; ++g) {
            present own = present_in(run, g, j);
            run->is_told[(uint64_t)g * columns + j] =
                own.all > 0 && !has_small(run, own) && (g == k || profile_is_shown(run, g));
        }
        if (run->is_told[(uint64_t)k * columns + j])
            withhold_more(run, j);
    }
    return PATRON_OK;
}

bool profile_is_told(const profile_run *run, uint32_t group, uint32_t column)
{
    return run->is_told[(uint64_t)group * run->figures.columns + column];
}
