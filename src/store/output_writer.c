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

enum { NUMBER_BITS = 32, DIGITS = 16 };

static uint32_t hash(const void *data, size_t bytes, uint32_t so_far)
{
    const unsigned char *cursor = data;
    for (size_t i = 0; i < bytes; ++i)
        so_far = (so_far ^ cursor[i]) * UINT32_C(16777619);
    return so_far;
}

static uint32_t machine(void)
{
    char start[64] = "";
    struct stat numbers = {0};
    int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t got = file >= 0 ? read(file, start, sizeof start) : 0;
    if (file >= 0)
        close(file);
    (void)stat("/proc/self/ns/pid", &numbers);
    uint32_t so_far = hash(start, got > 0 ? (size_t)got : 0, UINT32_C(2166136261));
    return hash(&numbers.st_ino, sizeof numbers.st_ino, so_far);
}

uint64_t patron_output_writer(void)
{
    return (uint64_t)machine() << NUMBER_BITS | (uint32_t)getpid();
}

bool patron_output_is_left(const char *path, const char *place)
{
    static const char between[] = ".partial.";
    size_t length = strlen(place);
    char *end;
    if (strncmp(path, place, length) != 0 || strncmp(path + length, between, strlen(between)) != 0)
        return false;
    const char *digits = path + length + strlen(between);
    uint64_t writer = strtoull(digits, &end, 16);
    bool is_ours = end == digits + DIGITS && (*end == '\0' || strcmp(end, ".old") == 0);
    pid_t number = (pid_t)(writer & UINT32_MAX);
    return is_ours && writer >> NUMBER_BITS == machine() && number > 0 && kill(number, 0) != 0 &&
           errno == ESRCH;
}
