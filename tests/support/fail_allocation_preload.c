/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded, it lets one allocation of the program fail: that number FAIL_ALLOCATION (from 1; 0:
 * none) of those that its own code asks for, on rank FAIL_ALLOCATION_RANK (none given: on every
 * one).  Libraries beneath get what they ask for.  At the end FAIL_ALLOCATION_REPORT.RANK has the
 * number of allocations, and how many of them were never freed. */
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The C library's own, which what is preloaded stands before. */
// NOLINTBEGIN(bugprone-reserved-identifier)
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t bytes);
void __libc_free(void *memory);
// NOLINTEND(bugprone-reserved-identifier)

enum { SLOTS = 1 << 20 }; /* blocks that may live at the same time; a power of 2 */

static struct {
    pthread_mutex_t lock;
    uintptr_t first, last; /* the program's code */
    uint64_t fails_at, count;
    uint64_t live;
    void *blocks[SLOTS]; /* that live, by a hash; NULL: free */
} state = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int find_program(struct dl_phdr_info *object, size_t bytes, void *unused)
{
    (void)bytes;
    (void)unused;
    state.first = UINTPTR_MAX;
    for (int i = 0; i < object->dlpi_phnum; ++i) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || (part->p_flags & PF_X) == 0)
            continue;
        state.first = object->dlpi_addr + part->p_vaddr;
        state.last = state.first + part->p_memsz;
    }
    return 1; /* the first is the program */
}

static const char *rank(void)
{
    const char *text = getenv("OMPI_COMM_WORLD_RANK");
    return text != NULL ? text : "0";
}

__attribute__((constructor)) static void begin(void)
{
    const char *number = getenv("FAIL_ALLOCATION"), *chosen = getenv("FAIL_ALLOCATION_RANK");
    if (number != NULL && (chosen == NULL || strcmp(chosen, rank()) == 0))
        state.fails_at = strtoull(number, NULL, 10);
    dl_iterate_phdr(find_program, NULL);
}

__attribute__((destructor)) static void report(void)
{
    const char *name = getenv("FAIL_ALLOCATION_REPORT");
    char path[PATH_MAX];
    if (name == NULL)
        return;
    uint64_t count = state.count, live = state.live;
    snprintf(path, sizeof path, "%s.%s", name, rank());
    FILE *out = fopen(path, "we");
    if (out == NULL)
        return;
    fprintf(out, "%lu %lu\n", count, live);
    fclose(out);
}

static bool is_program(const void *caller)
{
    return (uintptr_t)caller >= state.first && (uintptr_t)caller < state.last;
}

/* Counts an allocation of the program's; whether it is to fail. */
static bool fails(const void *caller)
{
    if (!is_program(caller))
        return false;
    bool now = __atomic_add_fetch(&state.count, 1, __ATOMIC_RELAXED) == state.fails_at;
    if (now)
        errno = ENOMEM;
    return now;
}

static size_t slot_of(const void *block)
{
    return (uintptr_t)block * UINT64_C(0x9E3779B97F4A7C15) >> 32 & (SLOTS - 1);
}

static void *keep(void *block)
{
    if (block == NULL)
        return NULL;
    pthread_mutex_lock(&state.lock);
    size_t slot = slot_of(block);
    while (state.blocks[slot] != NULL)
        slot = (slot + 1) & (SLOTS - 1);
    state.blocks[slot] = block;
    ++state.live;
    pthread_mutex_unlock(&state.lock);
    return block;
}

/* Blocks behind a slot that becomes free move up, so that each is still found. */
static void close_gap(size_t gap)
{
    for (size_t slot = (gap + 1) & (SLOTS - 1); state.blocks[slot] != NULL;
         slot = (slot + 1) & (SLOTS - 1)) {
        size_t home = slot_of(state.blocks[slot]);
        if (((slot - home) & (SLOTS - 1)) < ((slot - gap) & (SLOTS - 1)))
            continue;
        state.blocks[gap] = state.blocks[slot];
        gap = slot;
    }
    state.blocks[gap] = NULL;
}

static void drop(const void *block)
{
    if (block == NULL)
        return;
    pthread_mutex_lock(&state.lock);
    size_t slot = slot_of(block);
    while (state.blocks[slot] != NULL && state.blocks[slot] != block)
        slot = (slot + 1) & (SLOTS - 1);
    if (state.blocks[slot] == block) {
        close_gap(slot);
        --state.live;
    }
    pthread_mutex_unlock(&state.lock);
}

static void *keep_for(const void *caller, void *block)
{
    return is_program(caller) ? keep(block) : block;
}

// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the system's are reserved
void *malloc(size_t bytes)
{
    const void *caller = __builtin_return_address(0);
    return fails(caller) ? NULL : keep_for(caller, __libc_malloc(bytes));
}

void *calloc(size_t count, size_t size)
{
    const void *caller = __builtin_return_address(0);
    return fails(caller) ? NULL : keep_for(caller, __libc_calloc(count, size));
}

void *realloc(void *old, size_t bytes)
{
    const void *caller = __builtin_return_address(0);
    if (fails(caller))
        return NULL;
    drop(old);
    void *block = __libc_realloc(old, bytes);
    return keep_for(caller, block == NULL && bytes > 0 ? old : block);
}

void free(void *block)
{
    drop(block);
    __libc_free(block);
}

char *strndup(const char *text, size_t most)
{
    const void *caller = __builtin_return_address(0);
    size_t length = strnlen(text, most);
    char *copy = fails(caller) ? NULL : keep_for(caller, __libc_malloc(length + 1));
    if (copy != NULL) {
        memcpy(copy, text, length);
        copy[length] = '\0';
    }
    return copy;
}

static int format(const void *caller, char **text, const char *words, va_list arguments)
{
    va_list again;
    if (fails(caller))
        return -1;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, words, again);
    va_end(again);
    *text = length < 0 ? NULL : keep_for(caller, __libc_malloc((size_t)length + 1));
    return *text == NULL ? -1 : vsnprintf(*text, (size_t)length + 1, words, arguments);
}

int vasprintf(char **text, const char *words, va_list arguments)
{
    return format(__builtin_return_address(0), text, words, arguments);
}

int asprintf(char **text, const char *words, ...)
{
    va_list arguments;
    va_start(arguments, words);
    int length = format(__builtin_return_address(0), text, words, arguments);
    va_end(arguments);
    return length;
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)
