/* SPDX-License-Identifier: Apache-2.0 */
/* patron verify: checks a dataset, a model or an audit and prints its digest. */
#include "audit.h"
#include "jobs.h"

#include "cli/audit.h"
#include "cli/summary.h"
#include "model/model_verify.h"
#include "report_text.h"
#include "runtime/meter.h"

#include <inttypes.h>
#include <string.h>

typedef struct verify_options {
    patron_option_list inputs;
    bool digest;
} verify_options;

typedef struct verify_result {
    const char *path;
    const char *kind; /* "dataset", "segment", "itemset", "audit" */
    uint64_t rows, baskets;
    uint64_t entries; /* of an audit */
    uint32_t parts;
    char digest[PATRON_DIGEST_CAPACITY];
} verify_result;

static patron_status verify_dataset(const patron_comm *comm, int threads, verify_result *result)
{
    patron_dataset *dataset = NULL;
    patron_status status = patron_dataset_open(comm, result->path, &dataset);
    if (status != PATRON_OK)
        return status;
    result->kind = "dataset";
    result->rows = patron_dataset_rows(dataset);
    result->baskets = patron_dataset_baskets(dataset);
    result->parts = patron_dataset_parts(dataset);
    status = patron_dataset_verify(comm, threads, dataset, result->digest);
    patron_dataset_close(dataset);
    return status;
}

static patron_status verify_model(const patron_comm *comm, verify_result *result)
{
    patron_status status = patron_model_verify(comm, result->path, &result->kind);
    return status == PATRON_OK ? patron_model_digest(comm, result->path, result->digest) : status;
}

/* On rank 0 alone, but the outcome is told to all. */
static patron_status verify_audit(const patron_comm *comm, verify_result *result)
{
    patron_audit_end end = {0};
    patron_span span = patron_meter_enter(PATRON_STEP_CHECK);
    patron_status status = comm->rank == 0 ? patron_audit_verify(result->path, &end) : PATRON_OK;
    patron_meter_leave(span, 0, 0);
    result->kind = "audit";
    result->entries = end.entries;
    memcpy(result->digest, end.hash, sizeof end.hash);
    return patron_comm_agree(comm, status);
}

static patron_status print_text(const verify_result *result)
{
    bool is_dataset = strcmp(result->kind, "dataset") == 0;
    patron_table table = {0};
    if (strcmp(result->kind, "audit") == 0)
        report_print_line("%s: a whole audit of %" PRIu64 " runs", result->path, result->entries);
    else
        report_print_line("%s: a sound %s%s", result->path, result->kind,
                          is_dataset ? "" : " model");
    if (is_dataset) {
        report_begin_figures(&table);
        report_add_figure(&table, "customers", result->rows);
        report_add_figure(&table, "baskets", result->baskets);
        report_add_figure(&table, "parts", result->parts);
    }
    patron_status status = report_print_table("What it holds", &table);
    printf("%sdigest %s\n", is_dataset ? "\n" : "", result->digest);
    return status;
}

static patron_status print_json(patron_job_context *context, const verify_result *result)
{
    patron_summary summary = patron_summary_create("verify");
    patron_summary_set_text(&summary, "path", result->path, strlen(result->path));
    patron_summary_set_text(&summary, "kind", result->kind, strlen(result->kind));
    patron_summary_set_text(&summary, "digest", result->digest, strlen(result->digest));
    if (strcmp(result->kind, "dataset") == 0) {
        patron_summary_set_count(&summary, "rows", result->rows);
        patron_summary_set_count(&summary, "baskets", result->baskets);
        patron_summary_set_count(&summary, "parts", result->parts);
    }
    if (strcmp(result->kind, "audit") == 0)
        patron_summary_set_count(&summary, "entries", result->entries);
    return patron_job_end_summary(context, &summary);
}

static patron_status run_verify(patron_job_context *context, const void *argument)
{
    const verify_options *options = argument;
    const patron_comm *comm = context->comm;
    verify_result result = {.path = options->inputs.names[0]};
    uint64_t is_audit = comm->rank == 0 && patron_audit_may_be(result.path) ? 1 : 0;
    uint64_t is_model = comm->rank == 0 && patron_model_is_model(result.path) ? 1 : 0;
    patron_comm_reduce_u64(comm, &is_audit, 1, PATRON_MAX);
    patron_comm_reduce_u64(comm, &is_model, 1, PATRON_MAX);
    patron_job_audit_input(context, result.path);
    patron_status status = PATRON_OK;
    if (is_audit)
        status = verify_audit(comm, &result);
    else
        status = is_model ? verify_model(comm, &result)
                          : verify_dataset(comm, context->threads, &result);
    patron_phases_mark(&context->phases, "read");
    if (status != PATRON_OK)
        return status;
    if (strcmp(result.kind, "dataset") == 0) {
        patron_job_audit_rows(context, "customers", result.rows);
        patron_job_audit_rows(context, "baskets", result.baskets);
    }
    patron_phases_reduce(&context->phases, comm);
    if (comm->rank == 0 && options->digest)
        puts(result.digest);
    else if (comm->rank == 0 && patron_job_wants_summary(context))
        status = print_json(context, &result);
    else if (comm->rank == 0)
        status = print_text(&result);
    return patron_comm_agree(comm, status);
}

static const patron_option option_table[] = {
    {.name = "digest",
     .doc = "print the digest alone",
     .group = "Output",
     PATRON_OPTION_STORE(verify_options, digest),
     .excludes = "json"},
};

static patron_status check_options(const patron_options *given, const void *argument)
{
    const verify_options *options = argument;
    if (options->digest && patron_options_given(given, "csv"))
        return patron_fail(PATRON_USAGE, "--digest and --csv can't go together");
    return PATRON_OK;
}

static const patron_positional file_input = {
    .name = "FILE",
    .doc = "a dataset (a file or a folder of parts), a model or an audit",
    .least = 1,
    .most = 1,
    .offset = offsetof(verify_options, inputs)};

const patron_job patron_job_verify = {
    .name = "verify",
    .help = {.summary = "check a dataset, a model or an audit, and print its digest",
             .description =
                 "Reads everything: structure, sizes, offsets, indices, unique ids, figures that "
                 "must agree.  Two files with the same digest hold the same content, however many "
                 "parts, ranks or threads made them.  The digest of an audit is the hash of its "
                 "last line, and stands for all lines before.\n",
             .examples = "  patron verify shop/\n"
                         "  mpirun -q -n 4 patron verify --digest segments.h5\n"},
    .options = option_table,
    .option_count = sizeof option_table / sizeof option_table[0],
    .options_size = sizeof(verify_options),
    .positional = &file_input,
    .output = PATRON_OUTPUT_NONE,
    .check = check_options,
    .run = run_verify};
