/* SPDX-License-Identifier: Apache-2.0 */
/* patron JOB [options] INPUT...: finds the job, reads its options, starts MPI, runs it, and turns
 * its status into one message and one exit code. */
#include "audit.h"
#include "checkpoint.h"
#include "documentation.h"
#include "jobs.h"
#include "report_text.h"

#include "cli/command_line.h"
#include "cli/fault.h"
#include "cli/fingerprint.h"
#include "cli/json.h"
#include "cli/launch.h"
#include "cli/monitor.h"
#include "cli/table.h"
#include "cli/text.h"
#include "patron/memory.h"
#include "runtime/log.h"
#include "runtime/meter.h"
#include "runtime/stop.h"
#include "runtime/suggest.h"
#include "runtime/threads.h"
#include "store/h5.h"

#include <fcntl.h>
#include <hdf5.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const patron_job *const jobs[] = {&patron_job_ingest,
                                         &patron_job_generate,
                                         &patron_job_inspect,
                                         &patron_job_segment,
                                         &patron_job_itemsets,
                                         &patron_job_verify,
                                         &patron_job_compare,
                                         &patron_job_profile,
                                         &patron_job_score,
                                         &patron_job_report,
                                         NULL};

typedef enum answer {
    ANSWER_NONE,
    ANSWER_OVERVIEW,
    ANSWER_HELP,
    ANSWER_VERSION,
    ANSWER_FINGERPRINT,
    ANSWER_DOCUMENTATION
} answer;

/* What the command line asks for. */
typedef struct job_plan {
    const patron_job *job; /* NULL: none was found */
    patron_common_options common;
    void *job_options;
    patron_options options;
    answer answer; /* given at once, without MPI */
} job_plan;

static void list_jobs(char *text, size_t capacity)
{
    size_t used = 0;
    *text = '\0';
    for (const patron_job *const *job = jobs; *job != NULL && used < capacity; ++job)
        used += (size_t)snprintf(text + used, capacity - used, "%s%s", used > 0 ? ", " : "",
                                 (*job)->name);
}

/* The job that argv[1] names. */
static patron_status find_job(int argc, char *const *argv, const patron_job **found)
{
    char known[512];
    list_jobs(known, sizeof known);
    if (argc < 2)
        return patron_fail(PATRON_USAGE,
                           "no job found, expected patron JOB [options] INPUT... with one of %s",
                           known);
    if (argv[1][0] == '-')
        return patron_fail(PATRON_USAGE, "found '%.200s' before the job, expected one of %s",
                           argv[1], known);
    const patron_job *meant = NULL;
    for (const patron_job *const *job = jobs; *job != NULL; ++job) {
        if (strcmp((*job)->name, argv[1]) == 0) {
            *found = *job;
            return PATRON_OK;
        }
        if (meant == NULL && patron_may_mean(argv[1], (*job)->name))
            meant = *job;
    }
    if (meant != NULL)
        return patron_fail(PATRON_USAGE, "unknown job '%.200s'; did you mean '%s'?", argv[1],
                           meant->name);
    return patron_fail(PATRON_USAGE, "unknown job '%.200s', expected one of %s", argv[1], known);
}

/* A period without a checkpoint is a slip, but from the environment it is a setting for all jobs.
 */
static patron_status check_checkpoint(const job_plan *plan)
{
    const patron_option_entry *every = patron_options_find(&plan->options, "checkpoint-every");
    if (plan->common.checkpoint == NULL && every != NULL &&
        (every->given[PATRON_FROM_FLAG].text != NULL ||
         every->given[PATRON_FROM_FILE].text != NULL))
        return patron_fail(PATRON_USAGE, "--checkpoint-every: means nothing without --checkpoint");
    return PATRON_OK;
}

/* Declares the job's options, reads them from everywhere and checks them. */
static patron_status read_options(job_plan *plan, int argc, char *const *argv)
{
    const patron_job *job = plan->job;
    patron_status status =
        patron_job_declare(job, &plan->options, &plan->common, &plan->job_options);
    if (status != PATRON_OK)
        return status;
    status = patron_options_parse(&plan->options, argc - 1, argv + 1);
    if (status != PATRON_OK)
        return status;
    if (plan->options.stopped_by != NULL) {
        plan->answer = strcmp(plan->options.stopped_by, "help") == 0 ? ANSWER_HELP : ANSWER_VERSION;
        return PATRON_OK;
    }
    status = patron_options_resolve(&plan->options);
    if (status == PATRON_OK)
        status = check_checkpoint(plan);
    if (status == PATRON_OK && job->check != NULL)
        status = job->check(&plan->options, plan->job_options);
    if (status == PATRON_OK && plan->common.fingerprint)
        plan->answer = ANSWER_FINGERPRINT;
    return status;
}

static patron_status make_plan(job_plan *plan, int argc, char *const *argv)
{
    const char *first = argc > 1 ? argv[1] : "";
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0)
        plan->answer = ANSWER_OVERVIEW;
    else if (strcmp(first, "--version") == 0 || strcmp(first, "-V") == 0)
        plan->answer = ANSWER_VERSION;
    else if (strcmp(first, "--man") == 0 || strcmp(first, "--completion") == 0)
        plan->answer = ANSWER_DOCUMENTATION;
    if (plan->answer != ANSWER_NONE)
        return PATRON_OK;
    patron_status status = find_job(argc, argv, &plan->job);
    if (status != PATRON_OK)
        return status;
    status = read_options(plan, argc, argv);
    if (status != PATRON_OK)
        patron_options_salvage(&plan->options);
    return status;
}

static void free_plan(job_plan *plan)
{
    patron_options_free(&plan->options);
    free(plan->job_options);
}

static void print_overview(void)
{
    puts(
        "Usage: patron JOB [options] INPUT...\n"
        "       mpirun -q -n RANKS patron JOB [options] INPUT...\n\n"
        "Finds segments of customers and sets of items that are bought together, on any number of\n"
        "ranks and threads, with the same result.\n\nJobs:");
    for (const patron_job *const *job = jobs; *job != NULL; ++job)
        printf("  %-12s%s\n", (*job)->name, (*job)->help.summary);
    puts("\n'patron JOB --help' tells more about a job, 'patron --version' the versions,\n"
         "'patron --man JOB' prints its manual page, 'patron --completion bash' (or zsh, fish) "
         "what\n"
         "completes options in that shell.");
}

static void print_version(void)
{
    char mpi[MPI_MAX_LIBRARY_VERSION_STRING];
    int length = 0;
    unsigned major = 0, minor = 0, release = 0;
    MPI_Get_library_version(mpi, &length);
    mpi[strcspn(mpi, ",\n")] = '\0';
    H5get_libversion(&major, &minor, &release);
    printf("patron %s\n%s\nHDF5 %u.%u.%u\n", PATRON_VERSION, mpi, major, minor, release);
}

static patron_status print_fingerprint(const job_plan *plan)
{
    const patron_job *job = plan->job;
    patron_status status =
        patron_fingerprint_write(&plan->options, "", job->options, job->option_count, stdout);
    if (status == PATRON_OK && job->fingerprint != NULL)
        status = job->fingerprint(plan->job_options, stdout);
    return status;
}

static patron_status print_answer(const job_plan *plan, int argc, char *const *argv)
{
    uint32_t page = patron_table_page_width(stdout);
    if (plan->answer == ANSWER_OVERVIEW)
        print_overview();
    else if (plan->answer == ANSWER_VERSION)
        print_version();
    else if (plan->answer == ANSWER_DOCUMENTATION)
        return patron_job_print_documentation(jobs, argc - 1, argv + 1);
    else if (plan->answer == ANSWER_FINGERPRINT)
        return print_fingerprint(plan);
    else
        patron_help_write(stdout, &plan->job->help, &plan->options, page < 100 ? page : 100);
    return PATRON_OK;
}

/* Whether all that was printed has arrived.  A reader that went away (`| head`) is no fault. */
static patron_status close_output(void)
{
    if (report_lost_a_line())
        return patron_fail(PATRON_RESOURCE, "out of memory for what is printed");
    bool failed = fflush(stdout) != 0;
    failed = ferror(stdout) != 0 || failed;
    struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
    if (!failed || (poll(&output, 1, 0) == 1 && (output.revents & POLLERR) != 0))
        return PATRON_OK;
    return patron_fail(PATRON_IO, "standard output could not be written");
}

/* The one message of a run, on one line. */
static void print_failure(patron_status status, const patron_job *job)
{
    char text[PATRON_FAIL_CAPACITY];
    const char *name = job != NULL ? job->name : "";
    patron_fail_text(status, text, sizeof text);
    char *safe = patron_text_printable(text, strlen(text));
    fprintf(stderr, "patron: %s%s%s", name, job != NULL ? ": " : "",
            safe != NULL ? safe : patron_status_text(status));
    free(safe);
    if (status == PATRON_USAGE)
        fprintf(stderr, " (try 'patron %s%s--help')", name, job != NULL ? " " : "");
    fputc('\n', stderr);
}

static int threads_of(const patron_comm *comm, int wanted)
{
    int available = patron_threads_available(comm);
    int64_t excess = wanted - available;
    patron_comm_reduce_i64(comm, &excess, 1, PATRON_MAX);
    if (wanted > 0 && excess > 0)
        patron_log_write(PATRON_LOG_WARNING,
                         "%d threads a rank, but only %lld %s for them; mpirun binds a rank to one "
                         "core unless told otherwise (--bind-to none)",
                         wanted, (long long)(wanted - excess),
                         wanted - excess == 1 ? "core" : "cores");
    return wanted > 0 ? wanted : available;
}

static patron_status run_between_checkpoints(const job_plan *plan, patron_job_context *context)
{
    patron_status status = patron_job_checkpoint_begin(context);
    if (status == PATRON_OK)
        status = plan->job->run(context, plan->job_options);
    return patron_job_checkpoint_end(context, status);
}

/* What it printed has to arrive before it is told how the run ended. */
static patron_status run_audited(const job_plan *plan, patron_job_context *context)
{
    patron_status status = patron_job_audit_begin(context);
    if (status != PATRON_OK)
        return status;
    patron_progress_stage(&context->progress, "reading");
    status = run_between_checkpoints(plan, context);
    if (status == PATRON_OK)
        status = patron_comm_agree(context->comm, close_output());
    return patron_job_audit_end(context, status);
}

/* Has the run watched (--status, --metrics), where `status` is OK audited and done. */
static patron_status run_watched(const job_plan *plan, patron_job_context *context,
                                 patron_status status)
{
    patron_monitor monitor = {.job = context->job,
                              .common = context->common,
                              .options = context->options,
                              .phases = &context->phases,
                              .ranks = context->comm->size,
                              .threads = context->threads,
                              .started = context->started};
    char text[PATRON_FAIL_CAPACITY];
    patron_fail_text(status, text, sizeof text);
    patron_status begun = patron_monitor_begin(&monitor, context->comm, &context->progress);
    if (status != PATRON_OK)
        patron_fail_set_text(text);
    else
        status = begun;
    if (status == PATRON_OK)
        status = run_audited(plan, context);
    patron_monitor_end(&monitor, context->comm, status);
    patron_progress_watch(&context->progress, NULL);
    return status;
}

/* A run that was refused before it began tells that where it would have told more. */
static void tell_refusal(const job_plan *plan, const patron_job_context *context,
                         patron_status status)
{
    patron_monitor monitor = {.job = plan->job->name,
                              .common = &plan->common,
                              .options = &plan->options,
                              .phases = &context->phases,
                              .ranks = context->comm != NULL ? context->comm->size : 1,
                              .threads = plan->common.threads,
                              .started = context->started};
    patron_monitor_tell_failure(&monitor, status);
}

static patron_status run_job(job_plan *plan, patron_job_context *context, int argc,
                             char *const *argv)
{
    context->job = plan->job->name;
    context->common = &plan->common;
    context->options = &plan->options;
    context->threads = threads_of(context->comm, plan->common.threads);
    context->progress = patron_progress_create(plan->common.progress, context->comm->rank);
    patron_progress_stage(&context->progress, "starting");
    char *command_line = patron_command_line(argc, argv);
    char *effective = patron_options_record(&plan->options);
    context->command_line = command_line;
    context->effective_options = effective;
    patron_status status = command_line != NULL && effective != NULL ? PATRON_OK : PATRON_RESOURCE;
    if (status == PATRON_OK)
        status = patron_threads_check(context->threads);
    status = patron_comm_agree(context->comm, status);
    patron_phases_mark(&context->phases, "start");
    status = run_watched(plan, context, status);
    free(command_line);
    free(effective);
    return status;
}

/* Everything between MPI_Init and MPI_Finalize; `planned` is how this rank's options came out. */
static patron_status run_under_mpi(job_plan *plan, patron_status planned, int argc, char **argv)
{
    patron_job_context context = {.phases = patron_phases_start(), .started = time(NULL)};
    if (!plan->common.no_steps)
        patron_meter_start();
    patron_span span = patron_meter_enter(PATRON_STEP_START);
    int provided = MPI_THREAD_SINGLE;
    patron_fault_starting();
    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    patron_comm comm = patron_comm_duplicate(MPI_COMM_WORLD);
    patron_fault_started();
    patron_h5_initialize();
    patron_meter_join(&comm);
    patron_meter_leave(span, 0, 0);
    context.comm = &comm;
    patron_log_configure(plan->common.log_level, comm.rank == 0);
    if (planned == PATRON_OK && provided < MPI_THREAD_FUNNELED)
        planned = patron_fail(PATRON_RESOURCE, "this MPI does not go together with threads");
    patron_status status = patron_comm_agree(&comm, planned);
    if (status == PATRON_OK)
        status = run_job(plan, &context, argc, argv);
    else if (comm.rank == 0 && plan->job != NULL)
        tell_refusal(plan, &context, status);
    if (status != PATRON_OK && comm.rank == 0)
        print_failure(status, plan->job);
    patron_fault_outcome(patron_status_exit_code(status));
    patron_comm_free(&comm);
    MPI_Finalize();
    return status;
}

/* Without MPI. */
static void refuse_alone(const job_plan *plan, patron_status status)
{
    const patron_job_context context = {.phases = patron_phases_start(), .started = time(NULL)};
    patron_log_configure(plan->common.log_level, true);
    if (plan->job != NULL && plan->answer == ANSWER_NONE)
        tell_refusal(plan, &context, status);
    print_failure(status, plan->job);
}

/* A closed standard stream would lend its number to the next file that is opened. */
static void hold_standard_streams(void)
{
    for (int file = STDIN_FILENO; file <= STDERR_FILENO; ++file)
        if (fcntl(file, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != file)
            return;
}

int main(int argc, char **argv)
{
    job_plan plan = {.common = {.log_level = PATRON_LOG_WARNING}};
    bool launched = patron_launch_is_launched();
    patron_fault_install();
    patron_json_begin();
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file above the size allowed is a write that fails */
    hold_standard_streams();
    patron_status status = make_plan(&plan, argc, argv);
    if (plan.answer != ANSWER_NONE) {
        if (patron_launch_rank() == 0)
            status = print_answer(&plan, argc, argv);
        if (status == PATRON_OK)
            status = close_output();
    }
    if (status == PATRON_OK && plan.common.checkpoint != NULL)
        patron_stop_listen(); /* before ranks find each other, which takes a while */
    if (plan.answer == ANSWER_NONE && (launched || status == PATRON_OK)) {
        if (!launched)
            patron_launch_prepare_alone();
        status = run_under_mpi(&plan, status, argc, argv);
    } else if (status != PATRON_OK) {
        refuse_alone(&plan, status);
    }
    free_plan(&plan);
    patron_fault_end();
    return patron_status_exit_code(status);
}
