/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded, it holds a rank at one moment of its output: before that number HOLD_CALL (from 1; 0:
 * none) of its calls to the system that change something below the folder HOLD_BELOW, on rank
 * HOLD_RANK.  Then there is the file HOLD_REPORT.held, and the rank waits until it is killed or
 * that file is gone.  One that ends by itself leaves the number of its calls in HOLD_REPORT.RANK.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static uint64_t holds_at, count;

static const char *setting(const char *name)
{
    const char *text = getenv(name);
    return text != NULL ? text : "";
}

static const char *rank(void)
{
    const char *text = getenv("OMPI_COMM_WORLD_RANK");
    return text != NULL ? text : "0";
}

__attribute__((constructor)) static void begin(void)
{
    if (strcmp(setting("HOLD_RANK"), rank()) == 0)
        holds_at = strtoull(setting("HOLD_CALL"), NULL, 10);
}

static void report_path(const char *suffix, char path[PATH_MAX])
{
    snprintf(path, PATH_MAX, "%s.%s", setting("HOLD_REPORT"), suffix);
}

/* Makes the file HOLD_REPORT.`suffix` of a text. */
static void report(const char *suffix, const char *text)
{
    char path[PATH_MAX];
    report_path(suffix, path);
    int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file < 0)
        return;
    (void)syscall(SYS_write, file, text, strlen(text));
    (void)syscall(SYS_close, file);
}

__attribute__((destructor)) static void end(void)
{
    char text[32];
    snprintf(text, sizeof text, "%lu\n", count);
    report(rank(), text);
}

static void meet(const char *path)
{
    const char *below = setting("HOLD_BELOW");
    if (*below == '\0' || strncmp(path, below, strlen(below)) != 0)
        return;
    if (__atomic_add_fetch(&count, 1, __ATOMIC_RELAXED) != holds_at)
        return;
    char held[PATH_MAX];
    report("held", path);
    report_path("held", held);
    while (access(held, F_OK) == 0)
        usleep(1000);
}

static void meet_descriptor(int descriptor)
{
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0)
        return;
    path[length] = '\0';
    meet(path);
}

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the system's are reserved
static int open_file(const char *path, int flags, va_list arguments)
{
    bool makes = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
    mode_t mode = makes ? va_arg(arguments, mode_t) : 0;
    if (makes || (flags & O_TRUNC) != 0)
        meet(path);
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    int file = open_file(path, flags, arguments);
    va_end(arguments);
    return file;
}

int open64(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    int file = open_file(path, flags, arguments);
    va_end(arguments);
    return file;
}

int mkdir(const char *path, mode_t mode)
{
    meet(path);
    return (int)syscall(SYS_mkdir, path, mode);
}

int rmdir(const char *path)
{
    meet(path);
    return (int)syscall(SYS_rmdir, path);
}

int unlink(const char *path)
{
    meet(path);
    return (int)syscall(SYS_unlink, path);
}

int chmod(const char *path, mode_t mode)
{
    meet(path);
    return (int)syscall(SYS_chmod, path, mode);
}

int rename(const char *from, const char *to)
{
    meet(from);
    return (int)syscall(SYS_rename, from, to);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    meet(from);
    return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

ssize_t write(int descriptor, const void *bytes, size_t length)
{
    meet_descriptor(descriptor);
    return syscall(SYS_write, descriptor, bytes, length);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset)
{
    meet_descriptor(descriptor);
    return syscall(SYS_pwrite64, descriptor, bytes, length, offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off64_t offset)
{
    return pwrite(descriptor, bytes, length, offset);
}

int ftruncate(int descriptor, off_t length)
{
    meet_descriptor(descriptor);
    return (int)syscall(SYS_ftruncate, descriptor, length);
}

int ftruncate64(int descriptor, off64_t length)
{
    return ftruncate(descriptor, length);
}

int fsync(int descriptor)
{
    meet_descriptor(descriptor);
    return (int)syscall(SYS_fsync, descriptor);
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
