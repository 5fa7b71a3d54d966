/* SPDX-License-Identifier: Apache-2.0 */
/* The options that must be the same are those that may touch the result. */
#include "checkpoint.h"

#include "runtime/log.h"
#include "runtime/stop.h"
#include "store/output.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

patron_status patron_job_checkpoint_begin(patron_job_context *context)
{
    const patron_common_options *common = context->common;
    const char *path = common->checkpoint;
    if (path == NULL)
        return PATRON_OK;
    context->checkpoint.file.comm = context->comm;
    context->checkpoint.file.path = path;
    if (common->output != NULL && strcmp(common->output, path) == 0)
        return patron_fail(PATRON_USAGE, "--checkpoint and --output are both %s", path);
    return patron_output_check(context->comm, path, PATRON_OUTPUT_FILE, true, common->output);
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

/* Requires one option's value as the record of what took effect has it. */
static patron_status require_option(patron_job_context *context, const json_t *record,
                                    const patron_option *option)
{
    char name[PATRON_CHECKPOINT_NAME];
    snprintf(name, sizeof name, "--%s", option->name);
    const json_t *value = json_object_get(json_object_get(record, option->name), "value");
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    patron_status status = text == NULL ? patron_fail(PATRON_RESOURCE, "out of memory")
                                        : patron_job_checkpoint_require(context, name, text);
    free(text);
    return status;
}

static patron_status require_all(patron_job_context *context)
{
    json_t *record = json_loads(context->effective_options, 0, NULL);
    patron_status status = patron_job_checkpoint_require(context, "job", context->job);
    if (status == PATRON_OK)
        status = patron_job_checkpoint_require(context, "version", PATRON_VERSION);
    for (uint32_t i = 0; status == PATRON_OK && i < context->options->count; ++i) {
        const patron_option *option = context->options->entries[i].option;
        if (!option->stops && !option->is_apart)
            status = require_option(context, record, option);
    }
    json_decref(record);
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
    patron_stop_end();
    return status;
}
