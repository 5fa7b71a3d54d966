/* SPDX-License-Identifier: Apache-2.0 */
/* The table of common options. */
#include "cli/common.h"

#include <limits.h>
#include <math.h>

static const char *const progress_modes[] = {"auto", "always", "never"};
static const char *const log_levels[] = {"error", "warning", "info", "debug"};

#define GROUP "Common options"
#define OUTPUT                                                                                     \
    .name = "output", .key = 'o', .argument = "FILE", .doc = "where the result is written",        \
    .group = GROUP, .is_apart = true, PATRON_OPTION_STORE(patron_common_options, output)

static const patron_option optional_output = {OUTPUT};
static const patron_option required_output = {OUTPUT, .required = true};

static const patron_option table[] = {
    {.name = "force",
     .key = 'f',
     .doc = "replace an output that exists",
     .group = GROUP,
     .is_apart = true,
     PATRON_OPTION_STORE(patron_common_options, force)},
    {.name = "threads",
     .argument = "N",
     .doc = "threads of each rank; 0: the cores that the rank may use",
     .group = GROUP,
     .standard = "0",
     .most = 4096,
     .is_apart = true,
     PATRON_OPTION_STORE(patron_common_options, threads)},
    {.name = "seed",
     .argument = "N",
     .doc = "seed of all that is random",
     .group = GROUP,
     .standard = "0",
     PATRON_OPTION_STORE(patron_common_options, seed)},
    {.name = "config",
     .argument = "FILE",
     .doc = "job file (INI): a section named like the job, keys are long option names",
     .group = GROUP,
     .reach = PATRON_REACH_NOT_FILE,
     .is_apart = true,
     PATRON_OPTION_STORE(patron_common_options, config)},
    {.name = "audit",
     .argument = "FILE",
     .doc =
         "add a line to this file: who ran what, on which inputs, with which result; each line is "
         "chained to the one before (patron verify FILE)",
     .group = GROUP,
     .is_apart = true,
     PATRON_OPTION_STORE(patron_common_options, audit)},
    {.name = "status",
     .argument = "FILE",
     .doc = "keep in this file, as JSON, how far the run is: phase, count, rate, time left; always "
            "whole, and at the end how it ended",
     .group = GROUP,
     .is_apart = true,
     PATRON_OPTION_STORE(patron_common_options, status)},
    {.name = "metrics",
     .argument = "FILE",
     .doc = "keep the same figures in this file as Prometheus reads them",
     .group = GROUP,
     .is_apart = true,
     PATRON_OPTION_STORE(patron_common_options, metrics)},
    {.name = "json",
     .doc = "print a summary as JSON, and nothing else, on standard output",
     .group = GROUP,
     .is_apart = true,
     PATRON_OPTION_STORE(patron_common_options, json)},
    {.name = "csv",
     .doc = "print the same as --json, as CSV: tables apart by an empty line",
     .group = GROUP,
     .excludes = "json",
     PATRON_OPTION_STORE(patron_common_options, csv)},
    {.name = "no-steps",
     .doc = "do not measure where time and bytes go: no steps in --json and in models",
     .group = GROUP,
     .is_apart = true,
     PATRON_OPTION_STORE(patron_common_options, no_steps)},
    {.name = "progress",
     .argument = "WHEN",
     .doc = "show progress on standard error; auto: not for what takes less than ten seconds, "
            "unless on a terminal",
     .group = GROUP,
     .standard = "auto",
     .is_apart = true,
     PATRON_OPTION_STORE_CHOICE(patron_common_options, progress, progress_modes)},
    {.name = "log-level",
     .argument = "LEVEL",
     .doc = "the least important messages that are shown",
     .group = GROUP,
     .standard = "warning",
     .is_apart = true,
     PATRON_OPTION_STORE_CHOICE(patron_common_options, log_level, log_levels)},
    {.name = "fingerprint",
     .doc = "print what the result hangs on, and do nothing: options as they took effect, and "
            "size, time and name of each input file",
     .group = GROUP,
     .is_apart = true,
     .reach = PATRON_REACH_FLAG,
     PATRON_OPTION_STORE(patron_common_options, fingerprint)},
    {.name = "help",
     .key = 'h',
     .doc = "show this help",
     .group = GROUP,
     .stops = true,
     .reach = PATRON_REACH_FLAG,
     PATRON_OPTION_STORE(patron_common_options, help)},
    {.name = "version",
     .key = 'V',
     .doc = "show the versions of patron, MPI and HDF5",
     .group = GROUP,
     .stops = true,
     .reach = PATRON_REACH_FLAG,
     PATRON_OPTION_STORE(patron_common_options, version)},
};

static const patron_option checkpoint_table[] = {
    {.name = "checkpoint",
     .argument = "FILE",
     .doc = "save there how far the work has come, regularly and at SIGUSR1 or SIGTERM, which then "
            "end the program with code 75; the same command goes on from it, and removes it when "
            "it is done",
     .group = GROUP,
     .is_apart = true,
     PATRON_OPTION_STORE(patron_common_options, checkpoint)},
    {.name = "checkpoint-every",
     .argument = "SECONDS",
     .doc = "of --checkpoint: time between two regular ones; 0: as often as can be",
     .group = GROUP,
     .standard = "600",
     .interval = {.low = 0.0, .high = (double)INFINITY},
     .is_apart = true,
     PATRON_OPTION_STORE(patron_common_options, checkpoint_every)},
};

patron_status patron_common_add(patron_options *options, patron_common_options *common,
                                patron_output_need output, const char *const *without)
{
    patron_status status = PATRON_OK;
    if (output != PATRON_OUTPUT_NONE)
        status = patron_options_add(
            options, output == PATRON_OUTPUT_REQUIRED ? &required_output : &optional_output, 1,
            common, NULL);
    if (status != PATRON_OK)
        return status;
    return patron_options_add(options, table, sizeof table / sizeof table[0], common, without);
}

patron_status patron_common_add_checkpoint(patron_options *options, patron_common_options *common)
{
    return patron_options_add(options, checkpoint_table,
                              sizeof checkpoint_table / sizeof checkpoint_table[0], common, NULL);
}
