/* SPDX-License-Identifier: Apache-2.0 */
/* A run's figures as JSON, and in the text format of Prometheus (version 0.0.4). */
#include "cli/json.h"
#include "cli/monitor.h"
#include "cli/summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- status ---- */

static void set_time(patron_summary *summary, const char *name, time_t when)
{
    char text[32];
    struct tm parts;
    gmtime_r(&when, &parts);
    size_t length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    patron_summary_set_text(summary, name, text, length);
}

static void set_text(patron_summary *summary, const char *name, const char *text)
{
    if (text == NULL || *text == '\0')
        patron_summary_set(summary, name, json_null());
    else
        patron_summary_set_text(summary, name, text, strlen(text));
}

/* Units a second up to now, so that what stands still becomes slower. */
static double rate_of(const patron_monitor_step *step)
{
    uint64_t timed = step->done > step->skipped ? step->done - step->skipped : 0;
    double seconds = patron_clock() - step->started;
    return seconds > 0.0 ? (double)timed / seconds : 0.0;
}

/* The figures of a phase are null between phases, and what is left is where it is not known. */
static void set_step(patron_summary *summary, const patron_monitor_step *step)
{
    double rate = step->is_counted ? rate_of(step) : 0.0;
    bool is_told = step->total > step->done && rate > 0.0;
    double left = is_told ? (double)(step->total - step->done) / rate : 0.0;
    set_text(summary, "phase", step->phase);
    set_text(summary, "unit", step->unit);
    patron_summary_set(summary, "done",
                       step->is_counted ? patron_json_count(step->done) : json_null());
    patron_summary_set(summary, "total",
                       step->total > 0 ? patron_json_count(step->total) : json_null());
    patron_summary_set(summary, "rate", step->is_counted ? patron_json_real(rate) : json_null());
    patron_summary_set(summary, "seconds_left",
                       is_told ? patron_summary_seconds(left) : json_null());
    set_text(summary, "note", step->note);
}

char *patron_monitor_status_text(const patron_monitor *monitor, time_t now)
{
    patron_summary summary = patron_summary_create(monitor->job);
    const char *state = !monitor->ended                     ? "running"
                        : monitor->status == PATRON_OK      ? "done"
                        : monitor->status == PATRON_STOPPED ? "stopped"
                                                            : "failed";
    char text[PATRON_FAIL_CAPACITY] = "";
    set_text(&summary, "schema", PATRON_MONITOR_SCHEMA);
    set_text(&summary, "state", state);
    set_step(&summary, &monitor->step);
    if (monitor->ended && monitor->status != PATRON_OK)
        patron_fail_text(monitor->status, text, sizeof text);
    patron_summary_set(&summary, "exit_code",
                       monitor->ended ? json_integer(patron_status_exit_code(monitor->status))
                                      : json_null());
    set_text(&summary, "message", text);
    set_time(&summary, "started", monitor->started);
    set_time(&summary, "updated", now);
    patron_summary_set_seconds(&summary, &monitor->seen);
    patron_summary_set_count(&summary, "ranks", (uint64_t)monitor->ranks);
    patron_summary_set_count(&summary, "threads", (uint64_t)monitor->threads);
    patron_summary_set_count(&summary, "peak_memory", monitor->peak_memory);
    set_text(&summary, "output", monitor->common->output);
    set_text(&summary, "version", PATRON_VERSION);
    char *formatted = NULL, *line = NULL;
    if (summary.root == NULL || summary.failed)
        patron_fail(PATRON_RESOURCE, "out of memory while the status was made");
    else
        formatted = patron_json_format(summary.root, true);
    patron_summary_free(&summary);
    if (formatted != NULL && asprintf(&line, "%s\n", formatted) < 0) {
        patron_fail(PATRON_RESOURCE, "out of memory while the status was made");
        line = NULL;
    }
    free(formatted);
    return line;
}

/* ---- metrics ---- */

static void put_head(FILE *out, const char *name, const char *help)
{
    fprintf(out, "# HELP patron_%s %s\n# TYPE patron_%s gauge\n", name, help, name);
}

/* As a label's value is written. */
static void put_escaped(FILE *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; ++i) {
        if (text[i] == '\\' || text[i] == '"')
            fputc('\\', out);
        if (text[i] == '\n')
            fputs("\\n", out);
        else
            fputc(text[i], out);
    }
}

/* The name of a metric with the labels that tell runs apart: what runs, and the name of the file,
 * which no other in its folder has.  `job` is a label that a server puts there itself. */
static void put_name(FILE *out, const patron_monitor *monitor, const char *name)
{
    const char *file = patron_output_name(monitor->common->metrics);
    size_t length = strlen(file);
    if (length > 5 && strcmp(file + length - 5, ".prom") == 0)
        length -= 5;
    fprintf(out, "patron_%s{command=\"%s\",run=\"", name, monitor->job);
    put_escaped(out, file, length);
    fputc('"', out);
}

static void put(FILE *out, const patron_monitor *monitor, const char *name, const char *help,
                double value)
{
    put_head(out, name, help);
    put_name(out, monitor, name);
    fprintf(out, "} %.17g\n", value);
}

static void put_step(FILE *out, const patron_monitor *monitor)
{
    const patron_monitor_step *step = &monitor->step;
    if (!step->is_counted)
        return;
    put_head(out, "phase_units_done", "Units of the phase at work that are behind it.");
    put_name(out, monitor, "phase_units_done");
    fprintf(out, ",phase=\"%s\",unit=\"%s\"} %" PRIu64 "\n", step->phase, step->unit, step->done);
    put_head(out, "phase_units", "Units of the phase at work, the most there can be; 0: unknown.");
    put_name(out, monitor, "phase_units");
    fprintf(out, ",phase=\"%s\",unit=\"%s\"} %" PRIu64 "\n", step->phase, step->unit, step->total);
}

static void put_seconds(FILE *out, const patron_monitor *monitor)
{
    const patron_phases *phases = &monitor->seen;
    if (phases->count > 0)
        put_head(out, "phase_seconds", "Seconds of each phase that has ended.");
    for (unsigned i = 0; i < phases->count; ++i) {
        put_name(out, monitor, "phase_seconds");
        fprintf(out, ",phase=\"%s\"} %.6f\n", phases->phases[i].name, phases->phases[i].seconds);
    }
}

char *patron_monitor_metrics_text(const patron_monitor *monitor, time_t now)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    if (out == NULL) {
        patron_fail(PATRON_RESOURCE, "out of memory while the metrics were made");
        return NULL;
    }
    put_head(out, "run_info", "The version that runs the job; always 1.");
    put_name(out, monitor, "run_info");
    fprintf(out, ",version=\"%s\"} 1\n", PATRON_VERSION);
    put(out, monitor, "run_active", "1 while the run lasts, then 0.", monitor->ended ? 0 : 1);
    put(out, monitor, "run_started_seconds", "When it started, in seconds since 1970.",
        (double)monitor->started);
    put(out, monitor, "run_updated_seconds", "When this was written, in seconds since 1970.",
        (double)now);
    put(out, monitor, "run_ranks", "Ranks.", monitor->ranks);
    put(out, monitor, "run_threads", "Threads of rank 0.", monitor->threads);
    put(out, monitor, "run_peak_memory_bytes", "The most memory of a rank.",
        (double)monitor->peak_memory);
    if (monitor->ended)
        put(out, monitor, "run_exit_code", "Exit code: 0 done, 75 stopped at a checkpoint.",
            patron_status_exit_code(monitor->status));
    put_step(out, monitor);
    put_seconds(out, monitor);
    bool failed = ferror(out) != 0;
    if (fclose(out) != 0 || failed) {
        patron_fail(PATRON_RESOURCE, "out of memory while the metrics were made");
        free(text);
        return NULL;
    }
    return text;
}
