/* SPDX-License-Identifier: Apache-2.0 */
/* What this process uses of the machine.  Nothing here is collective. */
#ifndef PATRON_RUNTIME_USAGE_H
#define PATRON_RUNTIME_USAGE_H

#include <stdint.h>

/* Bytes of memory that lie in RAM now, and the most that ever did; 0 where the system does not
 * tell. */
uint64_t patron_usage_memory(void);
uint64_t patron_usage_peak_memory(void);

/* Nanoseconds of processor time that the calling thread has had. */
uint64_t patron_usage_thread_cpu(void);

#endif
