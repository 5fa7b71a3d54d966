/* SPDX-License-Identifier: Apache-2.0 */
/* Atomic outputs: a partial name, fsync, rename, fsync of the folder. */
#include "store/output.h"

#include "patron/memory.h"
#include "runtime/log.h"
#include "runtime/meter.h"
#include "store/output_place.h"
#include "store/output_writer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes that a partial name may need beyond the output's name, NUL and all. */
enum { PARTIAL_SUFFIX = sizeof ".partial.0123456789abcdef.old" };

enum { EARLY_BYTES = 1 << 18 }; /* a write of so many goes to the disk at once, not at the end */

struct patron_output {
    patron_output_form form;
    bool force, same_only;
    int descriptor; /* of the partial file, or of one in the folder, once this rank has written */
    char written[NAME_MAX + 1]; /* that one's name in the folder; "" for the file itself */
    char name[PATH_MAX];
    char partial[PATH_MAX + PATRON_OUTPUT_SUFFIX];
};

patron_status patron_output_check(const patron_comm *comm, const char *path,
                                  patron_output_form form, bool force, const char *input)
{
    char place[PATH_MAX];
    patron_status status = PATRON_OK;
    if (comm->rank == 0)
        status = patron_output_place(path, form, force, place);
    if (comm->rank == 0 && status == PATRON_OK)
        status = patron_output_is_not(place, input);
    return patron_comm_agree(comm, status);
}

static patron_status fail_create(const char *path)
{
    bool full = errno == ENOSPC || errno == EDQUOT;
    return patron_fail(full ? PATRON_IO : PATRON_CANT_CREATE, "%s: cannot be created: %s", path,
                       strerror(errno));
}

patron_status patron_output_create(const char *path)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return fail_create(path);
    close(descriptor);
    return PATRON_OK;
}

patron_status patron_output_read_again(patron_status status)
{
    char reason[PATRON_FAIL_CAPACITY];
    if (status != PATRON_NO_INPUT && status != PATRON_DATA)
        return status;
    patron_fail_text(status, reason, sizeof reason);
    return patron_fail(PATRON_IO, "what was written cannot be read again: %s", reason);
}

static patron_status fail_output(const patron_output *output)
{
    return patron_fail(PATRON_IO, "%s: cannot be written: %s", output->name, strerror(errno));
}

/* Calls `act` on every entry of a folder. */
static patron_status each_entry(const patron_output *output,
                                patron_status (*act)(const patron_output *, const char *),
                                const char *folder)
{
    DIR *entries = opendir(folder);
    if (entries == NULL)
        return fail_output(output);
    patron_status status = PATRON_OK;
    char path[sizeof output->partial + NAME_MAX + 2];
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        patron_status one = act(output, path);
        status = status == PATRON_OK ? one : status;
    }
    closedir(entries);
    return status;
}

static patron_status remove_file(const patron_output *output, const char *path)
{
    return unlink(path) == 0 ? PATRON_OK : fail_output(output);
}

/* Removes a file, or a folder of files. */
static patron_status remove_whole(const patron_output *output, const char *path)
{
    struct stat info;
    if (lstat(path, &info) != 0)
        return errno == ENOENT ? PATRON_OK : fail_output(output);
    if (!S_ISDIR(info.st_mode))
        return remove_file(output, path);
    patron_status status = each_entry(output, remove_file, path);
    if (status == PATRON_OK && rmdir(path) != 0)
        status = fail_output(output);
    return status;
}

static patron_status make_folder(const patron_output *output)
{
    if (output->form == PATRON_OUTPUT_FOLDER && mkdir(output->partial, 0777) != 0)
        return fail_create(output->partial);
    return PATRON_OK;
}

/* The name that is written to until the end; room for it was checked.  What is there already was
 * left by a process that had the number of this one. */
static patron_status choose_partial(patron_output *output)
{
    snprintf(output->partial, sizeof output->partial, "%s.partial.%016" PRIx64, output->name,
             patron_output_writer());
    return remove_whole(output, output->partial);
}

patron_status patron_output_begin(const patron_comm *comm, const char *path,
                                  patron_output_form form, bool force, patron_output **output)
{
    patron_span span = patron_meter_enter(PATRON_STEP_WRITE);
    *output = patron_allocate(1, sizeof **output);
    patron_status status = *output == NULL ? PATRON_RESOURCE : PATRON_OK;
    if (status == PATRON_OK) {
        (*output)->form = form;
        (*output)->force = force;
        (*output)->descriptor = -1;
    }
    if (status == PATRON_OK && comm->rank == 0)
        status = patron_output_place(path, form, force, (*output)->name);
    if (status == PATRON_OK && comm->rank == 0)
        status = choose_partial(*output);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK) {
        patron_comm_broadcast(comm, (*output)->name, sizeof(*output)->name, 0);
        patron_comm_broadcast(comm, (*output)->partial, sizeof(*output)->partial, 0);
        status = patron_comm_agree(comm, comm->rank == 0 ? make_folder(*output) : PATRON_OK);
    }
    if (status != PATRON_OK) {
        free(*output);
        *output = NULL;
    }
    patron_meter_leave(span, 0, 0);
    return status;
}

void patron_output_replace_same_only(patron_output *output)
{
    output->same_only = true;
}

const char *patron_output_path(const patron_output *output)
{
    return output->partial;
}

static bool sync_file(int descriptor)
{
    patron_span span = patron_meter_enter(PATRON_STEP_SYNC);
    bool is_synced = fsync(descriptor) == 0 || errno == EINVAL; /* a file system without sync */
    patron_meter_leave(span, 0, 0);
    return is_synced;
}

patron_status patron_output_settle(patron_output *output)
{
    if (output->descriptor < 0)
        return PATRON_OK;
    bool failed = !sync_file(output->descriptor);
    failed = close(output->descriptor) != 0 || failed;
    output->descriptor = -1;
    return failed ? fail_output(output) : PATRON_OK;
}

/* Opens the partial file, or with a name that one in the folder. */
static patron_status open_descriptor(patron_output *output, const char *name)
{
    char path[sizeof output->partial + sizeof output->written + 1];
    if (output->descriptor >= 0 && strcmp(output->written, name) == 0)
        return PATRON_OK;
    patron_status status = patron_output_settle(output);
    if (status != PATRON_OK)
        return status;
    snprintf(output->written, sizeof output->written, "%s", name);
    snprintf(path, sizeof path, "%s%s%s", output->partial, *name != '\0' ? "/" : "", name);
    output->descriptor = open(path, O_WRONLY | O_CLOEXEC);
    return output->descriptor < 0 ? fail_output(output) : PATRON_OK;
}

patron_status patron_output_write_in(patron_output *output, const char *name, uint64_t offset,
                                     const void *data, uint64_t bytes)
{
    const char *cursor = data;
    uint64_t whole = bytes;
    patron_status status = open_descriptor(output, name);
    patron_span span = patron_meter_enter(PATRON_STEP_WRITE);
    while (status == PATRON_OK && bytes > 0) {
        size_t piece = bytes < (1U << 30) ? bytes : (1U << 30);
        ssize_t written = pwrite(output->descriptor, cursor, piece, (off_t)offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            status = fail_output(output);
            break;
        }
        if (written >= EARLY_BYTES) /* the disk works while the next ones are made */
            sync_file_range(output->descriptor, (off_t)offset, written, SYNC_FILE_RANGE_WRITE);
        cursor += written;
        offset += (uint64_t)written;
        bytes -= (uint64_t)written;
    }
    patron_meter_leave(span, 0, whole - bytes);
    return status;
}

patron_status patron_output_write(patron_output *output, uint64_t offset, const void *data,
                                  uint64_t bytes)
{
    return patron_output_write_in(output, "", offset, data, bytes);
}

static patron_status sync_path(const patron_output *output, const char *path)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return fail_output(output);
    patron_status status = PATRON_OK;
    if (!sync_file(descriptor))
        status = fail_output(output);
    close(descriptor);
    return status;
}

/* A folder can't be renamed over one that is not empty: the two are swapped in one step where the
 * file system can, else the old one steps aside first. */
static patron_status swap(const patron_output *output)
{
    if (renameat2(AT_FDCWD, output->partial, AT_FDCWD, output->name, RENAME_EXCHANGE) == 0)
        return remove_whole(output, output->partial);
    patron_log_write(PATRON_LOG_WARNING,
                     "%s: its file system cannot swap two folders in one step (%s): for a moment "
                     "neither has the name",
                     output->name, strerror(errno));
    char aside[sizeof output->partial + 8];
    snprintf(aside, sizeof aside, "%s.old", output->partial);
    if (rename(output->name, aside) != 0)
        return fail_output(output);
    if (rename(output->partial, output->name) != 0) {
        patron_status status = fail_output(output);
        rename(aside, output->name);
        return status;
    }
    return remove_whole(output, aside);
}

/* Takes a name that is taken, with the rights that the old output had where it was of its kind. */
static patron_status replace(const patron_output *output)
{
    struct stat old;
    if (!output->force)
        return patron_fail(PATRON_CANT_CREATE, "%s was made by another while this ran",
                           output->name);
    patron_status status = patron_output_may_replace(output->name, output->form, output->force);
    if (status != PATRON_OK)
        return status;
    if (output->same_only && !patron_output_is_same(output->name, output->partial))
        return patron_fail(PATRON_CANT_CREATE,
                           "%s exists, and another run made it; --force replaces it", output->name);
    if (lstat(output->name, &old) != 0)
        return fail_output(output);
    if (S_ISDIR(old.st_mode) == (output->form == PATRON_OUTPUT_FOLDER) &&
        chmod(output->partial, old.st_mode & 07777) != 0)
        return fail_output(output);
    if (output->form == PATRON_OUTPUT_FOLDER)
        return swap(output);
    return rename(output->partial, output->name) == 0 ? PATRON_OK : fail_output(output);
}

/* Takes the final name. */
static patron_status take_name(const patron_output *output)
{
    if (renameat2(AT_FDCWD, output->partial, AT_FDCWD, output->name, RENAME_NOREPLACE) == 0)
        return PATRON_OK;
    if (errno == EEXIST)
        return replace(output);
    if (errno != EINVAL && errno != ENOSYS)
        return fail_output(output);
    struct stat old; /* a file system that can't do both in one step */
    if (lstat(output->name, &old) == 0)
        return replace(output);
    return rename(output->partial, output->name) == 0 ? PATRON_OK : fail_output(output);
}

static patron_status publish(const patron_output *output)
{
    char folder[PATH_MAX];
    patron_output_folder(output->name, folder);
    patron_status status = PATRON_OK;
    if (output->form == PATRON_OUTPUT_FOLDER)
        status = each_entry(output, sync_path, output->partial);
    if (status == PATRON_OK)
        status = sync_path(output, output->partial);
    if (status == PATRON_OK)
        status = take_name(output);
    if (status == PATRON_OK)
        status = sync_path(output, folder);
    return status;
}

static patron_status remove_left(const patron_output *output, const char *path)
{
    const char *of = patron_output_name(output->name);
    return patron_output_is_left(patron_output_name(path), of) ? remove_whole(output, path)
                                                               : PATRON_OK;
}

/* What dead runs left beside the output; that it can't be removed is no reason to fail. */
static void clean_up(const patron_output *output)
{
    char folder[PATH_MAX];
    patron_output_folder(output->name, folder);
    (void)each_entry(output, remove_left, folder);
}

void patron_output_clean_up(const char *path)
{
    patron_output there = {.form = PATRON_OUTPUT_FILE};
    if (patron_output_place(path, PATRON_OUTPUT_FILE, true, there.name) == PATRON_OK)
        clean_up(&there);
}

patron_status patron_output_end(const patron_comm *comm, patron_output *output,
                                patron_status so_far)
{
    patron_span span = patron_meter_enter(PATRON_STEP_WRITE);
    if (output != NULL) {
        patron_status closed = patron_output_settle(output);
        so_far = so_far == PATRON_OK ? closed : so_far;
    }
    patron_status status = patron_comm_agree(comm, so_far);
    if (output == NULL) {
        patron_meter_leave(span, 0, 0);
        return status;
    }
    if (comm->rank == 0 && status == PATRON_OK)
        status = publish(output);
    if (comm->rank == 0 && status == PATRON_OK)
        clean_up(output);
    if (comm->rank == 0 && status != PATRON_OK) {
        char reason[PATRON_FAIL_CAPACITY]; /* what went wrong first is what the user must read */
        patron_fail_text(status, reason, sizeof reason);
        remove_whole(output, output->partial);
        patron_fail_set_text(reason);
    }
    free(output);
    status = patron_comm_agree(comm, status);
    patron_meter_leave(span, 0, 0);
    return status;
}
