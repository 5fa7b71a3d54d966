/* SPDX-License-Identifier: Apache-2.0 */
/* The files one behind the other are one long text, which is cut into equal ranges; a stream goes
 * to the rank in whose range its middle lies. */
#include "ingest/sources.h"

#include "patron/data.h"
#include "patron/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { GZIP_RATIO = 5 }; /* bytes of text in one of gzip, as exports go */

static bool is_standard(const char *path)
{
    return strcmp(path, "-") == 0;
}

/* ---- finding, on rank 0 ---- */

/* Two bytes tell gzip, and zlib would take it so.  NO_INPUT where the file can not be read. */
static patron_status look_into(patron_source *source)
{
    unsigned char start[2] = {0};
    int descriptor = open(source->path, O_RDONLY | O_CLOEXEC);
    ssize_t got = descriptor < 0 ? -1 : pread(descriptor, start, sizeof start, 0);
    int reason = errno;
    if (descriptor >= 0)
        close(descriptor);
    if (got < 0)
        return patron_fail(PATRON_NO_INPUT, "%s: can not be opened: %s", source->path,
                           strerror(reason));
    source->is_stream = got == (ssize_t)sizeof start && start[0] == 0x1f && start[1] == 0x8b;
    return PATRON_OK;
}

/* A pipe is not opened: its writer would find the reader gone. */
static patron_status look_at(patron_source *source)
{
    struct stat info;
    source->is_stream = true;
    if (is_standard(source->path))
        return PATRON_OK;
    if (stat(source->path, &info) != 0)
        return patron_fail(PATRON_NO_INPUT, "%s: can not be opened: %s", source->path,
                           strerror(errno));
    if (S_ISDIR(info.st_mode))
        return patron_fail(PATRON_NO_INPUT, "%s: is a folder; a text file is expected",
                           source->path);
    if (!S_ISREG(info.st_mode))
        return PATRON_OK;
    if (info.st_size == 0)
        return patron_fail(PATRON_DATA, "%s: is empty; a header line is expected", source->path);
    patron_status status = look_into(source);
    source->bytes = (uint64_t)info.st_size;
    source->weight = source->bytes * (source->is_stream ? GZIP_RATIO : 1);
    return status;
}

static patron_status add_file(patron_sources *sources, uint64_t *room, const char *path)
{
    patron_source *files =
        patron_grow(sources->files, (uint64_t)sources->count + 1, room, sizeof *files);
    if (files == NULL)
        return PATRON_RESOURCE;
    sources->files = files;
    for (uint32_t i = 0; is_standard(path) && i < sources->count; ++i)
        if (is_standard(files[i].path))
            return patron_fail(PATRON_USAGE, "standard input can be read once only");
    patron_source *source = &files[sources->count];
    *source = (patron_source){.path = patron_copy_text(path)};
    if (source->path == NULL)
        return PATRON_RESOURCE;
    ++sources->count;
    return look_at(source);
}

static int compare_paths(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static patron_status add_matches(patron_sources *sources, uint64_t *room, const char *pattern)
{
    glob_t found = {0};
    int code = glob(pattern, GLOB_NOSORT, NULL, &found);
    patron_status status = PATRON_OK;
    if (code == GLOB_NOSPACE)
        status = patron_fail(PATRON_RESOURCE, "%s: out of memory for its files", pattern);
    else if (code != 0)
        status = patron_fail(PATRON_NO_INPUT, "%s: no file matches", pattern);
    if (status == PATRON_OK)
        qsort(found.gl_pathv, found.gl_pathc, sizeof *found.gl_pathv, compare_paths);
    for (size_t i = 0; status == PATRON_OK && i < found.gl_pathc; ++i)
        status = add_file(sources, room, found.gl_pathv[i]);
    globfree(&found);
    return status;
}

/* A file that is called like a pattern is meant itself. */
static patron_status find_files(const char *const *names, uint32_t count, patron_sources *sources)
{
    patron_status status = PATRON_OK;
    uint64_t room = 0;
    for (uint32_t i = 0; status == PATRON_OK && i < count; ++i) {
        bool is_pattern = strpbrk(names[i], "*?[") != NULL && access(names[i], F_OK) != 0;
        status =
            is_pattern ? add_matches(sources, &room, names[i]) : add_file(sources, &room, names[i]);
    }
    return status;
}

/* ---- telling the others ---- */

static patron_status share_path(const patron_comm *comm, patron_source *file)
{
    uint64_t length = comm->rank == 0 ? strlen(file->path) + 1 : 0;
    patron_comm_broadcast(comm, &length, sizeof length, 0);
    if (comm->rank != 0)
        file->path = patron_allocate(length, 1);
    patron_status status =
        patron_comm_agree(comm, file->path == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status == PATRON_OK)
        patron_comm_broadcast(comm, file->path, length, 0);
    return status;
}

static patron_status share_list(const patron_comm *comm, patron_sources *sources)
{
    patron_comm_broadcast(comm, &sources->count, sizeof sources->count, 0);
    if (comm->rank != 0)
        sources->files = patron_allocate(sources->count, sizeof *sources->files);
    patron_status status =
        patron_comm_agree(comm, sources->files == NULL ? PATRON_RESOURCE : PATRON_OK);
    for (uint32_t i = 0; status == PATRON_OK && i < sources->count; ++i) {
        patron_source *file = &sources->files[i];
        uint64_t facts[3] = {file->is_stream, file->bytes, file->weight};
        patron_comm_broadcast(comm, facts, sizeof facts, 0);
        file->is_stream = facts[0] != 0;
        file->bytes = facts[1];
        file->weight = facts[2];
        file->start = sources->weight;
        sources->weight += file->weight;
        status = share_path(comm, file);
    }
    return status;
}

patron_status patron_sources_find(const patron_comm *comm, const char *const *names, uint32_t count,
                                  patron_sources *sources)
{
    *sources = (patron_sources){0};
    patron_status status = PATRON_OK;
    if (comm->rank == 0)
        status = find_files(names, count, sources);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK)
        status = share_list(comm, sources);
    if (status != PATRON_OK)
        patron_sources_free(sources);
    return status;
}

patron_status patron_sources_look(const char *path, patron_sources *sources)
{
    uint64_t room = 0;
    *sources = (patron_sources){0};
    patron_status status = add_file(sources, &room, path);
    if (status == PATRON_OK)
        sources->weight = sources->files[0].weight;
    else
        patron_sources_free(sources);
    return status;
}

void patron_sources_free(patron_sources *sources)
{
    for (uint32_t i = 0; sources->files != NULL && i < sources->count; ++i) {
        free(sources->files[i].path);
        if (sources->files[i].kept != NULL)
            close(sources->files[i].copy);
        free(sources->files[i].kept);
    }
    free(sources->files);
    *sources = (patron_sources){0};
}

/* ---- dealing ---- */

/* Standard input is rank 0's: launchers hand it to no other. */
bool patron_sources_share(const patron_sources *sources, const patron_comm *comm, uint32_t index,
                          uint64_t *first, uint64_t *end)
{
    const patron_source *file = &sources->files[index];
    patron_range mine =
        patron_range_cut(sources->weight, (uint64_t)comm->rank, (uint64_t)comm->size);
    uint64_t start = file->start;
    *first = 0;
    *end = file->bytes;
    if (is_standard(file->path) || sources->weight == 0)
        return comm->rank == 0;
    if (file->is_stream) {
        uint64_t middle = start + file->weight / 2;
        bool is_last = comm->rank == comm->size - 1;
        return middle >= mine.first && (middle < mine.first + mine.count || is_last);
    }
    uint64_t low = mine.first > start ? mine.first - start : 0;
    uint64_t high = mine.first + mine.count > start ? mine.first + mine.count - start : 0;
    *first = low < file->bytes ? low : file->bytes;
    *end = high < file->bytes ? high : file->bytes;
    return *first < *end;
}

bool patron_source_is_lasting(const patron_source *source)
{
    return source->bytes > 0 || source->kept != NULL;
}

const char *patron_source_place(const patron_source *source)
{
    return source->kept != NULL ? source->kept : source->path;
}

const char *patron_source_name(const patron_source *source)
{
    return is_standard(source->path) ? "standard input" : source->path;
}

void patron_sources_name(const patron_sources *sources, char *name, uint64_t capacity)
{
    const char *first = patron_source_name(&sources->files[0]);
    if (sources->count == 1)
        snprintf(name, capacity, "%s", first);
    else
        snprintf(name, capacity, "%s and %u more", first, sources->count - 1);
}
