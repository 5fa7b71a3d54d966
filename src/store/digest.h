/* SPDX-License-Identifier: Apache-2.0 */
/* The digest of a file's content, or of several files as one: what "the same result" means.  It is
 * described for other programs in docs/formats.md. */
#ifndef PATRON_STORE_DIGEST_H
#define PATRON_STORE_DIGEST_H

#include "patron/comm.h"

#include <stdint.h>

enum { PATRON_DIGEST_TEXT = 65 }; /* 64 hexadecimal digits and NUL */

/* How the files of a set make one logical file. */
typedef struct patron_digest_rule {
    const char *const *concatenated; /* groups whose arrays run on from file to file; NULL-ended */
    const char *rebased;             /* offsets among them, each file's starting at 0; or NULL */
    const char *const *left_out;     /* root attributes that are not part of it; NULL-ended */
} patron_digest_rule;

/* Digest of files[count]; /run and what is below it is left out.  Ranks, and `threads` of each,
 * share the work.  Collective; the same text and status on every rank.  DATA: a type that has no
 * digest.
 */
patron_status patron_digest_files(const patron_comm *comm, int threads, const char *const *files,
                                  uint32_t count, const patron_digest_rule *rule,
                                  char digest[PATRON_DIGEST_TEXT]);

#endif
