/* SPDX-License-Identifier: Apache-2.0 */
/* A start of a machine has an identifier, and so has a namespace of process numbers; by a hash of
 * both (FNV-1a: Fowler, Noll, Vo), machines and containers are told apart. */
#include "store/output_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of the 64 bits of a name: those of the process, and of its outputs so far. */
enum { NUMBER_BITS = 24, COUNT_BITS = 16, DIGITS = 16 };

static uint32_t hash(const void *data, size_t bytes, uint32_t so_far)
{
    const unsigned char *cursor = data;
    for (size_t i = 0; i < bytes; ++i)
        so_far = (so_far ^ cursor[i]) * UINT32_C(16777619);
    return so_far;
}

static uint64_t machine(void)
{
    char start[64] = "";
    struct stat numbers = {0};
    int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t got = file >= 0 ? read(file, start, sizeof start) : 0;
    if (file >= 0)
        close(file);
    (void)stat("/proc/self/ns/pid", &numbers);
    uint32_t so_far = hash(start, got > 0 ? (size_t)got : 0, UINT32_C(2166136261));
    so_far = hash(&numbers.st_ino, sizeof numbers.st_ino, so_far);
    return so_far >> (NUMBER_BITS + COUNT_BITS - 32);
}

uint64_t patron_output_writer(void)
{
    static uint16_t count;
    return (machine() << NUMBER_BITS | (uint64_t)getpid()) << COUNT_BITS | count++;
}

/* Whether a process is gone: also one that nobody has asked yet how it ended. */
static bool is_dead(pid_t number)
{
    char path[64], text[512];
    if (kill(number, 0) != 0 && errno == ESRCH)
        return true;
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)number);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file >= 0 ? read(file, text, sizeof text - 1) : 0;
    if (file >= 0)
        close(file);
    text[length > 0 ? length : 0] = '\0';
    const char *name_end = strrchr(text, ')');
    return name_end != NULL &&
           (strncmp(name_end, ") Z", 3) == 0 || strncmp(name_end, ") X", 3) == 0);
}

bool patron_output_is_left(const char *name, const char *of)
{
    static const char between[] = ".partial.";
    size_t length = strlen(of);
    char *end;
    if (strncmp(name, of, length) != 0 || strncmp(name + length, between, strlen(between)) != 0)
        return false;
    const char *digits = name + length + strlen(between);
    uint64_t writer = strtoull(digits, &end, 16);
    bool is_ours = end == digits + DIGITS && (*end == '\0' || strcmp(end, ".old") == 0);
    pid_t number = (pid_t)(writer >> COUNT_BITS & ((1U << NUMBER_BITS) - 1));
    return is_ours && writer >> (NUMBER_BITS + COUNT_BITS) == machine() && number > 0 &&
           is_dead(number);
}
