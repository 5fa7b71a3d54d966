/* SPDX-License-Identifier: Apache-2.0 */
/* The profile for programs: exact figures of everyone, and of each segment that is large enough. */
#include "jobs.h"
#include "profile_run.h"

#include "cli/json.h"
#include "cli/summary.h"
#include "patron/memory.h"
#include "report_json.h"

#include <stdlib.h>
#include <string.h>

/* Figures of a column in a group. */
static json_t *column_object(const profile_run *run, uint32_t group, uint32_t column)
{
    const patron_column_profile *own = profile_figures(run, group, column);
    json_t *object = json_object();
    bool is_category = profile_is_category(run, column);
    report_json_set(object, "present", patron_json_count(own->present));
    report_json_set(object, "mean", patron_json_real(own->mean));
    report_json_set(object, "deviation", patron_json_real(own->deviation));
    report_json_set(object, "quantiles", report_json_reals(own->quantile, PATRON_PROFILE_LEVELS));
    if (group < run->labels.k) {
        report_json_set(object, "effect", patron_json_real(profile_effect(run, group, column)));
        report_json_set(object, "lift",
                        is_category ? patron_json_real(profile_lift(run, group, column))
                                    : json_null());
    }
    return object;
}

/* All columns of a group by name; null where too few stand behind one, counted. */
static json_t *columns_of(const profile_run *run, uint32_t group, uint64_t *withheld)
{
    json_t *object = json_object();
    for (uint32_t j = 0; j < run->figures.columns; ++j) {
        bool is_told = profile_is_told(run, group, j);
        *withheld += is_told ? 0 : 1;
        report_json_set_named(object, &run->shard.names, j,
                              is_told ? column_object(run, group, j) : json_null());
    }
    return object;
}

static json_t *traits_of(const profile_run *run, uint32_t segment, uint32_t *room)
{
    json_t *array = json_array();
    uint32_t count = profile_traits(run, segment, 0.0, run->options->top, room);
    for (uint32_t i = 0; i < count; ++i)
        json_array_append_new(array, report_json_text_of(&run->shard.names, room[i]));
    return array;
}

static json_t *items_of(const profile_run *run, uint32_t segment, uint32_t *room)
{
    json_t *array = json_array();
    uint32_t count = profile_best_items(run, segment, run->options->top, room);
    const patron_texts *labels = patron_dataset_item_labels(run->dataset);
    for (uint32_t i = 0; i < count; ++i) {
        json_t *object = json_object();
        uint64_t held = run->items.count[(uint64_t)segment * run->items.items + room[i]];
        report_json_set(object, "item",
                        report_json_text_of(patron_dataset_item_names(run->dataset), room[i]));
        report_json_set(object, "label", report_json_text_of(labels, room[i]));
        report_json_set(object, "baskets", patron_json_count(held));
        report_json_set(object, "share",
                        patron_json_real((double)held / (double)run->items.baskets[segment]));
        report_json_set(object, "lift", patron_json_real(profile_item_lift(run, segment, room[i])));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *segment_object(const profile_run *run, uint32_t segment, uint32_t *room,
                              uint64_t *withheld)
{
    json_t *object = json_object();
    char *name = profile_name(run, segment);
    uint64_t rows = run->figures.rows[segment];
    report_json_set(object, "segment", patron_json_count(segment));
    report_json_set(object, "name", name == NULL ? NULL : patron_json_text(name, strlen(name)));
    report_json_set(object, "customers", patron_json_count(rows));
    report_json_set(object, "share",
                    patron_json_real((double)rows / (double)run->figures.rows[run->labels.k]));
    report_json_set(object, "revenue_share", patron_json_real(profile_revenue_share(run, segment)));
    report_json_set(object, "times_a_head", patron_json_real(profile_times_a_head(run, segment)));
    report_json_set(object, "typical",
                    rows > 0 ? report_json_text_of(&run->typical_id, segment) : json_null());
    report_json_set(object, "traits", traits_of(run, segment, room));
    report_json_set(object, "columns", columns_of(run, segment, withheld));
    if (run->items.items > 0) {
        report_json_set(object, "baskets", patron_json_count(run->items.baskets[segment]));
        report_json_set(object, "items", items_of(run, segment, room));
    }
    free(name);
    return object;
}

patron_status profile_print_json(const profile_run *run)
{
    patron_summary summary = patron_summary_create("profile");
    uint64_t withheld = 0, none = 0;
    json_t *segments = json_array(), *units = json_object();
    uint32_t *room = patron_allocate(run->options->top, sizeof *room);
    patron_status status = room == NULL ? PATRON_RESOURCE : PATRON_OK;
    for (uint32_t s = 0; status == PATRON_OK && s < run->labels.k; ++s)
        if (profile_is_shown(run, s))
            json_array_append_new(segments, segment_object(run, s, room, &withheld));
    for (uint32_t j = 0; j < run->figures.columns; ++j)
        report_json_set_named(units, &run->shard.names, j,
                              report_json_text_of(&run->shard.units, j));
    patron_summary_set_count(&summary, "k", run->labels.k);
    patron_summary_set_count(&summary, "rows", patron_dataset_rows(run->dataset));
    patron_summary_set_count(&summary, "customers", run->figures.rows[run->labels.k]);
    patron_summary_set(&summary, "quantile_levels",
                       report_json_reals(patron_profile_levels, PATRON_PROFILE_LEVELS));
    patron_summary_set(&summary, "units", units);
    patron_summary_set(&summary, "columns", columns_of(run, run->labels.k, &none));
    patron_summary_set(&summary, "segments", segments);
    patron_summary_set_count(&summary, "segments_withheld", run->withheld);
    patron_summary_set_count(&summary, "columns_withheld", withheld);
    patron_summary_set_run(&summary, &run->context->phases);
    if (status == PATRON_OK)
        status = patron_job_print_summary(run->context, &summary);
    patron_summary_free(&summary);
    free(room);
    return status;
}
