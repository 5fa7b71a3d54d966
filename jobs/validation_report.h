/* SPDX-License-Identifier: Apache-2.0 */
/* How good a fit is, for people and for programs.  On one rank. */
#ifndef PATRON_JOBS_VALIDATION_REPORT_H
#define PATRON_JOBS_VALIDATION_REPORT_H

#include "sweep/validate.h"

#include <jansson.h>

/* Tells of segments of at least `least` customers; size[validation->k]. */
json_t *validation_report_object(const patron_validation *validation, const uint64_t *size,
                                 uint64_t least);
patron_status validation_report_print(const patron_validation *validation, const uint64_t *size,
                                      uint64_t least);

#endif
