/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a file by places.  Nothing here is collective. */
#ifndef PATRON_RUNTIME_READ_AT_H
#define PATRON_RUNTIME_READ_AT_H

#include <stdbool.h>
#include <stdint.h>

/* Reads all of bytes[length] from byte `offset` on; where it can't, false, and errno is 0 if the
 * file is shorter. */
bool patron_read_at(int descriptor, uint64_t offset, char *bytes, uint64_t length);

/* What errno says after that. */
const char *patron_read_fault(void);

#endif
