/* SPDX-License-Identifier: Apache-2.0 */
/* Progress lines with rate and time left. */
#include "patron/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const double TERMINAL_PERIOD = 0.1; /* seconds between two redraws */
static const double LINE_PERIOD = 10.0;    /* seconds between two dated lines */

double patron_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

patron_progress patron_progress_create(patron_progress_mode mode, int rank)
{
    patron_progress progress = {.speaks = rank == 0 && mode != PATRON_PROGRESS_NEVER,
                                .terminal = isatty(STDERR_FILENO) != 0};
    progress.waits = mode == PATRON_PROGRESS_AUTO && !progress.terminal;
    return progress;
}

void patron_progress_watch(patron_progress *progress, const patron_progress_watcher *watcher)
{
    progress->watcher = watcher;
}

static void tell_watcher(patron_progress *progress, double now, uint64_t done, const char *note)
{
    progress->watched = now;
    progress->watcher->look(progress->watcher->self, progress, done, note);
}

void patron_progress_stage(patron_progress *progress, const char *stage)
{
    if (progress == NULL)
        return;
    progress->stage = stage;
    if (progress->watcher != NULL)
        tell_watcher(progress, patron_clock(), 0, NULL);
}

void patron_progress_begin(patron_progress *progress, const char *phase, const char *unit,
                           uint64_t total)
{
    if (progress == NULL)
        return;
    progress->phase = phase;
    progress->unit = unit;
    progress->total = total;
    progress->skipped = 0;
    progress->started = patron_clock();
    progress->spoken = progress->waits ? progress->started : progress->started - LINE_PERIOD;
    progress->open_line = false;
    if (progress->watcher != NULL)
        tell_watcher(progress, progress->started, 0, NULL);
}

void patron_progress_skip(patron_progress *progress, uint64_t done)
{
    if (progress != NULL)
        progress->skipped = done;
}

double patron_progress_rate(const patron_progress *progress, uint64_t done, double seconds)
{
    uint64_t timed = done > progress->skipped ? done - progress->skipped : 0;
    return seconds > 0.0 ? (double)timed / seconds : 0.0;
}

static void write_date(void)
{
    char text[32];
    time_t now = time(NULL);
    struct tm parts;
    gmtime_r(&now, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ ", &parts);
    fputs(text, stderr);
}

static void speak(patron_progress *progress, double now, uint64_t done, const char *note)
{
    if (now - progress->spoken < (progress->terminal ? TERMINAL_PERIOD : LINE_PERIOD))
        return;
    progress->spoken = now;
    double seconds = now - progress->started;
    double rate = patron_progress_rate(progress, done, seconds);
    if (progress->terminal)
        fputs("\r\033[K", stderr);
    else
        write_date();
    fprintf(stderr, "%s: %" PRIu64, progress->phase, done);
    if (progress->total > 0)
        fprintf(stderr, " of %" PRIu64, progress->total);
    fprintf(stderr, " %s, %.3g/s", progress->unit, rate);
    if (progress->total > done && rate > 0.0)
        fprintf(stderr, ", %.0f s left", (double)(progress->total - done) / rate);
    if (note != NULL)
        fprintf(stderr, ", %s", note);
    if (!progress->terminal)
        fputc('\n', stderr);
    progress->open_line = progress->terminal;
    fflush(stderr);
}

void patron_progress_update(patron_progress *progress, uint64_t done, const char *note)
{
    if (progress == NULL || progress->phase == NULL ||
        (!progress->speaks && progress->watcher == NULL))
        return;
    double now = patron_clock();
    if (progress->watcher != NULL && now - progress->watched >= progress->watcher->period)
        tell_watcher(progress, now, done, note);
    if (progress->speaks)
        speak(progress, now, done, note);
}

void patron_progress_end(patron_progress *progress)
{
    if (progress == NULL)
        return;
    progress->phase = NULL;
    if (progress->watcher != NULL)
        tell_watcher(progress, patron_clock(), 0, NULL);
    if (!progress->open_line)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    progress->open_line = false;
}
