/* SPDX-License-Identifier: Apache-2.0 */
/* patron --man [JOB] and patron --completion SHELL: what the build installs beside the program. */
#ifndef PATRON_JOBS_DOCUMENTATION_H
#define PATRON_JOBS_DOCUMENTATION_H

#include "job.h"

/* Prints what words[count] ask for, the first being --man or --completion; jobs end with NULL.
 * USAGE: an unknown job or shell, or one too many; RESOURCE. */
patron_status patron_job_print_documentation(const patron_job *const *jobs, int count,
                                             char *const *words);

#endif
