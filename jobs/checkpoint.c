/* SPDX-License-Identifier: Apache-2.0 */
/* The options that must be the same are those that may touch the result. */
#include "checkpoint.h"

#include "runtime/log.h"
#include "store/h5.h"
#include "store/output.h"
#include "store/output_place.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- an output that is there ---- */

static bool is_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

/* A run that is killed when its output has its name leaves both. */
static void look_for_both(patron_job_context *context)
{
    const patron_common_options *common = context->common;
    bool are_there[2] = {false, false};
    if (context->comm->rank == 0) {
        are_there[0] = is_file(common->checkpoint);
        are_there[1] = common->output != NULL && is_file(common->output);
    }
    patron_comm_broadcast(context->comm, are_there, sizeof are_there, 0);
    context->checkpoint.was_there = are_there[0];
    context->checkpoint.may_be_done = are_there[0] && are_there[1];
}

/* The text attribute `name` of /run; NULL where there is none, else to free(). */
static char *read_run(hid_t file, const char *name)
{
    patron_texts texts = {0};
    char *text = NULL;
    hid_t run = H5Oopen(file, "/run", H5P_DEFAULT);
    if (run >= 0 && patron_h5_attribute_texts(run, "/run", name, &texts) == PATRON_OK &&
        texts.count == 1)
        text = strndup(patron_texts_at(&texts, 0), patron_texts_length(&texts, 0));
    if (run >= 0)
        H5Oclose(run);
    patron_texts_free(&texts);
    return text;
}

/* Whether the output is of the dataset that the job reads; of text none is known. */
static bool is_of_this_dataset(const patron_job_context *context, const char *digest)
{
    const patron_checkpoint_file *file = &context->checkpoint.file;
    uint64_t place = patron_texts_find(&file->names, "dataset");
    if (place == UINT64_MAX)
        return true;
    uint64_t length = patron_texts_length(&file->values, place);
    return digest != NULL && strlen(digest) == length &&
           memcmp(patron_texts_at(&file->values, place), digest, length) == 0;
}

/* Whether the options of the run that made the output are those of this one. */
static patron_status have_same_options(const patron_job_context *context, const char *record,
                                       bool *same)
{
    patron_status status = PATRON_OK;
    *same = true;
    for (uint32_t i = 0; status == PATRON_OK && *same && i < context->options->count; ++i) {
        const patron_option_entry *entry = &context->options->entries[i];
        if (!entry->option->stops && !entry->option->is_apart)
            status = patron_options_record_holds(record, entry, same);
    }
    return status;
}

/* Whether a run of this version with these options made the output.  On one rank. */
static patron_status is_own(const patron_job_context *context, bool *own)
{
    hid_t file;
    patron_status status = PATRON_OK;
    *own = false;
    if (patron_h5_open(context->common->output, &file) != PATRON_OK)
        return PATRON_OK;
    char *version = read_run(file, "version"), *options = read_run(file, "options");
    char *digest = read_run(file, "dataset_digest");
    if (options != NULL && version != NULL && strcmp(version, PATRON_VERSION) == 0 &&
        is_of_this_dataset(context, digest))
        status = have_same_options(context, options, own);
    free(version);
    free(options);
    free(digest);
    H5Fclose(file);
    return status;
}

/* Only the same output may be replaced by itself.  Collective. */
static patron_status check_output(const patron_job_context *context, bool found)
{
    const char *output = context->common->output;
    patron_status status = PATRON_OK;
    bool own = false;
    if (context->common->force || !context->checkpoint.may_be_done)
        return PATRON_OK;
    if (context->comm->rank == 0 && found)
        status = is_own(context, &own);
    if (context->comm->rank == 0 && status == PATRON_OK && !own)
        status = patron_fail(PATRON_CANT_CREATE,
                             "%s exists, and another run made it; --force replaces it", output);
    status = patron_comm_agree(context->comm, status);
    if (status == PATRON_OK)
        patron_log_write(PATRON_LOG_INFO,
                         "%s is the output of a run that ended before it removed "
                         "its checkpoint; it is made again",
                         output);
    return status;
}

/* ---- the checkpoint ---- */

patron_status patron_job_checkpoint_begin(patron_job_context *context)
{
    const patron_common_options *common = context->common;
    const char *path = common->checkpoint;
    if (path == NULL)
        return PATRON_OK;
    context->checkpoint.file.comm = context->comm;
    context->checkpoint.file.path = path;
    if (common->output != NULL && patron_output_is_same_place(common->output, path))
        return patron_fail(PATRON_USAGE, "--checkpoint and --output are both %s", path);
    patron_status status =
        patron_output_check(context->comm, path, PATRON_OUTPUT_FILE, true, common->output);
    if (status == PATRON_OK)
        look_for_both(context);
    return status;
}

bool patron_job_may_replace(const patron_job_context *context)
{
    return context->common->force || context->checkpoint.may_be_done;
}

bool patron_job_may_replace_text(const patron_job_context *context)
{
    return context->common->force || context->checkpoint.was_there;
}

patron_status patron_job_checkpoint_require(patron_job_context *context, const char *name,
                                            const char *value)
{
    return context->common->checkpoint == NULL
               ? PATRON_OK
               : patron_checkpoint_file_require(&context->checkpoint.file, name, value);
}

patron_status patron_job_checkpoint_require_bytes(patron_job_context *context, const char *name,
                                                  const void *data, uint64_t bytes)
{
    unsigned char hash[crypto_generichash_BYTES];
    char text[2 * sizeof hash + 1];
    crypto_generichash(hash, sizeof hash, data, bytes, NULL, 0);
    sodium_bin2hex(text, sizeof text, hash, sizeof hash);
    return patron_job_checkpoint_require(context, name, text);
}

/* Requires one option's value as it took effect. */
static patron_status require_option(patron_job_context *context, const patron_option_entry *entry)
{
    char name[PATRON_CHECKPOINT_NAME];
    snprintf(name, sizeof name, "--%s", entry->option->name);
    char *text = patron_option_json(entry);
    patron_status status =
        text == NULL ? PATRON_RESOURCE : patron_job_checkpoint_require(context, name, text);
    free(text);
    return status;
}

static patron_status require_all(patron_job_context *context)
{
    patron_status status = patron_job_checkpoint_require(context, "job", context->job);
    if (status == PATRON_OK)
        status = patron_job_checkpoint_require(context, "version", PATRON_VERSION);
    for (uint32_t i = 0; status == PATRON_OK && i < context->options->count; ++i) {
        const patron_option_entry *entry = &context->options->entries[i];
        if (!entry->option->stops && !entry->option->is_apart)
            status = require_option(context, entry);
    }
    return status;
}

patron_status patron_job_checkpoint_open(patron_job_context *context)
{
    patron_job_checkpoint *checkpoint = &context->checkpoint;
    const patron_common_options *common = context->common;
    bool found = false;
    if (common->checkpoint == NULL)
        return PATRON_OK;
    patron_status status = require_all(context);
    if (status == PATRON_OK) {
        checkpoint->records =
            patron_checkpoint_create(context->comm, common->checkpoint, common->checkpoint_every,
                                     patron_checkpoint_file_write, &checkpoint->file);
        status = checkpoint->records == NULL ? PATRON_RESOURCE : PATRON_OK;
    }
    status = patron_comm_agree(context->comm, status);
    if (status == PATRON_OK)
        status = patron_checkpoint_file_read(&checkpoint->file, checkpoint->records, &found);
    if (status == PATRON_OK)
        status = check_output(context, found);
    if (status == PATRON_OK && found)
        patron_log_write(PATRON_LOG_INFO, "going on from checkpoint %s", common->checkpoint);
    return status;
}

patron_status patron_job_checkpoint_end(patron_job_context *context, patron_status status)
{
    patron_job_checkpoint *checkpoint = &context->checkpoint;
    if (context->common->checkpoint == NULL)
        return status;
    if (status == PATRON_OK)
        status = patron_checkpoint_file_remove(&checkpoint->file);
    patron_checkpoint_free(checkpoint->records);
    patron_texts_free(&checkpoint->file.names);
    patron_texts_free(&checkpoint->file.values);
    return status;
}
