/* SPDX-License-Identifier: Apache-2.0 */
/* When the files of a run that is watched are written, and how. */
#include "cli/monitor.h"

#include "cli/text.h"
#include "runtime/log.h"
#include "runtime/usage.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const double PERIOD = 1.0; /* seconds between two writes */

/* What may be replaced: nothing, an empty file, or one that begins as ours do. */
static patron_status check_place(const char *path, char first)
{
    struct stat info;
    char found = '\0';
    if (lstat(path, &info) != 0)
        return errno == ENOENT ? PATRON_OK
                               : patron_fail(PATRON_CANT_CREATE, "%s: %s", path, strerror(errno));
    int file = S_ISREG(info.st_mode) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    bool is_ours =
        file >= 0 && (info.st_size == 0 || (read(file, &found, 1) == 1 && found == first));
    if (file >= 0)
        close(file);
    return is_ours ? PATRON_OK
                   : patron_fail(PATRON_CANT_CREATE,
                                 "%s: is no file of an earlier run's status or "
                                 "metrics, and is not replaced",
                                 path);
}

/* Puts `text` (taken over; NULL: memory was short) where `path` is, in one step. */
static patron_status replace(const char *path, char *text)
{
    char partial[PATH_MAX];
    if (text == NULL)
        return PATRON_RESOURCE;
    int length = snprintf(partial, sizeof partial, "%s.partial.%ld", path, (long)getpid());
    bool is_short = length > 0 && (size_t)length < sizeof partial;
    FILE *file = is_short ? fopen(partial, "we") : NULL;
    bool written = file != NULL && fputs(text, file) >= 0;
    if (file != NULL)
        written = fclose(file) == 0 && written;
    written = written && rename(partial, path) == 0;
    int reason = is_short ? errno : ENAMETOOLONG;
    if (file != NULL && !written)
        (void)unlink(partial);
    free(text);
    return written ? PATRON_OK
                   : patron_fail(PATRON_CANT_CREATE, "%s: can not be written: %s", path,
                                 strerror(reason));
}

static patron_status write_files(const patron_monitor *monitor)
{
    const patron_common_options *common = monitor->common;
    time_t now = time(NULL);
    patron_status status = PATRON_OK;
    if (common->status != NULL)
        status = replace(common->status, patron_monitor_status_text(monitor, now));
    if (status == PATRON_OK && common->metrics != NULL)
        status = replace(common->metrics, patron_monitor_metrics_text(monitor, now));
    return status;
}

/* The recorded text of the run's own failure stays. */
static void write_files_or_warn(patron_monitor *monitor)
{
    char kept[PATRON_FAIL_CAPACITY], text[PATRON_FAIL_CAPACITY];
    patron_fail_text(PATRON_OK, kept, sizeof kept);
    patron_status status = write_files(monitor);
    if (status == PATRON_OK)
        return;
    patron_fail_text(status, text, sizeof text);
    patron_fail_set_text(kept);
    if (!monitor->warned)
        patron_log_write(PATRON_LOG_WARNING, "%s", text);
    monitor->warned = true;
}

static void look(void *self, const patron_progress *progress, uint64_t done, const char *note)
{
    patron_monitor *monitor = self;
    patron_monitor_step *step = &monitor->step;
    *step = (patron_monitor_step){.phase = ""};
    if (progress == NULL)
        return;
    double seconds = patron_clock() - progress->started;
    snprintf(step->phase, sizeof step->phase, "%s", progress->phase);
    snprintf(step->unit, sizeof step->unit, "%s", progress->unit);
    snprintf(step->note, sizeof step->note, "%s", note != NULL ? note : "");
    step->done = done;
    step->total = progress->total;
    step->rate = patron_progress_rate(progress, done, seconds);
    monitor->peak_memory = patron_usage_peak_memory();
    write_files_or_warn(monitor);
}

static patron_status check_names(const patron_common_options *common)
{
    const char *const names[] = {common->status, common->metrics, common->output, common->audit};
    const char *const options[] = {"--status", "--metrics", "--output", "--audit"};
    for (size_t i = 0; i < 2; ++i)
        for (size_t j = i + 1; j < sizeof names / sizeof names[0]; ++j)
            if (names[i] != NULL && names[j] != NULL && strcmp(names[i], names[j]) == 0)
                return patron_fail(PATRON_USAGE, "%s and %s name the same file, %s", options[i],
                                   options[j], names[i]);
    return PATRON_OK;
}

patron_status patron_monitor_begin(patron_monitor *monitor, const patron_comm *comm,
                                   patron_progress *progress)
{
    const patron_common_options *common = monitor->common;
    patron_status status = check_names(common);
    monitor->peak_memory = patron_usage_peak_memory();
    monitor->watcher = (patron_progress_watcher){.look = look, .self = monitor, .period = PERIOD};
    if (comm->rank == 0 && (common->status != NULL || common->metrics != NULL)) {
        if (status == PATRON_OK && common->status != NULL)
            status = check_place(common->status, '{');
        if (status == PATRON_OK && common->metrics != NULL)
            status = check_place(common->metrics, '#');
        if (status == PATRON_OK)
            status = write_files(monitor);
        patron_progress_watch(progress, &monitor->watcher);
    }
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

void patron_monitor_end(patron_monitor *monitor, const patron_comm *comm, patron_status status)
{
    double peak = (double)patron_usage_peak_memory();
    patron_comm_reduce_f64(comm, &peak, 1, PATRON_MAX);
    monitor->peak_memory = (uint64_t)peak;
    monitor->ended = true;
    monitor->status = status;
    monitor->step = (patron_monitor_step){.phase = ""};
    if (comm->rank != 0)
        return;
    write_files_or_warn(monitor);
    write_line(monitor);
}
