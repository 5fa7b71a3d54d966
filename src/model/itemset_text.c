/* SPDX-License-Identifier: Apache-2.0 */
/* Where the text goes: one rank passes it straight on; what several ranks find is kept as scripts
 * until the end. */
#include "model/itemset_text_output.h"
#include "patron/memory.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { BLOCK_BYTES = 1 << 16, NULL_MAJOR = 1, NULL_MINOR = 3 };

patron_status patron_text_lay(void *argument, const char *bytes, uint64_t length)
{
    patron_itemset_text_output *output = argument;
    patron_status status = patron_output_write(output->file, output->offset, bytes, length);
    output->offset += length;
    return status;
}

static patron_status fail_stream(const patron_itemset_text_output *output)
{
    return patron_fail(PATRON_IO, "%s: the sets cannot be written: %s", output->name,
                       strerror(errno));
}

/* A reader that went away (`| head`) has all that it wants. */
patron_status patron_text_print(void *argument, const char *bytes, uint64_t length)
{
    patron_itemset_text_output *output = argument;
    if (fwrite(bytes, 1, length, output->stream) != length && errno != EPIPE)
        return fail_stream(output);
    return PATRON_OK;
}

/* To rank 0, in blocks that are announced by their length. */
patron_status patron_text_send(void *argument, const char *bytes, uint64_t length)
{
    const patron_comm *comm = argument;
    while (length > 0) {
        uint64_t block = length < BLOCK_BYTES ? length : BLOCK_BYTES;
        patron_comm_send(comm, &block, sizeof block, 0);
        patron_comm_send(comm, bytes, block, 0);
        bytes += block;
        length -= block;
    }
    return PATRON_OK;
}

void patron_text_send_end(const patron_comm *comm)
{
    uint64_t end = 0;
    patron_comm_send(comm, &end, sizeof end, 0);
}

patron_status patron_text_print_from(const patron_comm *comm, int source,
                                     patron_itemset_text_output *output)
{
    char bytes[BLOCK_BYTES];
    uint64_t block = 0;
    patron_status status = PATRON_OK;
    for (;;) {
        patron_comm_receive(comm, &block, sizeof block, source);
        if (block == 0)
            return status;
        patron_comm_receive(comm, bytes, block, source);
        if (status == PATRON_OK)
            status = patron_text_print(output, bytes, block);
    }
}

/* ---- the output ---- */

bool patron_itemset_text_is_stream(const char *path)
{
    struct stat info;
    return strcmp(path, "-") == 0 ||
           (stat(path, &info) == 0 && (S_ISCHR(info.st_mode) || S_ISFIFO(info.st_mode)));
}

/* Of every rank, so that each may write to it itself. */
static bool is_null_device(const patron_comm *comm, const char *path)
{
    struct stat info;
    uint64_t is_null = stat(path, &info) == 0 && S_ISCHR(info.st_mode) &&
                       info.st_rdev == makedev(NULL_MAJOR, NULL_MINOR);
    patron_comm_reduce_u64(comm, &is_null, 1, PATRON_MIN);
    return is_null != 0;
}

static patron_status open_stream(const char *path, patron_itemset_text_output *output)
{
    if (output->stream == NULL)
        output->stream = output->opened = fopen(path, "w");
    return output->stream != NULL
               ? PATRON_OK
               : patron_fail(PATRON_CANT_CREATE, "%s: %s", path, strerror(errno));
}

static patron_status open_file(const patron_comm *comm, const patron_itemset_text_options *options,
                               patron_itemset_text_output *output)
{
    patron_status status =
        patron_output_begin(comm, options->path, PATRON_OUTPUT_FILE, options->force, &output->file);
    if (status == PATRON_OK && options->same_only)
        patron_output_replace_same_only(output->file);
    if (status == PATRON_OK)
        status = patron_comm_agree(
            comm,
            comm->rank == 0 ? patron_output_create(patron_output_path(output->file)) : PATRON_OK);
    return status;
}

/* Beside a file; for a stream, where temporary files go. */
static patron_status open_spool(const char *path, patron_itemset_text_output *output)
{
    char copy[PATH_MAX];
    const char *temporary = getenv("TMPDIR");
    snprintf(copy, sizeof copy, "%s", path);
    const char *folder = temporary != NULL ? temporary : "/tmp";
    if (output->file != NULL)
        folder = dirname(copy);
    return patron_spool_create(folder, output->name, &output->scripts.spool);
}

static void free_output(patron_itemset_text_output *output)
{
    if (output->opened != NULL)
        fclose(output->opened);
    patron_spool_close(&output->scripts.spool);
    free(output->scripts.list);
    free(output);
}

patron_status patron_itemset_text_begin(const patron_comm *comm,
                                        const patron_itemset_text_options *options,
                                        patron_itemset_text_output **output)
{
    const char *path = options->path;
    patron_itemset_text_output *created = patron_allocate(1, sizeof *created);
    patron_status status = patron_comm_agree(comm, created == NULL ? PATRON_RESOURCE : PATRON_OK);
    if (status != PATRON_OK) {
        free(created);
        return status;
    }
    created->scripts.spool.descriptor = -1;
    bool is_standard = strcmp(path, "-") == 0;
    created->name = is_standard ? "standard output" : path;
    created->stream = is_standard && comm->rank == 0 ? options->standard : NULL;
    created->threads = options->threads;
    created->is_null = is_null_device(comm, path);
    bool is_stream = patron_itemset_text_is_stream(path);
    bool places = created->is_null || !is_stream; /* all threads can print at once */
    created->by_scripts = comm->size > 1 || options->by_scripts || (options->threads > 1 && places);
    if (is_stream)
        status = comm->rank == 0 || created->is_null ? open_stream(path, created) : PATRON_OK;
    else
        status = open_file(comm, options, created);
    if (status == PATRON_OK && created->by_scripts)
        status = open_spool(path, created);
    status = patron_comm_agree(comm, status);
    if (status == PATRON_OK) {
        *output = created;
        return status;
    }
    status = patron_output_end(comm, created->file, status);
    free_output(created);
    return status;
}

static patron_status pass_on(void *argument, uint64_t task, const char *bytes, uint64_t length)
{
    patron_itemset_text_output *output = argument;
    (void)task; /* they come in order */
    return output->file != NULL ? patron_text_lay(output, bytes, length)
                                : patron_text_print(output, bytes, length);
}

patron_itemset_text patron_itemset_text_of(patron_itemset_text_output *output,
                                           const patron_texts *names)
{
    bool as_scripts = output->by_scripts;
    output->names = names;
    return (patron_itemset_text){.names = names,
                                 .as_scripts = as_scripts,
                                 .write = as_scripts ? patron_text_keep_script : pass_on,
                                 .context = output};
}

patron_status patron_itemset_text_end(const patron_comm *comm, patron_itemset_text_output *output,
                                      patron_status so_far)
{
    if (output == NULL)
        return so_far;
    patron_status status = patron_comm_agree(comm, so_far);
    if (status == PATRON_OK && output->by_scripts && output->names != NULL)
        status = patron_text_print_scripts(comm, output);
    if (status == PATRON_OK && output->stream != NULL && fflush(output->stream) != 0 &&
        errno != EPIPE)
        status = fail_stream(output);
    status = output->file != NULL ? patron_output_end(comm, output->file, status)
                                  : patron_comm_agree(comm, status);
    free_output(output);
    return status;
}
