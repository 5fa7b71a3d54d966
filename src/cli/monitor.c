/* SPDX-License-Identifier: Apache-2.0 */
/* When the files of a run that is watched are written, and how. */
#include "cli/monitor.h"

#include "cli/text.h"
#include "runtime/log.h"
#include "runtime/usage.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double PERIOD = 1.0;  /* seconds between two writes */
static const double HURRIED = 0.1; /* the same where there is news, and between two looks */

/* ---- files ---- */

/* Puts `text` (taken over; NULL: memory was short) where the file is, in one step; else the reason
 * why not, as errno has it. */
static int replace(const patron_monitor_file *place, char *text)
{
    int reason = text == NULL ? ENOMEM : 0;
    FILE *file = text != NULL ? fopen(place->partial, "we") : NULL;
    if (reason == 0 && (file == NULL || fputs(text, file) < 0))
        reason = errno;
    if (file != NULL && fclose(file) != 0 && reason == 0)
        reason = errno;
    if (reason == 0 && rename(place->partial, place->path) != 0)
        reason = errno;
    if (file != NULL && reason != 0)
        (void)unlink(place->partial);
    free(text);
    return reason;
}

/* The caller holds the lock, which others wait for only while the texts are made.  Of two files
 * that can't be written one is named; NULL: none, else *reason says why. */
static const char *write_files(patron_monitor *monitor, int *reason)
{
    const patron_monitor_file *status = &monitor->status_file, *metrics = &monitor->metrics_file;
    const char *failed = NULL;
    time_t now = time(NULL);
    if (!monitor->ended)
        monitor->peak_memory = patron_usage_peak_memory();
    char *status_text = status->path != NULL ? patron_monitor_status_text(monitor, now) : NULL;
    char *metrics_text = metrics->path != NULL ? patron_monitor_metrics_text(monitor, now) : NULL;
    pthread_mutex_unlock(&monitor->lock);
    if (metrics->path != NULL && (*reason = replace(metrics, metrics_text)) != 0)
        failed = metrics->path;
    if (status->path != NULL && (*reason = replace(status, status_text)) != 0)
        failed = status->path;
    pthread_mutex_lock(&monitor->lock);
    return failed;
}

static void write_files_or_warn(patron_monitor *monitor)
{
    int reason = 0;
    const char *failed = write_files(monitor, &reason);
    if (failed != NULL && !monitor->warned)
        patron_log_write(PATRON_LOG_WARNING, "%s: can not be written: %s", failed,
                         strerror(reason));
    monitor->warned = monitor->warned || failed != NULL;
}

/* ---- the thread ---- */

static struct timespec moment_of(double clock)
{
    time_t seconds = (time_t)clock;
    return (struct timespec){.tv_sec = seconds, .tv_nsec = (long)(1e9 * (clock - (double)seconds))};
}

static void *beat(void *argument)
{
    patron_monitor *monitor = argument;
    double written = patron_clock();
    patron_fail_quietly(); /* what goes wrong here is no failure of the run */
    pthread_mutex_lock(&monitor->lock);
    while (!monitor->ended) {
        double due = written + (monitor->is_hurried ? HURRIED : PERIOD);
        const struct timespec moment = moment_of(due);
        if (patron_clock() < due) {
            pthread_cond_timedwait(&monitor->news, &monitor->lock, &moment);
            continue;
        }
        monitor->is_hurried = false;
        written = patron_clock();
        write_files_or_warn(monitor);
    }
    pthread_mutex_unlock(&monitor->lock);
    return NULL;
}

/* Signals are for the threads that work. */
static patron_status start_thread(patron_monitor *monitor)
{
    sigset_t all, kept;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &kept);
    int reason = pthread_create(&monitor->thread, NULL, beat, monitor);
    pthread_sigmask(SIG_SETMASK, &kept, NULL);
    monitor->beats = reason == 0;
    return reason == 0 ? PATRON_OK
                       : patron_fail(PATRON_RESOURCE,
                                     "no thread can be started for --status and --metrics: %s",
                                     strerror(reason));
}

static void create_lock(patron_monitor *monitor)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&monitor->news, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&monitor->lock, NULL);
}

/* ---- what a run tells ---- */

static void look(void *self, const patron_progress *progress, uint64_t done, const char *note)
{
    patron_monitor *monitor = self;
    patron_monitor_step step = {.is_counted = progress->phase != NULL};
    const char *phase = step.is_counted ? progress->phase : progress->stage;
    snprintf(step.phase, sizeof step.phase, "%s", phase != NULL ? phase : "");
    if (step.is_counted) {
        snprintf(step.unit, sizeof step.unit, "%s", progress->unit);
        snprintf(step.note, sizeof step.note, "%s", note != NULL ? note : "");
        step.done = done;
        step.total = progress->total;
        step.skipped = progress->skipped;
        step.started = progress->started;
    }
    pthread_mutex_lock(&monitor->lock);
    monitor->is_hurried =
        monitor->is_hurried || strcmp(step.phase, monitor->step.phase) != 0 || done == 0;
    monitor->step = step;
    monitor->seen = *monitor->phases;
    if (monitor->is_hurried)
        pthread_cond_signal(&monitor->news);
    pthread_mutex_unlock(&monitor->lock);
}

/* On rank 0. */
static patron_status begin(patron_monitor *monitor, patron_progress *progress)
{
    int reason = 0;
    patron_status status = patron_monitor_check_files(monitor);
    if (status != PATRON_OK)
        return status;
    if (monitor->status_file.path != NULL)
        patron_output_clean_up(monitor->status_file.path);
    if (monitor->metrics_file.path != NULL)
        patron_output_clean_up(monitor->metrics_file.path);
    look(monitor, progress, 0, NULL);
    pthread_mutex_lock(&monitor->lock);
    const char *failed = write_files(monitor, &reason);
    monitor->warned = failed != NULL; /* it is the failure */
    pthread_mutex_unlock(&monitor->lock);
    if (failed != NULL)
        return patron_fail(PATRON_CANT_CREATE, "%s: can not be written: %s", failed,
                           strerror(reason));
    patron_progress_watch(progress, &monitor->watcher);
    return start_thread(monitor);
}

static bool is_watched(const patron_monitor *monitor)
{
    return monitor->common->status != NULL || monitor->common->metrics != NULL;
}

patron_status patron_monitor_begin(patron_monitor *monitor, const patron_comm *comm,
                                   patron_progress *progress)
{
    patron_status status = PATRON_OK;
    create_lock(monitor);
    monitor->seen = *monitor->phases;
    monitor->watcher = (patron_progress_watcher){.look = look, .self = monitor, .period = HURRIED};
    if (comm->rank == 0 && is_watched(monitor))
        status = begin(monitor, progress);
    return patron_comm_agree(comm, status);
}

static void write_line(const patron_monitor *monitor)
{
    const char *output = monitor->common->output;
    char *safe = output != NULL ? patron_text_printable(output, strlen(output)) : NULL;
    patron_log_write(PATRON_LOG_INFO,
                     "end job=%s exit_code=%d status=%s seconds=%.3f ranks=%d threads=%d "
                     "peak_memory=%llu version=%s output=%s",
                     monitor->job, patron_status_exit_code(monitor->status),
                     patron_status_name(monitor->status), patron_clock() - monitor->phases->started,
                     monitor->ranks, monitor->threads, (unsigned long long)monitor->peak_memory,
                     PATRON_VERSION, safe != NULL ? safe : "-");
    free(safe);
}

/* The recorded text of the run's own failure stays. */
static void end(patron_monitor *monitor, uint64_t peak_memory, patron_status status)
{
    char text[PATRON_FAIL_CAPACITY];
    pthread_mutex_lock(&monitor->lock);
    monitor->ended = true;
    monitor->status = status;
    monitor->peak_memory = peak_memory;
    monitor->seen = *monitor->phases;
    monitor->step = (patron_monitor_step){.phase = ""};
    pthread_cond_signal(&monitor->news);
    pthread_mutex_unlock(&monitor->lock);
    if (monitor->beats)
        pthread_join(monitor->thread, NULL);
    patron_fail_text(status, text, sizeof text);
    pthread_mutex_lock(&monitor->lock);
    write_files_or_warn(monitor);
    pthread_mutex_unlock(&monitor->lock);
    patron_fail_set_text(text);
    write_line(monitor);
}

void patron_monitor_end(patron_monitor *monitor, const patron_comm *comm, patron_status status)
{
    double peak = (double)patron_usage_peak_memory();
    patron_comm_reduce_f64(comm, &peak, 1, PATRON_MAX);
    if (comm->rank == 0)
        end(monitor, (uint64_t)peak, status);
    pthread_cond_destroy(&monitor->news);
    pthread_mutex_destroy(&monitor->lock);
}

void patron_monitor_tell_failure(patron_monitor *monitor, patron_status status)
{
    char text[PATRON_FAIL_CAPACITY];
    patron_fail_text(status, text, sizeof text);
    create_lock(monitor);
    if (is_watched(monitor))
        (void)patron_monitor_check_files(monitor);
    patron_fail_set_text(text);
    end(monitor, patron_usage_peak_memory(), status);
    pthread_cond_destroy(&monitor->news);
    pthread_mutex_destroy(&monitor->lock);
}
