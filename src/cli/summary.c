/* SPDX-License-Identifier: Apache-2.0 */
/* The summary as a jansson object. */
#include "cli/summary.h"

#include "cli/csv.h"
#include "cli/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

patron_summary patron_summary_create(const char *job)
{
    patron_summary summary = {.root = json_object()};
    patron_summary_set_text(&summary, "job", job, strlen(job));
    return summary;
}

void patron_summary_free(patron_summary *summary)
{
    json_decref(summary->root);
    summary->root = NULL;
}

void patron_summary_set(patron_summary *summary, const char *name, json_t *value)
{
    if (json_object_set_new(summary->root, name, value) != 0)
        summary->failed = true;
}

void patron_summary_set_count(patron_summary *summary, const char *name, uint64_t count)
{
    patron_summary_set(summary, name, patron_json_count(count));
}

void patron_summary_set_real(patron_summary *summary, const char *name, double real)
{
    patron_summary_set(summary, name, patron_json_real(real));
}

void patron_summary_set_flag(patron_summary *summary, const char *name, bool flag)
{
    patron_summary_set(summary, name, json_boolean(flag));
}

void patron_summary_set_text(patron_summary *summary, const char *name, const char *bytes,
                             uint64_t length)
{
    patron_summary_set(summary, name, patron_json_text(bytes, length));
}

json_t *patron_summary_seconds(double seconds)
{
    return patron_json_real(round(seconds * 1e6) / 1e6);
}

static json_t *spread_of(patron_figure figure, const patron_spread_figure *spread)
{
    double max = patron_figure_value(figure, (double)spread->max);
    return json_pack("{s:o, s:o, s:i}", "max",
                     figure <= PATRON_FIGURE_BESIDE ? patron_summary_seconds(max)
                                                    : patron_json_count(spread->max),
                     "mean", patron_summary_seconds(patron_figure_value(figure, spread->mean)),
                     "rank", spread->rank);
}

/* One object a step that any rank was in; figures that are 0 everywhere are left out. */
static void set_steps(patron_summary *summary, const patron_meter_report *meter)
{
    json_t *steps = json_array();
    for (int s = 0; s < PATRON_STEPS; ++s) {
        if (!patron_meter_has(meter, (patron_step)s))
            continue;
        json_t *step = json_pack("{s:s, s:s}", "step", patron_step_name((patron_step)s), "kind",
                                 patron_step_kind((patron_step)s));
        for (int f = 0; f < PATRON_FIGURES; ++f)
            if (meter->step[s][f].max > 0 &&
                json_object_set_new(step, patron_figure_name((patron_figure)f),
                                    spread_of((patron_figure)f, &meter->step[s][f])) != 0)
                summary->failed = true;
        if (json_array_append_new(steps, step) != 0)
            summary->failed = true;
    }
    patron_summary_set(summary, "steps", steps);
    patron_summary_set(summary, "memory", spread_of(PATRON_FIGURE_IN, &meter->memory));
}

void patron_summary_set_seconds(patron_summary *summary, const patron_phases *phases)
{
    json_t *seconds = json_object();
    for (unsigned i = 0; i < phases->count; ++i)
        if (json_object_set_new(seconds, phases->phases[i].name,
                                patron_summary_seconds(phases->phases[i].seconds)) != 0)
            summary->failed = true;
    patron_summary_set(summary, "seconds", seconds);
}

void patron_summary_set_run(patron_summary *summary, const patron_phases *phases)
{
    patron_summary_set_seconds(summary, phases);
    if (phases->meter.is_there)
        set_steps(summary, &phases->meter);
}

static patron_status check(const patron_summary *summary)
{
    if (summary->root == NULL || summary->failed)
        return patron_fail(PATRON_RESOURCE, "out of memory while the summary was made");
    return PATRON_OK;
}

patron_status patron_summary_print(const patron_summary *summary, FILE *out)
{
    patron_status status = check(summary);
    char *text = status == PATRON_OK ? patron_json_format(summary->root, true) : NULL;
    if (text == NULL)
        return PATRON_RESOURCE;
    fprintf(out, "%s\n", text);
    free(text);
    return PATRON_OK;
}

patron_status patron_summary_print_csv(const patron_summary *summary, FILE *out)
{
    patron_status status = check(summary);
    char *text = status == PATRON_OK ? patron_csv_format(summary->root) : NULL;
    if (text == NULL)
        return PATRON_RESOURCE;
    fputs(text, out);
    free(text);
    return PATRON_OK;
}
