/* SPDX-License-Identifier: Apache-2.0 */
/* A run's line in the audit.  The digest of a dataset or a model is that of its content; of any
 * other file that of its bytes, as `b2sum -l 256` prints it. */
#include "audit.h"

#include "jobs.h"

#include "cli/audit.h"
#include "cli/json.h"
#include "model/model_verify.h"

#include <errno.h>
#include <pwd.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- noting ---- */

static void note(patron_texts *paths, patron_job_context *context, const char *path)
{
    if (context->common->audit != NULL &&
        patron_texts_append(paths, path, strlen(path)) != PATRON_OK)
        context->audit.failed = true;
}

void patron_job_audit_input(patron_job_context *context, const char *path)
{
    note(&context->audit.inputs, context, path);
}

void patron_job_audit_output(patron_job_context *context, const char *path)
{
    note(&context->audit.outputs, context, path);
}

void patron_job_audit_rows(patron_job_context *context, const char *name, uint64_t count)
{
    if (context->common->audit == NULL)
        return;
    if (context->audit.rows == NULL)
        context->audit.rows = json_object();
    if (json_object_set_new(context->audit.rows, name, patron_json_count(count)) != 0)
        context->audit.failed = true;
}

/* ---- digests ---- */

typedef enum kind { KIND_NONE, KIND_FILE, KIND_DATASET, KIND_MODEL } kind;

static kind kind_of(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0 || !(S_ISREG(info.st_mode) || S_ISDIR(info.st_mode)))
        return KIND_NONE;
    if (patron_model_is_model(path))
        return KIND_MODEL;
    return patron_dataset_may_be(path) ? KIND_DATASET : KIND_FILE;
}

static patron_status digest_file(const char *path, char digest[PATRON_DIGEST_CAPACITY])
{
    enum { PIECE = 1 << 18, BYTES = 32 };
    static unsigned char piece[PIECE];
    unsigned char hash[BYTES];
    crypto_generichash_state state;
    size_t got = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return patron_fail(PATRON_NO_INPUT, "%s: can not be read for the audit: %s", path,
                           strerror(errno));
    crypto_generichash_init(&state, NULL, 0, sizeof hash);
    while ((got = fread(piece, 1, sizeof piece, file)) > 0)
        crypto_generichash_update(&state, piece, got);
    bool failed = ferror(file) != 0;
    fclose(file);
    if (failed)
        return patron_fail(PATRON_IO, "%s: can not be read for the audit", path);
    crypto_generichash_final(&state, hash, sizeof hash);
    sodium_bin2hex(digest, PATRON_DIGEST_CAPACITY, hash, sizeof hash);
    return PATRON_OK;
}

static patron_status digest_dataset(const patron_job_context *context, const char *path,
                                    char digest[PATRON_DIGEST_CAPACITY])
{
    patron_dataset *dataset = NULL;
    patron_status status = patron_dataset_open(context->comm, path, &dataset);
    if (status != PATRON_OK)
        return status;
    status = patron_job_dataset_digest(context->comm, context->threads, dataset, digest);
    patron_dataset_close(dataset);
    return status;
}

/* "" of what can not be read again. */
static patron_status digest_path(const patron_job_context *context, const char *path,
                                 char digest[PATRON_DIGEST_CAPACITY])
{
    const patron_comm *comm = context->comm;
    uint64_t found = comm->rank == 0 ? (uint64_t)kind_of(path) : 0;
    patron_status status = PATRON_OK;
    patron_comm_broadcast(comm, &found, sizeof found, 0);
    digest[0] = '\0';
    if (found == KIND_MODEL)
        return patron_model_digest(comm, path, digest);
    if (found == KIND_DATASET) {
        status = digest_dataset(context, path, digest);
        if (status == PATRON_OK || status == PATRON_RESOURCE)
            return status;
        status = PATRON_OK; /* no sound one: what its file holds */
    }
    if (found != KIND_NONE && comm->rank == 0)
        status = digest_file(path, digest);
    return patron_comm_agree_idle(comm, status);
}

/* [{"path": ..., "digest": ...}, ...] on rank 0, null digests where `is_whole` is false. */
static patron_status describe(const patron_job_context *context, const patron_texts *paths,
                              bool is_whole, json_t *list)
{
    patron_status status = PATRON_OK;
    for (uint64_t i = 0; status == PATRON_OK && i < paths->count; ++i) {
        const char *text = patron_texts_at(paths, i);
        uint64_t length = patron_texts_length(paths, i);
        char digest[PATRON_DIGEST_CAPACITY] = "", *path = strndup(text, length);
        if (path == NULL)
            status = patron_fail(PATRON_RESOURCE, "out of memory for a line of the audit");
        status = patron_comm_agree(context->comm, status);
        if (status == PATRON_OK && is_whole)
            status = digest_path(context, path, digest);
        free(path);
        json_t *entry = json_object();
        json_object_set_new(entry, "path", patron_json_text(text, length));
        json_object_set_new(entry, "digest", digest[0] != '\0' ? json_string(digest) : json_null());
        if (json_array_append_new(list, entry) != 0)
            status = patron_fail(PATRON_RESOURCE, "out of memory for a line of the audit");
        status = patron_comm_agree(context->comm, status);
    }
    return status;
}

/* ---- the line ---- */

static json_t *time_of(time_t when)
{
    char text[32];
    struct tm parts;
    gmtime_r(&when, &parts);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return json_string(text);
}

static json_t *user_name(void)
{
    const struct passwd *user = getpwuid(geteuid());
    return user != NULL ? patron_json_text(user->pw_name, strlen(user->pw_name)) : json_null();
}

static json_t *host_name(void)
{
    char name[256] = "";
    gethostname(name, sizeof name - 1);
    return patron_json_text(name, strlen(name));
}

/* Takes over `inputs` and `outputs`. */
static json_t *make_facts(const patron_job_context *context, patron_status status, json_t *inputs,
                          json_t *outputs)
{
    const struct {
        const char *name;
        json_t *value;
    } members[] = {
        {"started", time_of(context->started)},
        {"ended", time_of(time(NULL))},
        {"user", user_name()},
        {"uid", json_integer(geteuid())},
        {"host", host_name()},
        {"version", json_string(PATRON_VERSION)},
        {"job", json_string(context->job)},
        {"exit_code", json_integer(patron_status_exit_code(status))},
        {"ranks", json_integer(context->comm->size)},
        {"threads", json_integer(context->threads)},
        {"inputs", inputs},
        {"outputs", outputs},
        {"rows", context->audit.rows != NULL ? json_incref(context->audit.rows) : json_object()},
        {"options", json_loads(context->effective_options, 0, NULL)}};
    json_t *facts = json_object();
    bool failed = context->audit.failed;
    for (size_t i = 0; i < sizeof members / sizeof members[0]; ++i)
        failed = json_object_set_new(facts, members[i].name, members[i].value) != 0 || failed;
    if (failed) {
        json_decref(facts);
        return NULL;
    }
    return facts;
}

static patron_status add_line(patron_job_context *context, patron_status status)
{
    json_t *inputs = json_array(), *outputs = json_array(), *facts = NULL;
    bool is_whole = status == PATRON_OK || status == PATRON_GATE;
    patron_status added = describe(context, &context->audit.inputs, is_whole, inputs);
    if (added == PATRON_OK)
        added = describe(context, &context->audit.outputs, is_whole, outputs);
    if (added != PATRON_OK || context->comm->rank != 0) {
        json_decref(inputs);
        json_decref(outputs);
    } else {
        facts = make_facts(context, status, inputs, outputs);
        added = facts == NULL
                    ? patron_fail(PATRON_RESOURCE, "out of memory for a line of the audit")
                    : patron_audit_append(context->common->audit, facts);
        json_decref(facts);
    }
    return patron_comm_agree(context->comm, added);
}

/* ---- around a job ---- */

patron_status patron_job_audit_begin(patron_job_context *context)
{
    const patron_common_options *common = context->common;
    patron_status status = PATRON_OK;
    if (common->audit == NULL)
        return PATRON_OK;
    if (common->output != NULL && strcmp(common->output, common->audit) == 0)
        status =
            patron_fail(PATRON_USAGE, "--audit and --output name the same file, %s", common->audit);
    else if (context->comm->rank == 0)
        status = patron_audit_check(common->audit);
    if (common->output != NULL)
        patron_job_audit_output(context, common->output);
    return patron_comm_agree(context->comm, status);
}

patron_status patron_job_audit_end(patron_job_context *context, patron_status status)
{
    char text[PATRON_FAIL_CAPACITY];
    if (context->common->audit == NULL)
        return status;
    patron_fail_text(status, text, sizeof text);
    patron_status added = add_line(context, status);
    if (status != PATRON_OK)
        patron_fail_set_text(text);
    patron_texts_free(&context->audit.inputs);
    patron_texts_free(&context->audit.outputs);
    json_decref(context->audit.rows);
    context->audit.rows = NULL;
    return status != PATRON_OK ? status : added;
}
