/* SPDX-License-Identifier: Apache-2.0 */
/* Effects of columns, and the words that they make.  The effect is the difference of means over the
 * standard deviation of everyone: Cohen, "Statistical Power Analysis for the Behavioral Sciences"
 * (1988), with Glass's choice of one group's deviation, so that effects of all segments share a
 * scale. */
#include "profile_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const patron_column_profile *profile_figures(const profile_run *run, uint32_t group,
                                             uint32_t column)
{
    return &run->figures.column[(uint64_t)group * run->figures.columns + column];
}

bool profile_is_shown(const profile_run *run, uint32_t segment)
{
    return run->figures.rows[segment] >= run->least;
}

bool profile_is_category(const profile_run *run, uint32_t column)
{
    const patron_column_profile *all = profile_figures(run, run->labels.k, column);
    return all->present > 0 && all->least == 0.0 && all->greatest == 1.0 &&
           all->mean == (double)(all->present - all->zeros) / (double)all->present;
}

double profile_effect(const profile_run *run, uint32_t segment, uint32_t column)
{
    const patron_column_profile *own = profile_figures(run, segment, column);
    const patron_column_profile *all = profile_figures(run, run->labels.k, column);
    return own->present > 0 && all->deviation > 0.0 ? (own->mean - all->mean) / all->deviation
                                                    : (double)NAN;
}

double profile_lift(const profile_run *run, uint32_t segment, uint32_t column)
{
    return profile_figures(run, segment, column)->mean /
           profile_figures(run, run->labels.k, column)->mean;
}

/* What a group brought in. */
static double revenue_of(const profile_run *run, uint32_t group)
{
    const patron_column_profile *own = profile_figures(run, group, run->revenue);
    return own->present > 0 ? own->mean * (double)own->present : 0.0;
}

double profile_revenue_share(const profile_run *run, uint32_t segment)
{
    if (run->revenue == UINT32_MAX || !profile_is_told(run, segment, run->revenue))
        return (double)NAN;
    return revenue_of(run, segment) / revenue_of(run, run->labels.k);
}

double profile_times_a_head(const profile_run *run, uint32_t segment)
{
    return profile_revenue_share(run, segment) * (double)run->figures.rows[run->labels.k] /
           (double)run->figures.rows[segment];
}

uint32_t profile_traits(const profile_run *run, uint32_t segment, double least, uint32_t most,
                        uint32_t *columns)
{
    uint32_t found = 0;
    for (uint32_t j = 0; j < run->figures.columns; ++j) {
        double size = fabs(profile_effect(run, segment, j));
        if (!profile_is_told(run, segment, j) || !(size >= least))
            continue;
        uint32_t at = found < most ? found++ : most;
        for (; at > 0 && size > fabs(profile_effect(run, segment, columns[at - 1])); --at)
            if (at < most)
                columns[at] = columns[at - 1];
        if (at < most)
            columns[at] = j;
    }
    return found;
}

/* ---- names ---- */

/* How people say that a feature that ingest makes is high or low. */
static const struct {
    const char *column, *high, *low;
} words[] = {{"recency_days", "lapsed", "recent"},
             {"frequency", "frequent", "rare"},
             {"monetary", "high spend", "low spend"},
             {"mean_basket_value", "large baskets", "small baskets"},
             {"distinct_items", "many different items", "few different items"},
             {"mean_items_per_basket", "full baskets", "few items a basket"},
             {"tenure_days", "long known", "new"},
             {"mean_days_between_baskets", "long between baskets", "short between baskets"}};

static void write_trait(FILE *out, const profile_run *run, uint32_t column, bool is_high)
{
    const char *name = patron_texts_at(&run->shard.names, column);
    uint64_t length = patron_texts_length(&run->shard.names, column);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; ++i)
        if (strlen(words[i].column) == length && memcmp(words[i].column, name, length) == 0) {
            fputs(is_high ? words[i].high : words[i].low, out);
            return;
        }
    if (profile_is_category(run, column))
        fputs(is_high ? "" : "no ", out);
    else
        fputs(is_high ? "high " : "low ", out);
    for (uint64_t i = 0; i < length; ++i)
        putc(name[i] == '_' ? ' ' : name[i], out);
}

char *profile_name(const profile_run *run, uint32_t segment)
{
    enum { TRAITS = 2 };
    const double medium = 0.5;
    uint32_t columns[TRAITS];
    uint32_t count = profile_traits(run, segment, medium, TRAITS, columns);
    char *name = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&name, &bytes);
    if (out == NULL)
        return NULL;
    for (uint32_t i = 0; i < count; ++i) {
        fputs(i > 0 ? ", " : "", out);
        write_trait(out, run, columns[i], profile_effect(run, segment, columns[i]) > 0.0);
    }
    fputs(count == 0 ? "like everyone" : "", out);
    if (fclose(out) != 0) {
        free(name);
        name = NULL;
    }
    return name;
}
